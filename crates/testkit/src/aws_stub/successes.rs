//! What AWS answers to a call that succeeds.

use serde_json::{Value, json};

use super::{Call, Reply};

/// The answer to any call, if the tables are empty and keep nothing.
pub fn success(call: &Call) -> Reply {
    of_channel(call).unwrap_or_else(|| {
        Reply::Json(match call.action.as_str() {
            "BatchExecuteStatement" => {
                let statements = call.request["Statements"].as_array().map_or(0, Vec::len);
                json!({ "Responses": vec![json!({}); statements] })
            }
            "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": {} }),
            "Query" | "Scan" => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }),
            _ => json!({}),
        })
    })
}

/// The answer of the queues and the topic; `None` if the call is not to them. The queues are empty and accept every message.
pub(super) fn of_channel(call: &Call) -> Option<Reply> {
    let entries = || call.request["Entries"].as_array().into_iter().flatten();
    Some(match call.action.as_str() {
        "SendMessageBatch" => {
            let sent =
                |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "x", "MD5OfMessageBody": "x" });
            Reply::Json(json!({ "Successful": entries().map(sent).collect::<Vec<_>>(), "Failed": [] }))
        }
        "DeleteMessageBatch" => {
            let deleted = entries().map(|entry| json!({ "Id": entry["Id"] })).collect::<Vec<_>>();
            Reply::Json(json!({ "Successful": deleted, "Failed": [] }))
        }
        "ReceiveMessage" => Reply::Json(json!({})),
        "PublishBatch" => {
            // The adapter ignores answers for entries that it did not send.
            let sent = |id| format!("<member><Id>{id}</Id><MessageId>x</MessageId></member>");
            let sent: String = (0..10).map(sent).collect();
            Reply::Xml(format!(
                "<PublishBatchResponse><PublishBatchResult><Successful>{sent}</Successful></PublishBatchResult>\
                 </PublishBatchResponse>"
            ))
        }
        _ => return None,
    })
}
