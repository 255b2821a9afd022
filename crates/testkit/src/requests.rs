//! Requests to the redrive function, as its clients make them.

use aduana_cases::message::CaseId;
use serde_json::{Value, json};

/// A request of this actor; a reason is given where one is due.
pub fn request(actor: &str, action: &str, more: &Value) -> String {
    let mut request = json!({ "action": action, "actor": actor });
    let read_only = ["list", "groups", "reconcile", "notify"];
    let by_seller = ["/query/seller", "/select/query/seller"].iter().any(|it| more.pointer(it).is_some());
    if by_seller || !read_only.contains(&action) {
        request["reason"] = "the supplier asked for it".into();
    }
    for (name, value) in more.as_object().expect("an object") {
        request[name] = value.clone();
    }
    request.to_string()
}

/// The selection of one case.
pub fn one(id: &CaseId) -> Value {
    json!({ "ids": [id] })
}

/// The correction that gives an invoice its number.
pub fn number(number: &str) -> Value {
    json!({ "set": [{ "pointer": "/number", "value": number }] })
}
