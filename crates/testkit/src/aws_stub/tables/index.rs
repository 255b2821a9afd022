//! Reading many heads: by an index, and by their keys.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::aws_stub::Reply;

type Item = Map<String, Value>;
type Items = BTreeMap<[String; 3], Item>;

/// The most items that a batch gives back: as DynamoDB does it when they are large, the others are left out and named.
const BATCH: usize = 40;

/// A page of an index: what has its partition key, by `last_seen`, and by the table's own key where that is the same.
pub(super) fn query(items: &Items, request: &Value) -> Reply {
    assert!(request["ConsistentRead"].is_null(), "ValidationException: an index is never consistent");
    if request["IndexName"] == "by_due" {
        return by_due(items, request);
    }
    let condition = request["KeyConditionExpression"].as_str().unwrap();
    let (key, _) = condition.split_once(" = :partition").expect("ValidationException: the partition key");
    let index = match request["IndexName"].as_str().unwrap() {
        "by_state" => "state_slot",
        "by_group" => "group_slot",
        other => panic!("ValidationException: no index {other}"),
    };
    assert_eq!(key, index, "ValidationException: the partition key");
    let values = &request["ExpressionAttributeValues"];
    let text = |item: &Item, name: &str| item.get(name).and_then(|it| it["S"].as_str()).map(str::to_owned);
    let within = |seen: &str| {
        values[":since"]["S"].as_str().is_none_or(|since| seen >= since)
            && values[":until"]["S"].as_str().is_none_or(|until| seen <= until)
    };
    let place = |item: &Item| (text(item, "last_seen").unwrap(), text(item, "case_id").unwrap());
    let mut found: Vec<&Item> = items
        .iter()
        .filter(|([table, ..], item)| {
            request["TableName"] == *table && item.get(key) == Some(&values[":partition"])
        })
        .map(|(_, item)| item)
        .filter(|item| within(&place(item).0))
        .collect();
    found.sort_by_key(|item| place(item));
    let forward = request["ScanIndexForward"] == true;
    if !forward {
        found.reverse();
    }
    if let Some(start) = request["ExclusiveStartKey"].as_object() {
        assert!(
            start.len() == 4 && start[key] == values[":partition"],
            "ValidationException: the starting key"
        );
        assert!(within(&place(start).0), "ValidationException: the starting key is outside of the range");
        let behind = |item: &&Item| (place(item) > place(start)) == forward && place(item) != place(start);
        found.retain(behind);
    }
    let limit = usize::try_from(request["Limit"].as_u64().unwrap()).unwrap();
    found.truncate(limit);
    // DynamoDB does not look whether there is anything behind a full page.
    let last = found.last().filter(|_| found.len() == limit).map(|item| {
        let names = [key, "last_seen", "case_id", "item"];
        names.map(|name| (name.to_owned(), item[name].clone())).into_iter().collect::<Map<_, _>>()
    });
    Reply::Json(json!({ "Items": found, "Count": found.len(), "LastEvaluatedKey": last }))
}

/// A page of what is on the outbox of alerts: what is due first comes first.
fn by_due(items: &Items, request: &Value) -> Reply {
    assert_eq!(
        request["ExpressionAttributeNames"]["#outbox"], "outbox",
        "ValidationException: the partition key"
    );
    let values = &request["ExpressionAttributeValues"];
    let text = |item: &Item, name: &str| item.get(name).and_then(|it| it["S"].as_str()).map(str::to_owned);
    let place = |item: &Item| ["due", "case_id", "item"].map(|name| text(item, name));
    let is_due = |due: &str| values[":due"]["S"].as_str().is_none_or(|by| due <= by);
    let mut found: Vec<&Item> = items
        .iter()
        .filter(|([table, ..], item)| {
            request["TableName"] == *table && item.get("outbox") == Some(&values[":pending"])
        })
        .map(|(_, item)| item)
        .filter(|item| is_due(&text(item, "due").unwrap()))
        .collect();
    found.sort_by_key(|item| place(item));
    if let Some(start) = request["ExclusiveStartKey"].as_object() {
        assert!(
            start.len() == 4 && start["outbox"] == values[":pending"],
            "ValidationException: the starting key"
        );
        found.retain(|item| place(item) > place(start));
    }
    // Short pages, as DynamoDB may give them.
    let is_last = found.len() <= 2;
    found.truncate(2);
    let last = found.last().filter(|_| !is_last).map(|item| {
        let names = ["outbox", "due", "case_id", "item"];
        names.map(|name| (name.to_owned(), item[name].clone())).into_iter().collect::<Map<_, _>>()
    });
    Reply::Json(json!({ "Items": found, "Count": found.len(), "LastEvaluatedKey": last }))
}

pub(super) fn batch_get(items: &Items, request: &Value) -> Reply {
    let (table, of) = request["RequestItems"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(of["ConsistentRead"], true, "what decides is read as it is now");
    let keys = of["Keys"].as_array().unwrap();
    let mut distinct: Vec<String> = keys.iter().map(ToString::to_string).collect();
    distinct.sort();
    distinct.dedup();
    assert!(distinct.len() == keys.len() && keys.len() <= 100, "ValidationException: the keys");
    let names: Vec<&str> = of["ProjectionExpression"]
        .as_str()
        .unwrap()
        .split(", ")
        .map(|name| of["ExpressionAttributeNames"][name].as_str().unwrap())
        .collect();
    let read = |key: &Value| {
        let [id, sort] = ["case_id", "item"].map(|name| key[name]["S"].as_str().unwrap().to_owned());
        let mut item = items.get(&[table.clone(), id, sort])?.clone();
        item.retain(|name, _| names.contains(&name.as_str()));
        Some(item)
    };
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for key in keys {
        match read(key) {
            Some(_) if found.len() == BATCH => unread.push(key.clone()),
            Some(item) => found.push(item),
            None => {}
        }
    }
    let mut left = Map::new();
    if !unread.is_empty() {
        let mut rest = of.clone();
        rest["Keys"] = unread.into();
        left.insert(table.clone(), rest);
    }
    let mut responses = Map::new();
    responses.insert(table.clone(), found.into());
    Reply::Json(json!({ "Responses": responses, "UnprocessedKeys": left }))
}
