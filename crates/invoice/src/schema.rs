//! The JSON Schema of the format, and its report on a document that does not follow it.
//!
//! The report is for documents that are refused: it costs more than reading the model, which tells whether one is needed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError};
use serde_json::Value;

use crate::catalogue::{missing_at, one_of_at};
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
pub(crate) fn report(document: &Value, clean: &Clean<'_>, numbers: Vec<(String, &str)>) -> Vec<Coded> {
    let mut report = Report::new(document);
    if let Some(schema) = schema() {
        let fields = document.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| clean.field(name).is_none()) {
            let Some(field) = schema.invoice.field(name, &schema.defs) else { continue };
            field.iter_errors(value).for_each(|error| report.take(&format!("/{name}"), &error));
        }
        if let Some(envelope) = schema.invoice.envelope.ready(&schema.defs) {
            envelope.iter_errors(document).for_each(|error| report.take("", &error));
        }
        let lines = document.get("lines").and_then(Value::as_array).into_iter().flatten().enumerate();
        for (at, line) in lines.filter(|(at, _)| clean.line(*at).is_none()) {
            report.line(schema, clean, at, line);
        }
    }
    for (path, text) in numbers {
        report.add("FE-S-007", &path, |fault| mend::decimal(fault.expected(DECIMAL).actual(text), text));
    }
    report.faults
}

/// The schema, read and taken apart: most invoices that are refused have few parts that are not in order.
struct Schema {
    text: Value,
    /// What its parts may refer to.
    defs: Value,
    /// An invoice, the lines without what is in them.
    invoice: Object,
    line: Object,
}

/// An object of the schema, taken apart.
struct Object {
    /// The object without what is in its fields: which there must be, and which there may be.
    envelope: Part,
    fields: BTreeMap<String, Part>,
}

impl Object {
    fn new(mut object: Value) -> Option<Self> {
        let properties = object.get_mut("properties")?.as_object_mut()?;
        let part = |(name, field): (&String, &mut Value)| {
            (name.clone(), Part::new(std::mem::replace(field, Value::Bool(true))))
        };
        let fields = properties.iter_mut().map(part).collect();
        Some(Self { envelope: Part::new(object), fields })
    }

    fn field(&self, name: &str, defs: &Value) -> Option<&jsonschema::Validator> {
        self.fields.get(name)?.ready(defs)
    }
}

/// A part of the schema, compiled when it is first needed.
struct Part {
    text: Value,
    compiled: OnceLock<Option<jsonschema::Validator>>,
}

impl Part {
    fn new(text: Value) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// The part, compiled with what it may refer to.
    fn ready(&self, defs: &Value) -> Option<&jsonschema::Validator> {
        let with_defs = || {
            let mut text = self.text.clone();
            text.as_object_mut()?.insert("$defs".to_owned(), defs.clone());
            compiled(&text)
        };
        self.compiled.get_or_init(with_defs).as_ref()
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
        let mut invoice = text.clone();
        let defs = invoice.as_object_mut()?.remove("$defs")?;
        invoice.get_mut("properties")?.get_mut("lines")?.as_object_mut()?.remove("items")?;
        let line = Object::new(defs.get("line")?.clone())?;
        Some(Self { text, defs, invoice: Object::new(invoice)?, line })
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
    told: BTreeMap<&'static str, Told>,
}

/// What is told of a rule.
#[derive(Default)]
struct Told {
    /// How many faults there were.
    count: usize,
    /// Where; but for unknown fields, of which an object can have many.
    paths: BTreeSet<String>,
}

impl<'d> Report<'d> {
    fn new(document: &'d Value) -> Self {
        Self { document, faults: Vec::new(), told: BTreeMap::new() }
    }

    fn is_told(&self, code: &str, path: &str) -> bool {
        self.told.get(code).is_some_and(|told| told.paths.contains(path))
    }

    /// Takes a fault, which is not even made where enough of its rule are told.
    fn add(&mut self, code: &'static str, path: &str, fault: impl FnOnce(Fault) -> Fault) {
        let told = self.told.entry(code).or_default();
        told.count += 1;
        // One fault of a value breaks several keywords: a blank text is too short, and of the wrong pattern.
        if told.count > Finder::PLACES_MAX || (code != "FE-S-005" && !told.paths.insert(path.to_owned())) {
            return;
        }
        match code {
            "FE-D-002" if self.is_told("FE-S-007", path) => return,
            "FE-S-007" if self.is_told("FE-D-002", path) => {
                self.faults.retain(|(code, known)| !(*code == "FE-D-002" && known.path == path));
            }
            _ => {}
        }
        self.faults.push((code, fault(Fault::at(path))));
    }

    /// What the schema finds in a line, in its own order: which fields there are, what is in them, which should not be there.
    fn line(&mut self, schema: &Schema, clean: &Clean<'_>, at: usize, line: &Value) {
        let Some(envelope) = schema.line.envelope.ready(&schema.defs) else { return };
        let path = format!("/lines/{at}");
        let (unknown, missing): (Vec<_>, Vec<_>) = envelope
            .iter_errors(line)
            .partition(|error| matches!(error.kind(), Kind::AdditionalProperties { .. }));
        for error in &missing {
            self.take(&path, error);
        }
        let fields = line.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !clean.has_field_of_line(at, name)) {
            let Some(field) = schema.line.field(name, &schema.defs) else { continue };
            let path = format!("{path}/{name}");
            field.iter_errors(value).for_each(|error| self.take(&path, &error));
        }
        for error in &unknown {
            self.take(&path, error);
        }
    }

    /// Something is missing: told by the rules for that place, or else by the general one.
    fn missing(&mut self, path: &str) {
        match missing_at(&without_indices(path)) {
            [] => self.add("FE-S-008", path, |fault| fault),
            codes => self.add_all(codes, path),
        }
    }

    fn add_all(&mut self, codes: &[&'static str], path: &str) {
        for code in codes {
            self.add(code, path, |fault| fault);
        }
    }

    /// Takes an error in; its place is told from `at` on.
    fn take(&mut self, at: &str, error: &ValidationError<'_>) {
        let path = &[at, error.instance_path().as_str()].concat();
        match error.kind() {
            Kind::Required { property } => {
                self.missing(&[path, "/", property.as_str().unwrap_or_default()].concat());
            }
            Kind::AdditionalProperties { unexpected } => {
                let mut seen = HashSet::new();
                let document = self.document;
                for name in unexpected.iter().take(Finder::PLACES_MAX) {
                    self.add("FE-S-005", path, |fault| {
                        // Of two spellings of one name, the second would take the place of the first.
                        let is_first = seen.insert(folded(name).collect::<Vec<_>>());
                        let moved = if is_first { renamed(document, path, name) } else { Vec::new() };
                        fault.actual(name).suggest(moved)
                    });
                }
            }
            Kind::AnyOf { .. } => self.add_all(one_of_at(&without_indices(path)), path),
            Kind::MinItems { .. } => {
                self.add("FE-S-008", path, |fault| fault.actual("[]"));
                self.add_all(missing_at(&without_indices(path)), path);
            }
            Kind::MinProperties { .. } => self.missing(path),
            Kind::MaxItems { limit } => {
                self.add("FE-S-003", path, |fault| fault.expected(format!("≤ {limit}")));
            }
            Kind::Constant { .. } => {
                self.add("FE-S-004", path, |fault| fault.expected("1.0").actual(scalar(error.instance())));
            }
            Kind::Type { .. } => self.add("FE-S-006", path, |fault| {
                fault.expected(expected_kind(path, error)).actual(kind(error.instance()))
            }),
            Kind::PropertyNames { .. } => {
                self.add("FE-S-007", path, |fault| fault.expected("a–z 0–9 _ . -"));
            }
            other => self.lexical(path, other, error.instance()),
        }
    }

    /// A text that has not the form it should have.
    fn lexical(&mut self, path: &str, kind: &Kind, value: &Value) {
        let Some(text) = value.as_str() else {
            // `not` is said of values of any type; that the type is wrong is told.
            return;
        };
        if is_blank(text) && !is_decimal(kind) {
            let codes = missing_at(&without_indices(path));
            if !codes.is_empty() {
                return self.add_all(codes, path);
            }
        }
        let code = if matches!(kind, Kind::Format { .. }) { "FE-D-002" } else { "FE-S-007" };
        self.add(code, path, |fault| {
            let fault = fault.actual(text);
            match kind {
                Kind::Format { .. } => fault.expected(DAY),
                Kind::Pattern { pattern } if pattern.starts_with("^[0-9]{4}-") => {
                    mend::date(fault.expected(DAY), text)
                }
                Kind::Pattern { .. } if is_decimal(kind) => mend::decimal(fault.expected(DECIMAL), text),
                Kind::Pattern { pattern } => code_form(fault, pattern, text),
                Kind::MaxLength { limit } => fault
                    .expected(format!("≤ {limit}"))
                    .actual(format!("{} characters", text.chars().count())),
                _ => fault,
            }
        });
    }
}

/// How to give a name that the format does not know the spelling that it does, if that place is free.
fn renamed(document: &Value, path: &str, name: &str) -> Vec<PatchOp> {
    let Some(object) = document.pointer(path) else { return Vec::new() };
    let place = without_indices(path);
    let mut fields = schema().into_iter().flat_map(|schema| schema.fields_at(&place));
    let Some(known) = fields.find(|known| folded(known).eq(folded(name))) else { return Vec::new() };
    let Some(value) = object.get(name).filter(|_| object.get(known).is_none()) else { return Vec::new() };
    vec![
        PatchOp::Add { path: format!("{path}/{known}"), value: value.clone() },
        PatchOp::Remove { path: format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")) },
    ]
}

/// A name without what spellings differ in.
fn folded(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
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
