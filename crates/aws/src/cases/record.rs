//! A case as the redrive reads it: its line, its head, its reasons, its events.

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_cases::slots::unslotted;
use aduana_cases::trail::{Event, TrailEnd};
use aduana_invoice::{Category, InvoiceKey, Severity};
use aduana_redrive::ports::{CaseLine, CaseRecord, Claim, Correction, InFlight, RedriveState, StoredReason};

use crate::items::{Item, number, text, texts};
use crate::names::cases as names;

/// The attributes of a head that make a [`CaseRecord`]: all but the list of its reasons, which may be hundreds of kilobytes.
pub(super) const RECORD: [&str; 45] = [
    names::CASE_ID,
    names::STATE,
    names::ATTEMPT,
    names::SOURCE,
    names::SENDER,
    names::RECEIVED_AT,
    names::FIRST_SEEN,
    names::LAST_SEEN,
    names::QUEUED_AT,
    names::REASON_CODE,
    names::REASON_CATEGORY,
    names::REASON_COUNT,
    names::CODES,
    names::GROUP_ID,
    names::GROUP_LABEL,
    names::SELLER,
    names::SELLER_NAME,
    names::NUMBER,
    names::ISSUE_DATE,
    names::CURRENCY,
    names::PAYABLE,
    names::OWNER,
    names::TICKET,
    names::VERSION,
    names::FINGERPRINT,
    names::BODIES,
    names::ALERTED_AT,
    names::RULESET,
    names::BUYER_NAME,
    names::RESOLVED_AT,
    names::ENDED_AT,
    names::EXPIRES_AT,
    names::STORED_SELLER,
    names::STORED_DOCUMENT,
    names::TRAIL_SEQ,
    names::TRAIL_HASH,
    names::CLAIM_OWNER,
    names::CLAIM_UNTIL_MS,
    names::CORRECTION_NUMBER,
    names::CORRECTION_FINGERPRINT,
    names::CORRECTIONS,
    names::IN_FLIGHT,
    names::IN_FLIGHT_SENDS,
    names::RELEASED,
    names::NOTE,
];

/// A line, from a head or from an index; `None` if it is not one.
pub(super) fn line(item: &Item) -> Option<CaseLine> {
    let owned = |name| text(item, name).map(str::to_owned);
    // An index has what its key says in its key alone.
    let in_key = |name, slot| text(item, name).or_else(|| unslotted(text(item, slot)?));
    Some(CaseLine {
        id: CaseId::parse(text(item, names::CASE_ID)?)?,
        state: State::parse(in_key(names::STATE, names::STATE_SLOT)?)?,
        attempt: number(item, names::ATTEMPT)?,
        source: owned(names::SOURCE)?,
        sender: owned(names::SENDER),
        received_at: owned(names::RECEIVED_AT)?,
        first_seen: owned(names::FIRST_SEEN)?,
        last_seen: owned(names::LAST_SEEN)?,
        queued_at: owned(names::QUEUED_AT),
        reason_code: owned(names::REASON_CODE)?,
        reason_category: Category::parse(text(item, names::REASON_CATEGORY)?)?,
        reason_count: number(item, names::REASON_COUNT)?,
        codes: texts(item, names::CODES)?,
        group_id: in_key(names::GROUP_ID, names::GROUP_SLOT)?.to_owned(),
        group_label: owned(names::GROUP_LABEL)?,
        seller: owned(names::SELLER),
        seller_name: owned(names::SELLER_NAME),
        number: owned(names::NUMBER),
        issue_date: owned(names::ISSUE_DATE),
        currency: owned(names::CURRENCY),
        payable: owned(names::PAYABLE),
        owner: owned(names::OWNER),
        ticket: owned(names::TICKET),
    })
}

/// A head; `None` if something of it is missing.
pub(super) fn record(item: &Item) -> Option<CaseRecord> {
    let owned = |name| text(item, name).map(str::to_owned);
    Some(CaseRecord {
        line: line(item)?,
        version: number(item, names::VERSION)?,
        fingerprint: owned(names::FINGERPRINT)?,
        bodies: texts(item, names::BODIES).unwrap_or_default(),
        alerted_at: owned(names::ALERTED_AT),
        ruleset: owned(names::RULESET)?,
        buyer_name: owned(names::BUYER_NAME),
        resolved_at: owned(names::RESOLVED_AT),
        ended_at: owned(names::ENDED_AT),
        stored: stored(item),
        trail: TrailEnd { seq: number(item, names::TRAIL_SEQ)?, hash: owned(names::TRAIL_HASH)? },
        redrive_state: redrive_state(item),
    })
}

/// The key of the invoice that was stored.
fn stored(item: &Item) -> Option<InvoiceKey> {
    let part = |name| text(item, name).map(str::to_owned);
    Some(InvoiceKey { seller: part(names::STORED_SELLER)?, document: part(names::STORED_DOCUMENT)? })
}

/// What belongs to the redrive: half of a pair is none.
fn redrive_state(item: &Item) -> RedriveState {
    let owned = |name| text(item, name).map(str::to_owned);
    let claim = owned(names::CLAIM_OWNER).zip(number(item, names::CLAIM_UNTIL_MS));
    let correction = number(item, names::CORRECTION_NUMBER).zip(owned(names::CORRECTION_FINGERPRINT));
    RedriveState {
        claim: claim.map(|(owner, until_ms)| Claim { owner, until_ms }),
        correction: correction.map(|(number, fingerprint)| Correction { number, fingerprint }),
        corrections: texts(item, names::CORRECTIONS).unwrap_or_default(),
        in_flight: owned(names::IN_FLIGHT).map(|fingerprint| InFlight {
            fingerprint,
            sends: number(item, names::IN_FLIGHT_SENDS).unwrap_or(1),
        }),
        released: number(item, names::RELEASED).unwrap_or(0),
        owner: owned(names::OWNER),
        note: owned(names::NOTE),
        ticket: owned(names::TICKET),
    }
}

/// The reasons in a head; `None` if they are not as they were written.
pub(super) fn reasons(item: &Item) -> Option<Vec<StoredReason>> {
    use names::reason as in_reason;
    let reason = |map: &Item| {
        let owned = |name| text(map, name).map(str::to_owned);
        Some(StoredReason {
            code: owned(in_reason::CODE)?,
            category: Category::parse(text(map, in_reason::CATEGORY)?)?,
            severity: Severity::parse(text(map, in_reason::SEVERITY)?)?,
            path: owned(in_reason::PATH)?,
            term: owned(in_reason::TERM),
            expected: owned(in_reason::EXPECTED),
            actual: owned(in_reason::ACTUAL),
            suggestion: owned(in_reason::SUGGESTION),
        })
    };
    let list = item.get(names::REASONS)?.as_l().ok()?;
    list.iter().map(|value| reason(value.as_m().ok()?)).collect()
}

/// An event of a trail; `None` if something of it is missing.
pub(crate) fn event(item: &Item) -> Option<Event> {
    use names::event as in_event;
    let owned = |name| text(item, name).map(str::to_owned);
    Some(Event {
        seq: number(item, in_event::SEQ)?,
        at: owned(in_event::AT)?,
        actor: owned(in_event::ACTOR)?,
        way: owned(in_event::WAY)?,
        act: owned(in_event::ACT)?,
        attempt: number(item, in_event::ATTEMPT)?,
        reason: owned(in_event::REASON)?,
        before: owned(in_event::BEFORE)?,
        after: owned(in_event::AFTER)?,
        prev: owned(in_event::PREV)?,
        hash: owned(in_event::HASH)?,
    })
}
