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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_entry_is_in_one_batch_in_order_and_no_batch_is_over_the_limits(
            sizes in proptest::collection::vec(1..1_100_000_usize, 0..60),
        ) {
            let batches = batches(sizes.iter().copied(), SQS);
            let order: Vec<usize> = batches.iter().flat_map(Clone::clone).collect();
            prop_assert_eq!(order, (0..sizes.len()).collect::<Vec<_>>());
            for batch in &batches {
                let bytes: usize = sizes[batch.clone()].iter().sum();
                prop_assert!(batch.len() <= SQS.entries);
                prop_assert!(bytes <= SQS.bytes || batch.len() == 1);
            }
            for pair in batches.windows(2) {
                let bytes: usize = sizes[pair[0].clone()].iter().sum::<usize>() + sizes[pair[1].start];
                prop_assert!(pair[0].len() == SQS.entries || bytes > SQS.bytes, "the batch had room for one more");
            }
        }
    }

    #[test]
    fn ten_small_entries_are_one_batch_and_eleven_are_two() {
        assert_eq!(batches([1; 10], SQS).len(), 1);
        assert_eq!(batches([1; 11], SQS), [0..10, 10..11]);
        assert!(batches([], SQS).is_empty());
        assert_eq!(batches([SQS.bytes, 1], SQS), [0..1, 1..2]);
    }
}
