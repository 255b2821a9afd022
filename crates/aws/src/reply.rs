//! What the function answers: a partial batch response, which names the messages to be delivered again.
//!
//! Lambda takes an empty or `null` answer for complete success, and an empty or unknown id for complete failure; so the
//! answer is always an object, and its ids are those of the batch.

use std::fmt;

use aduana_intake::Failures;
use serde::Serialize;

use crate::events::Unreadable;

/// `{"batchItemFailures":[{"itemIdentifier":"<message id>"}]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BatchResponse {
    /// The messages to be delivered again; empty if all went well.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<ItemFailure>,
}

/// A message to be delivered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemFailure {
    /// Its id.
    #[serde(rename = "itemIdentifier")]
    pub id: String,
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

/// The answer to a batch of `read` messages that were run, and failed as in `failures`, and of others that could not be
/// read.
///
/// All is to come again if nothing went well, or if something failed that has no id to be named by: what went well comes
/// to no harm by that.
pub fn reply(read: usize, failures: Failures, unreadable: &[Unreadable]) -> Result<BatchResponse, AllFailed> {
    let mut ids = match failures {
        Failures::All => return Err(AllFailed),
        Failures::None if read == 0 && !unreadable.is_empty() => return Err(AllFailed),
        Failures::None => Vec::new(),
        Failures::Some(ids) => ids,
    };
    for record in unreadable {
        ids.push(record.id.clone().filter(|id| !id.is_empty()).ok_or(AllFailed)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(BatchResponse { failures: ids.into_iter().map(|id| ItemFailure { id }).collect() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aduana_tests::world::deleted;
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
            let response = reply(well.len() + failed.len(), failures, &unreadable);
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

    fn unreadable(ids: &[Option<&str>]) -> Vec<Unreadable> {
        ids.iter().map(|id| Unreadable { id: id.map(str::to_owned), what: "body" }).collect()
    }

    fn json(response: Result<BatchResponse, AllFailed>) -> String {
        serde_json::to_string(&response.unwrap()).unwrap()
    }

    #[test]
    fn complete_success_is_an_object_with_an_empty_list() {
        assert_eq!(json(reply(2, Failures::None, &[])), r#"{"batchItemFailures":[]}"#);
        assert_eq!(json(reply(0, Failures::None, &[])), r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn failures_are_named_each_once() {
        let failures = Failures::Some(vec!["b".to_owned(), "c".to_owned()]);
        assert_eq!(
            json(reply(3, failures, &unreadable(&[Some("a"), Some("c")]))),
            r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}"#
        );
    }

    #[test]
    fn the_function_errs_if_nothing_went_well_or_something_has_no_name() {
        assert_eq!(reply(1, Failures::All, &[]), Err(AllFailed));
        assert_eq!(reply(0, Failures::None, &unreadable(&[Some("a")])), Err(AllFailed));
        assert_eq!(reply(1, Failures::None, &unreadable(&[None])), Err(AllFailed));
        assert_eq!(reply(1, Failures::None, &unreadable(&[Some("")])), Err(AllFailed));
    }

    #[test]
    fn a_batch_of_which_all_that_was_read_failed_has_failed() {
        assert_eq!(reply(1, Failures::All, &unreadable(&[Some("a")])), Err(AllFailed));
    }
}
