//! Writes what fuzzing begins with: `cargo run --package aduana-tests --example seeds -- FOLDER`.
//!
//! For each target a folder of seeds, `seeds/<target>/`, a folder of the worst inputs, `worst/<target>/`, and a dictionary,
//! `<target>.dict`.

use std::error::Error;
use std::fs;
use std::path::Path;

use aduana_testkit::hostile::seeds::{Inputs, dictionary, seeds};
use aduana_testkit::hostile::{TARGETS, worst::worst};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("say where to write")?;
    let folder = Path::new(&folder);
    for target in TARGETS {
        write(&folder.join("seeds").join(target), &seeds(target))?;
        write(&folder.join("worst").join(target), &worst(target))?;
        fs::write(folder.join(format!("{target}.dict")), dictionary(target))?;
    }
    Ok(())
}

fn write(folder: &Path, inputs: &Inputs) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    inputs.iter().try_for_each(|(name, input)| fs::write(folder.join(name), input))
}
