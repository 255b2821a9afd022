//! `aduana invalid resend`: sends cases through again.

use std::fmt::Write as _;
use std::time::Duration;

use aduana_invoice::Lang;
use aduana_redrive::answer::Resent;
use aduana_redrive::client::run::{Plan, ResendOutcome, Stop, Work};
use aduana_redrive::request::ActionName;

use super::outcome::{Outcome, cases, json, print_skipped};
use super::work::{self, Report};
use super::{change, confirm};
use crate::cli::{InvalidResend, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::redrive::{self, Recorded};
use crate::terminal::{BOLD, Terminal, styled};

/// Finds out what would be sent, asks, sends.
pub(super) async fn run(args: &InvalidResend, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let searches_values = args.cases.filters.seller.is_some();
    let reason = if args.dry_run && !searches_values && args.change.reason.is_empty() {
        "dry run".to_owned()
    } else {
        confirm::reason(&args.change, lang, terminal)?
    };
    let redrive = redrive::open(&args.common.stack, lang, Recorded::Yes).await?;
    let redrive = redrive.for_reason(Some(reason.clone()));
    let ids = args.cases.find(&redrive, ActionName::Resend.states()).await?;
    if ids.is_empty() {
        terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
        return Ok(ExitStatus::Good);
    }
    change::only_one(&args.change, &ids)?;
    let version = args.change.if_version;
    let would = redrive.dry_run(&reason, &ids, args.overridden, version).await?;
    let for_programs = args.common.output == TableOrJson::Json;
    if for_programs {
        json(would.skipped.iter().map(Outcome::skipped), terminal)?;
    } else {
        print_skipped(&would.skipped, lang, terminal);
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
    let speed = &args.speed;
    let patience = Duration::from_secs(speed.patience.get().into());
    let plan = Plan {
        overridden: args.overridden,
        version,
        rate: speed.rate,
        ramp: speed.ramp,
        patience: (speed.wait || speed.ramp).then_some(patience),
        stop_after: speed.stop_after.map(Into::into),
        ..Plan::of(Work::Resend, reason)
    };
    let ids: Vec<_> = would.sent.into_iter().map(|case| case.id).collect();
    let report = work::run(&redrive, &plan, &ids, terminal).await;
    Ok(print_report(report, for_programs, lang, terminal)?.and(refused))
}

fn would_be_sent(would: &Resent, total: usize, lang: Lang) -> String {
    let count = styled(BOLD, &would.sent.len().to_string());
    match lang {
        Lang::En => format!("{count} of {} would be sent\n", cases(total, lang)),
        Lang::Es => format!("se enviarían {count} de {}\n", cases(total, lang)),
    }
}

/// Prints what became of a run; how the program ends for it.
pub(super) fn print_report(
    report: Report,
    for_programs: bool,
    lang: Lang,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let status = report.exit_status();
    if for_programs {
        let sent = report.sent.iter();
        json(sent.map(|case| Outcome::sent(case, report.outcome(&case.id).as_str())), terminal)?;
        json(report.skipped().iter().map(Outcome::skipped), terminal)?;
        json(report.left.iter().map(|id| Outcome::of(id, "left")), terminal)?;
    } else {
        print_skipped(report.skipped(), lang, terminal);
        terminal.print(&summary(&report, lang))?;
    }
    if let Some(failure) = report.failure {
        return Err(failure);
    }
    if let Some(stop) = report.stop {
        let why = Failure::to(said("send the rest", "enviar el resto")).because(because(stop, lang));
        terminal.report(&why.help(advice(stop, lang)));
    }
    Ok(status)
}

/// Why a run stopped.
fn because(stop: Stop, lang: Lang) -> &'static str {
    match stop {
        Stop::Interrupted => tr(lang, "stopped by Ctrl-C", "detenido con Ctrl-C"),
        Stop::TooManySkipped => tr(lang, "too many could not be sent", "demasiados no se pudieron enviar"),
        Stop::HeldAgain => {
            tr(lang, "some of the wave were refused again", "algunos de la tanda fueron rechazados de nuevo")
        }
        Stop::NoOutcome => {
            tr(lang, "the outcomes did not come in time", "los resultados no llegaron a tiempo")
        }
    }
}

/// What to do then.
fn advice(stop: Stop, lang: Lang) -> &'static str {
    match stop {
        Stop::HeldAgain => {
            tr(lang, "`aduana invalid show ID` says why", "`aduana invalid show ID` dice por qué")
        }
        Stop::Interrupted | Stop::TooManySkipped | Stop::NoOutcome => tr(
            lang,
            "the same command goes on from there; nothing is stored twice",
            "la misma orden sigue desde ahí; nada se guarda dos veces",
        ),
    }
}

/// `37 cases sent: 36 stored, 1 refused again; 2 not sent, 1 left`.
fn summary(report: &Report, lang: Lang) -> String {
    let sent = match lang {
        Lang::En => format!("{} sent", cases(report.sent.len(), lang)),
        Lang::Es => format!("{} enviados", cases(report.sent.len(), lang)),
    };
    let mut text = styled(BOLD, &sent);
    let of = |outcome| report.sent.iter().filter(|case| report.outcome(&case.id) == outcome).count();
    let outcomes = [
        (of(ResendOutcome::Stored), tr(lang, "stored", "guardados")),
        (of(ResendOutcome::HeldAgain), tr(lang, "refused again", "rechazados de nuevo")),
        (of(ResendOutcome::Pending), tr(lang, "without an outcome yet", "aún sin resultado")),
    ];
    push_counts(&mut text, ": ", outcomes);
    let rest = [
        (report.skipped().len(), tr(lang, "not sent", "sin enviar")),
        (report.left.len(), tr(lang, "left", "pendientes")),
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
