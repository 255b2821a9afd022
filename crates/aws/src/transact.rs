//! Writing several items or none.

use aduana_cases::ports::{EffectError, EffectErrorKind};
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

/// How a transaction ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// All is written.
    Done,
    /// Nothing is written, as a condition does not hold or another write was at one of the items at the same time.
    Cancelled(Cancelled),
}

/// Why a transaction was cancelled: one reason a write, in order.
#[derive(Debug, Clone)]
pub(crate) struct Cancelled(Vec<CancellationReason>);

impl Cancelled {
    /// Whether the condition of the write at this place does not hold.
    pub(crate) fn is_condition(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(is_condition)
    }

    pub(crate) fn has_failed_conditions(&self) -> bool {
        self.0.iter().any(is_condition)
    }
}

fn code(reason: &CancellationReason) -> &str {
    reason.code().unwrap_or_default()
}

fn is_condition(reason: &CancellationReason) -> bool {
    code(reason) == "ConditionalCheckFailed"
}

/// Writes all of `writes` or none of them. The SDK gives its attempts one token, so that an attempt whose reply was lost is
/// not a second write.
pub(crate) async fn try_transact(
    client: &Client,
    effect: &'static str,
    writes: Vec<TransactWriteItem>,
) -> Result<Ended, EffectError> {
    let reply = client.transact_write_items().set_transact_items(Some(writes)).send().await;
    let Err(error) = reply else {
        return Ok(Ended::Done);
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(failed(effect, error));
    };
    let reasons = cancelled.cancellation_reasons();
    let cause = reasons.iter().map(code).find(|code| !code.is_empty() && *code != "None");
    let Some(cause) = cause.map(str::to_owned) else {
        return Err(failed(effect, error));
    };
    if cause == "TransactionConflict" || reasons.iter().any(is_condition) {
        return Ok(Ended::Cancelled(Cancelled(reasons.to_vec())));
    }
    let kind = match by_code(&cause, None) {
        EffectErrorKind::Throttled => EffectErrorKind::Throttled,
        _ => EffectErrorKind::Refused,
    };
    Err(EffectError::new(kind, effect).with_code(name_only(&cause)).with_source(error))
}

/// The same, where it is enough to know one condition that does not hold.
pub(crate) async fn transact(
    client: &Client,
    effect: &'static str,
    writes: Vec<TransactWriteItem>,
) -> Result<Transacted, EffectError> {
    Ok(match try_transact(client, effect, writes).await? {
        Ended::Done => Transacted::Done,
        Ended::Cancelled(Cancelled(reasons)) => match reasons.into_iter().find(is_condition) {
            Some(reason) => Transacted::ConditionFailed(reason.item),
            None => Transacted::Conflict,
        },
    })
}
