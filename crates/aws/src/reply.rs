//! What the function answers: a partial batch response, which names the messages to be delivered again.
//!
//! Lambda takes an empty or `null` answer for complete success, and an empty or unknown id for complete failure; so the
//! answer is always an object, and its ids are those of the batch.

use std::collections::BTreeSet;
use std::fmt;

use aduana_intake::Failures;
use serde::Serialize;

use crate::events::{EventSource, Unreadable};

/// `{"batchItemFailures":[{"itemIdentifier":…}]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BatchResponse {
    /// The messages to be delivered again; empty if all went well.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<ItemFailure>,
}

/// A message to be delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemFailure {
    /// What it goes by.
    #[serde(rename = "itemIdentifier")]
    pub id: ItemId,
}

/// What a message goes by in an answer. Those of Kafka are in the order of their offsets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum ItemId {
    /// An SQS message id.
    Message(String),
    /// A record of Kafka, as Lambda named its partition in the event.
    Record {
        /// `<topic>-<number>`.
        partition: String,
        /// The offset.
        offset: i64,
    },
}

impl ItemId {
    /// What `id`, the id of an envelope that came by `source`, is in an answer; nothing if that cannot be said.
    fn of(source: EventSource, id: &str) -> Option<Self> {
        if source == EventSource::Sqs {
            return (!id.is_empty()).then(|| Self::Message(id.to_owned()));
        }
        let (partition, offset) = id.rsplit_once(':')?;
        Some(Self::Record { partition: partition.to_owned(), offset: offset.parse().ok()? })
    }
}

/// Every message is to be delivered again: the function errs, so that its `Errors` metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllFailed;

impl fmt::Display for AllFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "bring the messages of the batch to their places: the whole batch is to come again, see the log",
        )
    }
}

impl std::error::Error for AllFailed {}

/// The answer to a batch of `run` messages that came by `source` and were run, and failed as in `failures`, and of others that
/// could not be read.
///
/// All is to come again if nothing went well, or if something failed that has no id to be named by: what went well comes
/// to no harm by that.
///
/// Every failure is named, of Kafka too, where all from the lowest of a partition on comes again: whoever takes that to
/// mean only what is named, as parts of AWS's documentation say it, loses nothing either.
pub fn reply(
    source: EventSource,
    run: usize,
    failures: Failures,
    unreadable: &[Unreadable],
) -> Result<BatchResponse, AllFailed> {
    let failed = match failures {
        Failures::All => return Err(AllFailed),
        Failures::None if run == 0 && !unreadable.is_empty() => return Err(AllFailed),
        Failures::None => Vec::new(),
        Failures::Some(ids) => ids,
    };
    let unread = unreadable.iter().map(|record| record.id.as_deref());
    let ids = failed.iter().map(|id| Some(id.as_str())).chain(unread);
    let ids = ids.map(|id| id.and_then(|id| ItemId::of(source, id)).ok_or(AllFailed));
    let distinct = ids.collect::<Result<BTreeSet<ItemId>, AllFailed>>()?;
    Ok(BatchResponse { failures: distinct.into_iter().map(|id| ItemFailure { id }).collect() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aduana_testkit::world::{checkpoints, deleted};
    use proptest::prelude::*;

    use super::*;

    /// What became of a message.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Fate {
        Well,
        Failed,
        Unreadable,
    }

    proptest! {
        #[test]
        fn lambda_deletes_what_went_well_and_nothing_else(
            fates in prop::collection::btree_map(
                "[a-f0-9]{1,4}",
                prop::sample::select(vec![Fate::Well, Fate::Failed, Fate::Unreadable]),
                1..20,
            ),
        ) {
            let of = |fate| fates.iter().filter(move |(_, its)| **its == fate).map(|(id, _)| id.clone());
            let (well, failed): (Vec<_>, Vec<_>) = (of(Fate::Well).collect(), of(Fate::Failed).collect());
            let failures = match (well.is_empty(), failed.is_empty()) {
                (_, true) => Failures::None,
                (true, false) => Failures::All,
                (false, false) => Failures::Some(failed.clone()),
            };
            let unreadable: Vec<_> =
                of(Fate::Unreadable).map(|id| Unreadable { id: Some(id), what: "body" }).collect();
            let response = reply(EventSource::Sqs, well.len() + failed.len(), failures, &unreadable);
            prop_assert_eq!(response.is_err(), well.is_empty(), "the function errs if nothing went well");
            let json = response.ok().map(|response| serde_json::to_value(response).unwrap());
            let batch: Vec<_> = fates.keys().cloned().collect();
            prop_assert_eq!(deleted(&batch, json.as_ref()), well);
            let mut named = BTreeMap::new();
            for failure in json.iter().flat_map(|json| json["batchItemFailures"].as_array().unwrap()) {
                *named.entry(failure["itemIdentifier"].as_str().unwrap()).or_insert(0) += 1;
            }
            prop_assert!(named.values().all(|times| *times == 1), "none is named twice");
        }
    }

    proptest! {
        #[test]
        fn lambda_goes_on_from_the_first_record_of_a_partition_that_did_not_go_well(
            fates in prop::collection::btree_map(
                (0..3_i32, 0..15_i64),
                prop::sample::select(vec![Fate::Well, Fate::Failed, Fate::Unreadable]),
                1..25,
            ),
        ) {
            let id = |(partition, offset): &(i32, i64)| format!("a-topic-{partition}:{offset}");
            let of = |fate| fates.iter().filter(move |(_, its)| **its == fate).map(|(at, _)| id(at));
            let (well, failed): (Vec<_>, Vec<_>) = (of(Fate::Well).collect(), of(Fate::Failed).collect());
            let failures = match (well.is_empty(), failed.is_empty()) {
                (_, true) => Failures::None,
                (true, false) => Failures::All,
                (false, false) => Failures::Some(failed.clone()),
            };
            let unreadable: Vec<_> =
                of(Fate::Unreadable).map(|id| Unreadable { id: Some(id), what: "topic" }).collect();
            let response = reply(EventSource::Kafka, well.len() + failed.len(), failures, &unreadable);
            let json = response.ok().map(|response| serde_json::to_value(response).unwrap());
            let batch: Vec<_> =
                fates.keys().map(|(partition, offset)| (format!("a-topic-{partition}"), *offset)).collect();
            let next = checkpoints(&batch, json.as_ref());
            for partition in 0..3 {
                let of_it = || fates.iter().filter(move |((its, _), _)| *its == partition);
                let Some(((_, last), _)) = of_it().next_back() else { continue };
                let failed = of_it().find(|(_, fate)| **fate != Fate::Well).map(|((_, offset), _)| *offset);
                let ((_, first), _) = of_it().next().unwrap();
                let due = if well.is_empty() { *first } else { failed.unwrap_or(last + 1) };
                prop_assert_eq!(next[&format!("a-topic-{partition}")], due);
            }
        }
    }

    #[test]
    fn a_record_of_kafka_is_named_by_partition_and_offset_each_once_and_in_order() {
        let failures = Failures::Some(vec!["t-0:10".to_owned(), "t-0:9".to_owned()]);
        assert_eq!(
            json(reply(EventSource::Kafka, 3, failures, &unreadable(&[Some("t-0:9")]))),
            r#"{"batchItemFailures":[{"itemIdentifier":{"partition":"t-0","offset":9}},{"itemIdentifier":{"partition":"t-0","offset":10}}]}"#
        );
        assert_eq!(json(reply(EventSource::Kafka, 0, Failures::None, &[])), r#"{"batchItemFailures":[]}"#);
        assert_eq!(reply(EventSource::Kafka, 1, Failures::None, &unreadable(&[Some("t-0")])), Err(AllFailed));
    }

    fn unreadable(ids: &[Option<&str>]) -> Vec<Unreadable> {
        ids.iter().map(|id| Unreadable { id: id.map(str::to_owned), what: "body" }).collect()
    }

    fn json(response: Result<BatchResponse, AllFailed>) -> String {
        serde_json::to_string(&response.unwrap()).unwrap()
    }

    #[test]
    fn complete_success_is_an_object_with_an_empty_list() {
        assert_eq!(json(reply(EventSource::Sqs, 2, Failures::None, &[])), r#"{"batchItemFailures":[]}"#);
        assert_eq!(json(reply(EventSource::Sqs, 0, Failures::None, &[])), r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn failures_are_named_each_once() {
        let failures = Failures::Some(vec!["b".to_owned(), "c".to_owned()]);
        assert_eq!(
            json(reply(EventSource::Sqs, 3, failures, &unreadable(&[Some("a"), Some("c")]))),
            r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}"#
        );
    }

    #[test]
    fn the_function_errs_if_nothing_went_well_or_something_has_no_name() {
        assert_eq!(reply(EventSource::Sqs, 1, Failures::All, &[]), Err(AllFailed));
        assert_eq!(reply(EventSource::Sqs, 0, Failures::None, &unreadable(&[Some("a")])), Err(AllFailed));
        assert_eq!(reply(EventSource::Sqs, 1, Failures::None, &unreadable(&[None])), Err(AllFailed));
        assert_eq!(reply(EventSource::Sqs, 1, Failures::None, &unreadable(&[Some("")])), Err(AllFailed));
    }

    #[test]
    fn a_batch_of_which_all_that_was_read_failed_has_failed() {
        assert_eq!(reply(EventSource::Sqs, 1, Failures::All, &unreadable(&[Some("a")])), Err(AllFailed));
    }
}
