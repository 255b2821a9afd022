//! The slots of an index. A partition of DynamoDB takes 1,000 writes a second, so what would be one key is sixteen: `open#0` to `open#f`.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html>

/// How many slots a key has: as many as a hexadecimal digit has values.
pub const SLOTS: usize = 16;

/// The key of a slot.
pub fn slotted(key: &str, slot: usize) -> String {
    format!("{key}#{slot:x}")
}

/// The key of the slot of what has this hash, in lower-case hexadecimal digits, as a case's id is one. It is in the slot of the last digit.
pub fn slotted_by(key: &str, hash: &str) -> String {
    format!("{key}#{}", hash.chars().next_back().unwrap_or('0'))
}

/// The key without its slot.
pub fn unslotted(slotted: &str) -> Option<&str> {
    Some(slotted.rsplit_once('#')?.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::message::{CaseId, Source};

    #[test]
    fn a_case_is_in_one_of_the_slots_and_the_slots_are_filled_alike() {
        let queue = Source::Sqs { queue: "invoices".to_owned() };
        let mut slots: BTreeMap<String, usize> = BTreeMap::new();
        for n in 0..16_000 {
            let key = slotted_by("open", CaseId::of(&queue, &format!("m-{n}")).as_str());
            assert_eq!(unslotted(&key), Some("open"));
            *slots.entry(key).or_default() += 1;
        }
        assert_eq!(
            slots.keys().cloned().collect::<Vec<_>>(),
            (0..SLOTS).map(|it| slotted("open", it)).collect::<Vec<_>>()
        );
        assert!(slots.values().all(|count| *count <= 16_000 / SLOTS * 3 / 2), "{slots:?}");
    }
}
