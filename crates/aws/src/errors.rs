//! What the SDK says of a failed call, as the intake's [`EffectError`].

use std::error::Error;

use aduana_cases::ports::{EffectError, EffectErrorKind};
use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A failed call, by what it means for the next step.
pub(crate) fn failed<E>(effect: &'static str, error: SdkError<E, HttpResponse>) -> EffectError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().map(name_only);
    let status = error.raw_response().map(|response| response.status().as_u16());
    let kind = match &error {
        SdkError::TimeoutError(_) => EffectErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => EffectErrorKind::TimedOut,
        // It says that it went well, and not how: what happened is anybody's guess.
        SdkError::ServiceError(_) if status.is_some_and(|status| status < 400) => {
            EffectErrorKind::Unreachable
        }
        SdkError::ServiceError(_) => by_code(code.as_deref().unwrap_or_default(), status),
        SdkError::ResponseError(_) if status.is_some_and(|status| status >= 500) => EffectErrorKind::Failed,
        // It never left: a value that cannot be sent.
        SdkError::ConstructionFailure(_) => EffectErrorKind::Refused,
        // No connection, or an answer that broke off.
        _ => EffectErrorKind::Unreachable,
    };
    let failed = EffectError::new(kind, effect);
    match code {
        Some(code) => failed.with_code(code),
        None => failed,
    }
    .with_source(error)
}

/// What an error code means. Services have more of them than they document.
pub(crate) fn by_code(code: &str, status: Option<u16>) -> EffectErrorKind {
    /// Besides those that the SDK knows: reasons of a cancelled transaction, and entries of a batch.
    const THROTTLING: [&str; 6] = [
        "TransactionConflict",
        "TransactionConflictException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "KmsThrottled",
        "KMSThrottlingException",
    ];
    /// SQS has codes of a query protocol beside those of its own: `AWS.SimpleQueueService.…`.
    const FAILING: [&str; 4] =
        ["InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable"];
    let name = code.rsplit('.').next().unwrap_or_default();
    if THROTTLING_ERRORS.contains(&name) || THROTTLING.contains(&name) || status == Some(429) {
        EffectErrorKind::Throttled
    } else if FAILING.contains(&name) || status.is_some_and(|status| status >= 500) {
        EffectErrorKind::Failed
    } else {
        EffectErrorKind::Refused
    }
}

/// A code as far as it is a name: it goes to logs, and what a service says there should not be able to say anything else.
pub(crate) fn name_only(code: &str) -> String {
    const LONGEST: usize = 64;
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')).take(LONGEST).collect()
}

/// One entry of a batch that the service refused inside an answer that says 200.
pub(crate) fn entry(effect: &'static str, code: &str, sender_fault: bool) -> EffectError {
    let kind = match by_code(code, None) {
        EffectErrorKind::Refused if !sender_fault => EffectErrorKind::Failed,
        kind => kind,
    };
    EffectError::new(kind, effect).with_code(name_only(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_whether_to_slow_down_to_try_again_or_to_correct_something() {
        use EffectErrorKind::{Failed, Refused, Throttled};
        for (code, status, kind) in [
            ("ThrottlingException", Some(400), Throttled),
            ("ProvisionedThroughputExceededException", Some(400), Throttled),
            ("TransactionConflictException", Some(400), Throttled),
            ("RequestThrottled", None, Throttled),
            ("KMSThrottling", Some(429), Throttled),
            ("InternalServerError", Some(500), Failed),
            ("AWS.SimpleQueueService.InternalError", None, Failed),
            ("Whatever", Some(503), Failed),
            ("AccessDeniedException", Some(400), Refused),
            ("AWS.SimpleQueueService.NonExistentQueue", Some(400), Refused),
            ("", Some(400), Refused),
        ] {
            assert_eq!(by_code(code, status), kind, "{code} {status:?}");
        }
    }

    #[test]
    fn an_entry_that_failed_by_no_fault_of_ours_may_be_tried_again() {
        assert_eq!(entry("send", "Odd", true).kind, EffectErrorKind::Refused);
        assert_eq!(entry("send", "Odd", false).kind, EffectErrorKind::Failed);
        assert_eq!(entry("send", "RequestThrottled", false).kind, EffectErrorKind::Throttled);
    }

    #[test]
    fn a_code_is_a_name_whatever_the_service_puts_there() {
        assert_eq!(
            name_only("AWS.SimpleQueueService.NonExistentQueue"),
            "AWS.SimpleQueueService.NonExistentQueue"
        );
        assert_eq!(name_only("No \"such\n thing\": 12"), "Nosuchthing12");
        for (length, kept) in [(63, 63), (64, 64), (65, 64)] {
            assert_eq!(name_only(&"x".repeat(length)).len(), kept);
        }
    }
}
