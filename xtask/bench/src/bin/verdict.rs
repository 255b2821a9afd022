//! Does with a document what it is asked to, as often as it is asked to.
//!
//! ```text
//! verdict write FOLDER              writes the documents
//! verdict serve FOLDER              reads `DOCUMENT<tab>TIMES`, answers `WAY<tab>NANOSECONDS` for each way, then an empty line
//! verdict run FOLDER DOCUMENT WAY TIMES
//! ```
//!
//! `serve` is how all are measured, ours and others': they take turns, so that a slow moment of the machine hits all alike.
//! `run` is for whoever counts instructions.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;
use std::{env, fs, io};

use aduana_bench::{documents, ways};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", folder] => write(Path::new(folder)),
        ["serve", folder] => serve(Path::new(folder)),
        ["run", folder, document, way, times] => run(Path::new(folder), document, way, times.parse()?),
        _ => Err("see the head of the source".into()),
    }
}

fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut titles = fs::File::create(folder.join("titles"))?;
    for document in documents::all() {
        fs::write(folder.join(document.name), &document.body)?;
        writeln!(titles, "{}\t{}", document.name, document.title)?;
    }
    fs::write(folder.join("schema.json"), aduana_invoice::SCHEMA)?;
    Ok(())
}

fn serve(folder: &Path) -> Result<(), Box<dyn Error>> {
    let ready = |way: &ways::Way| Ok::<_, &str>((way.name, way.ready()?));
    let ways = ways::ALL.iter().map(ready).collect::<Result<Vec<_>, _>>()?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (document, times) = line.split_once('\t').ok_or("a line without a tab")?;
        let (document, times) = (fs::read(folder.join(document))?, times.parse::<u32>()?.max(1));
        let mut out = io::stdout().lock();
        for (name, read) in &ways {
            let begun = Instant::now();
            for _ in 0..times {
                read(&document);
            }
            writeln!(out, "{name}\t{}", begun.elapsed().as_nanos() / u128::from(times))?;
        }
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

fn run(folder: &Path, document: &str, way: &str, times: u32) -> Result<(), Box<dyn Error>> {
    let document = fs::read(folder.join(document))?;
    let read = ways::ALL.iter().find(|it| it.name == way).ok_or("there is no such way")?.ready()?;
    for _ in 0..times {
        read(&document);
    }
    Ok(())
}
