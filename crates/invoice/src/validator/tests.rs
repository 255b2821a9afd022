//! The model and the schema agree on what is in order: what the one lets pass unseen, the other has nothing against.

#[path = "../../tests/properties/node.rs"]
mod node;

use proptest::prelude::*;

use super::*;
use node::{INVOICES, changed_invoice};

/// Whether the model has nothing to report, and what the schema and the reading of numbers find.
fn both(text: &str) -> (bool, bool, usize) {
    #[expect(clippy::disallowed_methods, reason = "as the validator does")]
    let model = serde_json::from_str::<Field<'_, Invoice<'_>>>(text);
    let invoice = match &model {
        Ok(Field::Is(invoice)) => Some(invoice),
        _ => None,
    };
    let mut numbers = Vec::new();
    if let Some(invoice) = invoice {
        invoice.bad_numbers(&mut Vec::new(), &mut numbers);
    }
    let Ok(document) = decode::strict(text) else { return (invoice.is_some_and(is_clean), false, 1) };
    let schema_finds_nothing = schema::has_nothing_against(&document) && numbers.is_empty();
    (invoice.is_some_and(is_clean), schema_finds_nothing, schema::report(&document, numbers).len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn model_and_schema_agree_on_what_is_in_order(invoice in changed_invoice(), by in 0_usize..40) {
        let (is_clean, schema_finds_nothing, reported) = both(&invoice.to_string());
        prop_assert!(!(is_clean && invoice.repeats_a_name()));
        let mut turned = invoice;
        turned.turn(by);
        prop_assert_eq!(both(&turned.to_string()).0, is_clean, "whatever the order of members");
        prop_assert_eq!(is_clean, schema_finds_nothing);
        prop_assert_eq!(is_clean, reported == 0, "what is not in order is told");
    }
}

#[test]
fn a_valid_invoice_needs_no_report() {
    for invoice in INVOICES {
        assert_eq!(both(invoice), (true, true, 0));
    }
}

#[test]
fn the_most_lines_are_those_of_the_schema() {
    let invoice = |lines: usize| {
        let mut invoice = node::Node::read(INVOICES[0]);
        if let node::Node::Object(members) = &mut invoice {
            for (_, value) in members.iter_mut().filter(|(name, _)| name == "lines") {
                if let node::Node::List(items) = value {
                    *items = vec![items[0].clone(); lines];
                }
            }
        }
        invoice.to_string()
    };
    assert_eq!(both(&invoice(LINES_MAX)), (true, true, 0));
    assert_eq!(both(&invoice(LINES_MAX + 1)), (false, false, 1));
    let roomy = Policy::from_json(r#"{"limits":{"max_body_bytes":9000000}}"#).unwrap();
    let day = Date::from_ordinal_date(2026, 166).unwrap();
    let verdict = Validator::new(roomy).judge(invoice(LINES_MAX + 1).as_bytes(), day);
    let told = |code: &str| verdict.violations().iter().filter(|it| it.code == code).count();
    assert_eq!((told("FE-S-003"), told("FE-R-010")), (1, 1));
    assert_eq!(told("FE-D-001"), 1_000, "no more places of one rule than the most");
}
