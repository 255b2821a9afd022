//! The context of a request: who asks, until when, and the calls to the ports, each of them bounded.

use std::fmt;
use std::future::Future;

use aduana_invoice::{Fingerprint, Lang, Verdict, Violation};

use super::answer::{Code, Failure, Skipped};
use super::ports::{CaseRecord, CaseStore, RedrivePorts, StoredInvoices, UnderKey, WriteReply};
use super::texts;
use super::transitions::{Audit, Transition, is_noted, on_view};
use super::{Call, Settings};
use aduana_cases::alerts::{AlertDispatcher, Windows};
use aduana_cases::bounded::{Patience, bounded, bounded_all, once};
use aduana_cases::effects::{LOOK_UP, READ_HEADS, READ_TRAIL, WRITE};
use aduana_cases::error::EffectError;
use aduana_cases::held::HeldPipeline;
use aduana_cases::judge_message::{Judge, conflict, contain, judge_from};
use aduana_cases::message::{BodyVersion, CaseId};
use aduana_cases::ports::{Clock, HeldContents};
use aduana_cases::time::day;

/// Effects time out this long before the deadline, in milliseconds.
const ANSWER_MARGIN_MS: i64 = 500;

/// How often a case is looked at again because another call was quicker, or a reply was lost.
const TRIES: u32 = 5;

/// A request at work.
pub(super) struct RedriveContext<'r, P, J> {
    pub(super) ports: &'r P,
    pub(super) judge: &'r J,
    pub(super) settings: &'r Settings,
    pub(super) call: &'r Call,
    pub(super) lang: Lang,
    pub(super) actor: &'r str,
    pub(super) reason: &'r str,
    pub(super) windows: &'r Windows,
}

/// Why a case was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skip {
    code: Code,
    /// More exactly, without any value of an invoice.
    detail: Option<String>,
    /// The codes that are left.
    codes: Vec<String>,
}

impl Skip {
    pub(super) const fn code(&self) -> Code {
        self.code
    }

    pub(super) fn because(code: Code, detail: &dyn fmt::Display) -> Self {
        Self { detail: Some(detail.to_string()), ..Self::from(code) }
    }

    pub(super) fn still_invalid(violations: &[Violation]) -> Self {
        let mut codes: Vec<String> = Vec::new();
        for violation in violations {
            if codes.iter().all(|code| code != violation.code) {
                codes.push(violation.code.to_owned());
            }
        }
        Self { detail: Some(codes.join(" ")), codes, ..Self::from(Code::StillInvalid) }
    }

    /// For an answer about many cases.
    pub(super) fn of(self, id: CaseId, lang: Lang) -> Skipped {
        let message = texts::message(self.code, lang);
        let message = self.detail.map_or_else(|| message.to_owned(), |detail| format!("{message}: {detail}"));
        Skipped { id, code: self.code, message, codes: self.codes }
    }

    /// For a request about this case alone.
    pub(super) fn failure(self, lang: Lang) -> Failure {
        let failure = Failure::new(self.code, lang);
        match self.detail {
            Some(detail) => failure.because(&detail),
            None => failure,
        }
    }
}

impl From<Code> for Skip {
    fn from(code: Code) -> Self {
        Self { code, detail: None, codes: Vec::new() }
    }
}

impl From<EffectError> for Skip {
    fn from(error: EffectError) -> Self {
        Self::because(Code::Unavailable, &error)
    }
}

/// A case that was acted upon.
pub(super) struct Acted {
    pub(super) record: CaseRecord,
    /// Whether anything was written.
    pub(super) changed: bool,
}

/// A body as it was judged.
pub(super) struct Opinion {
    pub(super) is_valid: bool,
    pub(super) violations: Vec<Violation>,
}

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) fn now_ms(&self) -> i64 {
        self.ports.clock().now_ms()
    }

    /// Whether there is time to begin something.
    pub(super) fn may_start(&self) -> bool {
        self.now_ms() < self.call.deadline_ms.saturating_sub(self.settings.stop_margin_ms)
    }

    const fn stop_by_ms(&self) -> i64 {
        self.call.deadline_ms.saturating_sub(ANSWER_MARGIN_MS)
    }

    /// The pipeline of held messages, with the dispatcher of alerts.
    pub(super) fn pipeline(&self) -> HeldPipeline<'_, P> {
        let dispatcher = AlertDispatcher {
            ports: self.ports,
            windows: self.windows,
            window_ms: self.settings.window_ms,
            lang: self.settings.lang,
            stop_by_ms: self.stop_by_ms(),
        };
        HeldPipeline { dispatcher }
    }

    pub(super) fn by(&self) -> Audit<'_> {
        Audit { actor: self.actor, way: self.call.way, reason: self.reason, at_ms: self.now_ms() }
    }

    /// Gives an effect until the deadline, and tries it again while its service is throttling.
    pub(super) async fn within<T, W: Future<Output = Result<T, EffectError>> + Send>(
        &self,
        effect: &'static str,
        work: impl Fn() -> W,
    ) -> Result<T, EffectError> {
        bounded(self.ports.clock(), self.stop_by_ms(), effect, work).await
    }

    /// The same for many effects in one call. One answer an entry, in order.
    pub(super) async fn within_all<E, W: Future<Output = (Vec<E>, Vec<Result<(), EffectError>>)> + Send>(
        &self,
        effect: &'static str,
        entries: Vec<E>,
        work: impl Fn(Vec<E>) -> W,
    ) -> Vec<Result<(), EffectError>> {
        bounded_all(self.ports.clock(), self.stop_by_ms(), effect, entries, work).await
    }

    /// Gives an effect until the deadline, once: for a write whose caller must know that an earlier try may have been written.
    pub(super) async fn once<T>(
        &self,
        effect: &'static str,
        work: impl Future<Output = Result<T, EffectError>> + Send,
    ) -> Result<T, EffectError> {
        once(self.ports.clock(), self.stop_by_ms(), effect, work).await
    }

    /// What such a caller waits by while the service is throttling.
    pub(super) fn patience(&self) -> Patience<'_, P::Clock> {
        Patience::new(self.ports.clock(), self.stop_by_ms())
    }

    pub(super) async fn heads(&self, ids: &[CaseId]) -> Result<Vec<CaseRecord>, EffectError> {
        self.within(READ_HEADS, || self.ports.cases().heads(ids)).await
    }

    pub(super) async fn head(&self, id: &CaseId) -> Result<CaseRecord, Skip> {
        let heads = self.heads(std::slice::from_ref(id)).await?;
        heads.into_iter().next().ok_or(Skip::from(Code::NoSuchCase))
    }

    pub(super) async fn contents(&self, id: &CaseId, version: BodyVersion) -> Result<HeldContents, Skip> {
        self.pipeline().fetch(id, version).await?.ok_or(Skip::from(Code::NoSuchCase))
    }

    /// Moves a case by a step of its life cycle. `known` saves the first look; `pinned` is the version that the case must have.
    pub(super) async fn act(
        &self,
        id: &CaseId,
        mut known: Option<CaseRecord>,
        pinned: Option<u64>,
        step: impl Fn(&CaseRecord, Audit<'_>) -> Transition + Sync + Send,
    ) -> Result<Acted, Skip> {
        let (mut lost_reply, mut patience) = (None, self.patience());
        for _ in 0..TRIES {
            let record = match known.take() {
                Some(record) => record,
                None => self.head(id).await?,
            };
            let change = match step(&record, self.by()) {
                // Written after all, and the reply was lost.
                Transition::Nothing => return Ok(Acted { record, changed: lost_reply.is_some() }),
                Transition::Refuse(code) => return Err(code.into()),
                Transition::Write(change) => change,
            };
            if pinned.is_some_and(|version| version != record.version) {
                return Err(Code::StaleVersion.into());
            }
            match self.once(WRITE, self.ports.cases().write(id, &change)).await {
                Ok(WriteReply::Written) => return Ok(Acted { record: record.after(&change), changed: true }),
                Ok(WriteReply::Changed) => {}
                Err(error) if error.is_certain() => return Err(error.into()),
                Err(error) => lost_reply = Some(patience.after(error).await),
            }
        }
        Err(lost_reply.map_or_else(|| Code::StaleVersion.into(), Skip::from))
    }

    /// Puts on record that values of a case were tested, or shown in a preview. Whoever types has a preview at each key: what the
    /// trail says already is not said again.
    pub(super) async fn note_look(&self, record: CaseRecord) -> Result<CaseRecord, Skip> {
        let id = record.id().clone();
        let trail = self.within(READ_TRAIL, || self.ports.cases().trail(&id)).await?;
        if is_noted(&trail, self.by()) {
            return Ok(record);
        }
        Ok(self.act(&id, Some(record), None, on_view).await?.record)
    }

    /// Judges a body of a case as the validator will, and as the invoices table will.
    pub(super) async fn opinion(&self, record: &CaseRecord, body: &[u8]) -> Result<Opinion, Skip> {
        let verdict = self.verdict(body, record.line.sender.as_deref())?;
        let (key, warnings) = match verdict {
            Verdict::Reject { violations, .. } => return Ok(Opinion { is_valid: false, violations }),
            Verdict::Accept { key, warnings, .. } => (key, warnings),
        };
        let (looking, fingerprint) = (self.ports.stored_invoices(), Fingerprint::of(body));
        let UnderKey { stored, set_aside } =
            self.within(LOOK_UP, || looking.look_up(&key, &fingerprint)).await?;
        // What was set aside is stored again as little as what is taken: a person has to change something of it first.
        let is_taken = set_aside.is_some() || stored.is_some_and(|stored| !self.is_same(&stored.body, body));
        if !is_taken {
            return Ok(Opinion { is_valid: true, violations: warnings });
        }
        let violations = std::iter::once(conflict(self.judge)).chain(warnings).collect();
        Ok(Opinion { is_valid: false, violations })
    }

    /// Judges a body that came from this sender.
    pub(super) fn verdict(&self, body: &[u8], sender: Option<&str>) -> Result<Verdict, Skip> {
        let today = day(self.now_ms());
        contain(|| judge_from(self.judge, body, today, sender))
            .map_err(|_| Skip::because(Code::Unavailable, &"the validator failed on this body"))
    }

    /// Whether two bodies are the same document.
    pub(super) fn is_same(&self, stored: &[u8], body: &[u8]) -> bool {
        Fingerprint::of(stored) == Fingerprint::of(body)
            || contain(|| self.judge.same_content(stored, body)).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aduana_cases::judge_message::unprocessed;

    #[test]
    fn a_case_that_was_left_says_why() {
        let id = || CaseId::parse(&"0".repeat(32)).unwrap();
        let skipped = Skip::because(Code::Unavailable, &"the table").of(id(), Lang::En);
        assert!(skipped.message.ends_with(": the table"), "{}", skipped.message);
        let violation = |code| Violation { code, ..unprocessed(&[]) };
        let skipped = Skip::still_invalid(&["BR-02", "BR-05", "BR-02"].map(violation)).of(id(), Lang::En);
        assert_eq!(skipped.codes, ["BR-02", "BR-05"]);
        assert!(skipped.message.ends_with(": BR-02 BR-05"), "{}", skipped.message);
    }
}
