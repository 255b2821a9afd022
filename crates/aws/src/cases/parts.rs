//! The parts of a case: its body and its producer's attributes at an attempt, and its corrections, in items of their own.
//!
//! Each part tells how many belong together and what they are together, so that those of an earlier attempt can be read
//! when the head has long gone on.

use std::slice;

use aduana_cases::body::{ENCODING, Packed, Parts};
use aduana_cases::case::NewCase;
use aduana_cases::message::CaseId;
use aduana_redrive::ports::{Change, Correction};

use crate::items::{Item, b, item, n, s};
use crate::names::cases::{self as names, attributes_prefix, body_prefix, correction_prefix, part_key};

/// The parts to be written with a case. A part that is there is written over: by the same bytes, if the transaction's
/// condition holds.
pub(super) fn of(case: &NewCase) -> Vec<Item> {
    // The attributes have the fingerprint of the body that they came with: it tells one record's parts from another's.
    let fingerprint = case.fingerprint.to_string();
    let mut parts = items(&case.id, &body_prefix(case.attempt), &case.body, &fingerprint);
    if let Some(attributes) = &case.producer_attributes {
        parts.extend(items(&case.id, &attributes_prefix(case.attempt), attributes, &fingerprint));
    }
    parts
}

/// The parts of the corrected body that a change brings, if it brings one.
pub(super) fn of_correction(id: &CaseId, change: &Change) -> Vec<Item> {
    match (&change.redrive_state.correction, &change.body) {
        (Some(Correction { number, fingerprint }), Some(packed)) => {
            items(id, &correction_prefix(*number), packed, fingerprint)
        }
        _ => Vec::new(),
    }
}

fn items(id: &CaseId, prefix: &str, packed: &Packed, fingerprint: &str) -> Vec<Item> {
    let parts = match &packed.parts {
        Parts::Inline(bytes) => slice::from_ref(bytes),
        Parts::Split(parts) => parts,
    };
    let part = |(bytes, number): (&Vec<u8>, usize)| {
        item([
            (names::CASE_ID, s(id.as_str())),
            (names::ITEM, s(part_key(prefix, number))),
            (names::BYTES, b(bytes)),
            (names::PARTS, n(parts.len())),
            (names::SIZE, n(packed.size)),
            (names::ENCODING, s(ENCODING)),
            (names::FINGERPRINT, s(fingerprint)),
        ])
    };
    parts.iter().zip(1..).map(part).collect()
}
