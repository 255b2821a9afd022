//! The JSON Schema of the format, and its report on a document that does not follow it.
//!
//! The report is for documents that are refused: it costs more than reading the model, which tells whether one is needed.

mod parts;

use std::collections::BTreeMap;

use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::{Map, Value};

use crate::codes;
use crate::decode::{self, PathStep, Unreadable, kind};
use crate::fault::{FaultSink, RuleFault};
use crate::json::{PatchOp, pointer};
use crate::model::{self, BadField, is_blank};
use crate::suggestions;
use crate::valid_parts::ValidParts;
use parts::{Leaf, List, Object, Part, Shape, folded, or_general, schema};

/// The schema's text: JSON Schema, draft 2020-12.
pub const SCHEMA: &str = include_str!("schema/invoice.schema.json");

/// A fault with the code of the rule that it breaks.
pub(crate) type Coded = (&'static str, RuleFault);

/// Every fault that the schema finds in a text, which is read strictly. What is in `valid_parts` is not looked at. Of the
/// bad fields the numbers are told from their text: the schema sees values, and not how they are written.
pub(crate) fn report(
    text: &str,
    valid_parts: &ValidParts<'_>,
    bad_fields: &[BadField<'_>],
) -> Result<Vec<Coded>, Unreadable> {
    let schema = schema();
    let invoice = schema.and_then(|schema| match &schema.invoice.shape {
        Shape::Object(invoice) => Some(invoice),
        _ => None,
    });
    let read = |text: &str| {
        let mut items = InLists { invoice, valid_parts, lists: BTreeMap::new() };
        decode::strict(text, &mut items).map(|document| (document, items.lists))
    };
    let (document, lists) = match valid_parts.shortened(text) {
        // Where a text is not JSON is told by line and column, which are those of the whole.
        Some(short) => read(&short).or_else(|_| read(text)),
        None => read(text),
    }?;
    let mut report = Report::default();
    if let (Some(invoice), Some(document)) = (invoice, document.as_object()) {
        report.document(invoice, valid_parts, document, lists);
    }
    for (path, text) in bad_fields.iter().filter_map(|field| Some((&field.path, field.number()?))) {
        report
            .add("FE-S-007", path, |fault| suggestions::decimal(fault.expected(DECIMAL).actual(text), text));
    }
    Ok(report.faults)
}

/// What is found in the items of the document's lists, as they are read. A large document is nearly all lists, and of their items
/// no more than one is in memory.
struct InLists<'c> {
    invoice: Option<&'c Object>,
    valid_parts: &'c ValidParts<'c>,
    /// The faults as they come, for later: other parts of the document are told before.
    lists: BTreeMap<&'c str, Report>,
}

impl<'c> InLists<'c> {
    fn list(&self, name: &str) -> Option<(&'c str, &'c List)> {
        let (name, field) = self.invoice?.fields.get_key_value(name)?;
        match &field.shape {
            Shape::List(list) => Some((name, list)),
            _ => None,
        }
    }
}

impl decode::Guide for InLists<'_> {
    fn known_name(&self, name: &str) -> Option<&'static str> {
        model::known_name(name)
    }

    fn passes_over(&self, path: &[PathStep<'_>]) -> Option<usize> {
        self.valid_parts.items(path)
    }

    fn takes(&self, list: &str) -> bool {
        self.list(list).is_some()
    }

    fn take(&mut self, name: &str, index: usize, item: &Value) {
        let valid_parts = self.valid_parts;
        if name == "lines" && valid_parts.line(index).is_some() {
            return;
        }
        let Some((name, list)) = self.list(name) else { return };
        let report =
            self.lists.entry(name).or_insert_with(|| Report { is_for_later: true, ..Report::default() });
        let mut path = format!("/{name}/{index}");
        match &list.items.shape {
            Shape::Object(line) if name == "lines" => {
                // What was passed over came out as null.
                let passes_over =
                    |name: &str, value: &Value| value.is_null() && valid_parts.has_field_of_line(index, name);
                report.object(line, &mut path, item, passes_over);
            }
            _ => report.part(&list.items, &mut path, item),
        }
    }
}

const DECIMAL: &str = "1234.50";
const DAY: &str = "YYYY-MM-DD";

#[derive(Default)]
struct Report {
    faults: Vec<Coded>,
    /// How many faults each rule has, those that are not told included.
    counts: BTreeMap<&'static str, usize>,
    /// Of so many rules enough is told.
    enough: usize,
    /// Whether the faults are to be taken by another report: as many as it may take, and each as it comes.
    is_for_later: bool,
}

impl Report {
    /// Whether the rule is told of this place. What is found at one place is found in one go.
    fn is_told(&self, code: &str, path: &str) -> bool {
        let mut here = self.faults.iter().rev().take_while(|(_, fault)| fault.path == path);
        here.any(|(known, _)| *known == code)
    }

    /// Whether enough faults of each of these rules are told: one more would not be taken.
    fn is_enough(&self, codes: &[&'static str]) -> bool {
        self.enough > 0
            && codes
                .iter()
                .all(|code| self.counts.get(code).is_some_and(|count| *count >= FaultSink::PLACES_MAX))
    }

    /// Takes a fault, which is not even made where enough of its rule are told.
    fn add(&mut self, code: &'static str, path: &str, fault: impl FnOnce(RuleFault) -> RuleFault) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        self.enough += usize::from(*count == FaultSink::PLACES_MAX);
        if *count > FaultSink::PLACES_MAX {
            return;
        }
        if self.is_for_later {
            return self.faults.push((code, fault(RuleFault::at(path))));
        }
        // One fault of a value breaks several keywords: a blank text is too short, and of the wrong pattern.
        if code != "FE-S-005" && self.is_told(code, path) {
            return;
        }
        match code {
            "FE-D-002" if self.is_told("FE-S-007", path) => return,
            "FE-S-007" if self.is_told("FE-D-002", path) => {
                // It was told of the same value, and is among the last.
                let is_it = |(code, known): &Coded| *code == "FE-D-002" && known.path == path;
                if let Some(at) = self.faults.iter().rposition(is_it) {
                    self.faults.remove(at);
                }
            }
            _ => {}
        }
        self.faults.push((code, fault(RuleFault::at(path))));
    }

    /// What the schema finds in an invoice: what is in its fields, which fields there are, what is in its lines. What is in its
    /// lists has been found already.
    fn document(
        &mut self,
        invoice: &Object,
        valid_parts: &ValidParts<'_>,
        document: &Map<String, Value>,
        mut lists: BTreeMap<&str, Report>,
    ) {
        let mut path = String::new();
        let lines = lists.remove("lines");
        let mut unknown = Vec::new();
        for (name, value) in document.iter().filter(|(name, _)| valid_parts.field(name).is_none()) {
            let Some(field) = invoice.fields.get(name) else {
                unknown.push(name.as_str());
                continue;
            };
            at(&mut path, name, |path| match &field.shape {
                Shape::List(list) => {
                    self.list(list, field.missing, path, value);
                    self.take(lists.remove(name.as_str()));
                }
                _ => self.part(field, path, value),
            });
        }
        self.lacks(invoice, &mut path, document);
        self.unknown(invoice, &path, document, &unknown);
        self.take(lines);
    }

    /// Takes what another report has found.
    fn take(&mut self, other: Option<Report>) {
        for (code, found) in other.into_iter().flat_map(|report| report.faults) {
            let path = found.path.clone();
            self.add(code, &path, |_| found);
        }
    }

    fn part(&mut self, part: &Part, path: &mut String, value: &Value) {
        match &part.shape {
            Shape::Object(object) => self.object(object, path, value, |_, _| false),
            Shape::List(list) => {
                for (index, item) in self.list(list, part.missing, path, value).iter().enumerate() {
                    at(path, &index.to_string(), |path| self.part(&list.items, path, item));
                }
            }
            Shape::Extensions => match value {
                Value::Object(members) => self.names(path, members),
                other => self.kind(path, "object", other),
            },
            Shape::Constant(constant) => {
                if value.as_str() != Some(constant) {
                    self.add("FE-S-004", path, |fault| fault.expected("1.0").actual(scalar(value)));
                }
            }
            Shape::Leaf(leaf) => match value {
                Value::String(text) => self.text(leaf, part.missing, path, value, text),
                Value::Number(_) if leaf.is_decimal => {}
                other if leaf.is_decimal => self.kind(path, "string, 1234.50", other),
                other => self.kind(path, "string", other),
            },
        }
    }

    /// A value of another kind.
    fn kind(&mut self, path: &str, expected: &'static str, value: &Value) {
        self.add("FE-S-006", path, |fault| fault.expected(expected).actual(kind(value)));
    }

    /// An object: which fields it lacks, what is in those that it has, which should not be there.
    fn object(
        &mut self,
        object: &Object,
        path: &mut String,
        value: &Value,
        passes_over: impl Fn(&str, &Value) -> bool,
    ) {
        let Value::Object(members) = value else { return self.kind(path, "object", value) };
        self.lacks(object, path, members);
        let mut unknown = Vec::new();
        for (name, value) in members {
            match object.fields.get(name) {
                Some(field) if !passes_over(name, value) => {
                    at(path, name, |path| self.part(field, path, value));
                }
                Some(_) => {}
                None => unknown.push(name.as_str()),
            }
        }
        self.unknown(object, path, members, &unknown);
    }

    /// The fields that an object lacks.
    fn lacks(&mut self, object: &Object, path: &mut String, members: &Map<String, Value>) {
        for name in object.required.iter().filter(|name| !members.contains_key(*name)) {
            let codes = object.fields.get(name).map_or(&[][..], |field| field.missing);
            if !self.is_enough(or_general(codes)) {
                at(path, name, |path| self.add_all(or_general(codes), path));
            }
        }
        if let Some(codes) = object.if_empty.filter(|_| members.is_empty()) {
            self.add_all(codes, path);
        }
        if !object.any_of.is_empty() && !object.any_of.iter().any(|name| members.contains_key(name)) {
            self.add_all(object.one_of, path);
        }
    }

    /// The members of an object whose names the format does not know.
    fn unknown(&mut self, object: &Object, path: &str, members: &Map<String, Value>, names: &[&str]) {
        if self.is_enough(&["FE-S-005"]) {
            return;
        }
        let mut taken = Vec::new();
        for name in names.iter().take(FaultSink::PLACES_MAX) {
            self.add("FE-S-005", path, |fault| {
                // Of two spellings of one name, the second would take the place of the first.
                let known = object.spellings.get(&folded(name));
                let known = known.filter(|known| !members.contains_key(*known) && !taken.contains(known));
                taken.extend(known);
                fault
                    .actual(name)
                    .suggest(known.map(|known| renamed(members, path, name, known)).unwrap_or_default())
            });
        }
    }

    /// The names in `extensions`: one fault of each, all at one place.
    fn names(&mut self, path: &str, members: &Map<String, Value>) {
        for _ in members.keys().filter(|name| !decode::is_namespace(name)).take(FaultSink::PLACES_MAX) {
            self.add("FE-S-007", path, |fault| fault.expected("a–z 0–9 _ . -"));
        }
    }

    /// A list by itself. Gives its items.
    fn list<'v>(
        &mut self,
        list: &List,
        missing: &'static [&'static str],
        path: &str,
        value: &'v Value,
    ) -> &'v [Value] {
        let Value::Array(items) = value else {
            self.kind(path, "array", value);
            return &[];
        };
        if items.is_empty() {
            self.add("FE-S-008", path, |fault| fault.actual("[]"));
            self.add_all(missing, path);
        }
        if let Some(most) = list.most.filter(|most| items.len() > *most) {
            self.add("FE-S-003", path, |fault| fault.expected(format!("≤ {most}")));
        }
        items
    }

    fn add_all(&mut self, codes: &[&'static str], path: &str) {
        for code in codes {
            self.add(code, path, |fault| fault);
        }
    }

    /// A text, which may not have the form that it should have.
    fn text(&mut self, leaf: &Leaf, missing: &[&'static str], path: &str, value: &Value, text: &str) {
        // Nothing of what could be wrong would be taken.
        let is_enough = self.is_enough(&["FE-S-007"])
            && (!leaf.is_date || self.is_enough(&["FE-D-002"]))
            && (self.is_enough(missing) || !is_blank(text));
        if is_enough {
            return;
        }
        let Some(validator) = leaf.ready().filter(|validator| !validator.is_valid(value)) else { return };
        for error in validator.iter_errors(value) {
            self.lexical(missing, path, error.kind(), text);
        }
    }

    fn lexical(&mut self, missing: &[&'static str], path: &str, kind: &Kind, text: &str) {
        if is_blank(text) && !is_decimal(kind) && !missing.is_empty() {
            return self.add_all(missing, path);
        }
        let code = if matches!(kind, Kind::Format { .. }) { "FE-D-002" } else { "FE-S-007" };
        self.add(code, path, |fault| {
            let fault = fault.actual(text);
            match kind {
                Kind::Format { .. } => fault.expected(DAY),
                Kind::Pattern { pattern } if pattern.starts_with("^[0-9]{4}-") => {
                    suggestions::date(fault.expected(DAY), text)
                }
                Kind::Pattern { .. } if is_decimal(kind) => {
                    suggestions::decimal(fault.expected(DECIMAL), text)
                }
                Kind::Pattern { pattern } => code_form(fault, pattern, text),
                Kind::MaxLength { limit } => fault
                    .expected(format!("≤ {limit}"))
                    .actual(format!("{} characters", text.chars().count())),
                _ => fault,
            }
        });
    }
}

/// Does `work` one step further down the path.
fn at(path: &mut String, step: &str, work: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(step);
    work(path);
    path.truncate(length);
}

/// How to give a name that the format does not know the spelling that it does.
fn renamed(members: &Map<String, Value>, path: &str, name: &str, known: &str) -> Vec<PatchOp> {
    let Some(value) = members.get(name) else { return Vec::new() };
    vec![
        PatchOp::Add { path: [path, "/", known].concat(), value: value.clone() },
        PatchOp::Remove { path: [path, "/", &pointer::escaped(name)].concat() },
    ]
}

fn is_decimal(kind: &Kind) -> bool {
    matches!(kind, Kind::Pattern { pattern } if pattern.starts_with("^-?(0|[1-9]"))
}

/// A code, in the form that its kind has.
fn code_form(fault: RuleFault, pattern: &str, text: &str) -> RuleFault {
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
