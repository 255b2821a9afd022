//! The JSON Schema of the format, and its report on a document that does not follow it.
//!
//! The report is for documents that are refused: it costs more than reading the model, which tells whether one is needed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError};
use serde_json::Value;

use crate::catalogue;
use crate::clean::Clean;
use crate::codes;
use crate::decode::kind;
use crate::mend;
use crate::model::is_blank;
use crate::rules::{Fault, Finder};
use crate::terms::without_indices;
use crate::verdict::PatchOp;

/// The schema's text: JSON Schema, draft 2020-12.
pub const SCHEMA: &str = include_str!("schema/invoice.schema.json");

/// A fault with the code of the rule that it breaks.
pub(crate) type Coded = (&'static str, Fault);

/// Every fault that the schema finds in `document`. What is in `clean` is not looked at. `numbers` are the JSON numbers that are
/// no decimals of the format, by place: the schema sees values, and not how they are written.
pub(crate) fn report(document: &Value, clean: &Clean, numbers: Vec<(String, &str)>) -> Vec<Coded> {
    let mut report = Report::new(document);
    if let Some(schema) = schema() {
        let fields = document.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| clean.field(name).is_none()) {
            let Some(field) = schema.fields.get(name).and_then(Part::ready) else { continue };
            field.iter_errors(value).for_each(|error| report.take(&format!("/{name}"), &error));
        }
        if let Some(envelope) = schema.envelope.ready() {
            envelope.iter_errors(document).for_each(|error| report.take("", &error));
        }
        let lines = document.get("lines").and_then(Value::as_array);
        for (at, line) in lines.into_iter().flatten().enumerate() {
            let Some(schema) = schema.line.ready().filter(|_| clean.line(at).is_none()) else { continue };
            schema.iter_errors(line).for_each(|error| report.take(&format!("/lines/{at}"), &error));
        }
    }
    for (path, text) in numbers {
        let fault = mend::decimal(Fault::at(path).expected(DECIMAL).actual(text), text);
        report.add("FE-S-007", fault);
    }
    report.faults
}

/// The schema, read and taken apart: most invoices that are refused have few parts that are not in order.
struct Schema {
    text: Value,
    /// An invoice without what is in its fields: which there must be, and which there may be.
    envelope: Part,
    /// The fields of an invoice, the lines without what is in them.
    fields: BTreeMap<String, Part>,
    /// A line.
    line: Part,
}

/// A part of the schema, compiled when it is first needed.
struct Part {
    text: Value,
    compiled: OnceLock<Option<jsonschema::Validator>>,
}

impl Part {
    /// A part, with what it may refer to.
    fn new(part: &Value, defs: &Value) -> Self {
        let mut text = part.clone();
        if let Some(part) = text.as_object_mut() {
            part.insert("$defs".to_owned(), defs.clone());
        }
        Self { text, compiled: OnceLock::new() }
    }

    fn ready(&self) -> Option<&jsonschema::Validator> {
        self.compiled.get_or_init(|| compiled(&self.text)).as_ref()
    }
}

/// The schema: made once, when it is first needed.
fn schema() -> Option<&'static Schema> {
    static READY: OnceLock<Option<Schema>> = OnceLock::new();
    READY.get_or_init(Schema::new).as_ref()
}

fn compiled(schema: &Value) -> Option<jsonschema::Validator> {
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        // Time linear in the text, whatever the pattern.
        .with_pattern_options(PatternOptions::regex());
    options.build(schema).ok()
}

impl Schema {
    fn new() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "our own schema, not an invoice")]
        let text: Value = serde_json::from_str(SCHEMA).ok()?;
        let defs = text.get("$defs")?;
        let mut envelope = text.clone();
        let properties = envelope.get_mut("properties")?.as_object_mut()?;
        let line = properties.get_mut("lines")?.as_object_mut()?.remove("items")?;
        let fields = properties.iter().map(|(name, field)| (name.clone(), Part::new(field, defs))).collect();
        properties.values_mut().for_each(|field| *field = Value::Bool(true));
        let (envelope, line) = (Part::new(&envelope, defs), Part::new(&line, defs));
        Some(Self { text, envelope, fields, line })
    }

    /// The names of the fields of the object at a place.
    fn fields_at(&self, place: &str) -> impl Iterator<Item = &str> {
        let mut node = Some(&self.text);
        for step in place.split('/').skip(1) {
            node = node.and_then(|node| match step {
                "*" => node.get("items"),
                name => node.get("properties")?.get(name),
            });
            node = node.and_then(|node| self.resolved(node));
        }
        let properties = node.and_then(|node| node.get("properties")).and_then(Value::as_object);
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str))
    }

    fn resolved<'s>(&'s self, node: &'s Value) -> Option<&'s Value> {
        match node.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.text.pointer(reference.strip_prefix('#')?),
            None => Some(node),
        }
    }
}

const DECIMAL: &str = "1234.50";
const DAY: &str = "YYYY-MM-DD";

struct Report<'d> {
    document: &'d Value,
    faults: Vec<Coded>,
    told: HashSet<(&'static str, String)>,
    /// How many faults there were of each rule.
    places: HashMap<&'static str, usize>,
}

impl<'d> Report<'d> {
    fn new(document: &'d Value) -> Self {
        Self { document, faults: Vec::new(), told: HashSet::new(), places: HashMap::new() }
    }

    fn add(&mut self, code: &'static str, fault: Fault) {
        let places = self.places.entry(code).or_default();
        *places += 1;
        if *places > Finder::PLACES_MAX {
            return;
        }
        // One fault of a value breaks several keywords: a blank text is too short, and of the wrong pattern.
        let is_known = |code| self.told.contains(&(code, fault.path.clone()));
        if (code == "FE-D-002" && is_known("FE-S-007")) || is_known(code) {
            return;
        }
        if code == "FE-S-007" {
            self.faults.retain(|(code, known)| !(*code == "FE-D-002" && known.path == fault.path));
        }
        if code != "FE-S-005" {
            self.told.insert((code, fault.path.clone()));
        }
        self.faults.push((code, fault));
    }

    /// Something is missing: told by the rules for that place, or else by the general one.
    fn missing(&mut self, path: &str) {
        let mut codes = missing_at(path).peekable();
        if codes.peek().is_none() {
            return self.add("FE-S-008", Fault::at(path));
        }
        codes.for_each(|code| self.add(code, Fault::at(path)));
    }

    /// Takes an error in; its place is told from `at` on.
    fn take(&mut self, at: &str, error: &ValidationError<'_>) {
        let path = &format!("{at}{}", error.instance_path().as_str());
        match error.kind() {
            Kind::Required { property } => {
                self.missing(&format!("{path}/{}", property.as_str().unwrap_or_default()));
            }
            Kind::AdditionalProperties { unexpected } => {
                let mut seen = HashSet::new();
                for name in unexpected.iter().take(Finder::PLACES_MAX) {
                    let fault = Fault::at(path).actual(name);
                    // Of two spellings of one name, the second would take the place of the first.
                    let is_first = seen.insert(fold(name));
                    let moved = if is_first { self.rename(path, name) } else { Vec::new() };
                    self.add("FE-S-005", fault.suggest(moved));
                }
            }
            Kind::AnyOf { .. } => {
                let place = without_indices(path);
                let rules = catalogue::all().filter(|rule| rule.one_of.contains(&place.as_str()));
                rules.for_each(|rule| self.add(rule.code, Fault::at(path)));
            }
            Kind::MinItems { .. } => {
                self.add("FE-S-008", Fault::at(path).actual("[]"));
                missing_at(path).for_each(|code| self.add(code, Fault::at(path)));
            }
            Kind::MinProperties { .. } => self.missing(path),
            Kind::MaxItems { limit } => self.add("FE-S-003", Fault::at(path).expected(format!("≤ {limit}"))),
            Kind::Constant { .. } => {
                let actual = scalar(error.instance());
                self.add("FE-S-004", Fault::at(path).expected("1.0").actual(actual));
            }
            Kind::Type { .. } => {
                let fault =
                    Fault::at(path).expected(expected_kind(path, error)).actual(kind(error.instance()));
                self.add("FE-S-006", fault);
            }
            Kind::PropertyNames { .. } => self.add("FE-S-007", Fault::at(path).expected("a–z 0–9 _ . -")),
            other => self.lexical(path, other, error.instance()),
        }
    }

    /// A text that has not the form it should have.
    fn lexical(&mut self, path: &str, kind: &Kind, value: &Value) {
        let Some(text) = value.as_str() else {
            // `not` is said of values of any type; that the type is wrong is told.
            return;
        };
        if is_blank(text) && missing_at(path).next().is_some() && !is_decimal(kind) {
            return self.missing(path);
        }
        let fault = Fault::at(path).actual(scalar(value));
        match kind {
            Kind::Format { .. } => self.add("FE-D-002", fault.expected(DAY)),
            Kind::Pattern { pattern } if pattern.starts_with("^[0-9]{4}-") => {
                self.add("FE-S-007", mend::date(fault.expected(DAY), text));
            }
            Kind::Pattern { .. } if is_decimal(kind) => {
                self.add("FE-S-007", mend::decimal(fault.expected(DECIMAL), text));
            }
            Kind::Pattern { pattern } => self.add("FE-S-007", code_form(fault, pattern, text)),
            Kind::MaxLength { limit } => {
                let fault = fault
                    .expected(format!("≤ {limit}"))
                    .actual(format!("{} characters", text.chars().count()));
                self.add("FE-S-007", fault);
            }
            _ => self.add("FE-S-007", fault),
        }
    }

    /// How to give a name that the format does not know the spelling that it does, if that place is free.
    fn rename(&self, path: &str, name: &str) -> Vec<PatchOp> {
        let (Some(object), folded) = (self.document.pointer(path), fold(name)) else { return Vec::new() };
        let place = without_indices(path);
        let mut fields = schema().into_iter().flat_map(|schema| schema.fields_at(&place));
        let Some(known) = fields.find(|known| fold(known) == folded) else { return Vec::new() };
        let Some(value) = object.get(name).filter(|_| object.get(known).is_none()) else { return Vec::new() };
        vec![
            PatchOp::Add { path: format!("{path}/{known}"), value: value.clone() },
            PatchOp::Remove { path: format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")) },
        ]
    }
}

/// A name without what spellings differ in.
fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The codes of the rules for what is missing at a place.
fn missing_at(path: &str) -> impl Iterator<Item = &'static str> + use<> {
    let place = without_indices(path);
    catalogue::all().filter(move |rule| rule.missing.contains(&place.as_str())).map(|rule| rule.code)
}

fn is_decimal(kind: &Kind) -> bool {
    matches!(kind, Kind::Pattern { pattern } if pattern.starts_with("^-?(0|[1-9]"))
}

/// A code, in the form that its kind has.
fn code_form(fault: Fault, pattern: &str, text: &str) -> Fault {
    let (list, expected) = match pattern {
        "^[A-Z]{3}$" => (&codes::CURRENCIES, "ISO 4217: AAA"),
        "^[A-Z0-9]{2}$" => (&codes::COUNTRIES, "ISO 3166-1: AA"),
        "^[A-Z0-9]{1,3}$" => (&codes::TAX_CATEGORIES, "UNCL5305: S Z E AE K G O L M B"),
        _ => return fault,
    };
    let fault = fault.expected(expected);
    match list.nearest(text) {
        Some(nearest) => fault.replace_by(nearest),
        None => fault,
    }
}

/// What was expected in the place of a value of another kind.
fn expected_kind(path: &str, error: &ValidationError<'_>) -> String {
    use jsonschema::error::TypeKind;
    match error.kind() {
        Kind::Type { kind: TypeKind::Single(kind) } if path != "/schema_version" => kind.to_string(),
        Kind::Type { kind: TypeKind::Multiple(_) } => format!("string, {DECIMAL}"),
        _ => "string".to_owned(),
    }
}

/// A value as a text: what it says if it is a string, its kind if it is an object or a list.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
