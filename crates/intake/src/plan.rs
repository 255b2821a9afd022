//! Splitting what is to be sent into batches that the service takes.

use std::ops::Range;

/// What a service takes in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// The most entries.
    pub entries: usize,
    /// The most bytes of all entries together.
    pub bytes: usize,
}

/// SQS `SendMessageBatch`: 10 entries, 1 MiB with attributes.
pub const SQS: BatchLimits = BatchLimits { entries: 10, bytes: 1_048_576 };

/// SNS `PublishBatch`: 10 entries, 256 KiB.
pub const SNS: BatchLimits = BatchLimits { entries: 10, bytes: 262_144 };

/// Splits entries of these sizes, in order, into runs within the limits, as few as that order allows. An entry that alone
/// is over the limit is a run of its own: the service will refuse it, and it alone.
pub fn batches(sizes: impl IntoIterator<Item = usize>, limits: BatchLimits) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes: usize = 0;
    for (index, size) in sizes.into_iter().enumerate() {
        let total = bytes.saturating_add(size);
        match batches.last_mut() {
            Some(last) if last.len() < limits.entries && total <= limits.bytes => {
                last.end = index + 1;
                bytes = total;
            }
            _ => {
                batches.push(index..index + 1);
                bytes = size;
            }
        }
    }
    batches
}
