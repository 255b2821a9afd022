//! As much of DynamoDB as the adapters use, with its conditions and its transactions: two tables in one.

mod index;
mod insert;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::{Call, Reply};

type Item = Map<String, Value>;

/// Items by table, partition and sort key.
#[derive(Debug, Clone, Default)]
pub struct Tables(Arc<Mutex<BTreeMap<[String; 3], Item>>>);

/// A write, and what there is at its key.
struct Planned {
    key: [String; 3],
    /// `None` is a delete.
    new: Option<Item>,
    old: Option<Item>,
    holds: bool,
}

impl Tables {
    /// Every item of a table, by its sort key; for tests of one partition.
    pub fn items(&self, table: &str) -> BTreeMap<String, Value> {
        let items = self.0.lock().unwrap();
        let of_table = items.iter().filter(|([name, ..], _)| name == table);
        of_table.map(|([_, _, sort], item)| (sort.clone(), item.clone().into())).collect()
    }

    /// Every item of a table.
    pub fn all(&self, table: &str) -> Vec<Value> {
        let items = self.0.lock().unwrap();
        items.iter().filter(|([name, ..], _)| name == table).map(|(_, item)| item.clone().into()).collect()
    }

    /// Sets an attribute of an item, or takes it away, behind everybody's back.
    pub fn tamper(&self, table: &str, sort: &str, attribute: &str, value: impl Into<Option<Value>>) {
        let mut items = self.0.lock().unwrap();
        let (_, item) =
            items.iter_mut().find(|([name, _, key], _)| name == table && key == sort).expect("an item");
        match value.into() {
            Some(value) => item.insert(attribute.to_owned(), value),
            None => item.remove(attribute),
        };
    }

    /// Takes an item away behind everybody's back.
    pub fn take(&self, table: &str, sort: &str) {
        self.0.lock().unwrap().retain(|[name, _, key], _| !(name == table && key == sort));
    }

    /// What DynamoDB does and says.
    pub fn answer(&self, call: &Call) -> Reply {
        let request = &call.request;
        let is_read = matches!(call.action.as_str(), "GetItem" | "Query") && request["IndexName"].is_null();
        assert!(!is_read || request["ConsistentRead"] == true, "what decides is read as it is now");
        match call.action.as_str() {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                let planned = self.plan(request);
                if planned.holds {
                    let old = planned.old.clone().filter(|_| request["ReturnValues"] == "ALL_OLD");
                    self.apply(planned);
                    return Reply::Json(old.map_or_else(|| json!({}), |item| json!({ "Attributes": item })));
                }
                let mut error = json!({ "__type": "x#ConditionalCheckFailedException", "message": "SECRET" });
                if request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" {
                    error["Item"] = planned.old.into();
                }
                Reply::ErrorJson(error)
            }
            "TransactWriteItems" => self.transact(request["TransactItems"].as_array().unwrap()),
            "BatchExecuteStatement" => insert::batch(self, request),
            "GetItem" => {
                let item = self.0.lock().unwrap().get(&key(request, &request["Key"])).cloned();
                Reply::Json(item.map_or_else(|| json!({}), |item| json!({ "Item": item })))
            }
            "Query" if request["IndexName"].is_string() => index::query(&self.0.lock().unwrap(), request),
            "Query" => self.query(request),
            "BatchGetItem" => index::batch_get(&self.0.lock().unwrap(), request),
            other => panic!("the table is not asked for {other}"),
        }
    }

    fn transact(&self, writes: &[Value]) -> Reply {
        let planned: Vec<(Planned, &Value)> = writes
            .iter()
            .map(|write| {
                let write = write.as_object().unwrap().values().next().unwrap();
                (self.plan(write), write)
            })
            .collect();
        let keys: BTreeSet<_> = planned.iter().map(|(write, _)| &write.key).collect();
        assert!(keys.len() == writes.len() && writes.len() <= 100, "ValidationException");
        if planned.iter().all(|(write, _)| write.holds) {
            for (write, _) in planned {
                self.apply(write);
            }
            return Reply::Json(json!({}));
        }
        let reason = |(write, request): (Planned, &Value)| {
            let with_item = request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD";
            match (write.holds, write.old.filter(|_| with_item)) {
                (true, _) => json!({ "Code": "None" }),
                (false, None) => json!({ "Code": "ConditionalCheckFailed", "Message": "SECRET" }),
                (false, item) => {
                    json!({ "Code": "ConditionalCheckFailed", "Message": "SECRET", "Item": item })
                }
            }
        };
        cancelled(&planned.into_iter().map(reason).collect::<Vec<_>>())
    }

    fn plan(&self, request: &Value) -> Planned {
        let by = if request["Item"].is_object() { &request["Item"] } else { &request["Key"] };
        let key = key(request, by);
        let old = self.0.lock().unwrap().get(&key).cloned();
        let holds = request["ConditionExpression"].as_str().is_none_or(|it| holds(it, request, old.as_ref()));
        let new = match request["Item"].as_object() {
            Some(item) => Some(item.clone()),
            None if request["UpdateExpression"].is_null() => None,
            None => Some(updated(request, old.clone().unwrap_or_else(|| by.as_object().unwrap().clone()))),
        };
        Planned { key, new, old, holds }
    }

    fn apply(&self, write: Planned) {
        let mut items = self.0.lock().unwrap();
        match write.new {
            Some(item) => drop(items.insert(write.key, item)),
            None => drop(items.remove(&write.key)),
        }
    }

    /// One item a page, as DynamoDB may do it.
    fn query(&self, request: &Value) -> Reply {
        let values = &request["ExpressionAttributeValues"];
        let partition = values[":body"]["S"].as_str().or(values[":id"]["S"].as_str()).unwrap();
        let prefix = values[":prefix"]["S"].as_str().unwrap_or_default();
        let after = request["ExclusiveStartKey"]["at"]["S"].as_str().unwrap_or_default();
        let items = self.0.lock().unwrap();
        let mut found = items.iter().filter(|([table, of, sort], _)| {
            request["TableName"] == *table
                && of == partition
                && sort.starts_with(prefix)
                && sort.as_str() > after
        });
        let Some(([.., sort], item)) = found.next() else {
            return Reply::Json(json!({ "Items": [], "Count": 0 }));
        };
        Reply::Json(json!({ "Items": [item], "Count": 1, "LastEvaluatedKey": { "at": { "S": sort } } }))
    }
}

/// A transaction that was cancelled for these reasons.
pub fn cancelled(reasons: &[Value]) -> Reply {
    Reply::ErrorJson(json!({
        "__type": "com.amazonaws.dynamodb#TransactionCanceledException",
        "Message": "SECRET",
        "CancellationReasons": reasons,
    }))
}

fn key(request: &Value, item: &Value) -> [String; 3] {
    let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
    let partition = text("seller").or(text("case_id")).expect("a partition key");
    let sort = text("document").filter(|_| item["seller"].is_object()).or(text("item")).expect("a sort key");
    [request["TableName"].as_str().unwrap().to_owned(), partition, sort]
}

/// The name behind `#name`, or the name itself.
fn name<'a>(request: &'a Value, text: &'a str) -> &'a str {
    request["ExpressionAttributeNames"][text].as_str().unwrap_or(text)
}

fn holds(condition: &str, request: &Value, old: Option<&Item>) -> bool {
    if let Some((one, other)) = condition.split_once(" OR ") {
        return holds(one, request, old) || holds(other, request, old);
    }
    condition.split(" AND ").all(|condition| holds_alone(condition, request, old))
}

fn holds_alone(condition: &str, request: &Value, old: Option<&Item>) -> bool {
    let inside = |call: &str| condition.strip_prefix(call).and_then(|rest| rest.strip_suffix(')'));
    if let Some(attribute) = inside("attribute_not_exists(") {
        return old.is_none_or(|old| !old.contains_key(attribute));
    }
    if let Some(attribute) = inside("attribute_exists(") {
        return old.is_some_and(|old| old.contains_key(attribute));
    }
    if let Some(arguments) = inside("NOT contains(") {
        let (attribute, value) = arguments.split_once(", ").expect("a list and a value");
        let value = &request["ExpressionAttributeValues"][value];
        assert!(value.is_object(), "{condition}: no value");
        let list = old.and_then(|old| old.get(attribute)?["L"].as_array());
        return list.is_none_or(|list| !list.contains(value));
    }
    let (attribute, value) = condition.split_once(" = ").expect("a condition that is known here");
    let value = &request["ExpressionAttributeValues"][value];
    assert!(value.is_object(), "{condition}: no value");
    old.and_then(|old| old.get(name(request, attribute))) == Some(value)
}

fn updated(request: &Value, mut item: Item) -> Item {
    let expression = request["UpdateExpression"].as_str().expect("an update");
    let (set, remove) = expression.split_once(" REMOVE ").unwrap_or((expression, ""));
    let before = item.clone();
    for step in set.strip_prefix("SET ").unwrap().replace(", :", ";:").split(", ") {
        let (attribute, value) = step.split_once(" = ").unwrap();
        let attribute = name(request, attribute);
        let value = match value.strip_prefix("if_not_exists(") {
            Some(rest) => {
                let (there, value) = rest.strip_suffix(')').unwrap().split_once(';').unwrap();
                before.get(there).unwrap_or(&request["ExpressionAttributeValues"][value]).clone()
            }
            None => request["ExpressionAttributeValues"][value].clone(),
        };
        assert!(value.is_object(), "{step}: no value");
        item.insert(attribute.to_owned(), value);
    }
    for attribute in remove.split(", ").filter(|attribute| !attribute.is_empty()) {
        item.remove(name(request, attribute));
    }
    item
}
