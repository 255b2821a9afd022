//! Writing what the redrive has decided about a case.
//!
//! ```text
//! head + event + the corrected body's parts, if `version` is as it was read ─┬─ Written
//!                                                                            └─ Changed: it is not, or there is no head
//! ```

use aduana_cases::effects::WRITE;
use aduana_cases::message::CaseId;
use aduana_cases::ports::EffectError;
use aduana_cases::trail::Act;
use aduana_redrive::ports::{Change, RedriveState, WriteReply};

use super::head::Write;
use super::{Cases, busy, parts, pauses};
use crate::items::{item, list, n, s};
use crate::names::cases as names;
use crate::transact::Transacted;

impl Cases {
    pub(super) async fn change(&self, id: &CaseId, change: &Change) -> Result<WriteReply, EffectError> {
        for pause in pauses() {
            let parts = parts::of_correction(id, change);
            match self.commit(WRITE, id, (Write::change(change), &change.event), parts).await? {
                Transacted::Done => return Ok(WriteReply::Written),
                Transacted::ConditionFailed(_) => return Ok(WriteReply::Changed),
                // Another write is at the case. If it decides about it, the condition will say so.
                Transacted::Conflict => tokio::time::sleep(pause).await,
            }
        }
        Err(busy(WRITE))
    }
}

impl Write {
    /// The head as the change leaves it. What the intake keeps there stays.
    fn change(change: &Change) -> Self {
        let RedriveState { claim, correction, corrections, in_flight, released, owner, note, ticket } =
            &change.redrive_state;
        let mut write = Self::new(Some(change.version), &change.event);
        write.set(item([(names::STATE, s(change.state.as_str()))]));
        if change.event.act == Act::Discarded.as_str() {
            write.put(names::ENDED_AT, Some(s(&change.event.at)));
        } else if !change.state.is_closed() {
            write.put(names::ENDED_AT, None);
        }
        write.put(names::CLAIM_OWNER, claim.as_ref().map(|claim| s(&claim.owner)));
        write.put(names::CLAIM_UNTIL_MS, claim.as_ref().map(|claim| n(claim.until_ms)));
        write.put(names::CORRECTION_NUMBER, correction.as_ref().map(|it| n(it.number)));
        write.put(names::CORRECTION_FINGERPRINT, correction.as_ref().map(|it| s(&it.fingerprint)));
        write.put(names::CORRECTIONS, (!corrections.is_empty()).then(|| list(corrections)));
        write.put(names::IN_FLIGHT, in_flight.as_ref().map(|it| s(&it.fingerprint)));
        write.put(names::IN_FLIGHT_SENDS, in_flight.as_ref().map(|it| n(it.sends)));
        write.put(names::RELEASED, (*released > 0).then(|| n(*released)));
        write.put(names::OWNER, owner.as_ref().map(s));
        write.put(names::NOTE, note.as_ref().map(s));
        write.put(names::TICKET, ticket.as_ref().map(s));
        write
    }
}
