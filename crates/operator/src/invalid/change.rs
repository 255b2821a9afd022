//! `aduana invalid discard`, `reopen`, `release`, `annotate`: what is done to a case in one step.

use std::fmt::Write as _;

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::Done;
use aduana_redrive::client::run::{Plan, Work};
use aduana_redrive::request::{ActionName, Annotation};

use super::outcome::{Outcome, cases, json, print_skipped};
use super::{confirm, work};
use crate::cli::{Cases, Change, Common, InvalidAnnotate, InvalidChange, Remarks, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::redrive::{self, Recorded};
use crate::terminal::{BOLD, Terminal, styled};

/// What is asked before the action, and what is said when it was done.
const fn words(action: ActionName, lang: Lang) -> (&'static str, &'static str) {
    match (action, lang) {
        (ActionName::Discard, Lang::En) => ("Discard", "discarded"),
        (ActionName::Discard, Lang::Es) => ("¿Descartar", "descartados"),
        (ActionName::Reopen, Lang::En) => ("Reopen", "reopened"),
        (ActionName::Reopen, Lang::Es) => ("¿Reabrir", "reabiertos"),
        (ActionName::Release, Lang::En) => ("Release", "released"),
        (ActionName::Release, Lang::Es) => ("¿Liberar", "liberados"),
        (ActionName::Annotate, Lang::En) => ("Annotate", "annotated"),
        (ActionName::Annotate, Lang::Es) => ("¿Anotar", "anotados"),
        // These have commands of their own.
        (
            ActionName::List
            | ActionName::Groups
            | ActionName::Get
            | ActionName::Preview
            | ActionName::Correct
            | ActionName::Resend
            | ActionName::SetAside
            | ActionName::Reconcile
            | ActionName::Notify,
            _,
        ) => ("", ""),
    }
}

/// Discards, reopens or releases.
pub(super) async fn run(
    work: Work,
    args: &InvalidChange,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let InvalidChange { cases, change, common } = args;
    let reason = confirm::reason(change, i18n::lang(), terminal)?;
    Step { work, cases, change, common }.run(reason, terminal).await
}

/// Annotates; a reason is welcome, and not needed.
pub(super) async fn annotate(args: &InvalidAnnotate, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let InvalidAnnotate { cases, change, common, remarks } = args;
    let Remarks { owner, note, ticket } = remarks.clone();
    let work = Work::Annotate(Annotation { owner, note, ticket });
    Step { work, cases, change, common }.run(change.reason.clone(), terminal).await
}

struct Step<'a> {
    work: Work,
    cases: &'a Cases,
    change: &'a Change,
    common: &'a Common,
}

impl Step<'_> {
    async fn run(self, reason: String, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
        let (lang, action) = (i18n::lang(), self.work.action());
        let redrive = redrive::open(&self.common.stack, lang, Recorded::Yes).await?;
        let redrive = redrive.for_reason(Some(reason.clone()).filter(|reason| !reason.is_empty()));
        let ids = self.cases.find(&redrive, action.states()).await?;
        let (asked, said) = words(action, lang);
        if ids.is_empty() {
            terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
            return Ok(ExitStatus::Good);
        }
        only_one(self.change, &ids)?;
        if ids.len() > 1 {
            let question = format!("{asked} {}?", cases(ids.len(), lang));
            if !confirm::agreed(&question, self.change, lang, terminal)? {
                return Ok(ExitStatus::SomeRefused);
            }
        }
        let plan = Plan { version: self.change.if_version, ..Plan::of(self.work.clone(), reason) };
        let report = work::run(&redrive, &plan, &ids, terminal).await;
        self.report(&report.done, said, ids.len(), terminal)?;
        let status = report.exit_status();
        report.failure.map_or(Ok(status), Err)
    }

    fn report(&self, done: &Done, said: &str, total: usize, terminal: &mut Terminal) -> Result<(), Failure> {
        let lang = i18n::lang();
        if self.common.output == TableOrJson::Json {
            json(done.done.iter().map(Outcome::done), terminal)?;
            return json(done.skipped.iter().map(Outcome::skipped), terminal);
        }
        print_skipped(&done.skipped, lang, terminal);
        let changed = done.done.iter().filter(|case| case.changed).count();
        let mut text = styled(BOLD, &format!("{} {said}", cases(changed, lang)));
        let left = total.saturating_sub(done.done.len() + done.skipped.len());
        for (count, words) in [
            (done.done.len() - changed, tr(lang, "already so", "ya estaban así")),
            (done.skipped.len(), tr(lang, "left as they are", "quedan como estaban")),
            (left, tr(lang, "not reached", "sin alcanzar")),
        ] {
            if count > 0 {
                write!(text, ", {count} {words}").ok();
            }
        }
        text.push('\n');
        terminal.print(&text)
    }
}

/// A version is that of one case.
pub(super) fn only_one(change: &Change, ids: &[CaseId]) -> Result<(), Failure> {
    if change.if_version.is_some() && ids.len() > 1 {
        return Err(Failure::to(said("heed --if-version", "aplicar --if-version")).because(said(
            format!("it is the version of one case, and these are {}", ids.len()),
            format!("es la versión de un solo caso, y estos son {}", ids.len()),
        )));
    }
    Ok(())
}
