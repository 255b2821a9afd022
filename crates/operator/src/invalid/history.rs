//! `aduana invalid history`: what happened to a case, and whether the record of it is whole.

use std::fmt::Write as _;

use aduana_cases::trail::Event;
use aduana_invoice::Lang;
use aduana_redrive::answer::Shown;

use crate::cli::{InvalidHistory, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, tr};
use crate::redrive::{self, Recorded};
use crate::terminal::{ERROR, GOOD, Terminal, styled, table};

/// Prints the trail of a case.
pub(super) async fn run(args: &InvalidHistory, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let redrive = redrive::open(&args.common.stack, lang, Recorded::No).await?;
    let shown = redrive.get(&args.id, None, None, None).await?;
    match args.common.output {
        TableOrJson::Json => shown.trail.iter().try_for_each(|step| terminal.json(step))?,
        TableOrJson::Table => terminal.print(&text(&shown, lang))?,
    }
    match shown.broken_at() {
        None => Ok(ExitStatus::Good),
        Some(number) => {
            if args.common.output == TableOrJson::Json {
                terminal.remark(&verdict(Some(number), lang));
            }
            Ok(ExitStatus::SomeRefused)
        }
    }
}

/// The trail as a table, and whether its chain holds.
pub(super) fn text(shown: &Shown, lang: Lang) -> String {
    let headings = tr(
        lang,
        ["#", "time", "act", "attempt", "actor", "way", "reason", "body"],
        ["#", "hora", "acto", "intento", "quién", "vía", "motivo", "documento"],
    );
    let mut text = table(headings, shown.trail.iter().map(row));
    text.push_str(&verdict(shown.broken_at(), lang));
    text
}

fn row(event: &Event) -> [String; 8] {
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let short = |hash: &str| hash.get(..8).unwrap_or(hash).to_owned();
    let body = match (event.before.as_str(), event.after.as_str()) {
        ("", "") => "-".to_owned(),
        ("", after) => short(after),
        (before, after) if before == after => short(after),
        (before, after) => format!("{} → {}", short(before), short(after)),
    };
    [
        event.seq.to_string(),
        event.at.get(..19).unwrap_or(&event.at).replace('T', " "),
        event.act.clone(),
        event.attempt.to_string(),
        event.actor.clone(),
        or_dash(&event.way),
        or_dash(&event.reason),
        body,
    ]
}

fn verdict(broken_at: Option<u32>, lang: Lang) -> String {
    let mut text = String::new();
    match broken_at {
        None => {
            let words = tr(lang, "the record is whole", "el registro está íntegro");
            writeln!(text, "{}", styled(GOOD, words)).ok();
        }
        Some(number) => {
            let words = tr(
                lang,
                "the record is NOT whole: from event {} on it is missing or was altered",
                "el registro NO está íntegro: desde el evento {} falta o fue alterado",
            );
            writeln!(text, "{}", styled(ERROR, &words.replace("{}", &number.to_string()))).ok();
        }
    }
    text
}
