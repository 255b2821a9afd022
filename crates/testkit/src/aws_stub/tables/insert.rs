//! Many `INSERT`s of `PartiQL` in one call.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Tables, key};
use crate::aws_stub::{Call, Reply};

/// DynamoDB's limits: statements in a call, and characters in a statement.
const STATEMENTS_MAX: usize = 25;
const STATEMENT_MAX: usize = 8_192;

/// Each statement for itself: it inserts its item, or says that there is one. Which one there is, it does not say.
pub(super) fn batch(tables: &Tables, request: &Value) -> Reply {
    let statements: Vec<Value> = request["Statements"].as_array().unwrap().iter().map(put).collect();
    let keys: BTreeSet<_> = statements.iter().map(|put| key(put, &put["Item"])).collect();
    assert!(
        keys.len() == statements.len() && statements.len() <= STATEMENTS_MAX,
        "ValidationException: too many, or a key twice"
    );
    let answers: Vec<Value> = statements.iter().map(|put| insert(tables, put)).collect();
    Reply::Json(json!({ "Responses": answers }))
}

impl Tables {
    /// The answer to a call that inserts, among others, what has this number: that one fails with this code. `None` for any other call.
    pub fn refuse_number(&self, call: &Call, number: &str, code: &str) -> Option<Reply> {
        let is_it = |statement: &Value| {
            let parameters = statement["Parameters"].as_array();
            parameters.is_some_and(|parameters| parameters.contains(&json!({ "S": number })))
        };
        let mut others = call.clone();
        let statements = others.request["Statements"].as_array_mut()?;
        let place = statements.iter().position(is_it)?;
        statements.remove(place);
        let mut answers = Vec::new();
        if !statements.is_empty()
            && let Reply::Json(mut answer) = self.answer(&others)
        {
            answers = std::mem::take(answer["Responses"].as_array_mut()?);
        }
        answers.insert(place, json!({ "Error": { "Code": code, "Message": "SECRET" } }));
        Some(Reply::Json(json!({ "Responses": answers })))
    }
}

fn insert(tables: &Tables, put: &Value) -> Value {
    let planned = tables.plan(put);
    if planned.old.is_some() {
        let error = json!({ "Code": "DuplicateItem", "Message": "SECRET" });
        return json!({ "Error": error, "TableName": put["TableName"] });
    }
    tables.apply(planned);
    json!({ "TableName": put["TableName"] })
}

/// The statement as a request of `PutItem`.
fn put(statement: &Value) -> Value {
    let text = statement["Statement"].as_str().unwrap();
    assert!(text.len() <= STATEMENT_MAX, "ValidationException: {text}");
    let (table, names) = text
        .strip_prefix("INSERT INTO \"")
        .and_then(|text| text.split_once("\" VALUE {"))
        .and_then(|(table, names)| Some((table, names.strip_suffix('}')?)))
        .expect("an INSERT");
    let names = names.split(',').map(|name| name.strip_prefix('\'').unwrap().strip_suffix("':?").unwrap());
    let values = statement["Parameters"].as_array().unwrap();
    let item: Map<String, Value> = names.map(str::to_owned).zip(values.iter().cloned()).collect();
    assert_eq!(item.len(), values.len(), "ValidationException: parameters without a name");
    json!({ "TableName": table, "Item": item })
}
