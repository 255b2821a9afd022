//! An AWS at which every call goes well: tables that keep what is written, queues and a topic that take what is sent.

use serde_json::{Value, json};

use crate::stand_in::{Call, Reply, StandIn};
use crate::table::Tables;

/// An AWS that works, but for the calls to which `instead` has another answer.
pub(crate) fn aws(
    tables: &Tables,
    instead: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static,
) -> StandIn {
    let tables = tables.clone();
    StandIn::open(move |call| {
        if let Some(reply) = instead(call) {
            return reply;
        }
        match call.action.as_str() {
            "SendMessageBatch" => {
                let entries = call.request["Entries"].as_array().unwrap().iter();
                let sent =
                    |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "x", "MD5OfMessageBody": "x" });
                Reply::Json(json!({ "Successful": entries.map(sent).collect::<Vec<_>>(), "Failed": [] }))
            }
            "DeleteMessageBatch" => {
                let entries = call.request["Entries"].as_array().unwrap().iter();
                let deleted = entries.map(|entry| json!({ "Id": entry["Id"] })).collect::<Vec<_>>();
                Reply::Json(json!({ "Successful": deleted, "Failed": [] }))
            }
            "ReceiveMessage" => Reply::Json(json!({})),
            "PublishBatch" => {
                // More answers than there are entries hurt nobody.
                let sent = |id| format!("<member><Id>{id}</Id><MessageId>x</MessageId></member>");
                let sent: String = (0..10).map(sent).collect();
                Reply::Xml(format!(
                    "<PublishBatchResponse><PublishBatchResult><Successful>{sent}</Successful></PublishBatchResult>\
                     </PublishBatchResponse>"
                ))
            }
            _ => tables.answer(call),
        }
    })
}
