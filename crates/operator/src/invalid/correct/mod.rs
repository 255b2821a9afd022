//! `aduana invalid correct`: corrects the bodies of cases.
//!
//! The correction is previewed on every case first; only what was shown, and is valid (or is overridden), is stored.

mod correction;
mod editor;
mod preview;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Done, Previewed};
use aduana_redrive::request::{Correct, Correction, Preview, Request, Selection};

use super::outcome::{Outcome, cases, json, noun, tell_skipped};
use super::{BATCH, change, confirm, resend};
use crate::cli::{InvalidCorrect, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::tr;
use crate::interrupt::Interrupt;
use crate::redrive::{Recorded, Redrive};
use crate::terminal::{BOLD, Terminal, styled};

/// Corrects.
pub(super) async fn run(args: &InvalidCorrect, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = args.common.language.get();
    let shows_values = args.how.edit || args.unmask;
    let reason = if args.dry_run && !shows_values && args.change.reason.is_empty() {
        "dry run".to_owned()
    } else {
        confirm::reason(&args.change, lang, terminal)?
    };
    let redrive = Redrive::open(&args.common.stack, lang, Recorded::Yes).await?;
    let ids = args.cases.find(&redrive, &[State::Open, State::Parked]).await?;
    if ids.is_empty() {
        terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
        return Ok(ExitStatus::Good);
    }
    change::only_one(&args.change, &ids)?;
    let session = Session { args, redrive: &redrive, reason, lang };
    match (&args.how, ids.as_slice()) {
        (how, [id]) if how.edit => session.edit(id, terminal).await,
        (how, [_, _, ..]) if how.edit || how.body.is_some() => Err(Failure::to("correct the cases")
            .because(format!("a body is that of one case, and these are {}", ids.len()))
            .help("for many, use --suggested, --set or --patch")),
        (how, ids) => {
            let correction = correction::of(how)?;
            let previewed = session.preview(ids, &correction).await?;
            session.show(&previewed, terminal)?;
            session.store(&correction, &previewed, terminal).await
        }
    }
}

struct Session<'a> {
    args: &'a InvalidCorrect,
    redrive: &'a Redrive,
    reason: String,
    lang: Lang,
}

impl Session<'_> {
    /// What the correction would make of each case.
    async fn preview(&self, ids: &[CaseId], correction: &Correction) -> Result<Previewed, Failure> {
        let mut all = Previewed::default();
        for batch in ids.chunks(BATCH) {
            let mut cursor = None;
            loop {
                let request = Request::Preview(Preview {
                    actor: self.redrive.actor(),
                    reason: self.reason.clone(),
                    lang: self.redrive.language(),
                    select: Selection::Ids(batch.to_vec()),
                    first: None,
                    correction: Some(correction.clone()),
                    unmask: self.args.unmask,
                    max: None,
                    cursor,
                });
                let answer: Previewed = self.redrive.ask("preview the correction", &request).await?;
                all.valid += answer.valid;
                all.invalid += answer.invalid;
                all.skipped.extend(answer.skipped);
                all.cases.extend(answer.cases);
                cursor = answer.cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    fn for_programs(&self) -> bool {
        self.args.common.output == TableOrJson::Json
    }

    /// Shows a preview: to a person always, to a program if it is all that was asked for.
    fn show(&self, previewed: &Previewed, terminal: &mut Terminal) -> Result<(), Failure> {
        if !self.for_programs() {
            terminal.print(&preview::text(previewed, self.lang))?;
            tell_skipped(&previewed.skipped, self.lang, terminal);
            return Ok(());
        }
        if self.args.dry_run {
            previewed.cases.iter().try_for_each(|case| terminal.json(case))?;
        }
        json(previewed.skipped.iter().map(Outcome::skipped), terminal)
    }

    /// Asks, stores what was previewed and is valid, and sends it if that was asked for.
    async fn store(
        &self,
        correction: &Correction,
        previewed: &Previewed,
        terminal: &mut Terminal,
    ) -> Result<ExitStatus, Failure> {
        let lang = self.lang;
        let all_valid = previewed.invalid == 0 && previewed.skipped.is_empty();
        let refused = if all_valid { ExitStatus::Good } else { ExitStatus::SomeRefused };
        if self.args.dry_run {
            return Ok(refused);
        }
        let wanted = |verdict: &str| self.args.overridden || verdict == "valid";
        let good: Vec<_> = previewed.cases.iter().filter(|case| wanted(&case.verdict)).collect();
        let Some(first) = good.first() else {
            terminal.remark(tr(
                lang,
                "nothing was changed: nothing of it would be valid\n",
                "no se ha cambiado nada: nada de ello sería válido\n",
            ));
            return Ok(ExitStatus::SomeRefused);
        };
        let question = match lang {
            Lang::En => format!("Store the correction of {}?", cases(good.len(), lang)),
            Lang::Es => format!("¿Guardar la corrección de {}?", cases(good.len(), lang)),
        };
        if !confirm::agreed(&question, &self.args.change, lang, terminal)? {
            return Ok(ExitStatus::SomeRefused);
        }
        // The version that was looked at: what another did meanwhile is not overwritten.
        let version = self.args.change.if_version.or((good.len() == 1).then_some(first.version));
        let ids: Vec<CaseId> = good.iter().map(|case| case.id.clone()).collect();
        let (done, ended) = self.correct(correction, &ids, version, terminal).await;
        self.tell(&done, terminal)?;
        let ending = ended?.and(if done.skipped.is_empty() { refused } else { ExitStatus::SomeRefused });
        if !self.args.resend || ending == ExitStatus::Interrupted || done.done.is_empty() {
            return Ok(ending);
        }
        let plan = resend::Plan {
            reason: self.reason.clone(),
            overridden: self.args.overridden,
            version: None,
            speed: None,
        };
        let ids = done.done.into_iter().map(|case| case.id).collect();
        let run = resend::send(self.redrive, &plan, ids, terminal).await;
        Ok(resend::tell(run, self.for_programs(), lang, terminal)?.and(ending))
    }

    /// Stores it on all, batch by batch; what was done before a failure is known.
    async fn correct(
        &self,
        correction: &Correction,
        ids: &[CaseId],
        version: Option<u64>,
        terminal: &mut Terminal,
    ) -> (Done, Result<ExitStatus, Failure>) {
        let interrupt = Interrupt::listen();
        let mut all = Done::default();
        terminal.start_progress(u64::try_from(ids.len()).ok(), noun(self.redrive.lang()));
        let mut batches = ids.chunks(BATCH).map(|batch| (batch, None)).rev().collect::<Vec<_>>();
        let mut ended = Ok(ExitStatus::Good);
        while let Some((batch, cursor)) = batches.pop() {
            if interrupt.came() {
                ended = Ok(ExitStatus::Interrupted);
                break;
            }
            let request = Request::Correct(Correct {
                actor: self.redrive.actor(),
                reason: self.reason.clone(),
                lang: self.redrive.language(),
                select: Selection::Ids(batch.to_vec()),
                first: None,
                correction: correction.clone(),
                version,
                overridden: self.args.overridden,
                max: None,
                cursor,
            });
            match self.redrive.ask::<Done>("store the correction", &request).await {
                Ok(done) => {
                    let count = done.done.len() + done.skipped.len();
                    terminal.progress(u64::try_from(count).unwrap_or_default());
                    all.done.extend(done.done);
                    all.skipped.extend(done.skipped);
                    if done.cursor.is_some() {
                        batches.push((batch, done.cursor));
                    }
                }
                Err(failure) => {
                    ended = Err(failure);
                    break;
                }
            }
        }
        terminal.end_progress();
        (all, ended)
    }

    fn tell(&self, done: &Done, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.for_programs() {
            json(done.done.iter().map(Outcome::done), terminal)?;
            return json(done.skipped.iter().map(Outcome::skipped), terminal);
        }
        tell_skipped(&done.skipped, self.lang, terminal);
        let corrected = match self.lang {
            Lang::En => format!("{} corrected", cases(done.done.len(), self.lang)),
            Lang::Es => format!("{} corregidos", cases(done.done.len(), self.lang)),
        };
        let next = if self.args.resend || done.done.is_empty() {
            ""
        } else {
            tr(
                self.lang,
                "; `aduana invalid resend` sends them through again",
                "; `aduana invalid resend` los envía de nuevo",
            )
        };
        terminal.print(&format!("{}{next}\n", styled(BOLD, &corrected)))
    }
}
