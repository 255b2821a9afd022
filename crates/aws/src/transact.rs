//! Writing several items or none.

use aduana_intake::ports::{EffectError, EffectErrorKind};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::errors::{by_code, failed, name_only};
use crate::items::Item;

/// How a transaction ended, as far as it was judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Transacted {
    /// All is written.
    Done,
    /// Nothing is written: a condition does not hold. With the item that it looked at, where that was asked for.
    ConditionFailed(Option<Item>),
    /// Nothing is written: another write was at one of the items at the same time.
    Conflict,
}

/// Writes all of `writes` or none of them. The SDK gives its attempts one token, so that an attempt whose reply was lost is
/// not a second write.
pub(crate) async fn transact(
    client: &Client,
    effect: &'static str,
    writes: Vec<TransactWriteItem>,
) -> Result<Transacted, EffectError> {
    let reply = client.transact_write_items().set_transact_items(Some(writes)).send().await;
    let Err(error) = reply else {
        return Ok(Transacted::Done);
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(failed(effect, error));
    };
    let reasons = cancelled.cancellation_reasons();
    let code = |reason: &CancellationReason| reason.code.clone().unwrap_or_default();
    if let Some(reason) = reasons.iter().find(|reason| code(reason) == "ConditionalCheckFailed") {
        return Ok(Transacted::ConditionFailed(reason.item.clone()));
    }
    let Some(cause) = reasons.iter().map(code).find(|code| !code.is_empty() && code != "None") else {
        return Err(failed(effect, error));
    };
    if cause == "TransactionConflict" {
        return Ok(Transacted::Conflict);
    }
    let kind = match by_code(&cause, None) {
        EffectErrorKind::Throttled => EffectErrorKind::Throttled,
        _ => EffectErrorKind::Refused,
    };
    Err(EffectError::new(kind, effect).with_code(name_only(&cause)).with_source(error))
}
