//! `resend`: claim, send, mark, ten at a time.

use aduana_invoice::Fingerprint;
use futures_util::future::join_all;

use super::answer::{Code, Failure, Resent, SentCase};
use super::context::{RedriveContext, Skip};
use super::correct::is_single;
use super::ports::{CaseRecord, CaseStore, Change, Claim, IntakeQueue, RedrivePorts, WriteReply};
use super::request::Resend;
use super::show::errors;
use super::transitions::{Audit, Transition, on_claim, on_sent, on_unsent};
use aduana_cases::attributes::{ToResend, pack_resend};
use aduana_cases::case::State;
use aduana_cases::effects::{RESEND, WRITE};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::{Judge, contain};
use aduana_cases::message::CaseId;
use aduana_cases::ports::ResentMessage;

/// How much longer than its call a claim lasts at least, in milliseconds: what a call has begun to send when it dies may still
/// arrive.
const LEASE_MARGIN_MS: i64 = 60_000;

/// How often a claim is tried, as another call was quicker or a reply was lost.
const TRIES: u32 = 3;

/// A case that may be sent by this call.
struct Claimed {
    record: CaseRecord,
    message: ResentMessage,
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) async fn resend(&self, request: &Resend, states: &[State]) -> Result<Resent, Failure> {
        let mut work = self.begin(&request.batch, states)?;
        let mut answer = Resent { dry_run: request.dry_run, ..Resent::default() };
        let mut failures = 0;
        while !answer.stopped
            && let Some(ids) = self.next_ids(&mut work).await?
        {
            let ends = self.resend_some(&ids, request).await;
            for (id, end) in ids.into_iter().zip(ends) {
                match end {
                    Ok(attempt) => answer.sent.push(SentCase { id, attempt }),
                    Err(skip) if is_single(&request.batch.select) => return Err(skip.failure(self.lang)),
                    Err(skip) => {
                        failures += usize::from(skip.is_failure());
                        answer.skipped.push(skip.of(id, self.lang));
                    }
                }
            }
            answer.stopped = request.stop_after.is_some_and(|most| failures >= most);
        }
        answer.left = work.not_looked_at();
        answer.cursor = work.cursor();
        Ok(answer)
    }

    /// Sends a handful of cases. The attempt that each is now, or why it was not sent.
    async fn resend_some(&self, ids: &[CaseId], request: &Resend) -> Vec<Result<u32, Skip>> {
        if request.dry_run {
            return join_all(ids.iter().map(|id| self.would_send(id, request))).await;
        }
        let claims = join_all(ids.iter().map(|id| self.claim(id, request))).await;
        let messages: Vec<ResentMessage> = claims
            .iter()
            .filter_map(|claim| claim.as_ref().ok())
            .map(|claim| claim.message.clone())
            .collect();
        let mut answers = Vec::new().into_iter();
        if !messages.is_empty() {
            let sending = |messages: Vec<ResentMessage>| async move {
                let answers = self.ports.intake_queue().send(&messages).await;
                (messages, answers)
            };
            answers = self.within_all(RESEND, messages, sending).await.into_iter();
        }
        let marks = claims.into_iter().map(|claim| {
            let answer = if claim.is_ok() { answers.next() } else { None };
            async move { self.mark(claim?, answer.unwrap_or(Ok(()))).await }
        });
        join_all(marks).await
    }

    async fn would_send(&self, id: &CaseId, request: &Resend) -> Result<u32, Skip> {
        let record = self.head(id).await?;
        match self.claim_of(&record, request) {
            Transition::Refuse(code) => Err(code.into()),
            Transition::Write(change) if change.state == State::Parked => Err(Code::Parked.into()),
            Transition::Write(_) | Transition::Nothing => {
                self.message(&record, request.overridden).await?;
                Ok(record.next_attempt())
            }
        }
    }

    fn claim_of(&self, record: &CaseRecord, request: &Resend) -> Transition {
        let now_ms = self.now_ms();
        let until_ms = now_ms
            .saturating_add(self.settings.lease_ms)
            .max(self.call.deadline_ms.saturating_add(LEASE_MARGIN_MS));
        let claim = Claim { owner: self.call.id.clone(), until_ms };
        let by = Audit { at_ms: now_ms, ..self.by() };
        on_claim(record, by, claim, self.settings.attempts_max.get(), request.overridden)
    }

    /// Takes the right to send a case, and makes ready what is to be sent. Nothing is claimed that cannot be sent.
    async fn claim(&self, id: &CaseId, request: &Resend) -> Result<Claimed, Skip> {
        let (mut lost_reply, mut patience) = (None, self.patience());
        for _ in 0..TRIES {
            let record = self.head(id).await?;
            let change = match self.claim_of(&record, request) {
                Transition::Refuse(code) => return Err(code.into()),
                // This call's own, by a write whose reply was lost.
                Transition::Nothing => {
                    let message = self.message(&record, true).await?;
                    return Ok(Claimed { record, message });
                }
                Transition::Write(change) => change,
            };
            if request.batch.version.is_some_and(|version| version != record.version) {
                return Err(Code::StaleVersion.into());
            }
            if change.state == State::Parked {
                match self.put(id, &change).await {
                    Ok(WriteReply::Written) => return Err(Code::Parked.into()),
                    Ok(WriteReply::Changed) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let message = self.message(&record, request.overridden).await?;
            match self.put(id, &change).await {
                Ok(WriteReply::Written) => return Ok(Claimed { record: record.after(&change), message }),
                Ok(WriteReply::Changed) => {}
                Err(error) if error.is_certain() => return Err(error.into()),
                Err(error) => lost_reply = Some(patience.after(error).await),
            }
        }
        Err(lost_reply.map_or_else(|| Code::StaleVersion.into(), Skip::from))
    }

    async fn put(&self, id: &CaseId, change: &Change) -> Result<WriteReply, EffectError> {
        self.once(WRITE, self.ports.cases().write(id, change)).await
    }

    /// The message that takes a case's current body through again. One that the validator will refuse is not made, unless
    /// somebody wants it all the same.
    async fn message(&self, record: &CaseRecord, overridden: bool) -> Result<ResentMessage, Skip> {
        let contents = self.contents(record.id(), record.current()).await?;
        let body = &contents.body;
        if !overridden {
            let opinion = self.opinion(record, body).await?;
            if !opinion.is_valid {
                return Err(Skip::still_invalid(&errors(&opinion.violations)));
            }
        }
        let producer = contents.producer()?;
        let line = &record.line;
        let to_resend = ToResend {
            id: record.id(),
            attempt: record.next_attempt(),
            version: record.current(),
            source: &line.source,
            body,
            producer: &producer,
            group: group(line.seller.as_deref().or(line.seller_name.as_deref()).unwrap_or(&line.source)),
        };
        let message = contain(|| pack_resend(&to_resend));
        message
            .map(|message| ResentMessage { trace: self.call.trace.clone(), ..message })
            .map_err(|_| Skip::because(Code::Unavailable, &"the message could not be packed"))
    }

    /// Says on the case what became of the send. If that fails, the claim lapses, and the case is sent again as it was.
    async fn mark(&self, claimed: Claimed, answer: Result<(), EffectError>) -> Result<u32, Skip> {
        let Claimed { record, message } = claimed;
        let id = message.case_id;
        let call = self.call.id.as_str();
        match answer {
            Ok(()) => {
                let sent =
                    |record: &CaseRecord, by: Audit<'_>| on_sent(record, Audit { reason: "", ..by }, call);
                // Sent is sent, whether or not that could be put down.
                drop(self.act(&id, Some(record), None, sent).await);
                Ok(message.attempt)
            }
            Err(error) => {
                let certain = error.is_certain();
                let why = error.to_string();
                let unsent = |record: &CaseRecord, by: Audit<'_>| {
                    on_unsent(record, Audit { reason: &why, ..by }, call, certain)
                };
                drop(self.act(&id, Some(record), None, unsent).await);
                let code = if certain { Code::Unavailable } else { Code::Uncertain };
                Err(Skip::because(code, &error))
            }
        }
    }
}

impl Skip {
    /// Whether a run may want to stop because of it: a failed send, or a case that would be refused.
    fn is_failure(&self) -> bool {
        matches!(self.code(), Code::Unavailable | Code::Uncertain | Code::StillInvalid)
    }
}

/// The group of a message in a fair queue: the same for the same sender, and none of its values.
fn group(sender: &str) -> String {
    let mut group = Fingerprint::of(sender.as_bytes()).to_string();
    group.truncate(32);
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fair queues: a large resend of one seller does not delay the others.
    #[test]
    fn each_sender_has_a_group_of_its_own_that_does_not_name_it() {
        let [one, other] = ["tax:EC:1790012344001", "tax:EC:1790012344002"].map(group);
        assert_eq!(one, group("tax:EC:1790012344001"));
        assert_ne!(one, other);
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    }
}
