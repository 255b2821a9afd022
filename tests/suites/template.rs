//! What `infra/template.yaml` says.

mod kafka;
mod limits;
mod monitoring;
mod parameters;
mod queues;
mod roles;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template as JSON; `!GetAtt X.Arn` is `{"!GetAtt": "X.Arn"}`.
pub(super) fn template() -> Value {
    let text = include_str!("../../infra/template.yaml");
    to_json(&Yaml::load_from_str(text).expect("YAML")[0])
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let name = |yaml| to_json(yaml).as_str().map_or_else(|| to_json(yaml).to_string(), str::to_owned);
            entries.iter().map(|(key, value)| (name(key), to_json(value))).collect::<Map<_, _>>().into()
        }
        Yaml::Tagged(tag, inner) => {
            let inner = to_json(inner);
            Value::Object(Map::from_iter([(format!("{}{}", tag.handle, tag.suffix), inner)]))
        }
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::Boolean(flag)) => (*flag).into(),
        Yaml::Value(Scalar::String(text)) | Yaml::Representation(text, ..) => text.as_ref().into(),
        _ => Value::Null,
    }
}

fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Both branches of a `!If`, and anything else as it is.
fn either(value: &Value) -> Vec<Value> {
    match value["!If"].as_array().map(Vec::as_slice) {
        Some([_condition, yes, no]) => vec![yes.clone(), no.clone()],
        _ => vec![value.clone()],
    }
}

#[test]
fn a_claim_outlasts_the_call_that_has_it() {
    let template = template();
    let function = &template["Resources"]["RedriveFunction"]["Properties"];
    let lease = function["Environment"]["Variables"]["ADUANA_LEASE_SECONDS"].as_str().expect("seconds");
    let timeout = function["Timeout"].as_u64().expect("seconds");
    assert!(lease.parse::<u64>().expect("a number") > 2 * timeout);
}

#[test]
fn what_the_redrive_expires_is_deleted_by_the_table_and_not_before_its_time() {
    let template = template();
    let ttl = &template["Resources"]["InvalidMessagesTable"]["Properties"]["TimeToLiveSpecification"];
    assert_eq!(*ttl, json!({ "AttributeName": "expires_at", "Enabled": true }));
    let invoices = &template["Resources"]["InvoicesTable"]["Properties"];
    assert!(invoices.get("TimeToLiveSpecification").is_none(), "what was stored stays");
    let variables = &template["Resources"]["RedriveFunction"]["Properties"]["Environment"]["Variables"];
    assert!(variables["ADUANA_KEEP_ENDED_DAYS"].to_string().contains("KeepEndedDays"), "{variables}");
    assert!(variables["ADUANA_WARN_DAYS"].to_string().contains("WarnDays"), "{variables}");
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a number: {value}"))
}

#[test]
fn what_the_scanner_is_to_overlook_has_its_reason_beside_it() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let overlooked = resources.values().flat_map(|it| listed(&it["Metadata"]["checkov"]["skip"]));
    let mut count = 0;
    for exception in overlooked.filter(|it| !it.is_null()) {
        let reason = exception["comment"].as_str().unwrap_or_default();
        assert!(reason.split(' ').count() > 8, "{exception}");
        count += 1;
    }
    assert!(count > 0);
}
