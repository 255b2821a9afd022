//! The metrics of a batch.

use aduana_cases::log::LogContext;
use aduana_cases::metrics::{Metric, document};

use super::Counts;

pub(super) fn documents(counts: &Counts, context: &LogContext) -> Vec<String> {
    let all = [
        ("Received", counts.received),
        ("Stored", counts.stored),
        ("AlreadyStored", counts.already_stored),
        ("Held", counts.held),
        ("Retry", counts.retry),
        ("Resolved", counts.resolved),
        ("RefusedClaims", counts.refused_claims),
        ("FailedEffects", counts.failed_effects.values().sum()),
        ("AlertsSent", counts.alerts_sent),
        ("AlertsFailed", counts.alerts_failed),
    ];
    let counts_of = |metrics: &[(&'static str, usize)]| {
        metrics.iter().map(|(name, n)| Metric::count(name, *n)).collect::<Vec<_>>()
    };
    let mut documents = vec![document(context, &[], &counts_of(&all))];
    let held = |dimension, n| document(context, &[dimension], &counts_of(&[("Held", n)]));
    documents
        .extend(counts.held_by_category.iter().map(|(category, n)| held(("ReasonCategory", *category), *n)));
    documents.extend(counts.held_by_code.iter().map(|(code, n)| held(("ReasonCode", *code), *n)));
    documents.extend(counts.failed_effects.iter().map(|((effect, kind), n)| {
        document(context, &[("Effect", *effect), ("Error", *kind)], &counts_of(&[("FailedEffects", *n)]))
    }));
    documents
}
