//! The wrong fields, to be corrected one by one without looking at the JSON.

use aduana_invoice::Lang;
use aduana_invoice::json::{Node, Tree};
use aduana_redrive::answer::Reason;
use aduana_redrive::draft::{DoesNotApply, apply};
use aduana_redrive::request::{Correction, SetValue};
use serde_json::value::{RawValue, to_raw_value};

use crate::form::Fields;
use crate::json_value;

/// What the names of the inputs begin with; the pointer follows.
const PREFIX: &str = "field:";

/// What the names of the hidden inputs begin with that hold the values as they were.
const WAS: &str = "was:";

const FIELDS_MAX: usize = 40;
const VALUE_MAX: usize = 2_000;

/// A field that a violation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) pointer: String,
    pub(crate) term: Option<String>,
    pub(crate) value: String,
    pub(crate) codes: Vec<String>,
}

/// Whether an input of that name is a field; htmx encodes a name that no header can hold.
pub(super) fn is_field(name: &str) -> bool {
    name.starts_with(PREFIX) || name.starts_with("field%3A")
}

/// The fields of a text that can be written in one line, each once, in the order of the reasons.
pub(super) fn of(text: &str, reasons: &[Reason]) -> Vec<Field> {
    let Some(root) = Tree::read(text) else { return Vec::new() };
    let mut fields: Vec<Field> = Vec::new();
    for reason in reasons.iter().filter(|reason| !reason.path.is_empty()) {
        if let Some(known) = fields.iter_mut().find(|field| field.pointer == reason.path) {
            known.codes.push(reason.code.clone());
            continue;
        }
        let Some(value) = line(root.at(&reason.path)) else { continue };
        if fields.len() < FIELDS_MAX {
            fields.push(Field {
                pointer: reason.path.clone(),
                term: reason.term.clone(),
                value,
                codes: vec![reason.code.clone()],
            });
        }
    }
    fields
}

/// What an input can hold and give back as it was.
fn line(node: Option<&Node<'_>>) -> Option<String> {
    let value = match node {
        None => String::new(),
        Some(leaf @ Node::Leaf(_)) => json_value::line(leaf),
        Some(Node::Many(_)) => return None,
    };
    (value.len() <= VALUE_MAX && !value.contains(char::is_control)).then_some(value)
}

/// The text with the fields as they were typed. A field that nobody has touched leaves the text alone.
pub(super) fn applied(text: &str, form: &Fields, lang: Lang) -> Result<String, DoesNotApply> {
    let Some(root) = Tree::read(text) else { return Ok(text.to_owned()) };
    let typed = form.pairs().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)));
    let changed = typed.filter(|(pointer, value)| form.first(&format!("{WAS}{pointer}")) != Some(value));
    let values: Vec<SetValue> = changed
        .filter_map(|(pointer, value)| {
            Some(SetValue { pointer: pointer.to_owned(), value: json(root.at(pointer), value)? })
        })
        .collect();
    if values.is_empty() {
        return Ok(text.to_owned());
    }
    let corrected = apply(text.as_bytes(), &Correction::Set(values), lang, |_| Vec::new())?;
    Ok(String::from_utf8_lossy(&corrected).into_owned())
}

/// A number in the place of a number, and a text everywhere else.
fn json(before: Option<&Node<'_>>, value: &str) -> Option<Box<RawValue>> {
    if before.is_some_and(is_bare)
        && let Some(tree) = Tree::read(value).filter(|tree| is_bare(tree.root()))
    {
        return RawValue::from_string(tree.root().to_string()).ok();
    }
    to_raw_value(value).ok()
}

/// Whether it is a number, `true`, `false` or `null`.
fn is_bare(node: &Node<'_>) -> bool {
    matches!(node, Node::Leaf(written) if !written.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_deployment::reason;

    const TEXT: &str = r#"{ "a": "x", "n": 1.50, "o": {"b": true}, "l": [] }"#;

    #[test]
    fn a_field_is_there_once_and_objects_are_none() {
        let reasons = ["/a", "/a", "/new", "/o", "/o/b", ""].map(|path| reason("C", path));
        let fields: Vec<(String, String)> =
            of(TEXT, &reasons).into_iter().map(|field| (field.pointer, field.value)).collect();
        let expected = [("/a", "x"), ("/new", ""), ("/o/b", "true")];
        assert_eq!(fields, expected.map(|(pointer, value)| (pointer.to_owned(), value.to_owned())));
    }

    #[test]
    fn forty_fields_are_there_and_the_next_when_one_of_them_is_corrected() {
        for (wrong, there) in
            [(FIELDS_MAX - 1, FIELDS_MAX - 1), (FIELDS_MAX, FIELDS_MAX), (FIELDS_MAX + 1, FIELDS_MAX)]
        {
            let reasons: Vec<Reason> = (0..wrong).map(|at| reason("C", &format!("/f{at}"))).collect();
            assert_eq!(of("{}", &reasons).len(), there, "{wrong}");
        }
        let mut reasons: Vec<Reason> = (0..=FIELDS_MAX).map(|at| reason("C", &format!("/f{at}"))).collect();
        let last = format!("/f{FIELDS_MAX}");
        assert!(of("{}", &reasons).iter().all(|field| field.pointer != last));
        // A field that is there already takes another code, whatever the number.
        reasons.push(reason("D", "/f0"));
        assert_eq!(of("{}", &reasons)[0].codes, ["C", "D"]);
        reasons.remove(0);
        assert!(of("{}", &reasons).iter().any(|field| field.pointer == last));
    }

    #[test]
    fn a_value_of_2000_bytes_is_a_field_and_a_longer_one_is_in_the_text_alone() {
        for (bytes, is_field) in [(VALUE_MAX - 1, true), (VALUE_MAX, true), (VALUE_MAX + 1, false)] {
            let text = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
            assert_eq!(of(&text, &[reason("C", "/a")]).len(), usize::from(is_field), "{bytes}");
        }
    }

    #[test]
    fn only_what_was_changed_is_written_and_the_rest_stays_as_it_is() {
        let form =
            Fields::parse(b"was:/a=w&field:/a=w&was:/n=1.50&field:/n=2.00&was:/new=&field:/new=&text=no");
        let text = applied(TEXT, &form, Lang::En).unwrap();
        assert_eq!(text, r#"{ "a": "x", "n": 2.00, "o": {"b": true}, "l": [] }"#);
        let form = Fields::parse(b"was:/a=x&field:/a=1&was:/n=1.50&field:/n=many");
        let text = applied(TEXT, &form, Lang::En).unwrap();
        assert_eq!(text, r#"{ "a": "1", "n": "many", "o": {"b": true}, "l": [] }"#);
    }
}
