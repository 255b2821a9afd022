//! What is done with a document.

use std::hint::black_box;

use aduana_invoice::{Date, Policy, SCHEMA, Validator};
use serde_json::Value;

/// The day on which they are judged: the 328th of 2026, 24 November.
const TODAY: (i32, u16) = (2026, 328);

/// What reads a document, and forgets it.
type Reader = Box<dyn Fn(&[u8])>;

/// A way to read a document.
pub struct Way {
    /// Its name in the tables.
    pub name: &'static str,
    ready: fn() -> Option<Reader>,
}

impl Way {
    /// Makes what it needs for any document.
    ///
    /// The result reads a document, and forgets it.
    pub fn ready(&self) -> Result<impl Fn(&[u8]) + use<>, &'static str> {
        let run = (self.ready)().ok_or("the schema is not one")?;
        Ok(move |document: &[u8]| run(black_box(document)))
    }
}

/// The bare parse, which all are held against; the whole verdict; a parse, and the report of one compiled schema on it.
pub const ALL: [Way; 3] = [
    Way { name: "parse", ready: parse },
    Way { name: "verdict", ready: verdict },
    Way { name: "schema", ready: schema },
];

#[expect(clippy::unnecessary_wraps, reason = "as the other ways, which can fail")]
fn parse() -> Option<Reader> {
    Some(Box::new(|document| drop(black_box(parsed(document)))))
}

fn verdict() -> Option<Reader> {
    let today = Date::from_ordinal_date(TODAY.0, TODAY.1).ok()?;
    let validator = Validator::new(Policy::default());
    Some(Box::new(move |document| drop(black_box(validator.judge(document, today)))))
}

fn schema() -> Option<Reader> {
    let schema =
        jsonschema::options().should_validate_formats(true).build(&parsed(SCHEMA.as_bytes())?).ok()?;
    Some(Box::new(move |document| {
        if let Some(value) = parsed(document) {
            black_box(schema.iter_errors(&value).count());
        }
    }))
}

#[expect(clippy::disallowed_methods, reason = "the bare parse is what a verdict is held against")]
fn parsed(text: &[u8]) -> Option<Value> {
    serde_json::from_slice(text).ok()
}
