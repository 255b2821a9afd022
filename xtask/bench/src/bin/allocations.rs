//! Counts what each way takes of memory: `DOCUMENT<tab>WAY<tab>ALLOCATIONS<tab>BYTES<tab>MOST BYTES AT A TIME`.

use std::error::Error;
use std::io::{self, Write};

use aduana_bench::{documents, ways};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    for document in documents::all() {
        for way in ways::ALL {
            let read = way.ready()?;
            // What is made once, when it is first needed, is no document's.
            read(document.body.as_bytes());
            let counted = allocation_counter::measure(|| read(document.body.as_bytes()));
            let (name, way) = (document.name, way.name);
            writeln!(
                out,
                "{name}\t{way}\t{}\t{}\t{}",
                counted.count_total, counted.bytes_total, counted.bytes_max
            )?;
        }
    }
    Ok(())
}
