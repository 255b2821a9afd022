//! Sends cases, request by request and wave by wave, and knows at every moment what was sent and what is left.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Resent, SentCase, Skipped};
use aduana_redrive::request::{Request, Resend, Selection};

use super::outcomes::{ResendOutcome, wait};
use crate::cli::Speed;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::tr;
use crate::interrupt::Interrupt;
use crate::invalid::BATCH;
use crate::invalid::outcome::noun;
use crate::pace::{Pace, Rate};
use crate::redrive::Redrive;
use crate::terminal::Terminal;

/// The first waves of a ramp; each later one is [`GROWTH`] times the one before.
const WAVES: [usize; 3] = [1, 5, 20];
const GROWTH: usize = 4;

/// How cases are sent.
pub(in crate::invalid) struct Plan<'a> {
    pub(in crate::invalid) reason: String,
    pub(in crate::invalid) overridden: bool,
    pub(in crate::invalid) version: Option<u64>,
    /// How fast and until when; as fast as it goes where it is not said.
    pub(in crate::invalid) speed: Option<&'a Speed>,
}

impl Plan<'_> {
    pub(super) fn request(&self, redrive: &Redrive, ids: &[CaseId], cursor: Option<String>) -> Resend {
        Resend {
            actor: redrive.actor(),
            reason: self.reason.clone(),
            lang: redrive.language(),
            select: Selection::Ids(ids.to_vec()),
            first: None,
            version: self.version,
            overridden: self.overridden,
            dry_run: false,
            max: None,
            stop_after: None,
            cursor,
        }
    }

    fn rate(&self) -> Option<Rate> {
        self.speed.and_then(|speed| speed.rate)
    }

    fn batch(&self) -> usize {
        self.rate().map_or(BATCH, |rate| rate.batch_max(BATCH))
    }

    fn waits(&self) -> bool {
        self.speed.is_some_and(|speed| speed.wait || speed.ramp)
    }

    fn wave(&self, number: u32) -> usize {
        match self.speed {
            Some(speed) if speed.ramp => wave(number),
            _ => usize::MAX,
        }
    }
}

/// The size of a wave, counted from 0.
fn wave(number: u32) -> usize {
    let [.., last] = WAVES;
    let known = usize::try_from(number).ok().and_then(|at| WAVES.get(at).copied());
    let beyond = number.saturating_sub(2);
    known.unwrap_or_else(|| GROWTH.saturating_pow(beyond).saturating_mul(last))
}

/// Why a run ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::invalid) enum Stop {
    Interrupted,
    TooManyNotSent,
    RefusedAgain,
    NoOutcome,
}

impl Stop {
    pub(super) fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Interrupted => tr(lang, "stopped by Ctrl-C", "detenido con Ctrl-C"),
            Self::TooManyNotSent => {
                tr(lang, "too many could not be sent", "demasiados no se pudieron enviar")
            }
            Self::RefusedAgain => tr(
                lang,
                "some of the wave were refused again",
                "algunos de la tanda fueron rechazados de nuevo",
            ),
            Self::NoOutcome => {
                tr(lang, "the outcomes did not come in time", "los resultados no llegaron a tiempo")
            }
        }
    }

    pub(super) fn help(self, lang: Lang) -> &'static str {
        match self {
            Self::RefusedAgain => {
                tr(lang, "`aduana invalid show ID` says why", "`aduana invalid show ID` dice por qué")
            }
            _ => tr(
                lang,
                "the same command goes on from there; nothing is stored twice",
                "la misma orden sigue desde ahí; nada se guarda dos veces",
            ),
        }
    }
}

/// What became of a run.
#[derive(Default)]
pub(in crate::invalid) struct Run {
    pub(in crate::invalid) sent: Vec<SentCase>,
    pub(in crate::invalid) skipped: Vec<Skipped>,
    /// Those that no answer speaks of.
    pub(in crate::invalid) left: Vec<CaseId>,
    pub(in crate::invalid) stop: Option<Stop>,
    pub(in crate::invalid) failure: Option<Failure>,
    outcomes: HashMap<CaseId, ResendOutcome>,
}

impl Run {
    pub(super) fn became(&self, id: &CaseId) -> ResendOutcome {
        self.outcomes.get(id).copied().unwrap_or(ResendOutcome::Sent)
    }

    pub(super) fn ending(&self) -> ExitStatus {
        let is_good = |became: &ResendOutcome| matches!(became, ResendOutcome::Sent | ResendOutcome::Stored);
        if self.stop == Some(Stop::Interrupted) {
            ExitStatus::Interrupted
        } else if self.stop.is_some() || !self.skipped.is_empty() || !self.outcomes.values().all(is_good) {
            ExitStatus::SomeRefused
        } else {
            ExitStatus::Good
        }
    }
}

/// Sends `ids`.
pub(in crate::invalid) async fn send(
    redrive: &Redrive,
    plan: &Plan<'_>,
    ids: Vec<CaseId>,
    terminal: &mut Terminal,
) -> Run {
    let mut sending = Sending {
        redrive,
        plan,
        pace: Pace::new(plan.rate()),
        interrupt: Interrupt::listen(),
        run: Run::default(),
    };
    terminal.start_progress(u64::try_from(ids.len()).ok(), noun(redrive.lang()));
    let ended = sending.waves(ids.iter().cloned().collect(), terminal).await;
    terminal.end_progress();
    let mut run = sending.run;
    match ended {
        Ok(stop) => run.stop = stop,
        Err(failure) => run.failure = Some(failure),
    }
    let answered: HashSet<&CaseId> =
        run.sent.iter().map(|case| &case.id).chain(run.skipped.iter().map(|case| &case.id)).collect();
    let left = ids.iter().filter(|id| !answered.contains(id)).cloned().collect();
    run.left = left;
    run
}

struct Sending<'a> {
    redrive: &'a Redrive,
    plan: &'a Plan<'a>,
    pace: Pace,
    interrupt: Interrupt,
    run: Run,
}

impl Sending<'_> {
    async fn waves(
        &mut self,
        mut waiting: VecDeque<CaseId>,
        terminal: &mut Terminal,
    ) -> Result<Option<Stop>, Failure> {
        let mut number = 0;
        while !waiting.is_empty() {
            let size = self.plan.wave(number).min(waiting.len());
            let wave: Vec<CaseId> = waiting.drain(..size).collect();
            let before = self.run.sent.len();
            let stop = self.wave(&wave, terminal).await?;
            let sent: Vec<CaseId> = self.run.sent.iter().skip(before).map(|case| case.id.clone()).collect();
            // A wave of which nothing could be sent has shown nothing: the next is not larger.
            number += u32::from(!sent.is_empty());
            if stop.is_some() {
                return Ok(stop);
            }
            if self.plan.waits()
                && let Some(stop) = self.outcomes(&sent).await?
            {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }

    /// Sends a wave, request by request.
    async fn wave(&mut self, wave: &[CaseId], terminal: &mut Terminal) -> Result<Option<Stop>, Failure> {
        for batch in wave.chunks(self.plan.batch()) {
            let slot = self.pace.slot(batch.len());
            let mut cursor = None;
            loop {
                tokio::select! {
                    biased;
                    () = self.interrupt.wait() => return Ok(Some(Stop::Interrupted)),
                    () = tokio::time::sleep_until(slot) => {}
                }
                // Once begun, a request is awaited: what is reported is what happened.
                let request = Resend {
                    stop_after: self.stop_after(),
                    ..self.plan.request(self.redrive, batch, cursor)
                };
                let answer: Resent = self.redrive.ask("send the cases", &Request::Resend(request)).await?;
                let count = answer.sent.len() + answer.skipped.len();
                terminal.progress(u64::try_from(count).unwrap_or_default());
                self.run.sent.extend(answer.sent);
                self.run.skipped.extend(answer.skipped);
                if answer.stopped || self.stop_after() == Some(0) {
                    return Ok(Some(Stop::TooManyNotSent));
                }
                cursor = answer.cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// How many more may fail.
    fn stop_after(&self) -> Option<usize> {
        let most = self.plan.speed?.stop_after?.get();
        Some(most.saturating_sub(self.run.skipped.len()))
    }

    async fn outcomes(&mut self, sent: &[CaseId]) -> Result<Option<Stop>, Failure> {
        let Some(speed) = self.plan.speed else { return Ok(None) };
        let patience = Duration::from_secs(speed.patience.get().into());
        let became = wait(self.redrive, sent, patience, &mut self.interrupt).await?;
        let has = |what: ResendOutcome| became.values().any(|became| *became == what);
        let (refused, pending) = (has(ResendOutcome::Refused), has(ResendOutcome::Pending));
        self.run.outcomes.extend(became);
        Ok(if pending && self.interrupt.came() {
            Some(Stop::Interrupted)
        } else if refused && speed.ramp {
            Some(Stop::RefusedAgain)
        } else if pending {
            Some(Stop::NoOutcome)
        } else {
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_grow() {
        assert_eq!([0, 1, 2, 3, 4].map(wave), [1, 5, 20, 80, 320]);
        assert_eq!(wave(u32::MAX), usize::MAX);
    }
}
