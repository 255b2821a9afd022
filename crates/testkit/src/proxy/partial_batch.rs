//! Batches of which a part fails, inside an answer that says 200.
//!
//! The entries that are to fail are taken out of the request. Those that are carried out all the same are taken out of the answer
//! alone.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::{Call, Service};
use crate::world::Rng;

/// A batch of which a part is to fail.
#[derive(Debug)]
pub(super) struct PartialBatch {
    kind: Kind,
    /// The request that is forwarded; `None` if every entry is to fail.
    pub(super) request: Option<Vec<u8>>,
    /// The entries that are answered as failed.
    failed: Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `SendMessageBatch`, `DeleteMessageBatch`.
    Entries,
    /// `BatchGetItem`: the answer names the keys that were not read, and the client asks again.
    Keys,
    /// `PublishBatch`.
    Form,
    /// `BatchExecuteStatement`: one answer a statement, in order.
    Statements,
}

#[derive(Debug)]
enum Failed {
    Ids(BTreeSet<String>),
    Keys(Value),
    /// Of so many statements, and whether all of them were forwarded.
    Places {
        places: BTreeSet<usize>,
        count: usize,
        happens: bool,
    },
}

impl PartialBatch {
    /// The batch in this request, if it is one.
    pub(super) fn of(call: &Call, request: &[u8], random: u64, happens: bool) -> Option<Self> {
        let mut rng = Rng::new(random);
        match (call.service, call.operation.as_str()) {
            (Service::Sqs, "SendMessageBatch" | "DeleteMessageBatch") => {
                Self::of_entries(request, &mut rng, happens)
            }
            (Service::DynamoDb, "BatchGetItem") => Self::of_keys(request, &mut rng),
            (Service::DynamoDb, "BatchExecuteStatement") => Self::of_statements(request, &mut rng, happens),
            (Service::Sns, "PublishBatch") => Self::of_form(request, &mut rng, happens),
            _ => None,
        }
    }

    fn of_entries(request: &[u8], rng: &mut Rng, happens: bool) -> Option<Self> {
        let mut parsed = json_of(request)?;
        let entries = parsed["Entries"].as_array()?.clone();
        let chosen = chosen(entries.len(), rng);
        let id = |entry: &Value| entry["Id"].as_str().unwrap_or_default().to_owned();
        let ids = chosen.iter().filter_map(|at| entries.get(*at)).map(id).collect();
        let left: Vec<Value> = others(entries, &chosen);
        let request = if happens {
            Some(request.to_vec())
        } else {
            (!left.is_empty()).then(|| {
                parsed["Entries"] = left.into();
                parsed.to_string().into_bytes()
            })
        };
        Some(Self { kind: Kind::Entries, request, failed: Failed::Ids(ids) })
    }

    fn of_keys(request: &[u8], rng: &mut Rng) -> Option<Self> {
        let mut parsed = json_of(request)?;
        let mut unprocessed = Map::new();
        for (table, asked) in parsed["RequestItems"].as_object_mut()? {
            let keys = asked["Keys"].as_array()?.clone();
            let chosen = chosen(keys.len(), rng);
            let mut left_off = asked.clone();
            left_off["Keys"] = chosen.iter().filter_map(|at| keys.get(*at)).cloned().collect();
            unprocessed.insert(table.clone(), left_off);
            asked["Keys"] = others(keys, &chosen).into();
        }
        let asked = parsed["RequestItems"].as_object_mut()?;
        asked.retain(|_, asked| asked["Keys"].as_array().is_some_and(|keys| !keys.is_empty()));
        let request = (!asked.is_empty()).then(|| parsed.to_string().into_bytes());
        Some(Self { kind: Kind::Keys, request, failed: Failed::Keys(unprocessed.into()) })
    }

    fn of_statements(request: &[u8], rng: &mut Rng, happens: bool) -> Option<Self> {
        let mut parsed = json_of(request)?;
        let statements = parsed["Statements"].as_array()?.clone();
        let (places, count) = (chosen(statements.len(), rng), statements.len());
        let left = others(statements, &places);
        let request = match (happens, left.is_empty()) {
            (true, _) => Some(request.to_vec()),
            (false, true) => None,
            (false, false) => {
                parsed["Statements"] = left.into();
                Some(parsed.to_string().into_bytes())
            }
        };
        Some(Self { kind: Kind::Statements, request, failed: Failed::Places { places, count, happens } })
    }

    fn of_form(request: &[u8], rng: &mut Rng, happens: bool) -> Option<Self> {
        const ENTRIES: &str = "PublishBatchRequestEntries.member.";
        let pairs: Vec<(String, String)> = form_urlencoded::parse(request).into_owned().collect();
        // `…member.2.Message` → (2, `Message`).
        let split = |name: &str| {
            let (number, rest) = name.strip_prefix(ENTRIES)?.split_once('.')?;
            Some((number.parse::<usize>().ok()?, rest.to_owned()))
        };
        let count = pairs.iter().filter_map(|(name, _)| split(name)).map(|(number, _)| number).max()?;
        let chosen = chosen(count, rng);
        let is_chosen = |number: usize| chosen.contains(&number.saturating_sub(1));
        let ids = pairs.iter().filter_map(|(name, value)| {
            let (number, rest) = split(name)?;
            (rest == "Id" && is_chosen(number)).then(|| value.clone())
        });
        let ids: BTreeSet<String> = ids.collect();
        let request = if happens {
            Some(request.to_vec())
        } else {
            (chosen.len() < count).then(|| {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in &pairs {
                    match split(name) {
                        Some((number, _)) if is_chosen(number) => {}
                        Some((number, rest)) => {
                            let before = chosen.iter().filter(|at| **at < number.saturating_sub(1)).count();
                            form.append_pair(&format!("{ENTRIES}{}.{rest}", number - before), value);
                        }
                        None => drop(form.append_pair(name, value)),
                    }
                }
                form.finish().into_bytes()
            })
        };
        Some(Self { kind: Kind::Form, request, failed: Failed::Ids(ids) })
    }

    /// The answer to the sender, from the answer to the rest; `None` if nothing was forwarded.
    pub(super) fn answer(&self, of_rest: Option<&[u8]>) -> Vec<u8> {
        match (&self.failed, self.kind) {
            (Failed::Ids(ids), Kind::Form) => xml(ids, of_rest),
            (Failed::Ids(ids), _) => {
                let mut answer = of_rest.and_then(json_of).unwrap_or_else(|| json!({}));
                let mut sent = answer["Successful"].as_array().cloned().unwrap_or_default();
                sent.retain(|entry| !entry["Id"].as_str().is_some_and(|id| ids.contains(id)));
                let mut failed = answer["Failed"].as_array().cloned().unwrap_or_default();
                failed.extend(ids.iter().map(|id| {
                    json!({ "Id": id, "Code": "InternalError", "SenderFault": false, "Message": "Injected" })
                }));
                answer["Successful"] = sent.into();
                answer["Failed"] = failed.into();
                answer.to_string().into_bytes()
            }
            (Failed::Places { places, count, happens }, _) => {
                let answer = of_rest.and_then(json_of).unwrap_or_else(|| json!({}));
                let mut of_rest = answer["Responses"].as_array().cloned().unwrap_or_default().into_iter();
                let response = |place| {
                    let is_failed = places.contains(&place);
                    let forwarded = if *happens || !is_failed { of_rest.next() } else { None };
                    let failed =
                        || json!({ "Error": { "Code": "InternalServerError", "Message": "Injected" } });
                    forwarded.filter(|_| !is_failed).unwrap_or_else(failed)
                };
                let responses: Vec<Value> = (0..*count).map(response).collect();
                json!({ "Responses": responses }).to_string().into_bytes()
            }
            (Failed::Keys(keys), _) => {
                let mut answer = of_rest.and_then(json_of).unwrap_or_else(|| json!({ "Responses": {} }));
                answer["UnprocessedKeys"] = keys.clone();
                answer.to_string().into_bytes()
            }
        }
    }

    /// The media type of the answer.
    pub(super) const fn media_type(&self) -> &'static str {
        match self.kind {
            Kind::Form => "text/xml",
            Kind::Entries | Kind::Keys | Kind::Statements => "application/x-amz-json-1.0",
        }
    }
}

fn json_of(bytes: &[u8]) -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "what AWS is asked and answers, not an invoice")]
    serde_json::from_slice(bytes).ok()
}

/// The answer of `PublishBatch` with those entries among the failed ones.
fn xml(ids: &BTreeSet<String>, of_rest: Option<&[u8]>) -> Vec<u8> {
    let text = of_rest.map(String::from_utf8_lossy).unwrap_or_default();
    let members = |of: &str| {
        let inner =
            text.split_once(&format!("<{of}>")).and_then(|(_, rest)| rest.split_once(&format!("</{of}>")));
        let inner = inner.map_or("", |(inner, _)| inner);
        inner
            .split_inclusive("</member>")
            .filter(|it| it.contains("<Id>"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let is_failed = |member: &String| ids.iter().any(|id| member.contains(&format!("<Id>{id}</Id>")));
    let sent: String = members("Successful").into_iter().filter(|member| !is_failed(member)).collect();
    let failed: String = ids
        .iter()
        .map(|id| {
            format!(
                "<member><Id>{id}</Id><Code>InternalError</Code><Message>Injected</Message><SenderFault>false</SenderFault></member>"
            )
        })
        .chain(members("Failed"))
        .collect();
    format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult><Failed>{failed}</Failed>\
         <Successful>{sent}</Successful></PublishBatchResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>\
         </PublishBatchResponse>"
    )
    .into_bytes()
}

/// The places of about half of `count` entries, and at least of one.
fn chosen(count: usize, rng: &mut Rng) -> BTreeSet<usize> {
    let mut chosen: BTreeSet<usize> = (0..count).filter(|_| rng.below(2) == 0).collect();
    if let (true, Ok(bound)) = (chosen.is_empty(), u64::try_from(count))
        && bound > 0
    {
        chosen.extend(usize::try_from(rng.below(bound)));
    }
    chosen
}

fn others(all: Vec<Value>, chosen: &BTreeSet<usize>) -> Vec<Value> {
    all.into_iter().enumerate().filter(|(at, _)| !chosen.contains(at)).map(|(_, one)| one).collect()
}
