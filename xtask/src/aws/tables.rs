//! DynamoDB: looking, and breaking.

use serde_json::{Map, Value, json};

use super::{Aws, AwsError, Service};

/// An item as DynamoDB's JSON has it: `{"seller": {"S": "…"}}`.
pub type Item = Map<String, Value>;

impl Aws {
    /// All items of a table, which is small: this is for a local AWS.
    pub fn items(&self, table: &str) -> Result<Vec<Item>, AwsError> {
        let mut items = Vec::new();
        let mut from = Value::Null;
        loop {
            let mut input = json!({ "TableName": table, "ConsistentRead": true });
            if let (Some(input), false) = (input.as_object_mut(), from.is_null()) {
                input.insert("ExclusiveStartKey".to_owned(), from);
            }
            let reply = self.json(Service::DynamoDb, "Scan", &input)?;
            let page = reply.get("Items").and_then(Value::as_array);
            items.extend(page.into_iter().flatten().filter_map(Value::as_object).cloned());
            from = reply.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if from.is_null() {
                return Ok(items);
            }
        }
    }

    /// Sets an attribute of an item. Key and value are DynamoDB's JSON.
    pub fn set(&self, table: &str, key: &Value, name: &str, value: &Value) -> Result<(), AwsError> {
        let input = json!({
            "TableName": table,
            "Key": key,
            "UpdateExpression": "SET #name = :value",
            "ExpressionAttributeNames": { "#name": name },
            "ExpressionAttributeValues": { ":value": value },
        });
        self.json(Service::DynamoDb, "UpdateItem", &input).map(|_| ())
    }

    /// Deletes a table with all that is in it.
    pub fn delete_table(&self, table: &str) -> Result<(), AwsError> {
        self.json(Service::DynamoDb, "DeleteTable", &json!({ "TableName": table })).map(|_| ())
    }

    /// What `DescribeTable` says of a table.
    pub fn table(&self, table: &str) -> Result<Value, AwsError> {
        let mut reply = self.json(Service::DynamoDb, "DescribeTable", &json!({ "TableName": table }))?;
        Ok(reply.get_mut("Table").map(Value::take).unwrap_or_default())
    }
}

/// The text or number of an attribute.
pub fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    let value = item.get(name)?;
    value.get("S").or_else(|| value.get("N"))?.as_str()
}
