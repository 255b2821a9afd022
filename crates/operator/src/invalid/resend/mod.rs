//! `aduana invalid resend`: sends cases through again.

mod outcomes;
mod sending;

use std::fmt::Write as _;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::Resent;
use aduana_redrive::request::{Request, Resend};

use self::outcomes::ResendOutcome;
pub(super) use self::sending::{Plan, Run, send};
use super::outcome::{Outcome, cases, json, tell_skipped};
use super::{BATCH, change, confirm};
use crate::cli::{InvalidResend, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::tr;
use crate::redrive::{Recorded, Redrive};
use crate::terminal::{BOLD, Terminal, styled};

/// Finds out what would be sent, asks, sends.
pub(super) async fn run(args: &InvalidResend, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = args.common.language.get();
    let reason = if args.dry_run && args.change.reason.is_empty() {
        "dry run".to_owned()
    } else {
        confirm::reason(&args.change, lang, terminal)?
    };
    let redrive = Redrive::open(&args.common.stack, lang, Recorded::Yes).await?;
    let ids = args.cases.find(&redrive, &[State::Open]).await?;
    if ids.is_empty() {
        terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
        return Ok(ExitStatus::Good);
    }
    change::only_one(&args.change, &ids)?;
    let plan = Plan {
        reason,
        overridden: args.overridden,
        version: args.change.if_version,
        speed: Some(&args.speed),
    };
    let would = dry_run(&redrive, &plan, &ids).await?;
    let for_programs = args.common.output == TableOrJson::Json;
    if for_programs {
        json(would.skipped.iter().map(Outcome::skipped), terminal)?;
    } else {
        tell_skipped(&would.skipped, lang, terminal);
    }
    if args.dry_run {
        if for_programs {
            json(would.sent.iter().map(|case| Outcome::sent(case, "would_send")), terminal)?;
        } else {
            terminal.print(&would_be_sent(&would, ids.len(), lang))?;
        }
    } else if would.sent.is_empty() {
        terminal.remark(tr(lang, "nothing can be sent\n", "no se puede enviar nada\n"));
    }
    let refused = if would.skipped.is_empty() { ExitStatus::Good } else { ExitStatus::SomeRefused };
    if args.dry_run || would.sent.is_empty() {
        return Ok(refused);
    }
    if would.sent.len() > 1 {
        let question = match lang {
            Lang::En => format!("Send {}?", cases(would.sent.len(), lang)),
            Lang::Es => format!("¿Enviar {}?", cases(would.sent.len(), lang)),
        };
        if !confirm::agreed(&question, &args.change, lang, terminal)? {
            return Ok(ExitStatus::SomeRefused);
        }
    }
    let ids = would.sent.into_iter().map(|case| case.id).collect();
    let run = send(&redrive, &plan, ids, terminal).await;
    Ok(tell(run, for_programs, lang, terminal)?.and(refused))
}

/// What would be sent of these, and what not.
async fn dry_run(redrive: &Redrive, plan: &Plan<'_>, ids: &[CaseId]) -> Result<Resent, Failure> {
    let mut all = Resent { dry_run: true, ..Resent::default() };
    for batch in ids.chunks(BATCH) {
        let mut cursor = None;
        loop {
            let request = Request::Resend(Resend { dry_run: true, ..plan.request(redrive, batch, cursor) });
            let answer: Resent = redrive.ask("find out what would be sent", &request).await?;
            all.sent.extend(answer.sent);
            all.skipped.extend(answer.skipped);
            cursor = answer.cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(all)
}

fn would_be_sent(would: &Resent, total: usize, lang: Lang) -> String {
    let count = styled(BOLD, &would.sent.len().to_string());
    match lang {
        Lang::En => format!("{count} of {} would be sent\n", cases(total, lang)),
        Lang::Es => format!("se enviarían {count} de {}\n", cases(total, lang)),
    }
}

/// Tells what became of a run, and how the program ends for it.
pub(super) fn tell(
    run: Run,
    for_programs: bool,
    lang: Lang,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let ending = run.ending();
    if for_programs {
        json(run.sent.iter().map(|case| Outcome::sent(case, run.became(&case.id).as_str())), terminal)?;
        json(run.skipped.iter().map(Outcome::skipped), terminal)?;
        json(run.left.iter().map(|id| Outcome::of(id, "left")), terminal)?;
    } else {
        tell_skipped(&run.skipped, lang, terminal);
        terminal.print(&summary(&run, lang))?;
    }
    if let Some(failure) = run.failure {
        return Err(failure);
    }
    if let Some(stop) = run.stop {
        let why = Failure::to(tr(lang, "send the rest", "enviar el resto")).because(stop.words(lang));
        terminal.report(&why.help(stop.help(lang)));
    }
    Ok(ending)
}

/// `37 cases sent: 36 stored, 1 refused again; 2 not sent, 1 left`.
fn summary(run: &Run, lang: Lang) -> String {
    let sent = match lang {
        Lang::En => format!("{} sent", cases(run.sent.len(), lang)),
        Lang::Es => format!("{} enviados", cases(run.sent.len(), lang)),
    };
    let mut text = styled(BOLD, &sent);
    let of = |became: ResendOutcome| run.sent.iter().filter(|case| run.became(&case.id) == became).count();
    let outcomes = [
        (of(ResendOutcome::Stored), tr(lang, "stored", "guardados")),
        (of(ResendOutcome::Refused), tr(lang, "refused again", "rechazados de nuevo")),
        (of(ResendOutcome::Pending), tr(lang, "without an outcome yet", "aún sin resultado")),
    ];
    push_counts(&mut text, ": ", outcomes);
    let rest = [
        (run.skipped.len(), tr(lang, "not sent", "sin enviar")),
        (run.left.len(), tr(lang, "left", "pendientes")),
    ];
    push_counts(&mut text, "; ", rest);
    text.push('\n');
    text
}

fn push_counts<const N: usize>(text: &mut String, first: &'static str, counts: [(usize, &str); N]) {
    let mut before = first;
    for (count, words) in counts {
        if count > 0 {
            text.push_str(before);
            write!(text, "{count} {words}").ok();
            before = ", ";
        }
    }
}
