//! What a message in the dead-letter queue is, and what becomes of it.

use std::collections::HashMap;

use aduana_invoice::Fingerprint;

use super::Run;
use super::take_in::ToTakeIn;
use crate::arrival::Judge;
use crate::attributes::{names, unpack};
use crate::claim::ClaimCheck;
use crate::error::EffectError;
use crate::message::CaseId;
use crate::redrive::desk::Desk;
use crate::redrive::outside::Outside;
use crate::redrive::ports::{CaseRecord, DeadLetter};
use crate::redrive::steps::{By, on_returned};
use crate::trail::REDRIVE;

/// What a message is, by its attributes.
enum Kind {
    /// The copy of a held message: it has reasons. With its case and attempt.
    Copy(CaseId, u32),
    /// A resend that SQS gave up: it has a case and an attempt, and no reasons.
    Resend(CaseId, u32),
    /// What SQS gave up before anybody held it.
    Unprocessed,
}

impl Kind {
    fn of(letter: &DeadLetter) -> Self {
        let has = |name: &str| letter.attributes.iter().any(|attribute| attribute.name == name);
        match unpack(&letter.attributes).case {
            // What is moved back is the attempt after the one that its reasons are of.
            Some((id, next)) if has(names::REASONS) => Self::Copy(id, next.saturating_sub(1).max(1)),
            Some((id, attempt)) => Self::Resend(id, attempt),
            None => Self::Unprocessed,
        }
    }
}

impl<P: Outside, J: Judge + Sync> Desk<'_, P, J> {
    /// Brings each of some messages to where it belongs.
    pub(super) async fn sort_out(&self, run: &mut Run, letters: Vec<DeadLetter>) -> Result<(), EffectError> {
        let kinds: Vec<Kind> = letters.iter().map(Kind::of).collect();
        let mut ids: Vec<CaseId> = kinds.iter().filter_map(Kind::case).cloned().collect();
        ids.sort();
        ids.dedup();
        let heads = if ids.is_empty() { Vec::new() } else { self.heads(&ids).await? };
        let heads: HashMap<CaseId, CaseRecord> =
            heads.into_iter().map(|head| (head.id().clone(), head)).collect();
        let (mut to_delete, mut to_take_in) = (Vec::new(), Vec::new());
        for (letter, kind) in letters.into_iter().zip(kinds) {
            match kind {
                Kind::Unprocessed => to_take_in.push(ToTakeIn { letter, case: None }),
                Kind::Copy(id, attempt) => match heads.get(&id) {
                    Some(head) if run.is_needed(head, attempt, &letter) => {}
                    Some(_) => to_delete.push(letter),
                    // The body is only in a case file that does not have the case.
                    None if ClaimCheck::parse(&letter.body).is_some() => run.report.orphans += 1,
                    None => to_take_in.push(ToTakeIn { letter, case: Some((id, attempt)) }),
                },
                Kind::Resend(id, attempt) => match heads.get(&id) {
                    Some(head) if head.has(&letter.body) => {
                        if self.take_back(run, head.clone(), attempt).await {
                            to_delete.push(letter);
                        }
                    }
                    None if ClaimCheck::parse(&letter.body).is_some() => run.report.orphans += 1,
                    // Anybody can write a case's id on a message. It gets a case of its own.
                    _ => to_take_in.push(ToTakeIn { letter, case: None }),
                },
            }
        }
        run.report.deleted += self.delete(&to_delete, &mut run.report).await;
        self.take_in(run, to_take_in).await;
        Ok(())
    }

    /// Opens the case of a resend that SQS gave up. Whether its message is of no more use: its body is in the case file.
    async fn take_back(&self, run: &mut Run, head: CaseRecord, attempt: u32) -> bool {
        let id = head.id().clone();
        let reason = "SQS gave the message up";
        let returned = |record: &CaseRecord, by: By<'_>| {
            on_returned(record, By { actor: REDRIVE, reason, ..by }, attempt)
        };
        let acted = self.act(&id, Some(head), None, returned).await;
        match &acted {
            Ok(acted) => run.report.returned += usize::from(acted.changed),
            Err(_) => run.report.failed += 1,
        }
        acted.is_ok()
    }
}

impl Kind {
    const fn case(&self) -> Option<&CaseId> {
        match self {
            Self::Copy(id, _) | Self::Resend(id, _) => Some(id),
            Self::Unprocessed => None,
        }
    }
}

impl CaseRecord {
    /// Whether the case file has this body, as far as the head tells.
    fn has(&self, body: &[u8]) -> bool {
        if let Some(claim) = ClaimCheck::parse(body) {
            return claim.case_id == *self.id();
        }
        let fingerprint = Fingerprint::of(body).to_string();
        let under_way = self.handling.under_way.as_ref().map(|sent| &sent.fingerprint);
        let correction = self.handling.correction.as_ref().map(|correction| &correction.fingerprint);
        [Some(&self.fingerprint), under_way, correction].contains(&Some(&fingerprint))
    }
}

impl Run {
    /// Whether a copy stays in the queue: the first of its attempt, of a case that has not ended or gone past it.
    fn is_needed(&mut self, head: &CaseRecord, attempt: u32, letter: &DeadLetter) -> bool {
        if head.state().is_closed() || attempt < head.line.attempt {
            return false;
        }
        let kept = self.kept.entry((head.id().clone(), attempt)).or_insert_with(|| letter.message_id.clone());
        *kept == letter.message_id
    }
}
