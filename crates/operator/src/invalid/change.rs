//! `aduana invalid discard`, `reopen`, `release`, `annotate`: what is done to a case in one step.

use std::fmt::Write as _;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::Done;
use aduana_redrive::request::{Annotate, OnCases, Request, Selection};

use super::outcome::{Outcome, cases, json, noun, tell_skipped};
use super::{BATCH, confirm};
use crate::cli::{Cases, Change, Common, InvalidAnnotate, InvalidChange, Remarks, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::tr;
use crate::interrupt::Interrupt;
use crate::redrive::{Recorded, Redrive};
use crate::terminal::{BOLD, Terminal, styled};

/// What is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Discard,
    Reopen,
    Release,
    Annotate,
}

impl Verb {
    /// The states of the cases that are meant where the user names none.
    const fn states(self) -> &'static [State] {
        match self {
            Self::Discard => &[State::Open, State::Parked],
            Self::Reopen => &[State::Discarded, State::Resent],
            Self::Release => &[State::Parked],
            Self::Annotate => &[State::Open, State::Parked, State::Resending, State::Resent],
        }
    }

    /// What is asked, and what is said when it was done.
    const fn words(self, lang: Lang) -> (&'static str, &'static str) {
        match (self, lang) {
            (Self::Discard, Lang::En) => ("Discard", "discarded"),
            (Self::Discard, Lang::Es) => ("¿Descartar", "descartados"),
            (Self::Reopen, Lang::En) => ("Reopen", "reopened"),
            (Self::Reopen, Lang::Es) => ("¿Reabrir", "reabiertos"),
            (Self::Release, Lang::En) => ("Release", "released"),
            (Self::Release, Lang::Es) => ("¿Liberar", "liberados"),
            (Self::Annotate, Lang::En) => ("Annotate", "annotated"),
            (Self::Annotate, Lang::Es) => ("¿Anotar", "anotados"),
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Discard => "discard the cases",
            Self::Reopen => "reopen the cases",
            Self::Release => "release the cases",
            Self::Annotate => "annotate the cases",
        }
    }
}

/// Discards, reopens or releases.
pub(super) async fn run(
    verb: Verb,
    args: &InvalidChange,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let reason = confirm::reason(&args.change, args.common.language.get(), terminal)?;
    Step { verb, cases: &args.cases, change: &args.change, common: &args.common, reason, remarks: None }
        .run(terminal)
        .await
}

/// Annotates; a reason is welcome, and not needed.
pub(super) async fn annotate(args: &InvalidAnnotate, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let (change, common) = (&args.change, &args.common);
    let (reason, remarks) = (change.reason.clone(), Some(&args.remarks));
    Step { verb: Verb::Annotate, cases: &args.cases, change, common, reason, remarks }.run(terminal).await
}

struct Step<'a> {
    verb: Verb,
    cases: &'a Cases,
    change: &'a Change,
    common: &'a Common,
    reason: String,
    remarks: Option<&'a Remarks>,
}

impl Step<'_> {
    async fn run(&self, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
        let lang = self.common.language.get();
        let redrive = Redrive::open(&self.common.stack, lang, Recorded::Yes).await?;
        let ids = self.cases.find(&redrive, self.verb.states()).await?;
        let (asked, said) = self.verb.words(lang);
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
        let (done, rest) = self.all(&redrive, &ids, terminal).await;
        self.tell(&done, said, ids.len(), terminal)?;
        rest.map(|ending| if done.skipped.is_empty() { ending } else { ending.and(ExitStatus::SomeRefused) })
    }

    /// Does it to all, batch by batch; what was done before a failure is known.
    async fn all(
        &self,
        redrive: &Redrive,
        ids: &[CaseId],
        terminal: &mut Terminal,
    ) -> (Done, Result<ExitStatus, Failure>) {
        let interrupt = Interrupt::listen();
        let mut all = Done::default();
        terminal.start_progress(u64::try_from(ids.len()).ok(), noun(redrive.lang()));
        for batch in ids.chunks(BATCH) {
            let mut cursor = None;
            loop {
                if interrupt.came() {
                    terminal.end_progress();
                    return (all, Ok(ExitStatus::Interrupted));
                }
                match redrive.ask::<Done>(self.verb.what(), &self.request(redrive, batch, cursor)).await {
                    Ok(done) => {
                        let count = done.done.len() + done.skipped.len();
                        terminal.progress(u64::try_from(count).unwrap_or_default());
                        all.done.extend(done.done);
                        all.skipped.extend(done.skipped);
                        cursor = done.cursor;
                    }
                    Err(failure) => {
                        terminal.end_progress();
                        return (all, Err(failure));
                    }
                }
                if cursor.is_none() {
                    break;
                }
            }
        }
        terminal.end_progress();
        (all, Ok(ExitStatus::Good))
    }

    fn request(&self, redrive: &Redrive, ids: &[CaseId], cursor: Option<String>) -> Request {
        let (actor, reason, lang) = (redrive.actor(), self.reason.clone(), redrive.language());
        let (select, version) = (Selection::Ids(ids.to_vec()), self.change.if_version);
        if let Some(Remarks { owner, note, ticket }) = self.remarks {
            let (owner, note, ticket) = (owner.clone(), note.clone(), ticket.clone());
            let (first, max) = (None, None);
            return Request::Annotate(Annotate {
                actor,
                reason,
                lang,
                select,
                first,
                owner,
                note,
                ticket,
                version,
                max,
                cursor,
            });
        }
        let on = OnCases { actor, reason, lang, select, first: None, version, max: None, cursor };
        match self.verb {
            Verb::Reopen => Request::Reopen(on),
            Verb::Release => Request::Release(on),
            Verb::Discard | Verb::Annotate => Request::Discard(on),
        }
    }

    fn tell(&self, done: &Done, said: &str, total: usize, terminal: &mut Terminal) -> Result<(), Failure> {
        let lang = self.common.language.get();
        if self.common.output == TableOrJson::Json {
            json(done.done.iter().map(Outcome::done), terminal)?;
            return json(done.skipped.iter().map(Outcome::skipped), terminal);
        }
        tell_skipped(&done.skipped, lang, terminal);
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
        return Err(Failure::to("heed --if-version")
            .because(format!("it is the version of one case, and these are {}", ids.len())));
    }
    Ok(())
}
