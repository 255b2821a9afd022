//! The schema, taken apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

use super::SCHEMA;
use crate::catalogue::{missing_at, one_of_at};

/// The schema, read and taken apart. What holds objects and lists together the report looks at by itself, and only the form of a text
/// is left to the crate that knows JSON Schema: that makes a report of its own of every fault, and a document can have a hundred
/// thousand.
pub(super) struct Schema {
    pub(super) invoice: Part,
}

/// What the schema says of a place.
pub(super) struct Part {
    /// The rules that are broken if nothing is there.
    pub(super) missing: &'static [&'static str],
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    Object(Object),
    List(List),
    /// An object of any members, whose names have a form.
    Extensions,
    /// The only text that may be there.
    Constant(String),
    Leaf(Arc<Leaf>),
}

pub(super) struct Object {
    pub(super) fields: BTreeMap<String, Part>,
    /// Their names, by what all spellings of one have in common.
    pub(super) spellings: BTreeMap<Vec<u8>, String>,
    pub(super) required: Vec<String>,
    /// One of these has to be there, if there are any; and the rules that are broken otherwise.
    pub(super) any_of: Vec<String>,
    pub(super) one_of: &'static [&'static str],
    /// The rules that are broken if it is empty, where it may not be.
    pub(super) if_empty: Option<&'static [&'static str]>,
}

/// A list, which may not be empty.
pub(super) struct List {
    pub(super) items: Box<Part>,
    pub(super) most: Option<usize>,
}

/// A text, or a number where it is a decimal.
pub(super) struct Leaf {
    text: Value,
    pub(super) is_decimal: bool,
    pub(super) is_date: bool,
    /// Compiled when it is first needed.
    compiled: OnceLock<Option<jsonschema::Validator>>,
}

impl Leaf {
    fn new(text: &Value) -> Option<Self> {
        let is_decimal = match text.get("type")? {
            Value::String(kind) => (kind == "string").then_some(false),
            Value::Array(kinds) => (kinds.as_slice() == ["string", "number"]).then_some(true),
            _ => None,
        }?;
        let is_date = text.get("format").is_some();
        Some(Self { text: text.clone(), is_decimal, is_date, compiled: OnceLock::new() })
    }

    pub(super) fn ready(&self) -> Option<&jsonschema::Validator> {
        self.compiled.get_or_init(|| compiled(&self.text)).as_ref()
    }
}

/// The schema: made once, when it is first needed.
pub(super) fn schema() -> Option<&'static Schema> {
    static READY: OnceLock<Option<Schema>> = OnceLock::new();
    READY.get_or_init(Schema::new).as_ref()
}

pub(super) fn compiled(schema: &Value) -> Option<jsonschema::Validator> {
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
        let mut reader = Reader { text: &text, leaves: HashMap::new() };
        Some(Self { invoice: reader.part(&text, "")? })
    }
}

/// Takes the schema apart.
struct Reader<'s> {
    text: &'s Value,
    /// Those that have a name, each compiled once.
    leaves: HashMap<&'s str, Arc<Leaf>>,
}

impl<'s> Reader<'s> {
    /// The part at a place, given without indices. `None` if it says what is not known here.
    fn part(&mut self, node: &'s Value, place: &str) -> Option<Part> {
        let missing = missing_at(place);
        let reference = node.get("$ref").and_then(Value::as_str);
        let node = match reference {
            Some(reference) => self.text.pointer(reference.strip_prefix('#')?)?,
            None => node,
        };
        let shape = match (node.get("type").and_then(Value::as_str), node.get("const")) {
            (Some("object"), _) if node.get("properties").is_some() => {
                Shape::Object(self.object(node, place)?)
            }
            (Some("object"), _) if says_only(node, &["propertyNames"]) => Shape::Extensions,
            (Some("array"), _) if says_only(node, &["items", "minItems", "maxItems"]) => {
                let items = Box::new(self.part(node.get("items")?, &format!("{place}/*"))?);
                let most = node.get("maxItems").and_then(Value::as_u64);
                Shape::List(List { items, most: most.and_then(|most| usize::try_from(most).ok()) })
            }
            (_, Some(constant)) => Shape::Constant(constant.as_str()?.to_owned()),
            _ => Shape::Leaf(self.leaf(reference, node)?),
        };
        Some(Part { missing, shape })
    }

    fn leaf(&mut self, reference: Option<&'s str>, node: &Value) -> Option<Arc<Leaf>> {
        if let Some(known) = reference.and_then(|name| self.leaves.get(name)) {
            return Some(Arc::clone(known));
        }
        let leaf = Arc::new(Leaf::new(node)?);
        self.leaves.extend(reference.map(|name| (name, Arc::clone(&leaf))));
        Some(leaf)
    }

    fn object(&mut self, node: &'s Value, place: &str) -> Option<Object> {
        let known = ["properties", "additionalProperties", "required", "anyOf", "minProperties"];
        if !says_only(node, &known) || node.get("additionalProperties") != Some(&Value::Bool(false)) {
            return None;
        }
        let mut fields = BTreeMap::new();
        for (name, field) in node.get("properties")?.as_object()? {
            fields.insert(name.clone(), self.part(field, &format!("{place}/{name}"))?);
        }
        let alternatives = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        Some(Object {
            spellings: fields.keys().map(|name| (folded(name), name.clone())).collect(),
            fields,
            required: names(node.get("required")),
            any_of: alternatives.flat_map(|alternative| names(alternative.get("required"))).collect(),
            one_of: one_of_at(place),
            if_empty: node.get("minProperties").map(|_| or_general(missing_at(place))),
        })
    }
}

/// Whether all that a schema says is known here.
#[cfg(test)]
pub(super) fn is_taken_apart(schema: &Value) -> bool {
    Reader { text: schema, leaves: HashMap::new() }.part(schema, "").is_some()
}

/// A name without what spellings differ in.
pub(super) fn folded(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Whether a part of the schema demands nothing but this, beside its type.
fn says_only(node: &Value, demands: &[&str]) -> bool {
    const REMARKS: [&str; 8] =
        ["type", "x-bt", "description", "$schema", "$id", "title", "x-semantic-model", "$defs"];
    let is_known = |name: &String| demands.contains(&name.as_str()) || REMARKS.contains(&name.as_str());
    node.as_object().is_some_and(|node| node.keys().all(is_known))
}

fn names(list: Option<&Value>) -> Vec<String> {
    let names = list.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The rules that are broken where something is missing, or the general one if there are none for that place.
pub(super) fn or_general(codes: &'static [&'static str]) -> &'static [&'static str] {
    if codes.is_empty() { &["FE-S-008"] } else { codes }
}
