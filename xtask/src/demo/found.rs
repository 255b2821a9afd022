//! What is in the tables, the queue and the mailbox after the samples went through.

use std::collections::BTreeMap;

use serde_json::Value;

use super::samples::{Due, Sample};
use crate::aws::{Aws, Item, Message, text};
use crate::failure::{Doing, Failure};
use crate::up::{Deployment, PREFIX};

/// The code of an invoice that contradicts a stored one.
const CONFLICT: &str = "FE-D-016";

/// What was found.
pub(super) struct Found {
    /// The stored invoices by their fingerprints.
    pub(super) stored: BTreeMap<String, Item>,
    /// The heads of the cases by their fingerprints.
    pub(super) held: BTreeMap<String, Item>,
    /// Some of the messages in the dead-letter queue.
    pub(super) dead_letters: Vec<Message>,
    /// Some of the alerts, as SNS wraps them.
    pub(super) alerts: Vec<Value>,
}

/// Looks.
pub(super) fn look(deployment: &Deployment) -> Result<Found, Failure> {
    let aws = &deployment.aws;
    let what = || "look at what became of the samples".to_owned();
    let dead_letters = aws.queue_url(&format!("{PREFIX}invoices-dlq")).doing(what)?;
    let alerts = aws.receive(&deployment.mailbox, 0).doing(what)?;
    #[expect(clippy::disallowed_methods, reason = "an alert, not an invoice")]
    let alerts = alerts.iter().filter_map(|alert| serde_json::from_str(&alert.body).ok()).collect();
    Ok(Found {
        stored: by_fingerprint(aws, &format!("{PREFIX}Invoices"), |item| item.contains_key("stored_day"))?,
        held: by_fingerprint(aws, &format!("{PREFIX}InvalidMessages"), |item| {
            text(item, "item") == Some("head")
        })?,
        dead_letters: aws.receive(&dead_letters, 0).doing(what)?,
        alerts,
    })
}

fn by_fingerprint(
    aws: &Aws,
    table: &str,
    is_wanted: impl Fn(&Item) -> bool,
) -> Result<BTreeMap<String, Item>, Failure> {
    let items = aws.items(table).doing(|| format!("read the table {table}"))?;
    let wanted = items.into_iter().filter(is_wanted);
    Ok(wanted.filter_map(|item| Some((text(&item, "fingerprint")?.to_owned(), item))).collect())
}

impl Found {
    /// Where a sample did not end as its name says; nothing if it did.
    pub(super) fn wrong_with(&self, sample: &Sample) -> Option<String> {
        let stored = self.stored.contains_key(&sample.fingerprint);
        let case = self.held.get(&sample.fingerprint);
        let is = match (stored, case) {
            (true, None) => "stored".to_owned(),
            (false, Some(case)) => format!("held for {}", text(case, "reason_code").unwrap_or("?")),
            (true, Some(_)) => "both stored and held".to_owned(),
            (false, None) => "neither stored nor held".to_owned(),
        };
        let is_of = |name: &str, value: &str| case.is_some_and(|case| text(case, name) == Some(value));
        let is_right = match &sample.due {
            Due::Stored => stored && case.is_none(),
            Due::Held(category) => !stored && is_of("reason_category", category),
            // Byte for byte what is stored, or the same in another form: in no case a case.
            Due::Nothing => case.is_none(),
            Due::Conflict => !stored && is_of("reason_code", CONFLICT),
        };
        (!is_right).then(|| format!("{} is {is}", sample.name))
    }
}

/// Code, category, place, what was found and what was expected, of each reason of a case.
pub(super) fn reasons(case: &Item) -> Vec<[String; 5]> {
    let listed = case.get("reasons").and_then(|reasons| reasons.get("L")).and_then(Value::as_array);
    let reason = |reason: &Value| {
        let field = |name: &str| {
            let value = reason.get("M").and_then(|map| map.get(name)).and_then(|value| value.get("S"));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        ["code", "category", "path", "actual", "expected"].map(field)
    };
    listed.into_iter().flatten().map(reason).collect()
}
