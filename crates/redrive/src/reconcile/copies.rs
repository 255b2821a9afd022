//! What a message in the dead-letter queue is, and what becomes of it.

use std::collections::HashMap;

use super::Run;
use super::ingest::{As, DeadLetterToIngest};
use crate::context::RedriveContext;
use crate::ports::{CaseRecord, DeadLetter, RedrivePorts};
use crate::transitions::{Audit, on_returned};
use aduana_cases::attributes::{Carried, names, unpack};
use aduana_cases::case::State;
use aduana_cases::claim::{ClaimCheck, KnownBody};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::CaseId;
use aduana_cases::trail::REDRIVE;

/// What a message is, by its attributes.
enum Kind {
    /// The copy of a held message: it has reasons. With its case and attempt.
    Copy(CaseId, u32),
    /// A resend that SQS dead-lettered: it has a case and an attempt, and no reasons.
    Resend(CaseId, u32),
    /// A message that SQS dead-lettered before it was held.
    Unprocessed,
}

impl Kind {
    fn of(dead_letter: &DeadLetter) -> Self {
        let has = |name: &str| dead_letter.attributes.iter().any(|attribute| attribute.name == name);
        match unpack(&dead_letter.attributes) {
            // What is moved back is the attempt after the one that its reasons are of.
            Some(Carried { case, attempt, .. }) if has(names::REASONS) => {
                Self::Copy(case, attempt.saturating_sub(1).max(1))
            }
            Some(Carried { case, attempt, .. }) => Self::Resend(case, attempt),
            None => Self::Unprocessed,
        }
    }
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Brings each of some messages to where it belongs.
    pub(super) async fn sort_out(
        &self,
        run: &mut Run,
        dead_letters: Vec<DeadLetter>,
    ) -> Result<(), EffectError> {
        let kinds: Vec<Kind> = dead_letters.iter().map(Kind::of).collect();
        let mut ids: Vec<CaseId> = kinds.iter().filter_map(Kind::case).cloned().collect();
        ids.sort();
        ids.dedup();
        let heads = if ids.is_empty() { Vec::new() } else { self.heads(&ids).await? };
        let heads: HashMap<CaseId, CaseRecord> =
            heads.into_iter().map(|head| (head.id().clone(), head)).collect();
        let (mut to_delete, mut to_ingest) = (Vec::new(), Vec::new());
        for (dead_letter, kind) in dead_letters.into_iter().zip(kinds) {
            let head = kind.case().and_then(|id| heads.get(id));
            // Anybody can write a case's id on a message. What is not of that case gets one of its own.
            let known = head.and_then(|head| Some((head, head.known(&dead_letter.body)?)));
            match self.was_moved_back_and_stored(&dead_letter, &kind, head).await {
                Ok(false) => {}
                Ok(true) => {
                    to_delete.push(dead_letter);
                    continue;
                }
                Err(_) => {
                    run.report.failed += 1;
                    continue;
                }
            }
            match (kind, known) {
                (Kind::Copy(_, attempt), Some((head, _))) if run.is_needed(head, attempt, &dead_letter) => {
                    if head.is_unfinished() {
                        to_ingest.push(DeadLetterToIngest { dead_letter, is: As::Queued(head.clone()) });
                    }
                }
                // It may be all that is left of the message that brought the attempt: SQS dead-lettered that one in between.
                (Kind::Copy(..) | Kind::Resend(..), Some((head, _))) if head.is_unfinished() => {
                    to_ingest.push(DeadLetterToIngest { dead_letter, is: As::Held(head.clone()) });
                }
                (Kind::Copy(..), Some(_)) => to_delete.push(dead_letter),
                (Kind::Resend(_, attempt), Some((head, known))) => {
                    match self.was_stored(&dead_letter, known, head, attempt).await {
                        Ok(true) => to_delete.push(dead_letter),
                        Ok(false) if self.reopen_returned(run, head.clone(), attempt).await => {
                            to_delete.push(dead_letter);
                        }
                        Ok(false) => {}
                        Err(_) => run.report.failed += 1,
                    }
                }
                // Only the functions send to this queue: what SQS has not moved there is theirs, and its case has expired or is lost.
                (Kind::Copy(id, attempt), None) if head.is_none() && dead_letter.moved_from.is_none() => {
                    if names_body_of(&dead_letter.body, &id) {
                        // The body is only in a case file that does not have the case.
                        run.report.orphans += 1;
                    } else {
                        to_ingest.push(DeadLetterToIngest { dead_letter, is: As::Copy(id, attempt) });
                    }
                }
                (Kind::Unprocessed, _) => to_ingest.push(DeadLetterToIngest { dead_letter, is: As::New }),
                (Kind::Copy(..) | Kind::Resend(..), None) => {
                    run.report.refused_claims += 1;
                    to_ingest.push(DeadLetterToIngest { dead_letter, is: As::New });
                }
            }
        }
        run.report.deleted += self.delete(&to_delete, &mut run.report).await;
        self.ingest_dead_letters(run, to_ingest).await;
        Ok(())
    }

    /// Whether a copy that AWS's redrive had moved back was stored, and SQS gave it up before its case was closed. It looks like every copy,
    /// but for the queue that SQS took it from.
    async fn was_moved_back_and_stored(
        &self,
        dead_letter: &DeadLetter,
        kind: &Kind,
        head: Option<&CaseRecord>,
    ) -> Result<bool, EffectError> {
        let (Kind::Copy(_, attempt), Some(head), Some(_)) = (kind, head, &dead_letter.moved_from) else {
            return Ok(false);
        };
        match head.known(&dead_letter.body) {
            Some(known) => self.was_stored(dead_letter, known, head, attempt.saturating_add(1)).await,
            None => Ok(false),
        }
    }

    /// Opens the case of a resend that SQS dead-lettered. Whether its message is of no more use: its body is in the case file.
    async fn reopen_returned(&self, run: &mut Run, head: CaseRecord, attempt: u32) -> bool {
        let id = head.id().clone();
        let reason = "SQS gave the message up";
        let returned = |record: &CaseRecord, by: Audit<'_>| {
            on_returned(record, Audit { actor: REDRIVE, reason, ..by }, attempt)
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
    /// Whether the case waits, and its message is not yet queued or not yet reported.
    const fn is_unfinished(&self) -> bool {
        matches!(self.state(), State::Open) && (self.line.queued_at.is_none() || self.alerted_at.is_none())
    }

    /// What a message's body stands for, if it is one of this case.
    pub(super) fn known(&self, body: &[u8]) -> Option<KnownBody> {
        KnownBody::of(body, self.id(), |fingerprint| {
            self.bodies.iter().chain(&self.redrive_state.corrections).any(|known| known == fingerprint)
        })
    }
}

/// Whether a body is a claim check for a body of this case.
fn names_body_of(body: &[u8], id: &CaseId) -> bool {
    ClaimCheck::parse(body).is_some_and(|claim| claim.case_id == *id)
}

impl Run {
    /// Whether a copy stays in the queue: the first of its attempt, of a case that has not ended or gone past it.
    fn is_needed(&mut self, head: &CaseRecord, attempt: u32, dead_letter: &DeadLetter) -> bool {
        if head.state().is_closed() || attempt != head.line.attempt {
            return false;
        }
        let kept =
            self.kept.entry((head.id().clone(), attempt)).or_insert_with(|| dead_letter.message_id.clone());
        *kept == dead_letter.message_id
    }
}
