//! `aduana invalid correct`: corrects the bodies of cases.
//!
//! The correction is previewed on every case first; only what was shown, and is valid (or is overridden), is stored.

mod correction;
mod editor;
mod preview;

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{CaseVerdict, Done, Previewed};
use aduana_redrive::client::run::{Plan, Work};
use aduana_redrive::request::{ActionName, Correction};

use super::outcome::{Outcome, cases, json, print_skipped};
use super::{change, confirm, resend, work};
use crate::cli::{InvalidCorrect, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::redrive::{self, Recorded, Redrive};
use crate::terminal::{BOLD, Terminal, styled};

/// Corrects.
pub(super) async fn run(args: &InvalidCorrect, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    // What is previewed of a correction of one's own is a test of the values that it meets.
    let reads_values = !args.how.suggested || args.unmask || args.cases.filters.seller.is_some();
    let reason = if args.dry_run && !reads_values && args.change.reason.is_empty() {
        "dry run".to_owned()
    } else {
        confirm::reason(&args.change, lang, terminal)?
    };
    let redrive = redrive::open(&args.common.stack, lang, Recorded::Yes).await?;
    let redrive = redrive.for_reason(Some(reason.clone()));
    let ids = args.cases.find(&redrive, ActionName::Correct.states()).await?;
    if ids.is_empty() {
        terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
        return Ok(ExitStatus::Good);
    }
    change::only_one(&args.change, &ids)?;
    let session = Session { args, redrive: &redrive, reason, lang };
    match (&args.how, ids.as_slice()) {
        (how, [id]) if how.edit => session.edit(id, terminal).await,
        (how, [_, _, ..]) if how.edit || how.body.is_some() => {
            Err(Failure::to(said("correct the cases", "corregir los casos"))
                .because(said(
                    format!("a body is that of one case, and these are {}", ids.len()),
                    format!("un documento es de un solo caso, y estos son {}", ids.len()),
                ))
                .help(said(
                    "for many, use --suggested, --set or --patch",
                    "para varios, use --suggested, --set o --patch",
                )))
        }
        (how, ids) => {
            let correction = correction::of(how)?;
            let version = args.change.if_version;
            let previewed = redrive.preview(&session.reason, ids, &correction, args.unmask, version).await?;
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
    fn for_programs(&self) -> bool {
        self.args.common.output == TableOrJson::Json
    }

    /// Shows a preview: to a person always, to a program if it is all that was asked for.
    fn show(&self, previewed: &Previewed, terminal: &mut Terminal) -> Result<(), Failure> {
        if !self.for_programs() {
            terminal.print(&preview::text(previewed, self.lang))?;
            print_skipped(&previewed.skipped, self.lang, terminal);
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
        let wanted = |verdict| self.args.overridden || verdict == CaseVerdict::Valid;
        let good: Vec<_> = previewed.cases.iter().filter(|case| wanted(case.verdict)).collect();
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
        let version = (good.len() == 1).then_some(first.version);
        let ids: Vec<CaseId> = good.iter().map(|case| case.id.clone()).collect();
        let correct = Work::Correct { correction: correction.clone(), send: false };
        let plan = |work, version| Plan {
            overridden: self.args.overridden,
            version,
            ..Plan::of(work, self.reason.clone())
        };
        let report = work::run(self.redrive, &plan(correct, version), &ids, terminal).await;
        self.report(&report.done, terminal)?;
        let status = report.exit_status().and(refused);
        if let Some(failure) = report.failure {
            return Err(failure);
        }
        let done = report.done.done;
        if !self.args.resend || status == ExitStatus::Interrupted || done.is_empty() {
            return Ok(status);
        }
        let ids: Vec<CaseId> = done.into_iter().map(|case| case.id).collect();
        let report = work::run(self.redrive, &plan(Work::Resend, None), &ids, terminal).await;
        Ok(resend::print_report(report, self.for_programs(), lang, terminal)?.and(status))
    }

    fn report(&self, done: &Done, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.for_programs() {
            json(done.done.iter().map(Outcome::done), terminal)?;
            return json(done.skipped.iter().map(Outcome::skipped), terminal);
        }
        print_skipped(&done.skipped, self.lang, terminal);
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
