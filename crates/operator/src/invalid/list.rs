//! `aduana invalid list`: the cases, once or again and again.

use std::collections::HashMap;
use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::LIST_MAX;
use aduana_redrive::answer::CaseSummary;
use aduana_redrive::request::{Query, Selection};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::{InvalidList, TableOrJson};
use crate::env;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, tr};
use crate::interrupt::Interrupt;
use crate::redrive::{self, Redrive};
use crate::terminal::{Terminal, table};

/// To the first place of an emptied screen.
const CLEARED: &str = "\x1b[2J\x1b[H";

/// Lists cases.
pub(super) async fn run(args: &InvalidList, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let redrive = redrive::open(&args.common.stack, i18n::lang(), args.filters.recorded()).await?;
    let redrive = redrive.for_reason(args.why.reason.clone());
    let query = args.filters.query(&[State::Open]);
    let most = if args.all { usize::MAX } else { args.limit.get() };
    if args.watch {
        return watch(args, &redrive, &query, most, terminal).await;
    }
    let found = match args.common.output {
        TableOrJson::Json => {
            Found { more: stream(&redrive, &query, most, terminal).await?, ..Found::default() }
        }
        TableOrJson::Table => {
            let found = find(&redrive, &query, most).await?;
            if found.lines.is_empty() {
                terminal.remark(tr(redrive.lang(), "no case matches\n", "ningún caso coincide\n"));
            } else {
                terminal.print(&rows(&found.lines, redrive.lang()))?;
            }
            found
        }
    };
    if found.more {
        let text = tr(
            redrive.lang(),
            "there are more than {}: see them by --limit or --all\n",
            "hay más de {}: se ven con --limit o --all\n",
        );
        terminal.remark(&text.replace("{}", &most.to_string()));
    }
    Ok(ExitStatus::Good)
}

/// Cases that match, and whether there are more.
#[derive(Default)]
struct Found {
    lines: Vec<CaseSummary>,
    more: bool,
}

async fn find(redrive: &Redrive, query: &Query, most: usize) -> Result<Found, Failure> {
    // One more than asked for shows whether there are more.
    let mut lines = redrive.cases(query, most.saturating_add(1)).await?;
    let more = lines.len() > most;
    lines.truncate(most);
    Ok(Found { lines, more })
}

/// Prints each page as it comes; whether there are more than asked for.
async fn stream(
    redrive: &Redrive,
    query: &Query,
    most: usize,
    terminal: &mut Terminal,
) -> Result<bool, Failure> {
    let (mut left, mut cursor) = (most, None);
    loop {
        let limit = LIST_MAX.min(left.saturating_add(1));
        let page = redrive.list(Selection::Query(query.clone()), limit, cursor).await?;
        for line in &page.cases {
            if left == 0 {
                return Ok(true);
            }
            terminal.json(line)?;
            left -= 1;
        }
        if page.cursor.is_none() {
            return Ok(false);
        }
        cursor = page.cursor;
    }
}

/// Looks again and again, until Ctrl-C.
async fn watch(
    args: &InvalidList,
    redrive: &Redrive,
    query: &Query,
    most: usize,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let mut interrupt = Interrupt::listen();
    let every = Duration::from_secs(args.every.get().into());
    let live = Terminal::is_live() && args.common.output == TableOrJson::Table;
    let mut known: HashMap<CaseId, CaseSummary> = HashMap::new();
    loop {
        let found = tokio::select! {
            biased;
            () = interrupt.wait() => return Ok(ExitStatus::Interrupted),
            found = find(redrive, query, most) => found?,
        };
        if live {
            terminal.print(&format!("{CLEARED}{}", screen(&found, redrive.lang())))?;
        } else {
            // The oldest first, as things happen.
            for line in found.lines.into_iter().rev() {
                if known.get(&line.id) != Some(&line) {
                    match args.common.output {
                        TableOrJson::Json => terminal.json(&line)?,
                        TableOrJson::Table => terminal.print(&rows_only(&line))?,
                    }
                    known.insert(line.id.clone(), line);
                }
            }
        }
        tokio::select! {
            biased;
            () = interrupt.wait() => return Ok(ExitStatus::Interrupted),
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// What a terminal shows until the next look.
fn screen(found: &Found, lang: Lang) -> String {
    let now = env::now().format(&Rfc3339).unwrap_or_default();
    let time = now.get(..19).unwrap_or(&now);
    let count = found.lines.len();
    let plus = if found.more { "+" } else { "" };
    let cases = super::outcome::cases(count, lang);
    let stop = tr(lang, "Ctrl-C ends", "Ctrl-C termina");
    format!("{time}Z  {cases}{plus}  ({stop})\n\n{}", rows(&found.lines, lang))
}

/// The table.
pub(super) fn rows(lines: &[CaseSummary], lang: Lang) -> String {
    let headings = tr(
        lang,
        ["id", "state", "code", "where", "seller", "number", "payable", "age", "attempt", "owner"],
        [
            "id",
            "estado",
            "código",
            "lugar",
            "vendedor",
            "número",
            "a pagar",
            "edad",
            "intento",
            "responsable",
        ],
    );
    let now = env::now();
    table(headings, lines.iter().map(|line| row(line, now)))
}

fn row(line: &CaseSummary, now: OffsetDateTime) -> [String; 10] {
    let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    [
        line.id.to_string(),
        line.state.as_str().to_owned(),
        line.code.clone(),
        place(line).to_owned(),
        line.seller_name.clone().unwrap_or_else(|| or_dash(&line.seller)),
        or_dash(&line.number),
        payable(line).unwrap_or_else(|| "-".to_owned()),
        age(&line.first_seen, now),
        line.attempt.to_string(),
        or_dash(&line.owner),
    ]
}

/// A case on a line of its own, for a log.
fn rows_only(line: &CaseSummary) -> String {
    let now = env::now();
    let cells = row(line, now).map(|cell| crate::terminal::sanitize(&cell).into_owned());
    format!("{}\n", cells.join("  "))
}

/// Where in the document: the group's words without the code that they begin with.
pub(super) fn place(line: &CaseSummary) -> &str {
    let place = line.group_label.strip_prefix(&line.code).unwrap_or(&line.group_label).trim();
    if place.is_empty() { "-" } else { place }
}

/// The amount due with its currency.
pub(super) fn payable(line: &CaseSummary) -> Option<String> {
    let payable = line.payable.as_ref()?;
    Some(line.currency.as_ref().map_or_else(|| payable.clone(), |currency| format!("{payable} {currency}")))
}

/// How long ago, in one unit: `12m`, `3h`, `9d`.
fn age(since: &str, now: OffsetDateTime) -> String {
    let Ok(since) = OffsetDateTime::parse(since, &Rfc3339) else { return "-".to_owned() };
    let age = now - since;
    match (age.whole_minutes(), age.whole_hours(), age.whole_days()) {
        (..1, _, _) => format!("{}s", age.whole_seconds().max(0)),
        (minutes, ..1, _) => format!("{minutes}m"),
        (_, hours, ..2) => format!("{hours}h"),
        (_, _, days) => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let age = |since| age(since, datetime!(2026-11-24 12:00 UTC));
        assert_eq!(age("2026-11-24T11:59:18.000Z"), "42s");
        assert_eq!(age("2026-11-24T12:00:05.000Z"), "0s", "another clock is ahead");
        assert_eq!(age("2026-11-24T11:48:00.000Z"), "12m");
        assert_eq!(age("2026-11-24T09:00:00.000Z"), "3h");
        assert_eq!(age("2026-11-22T13:00:00.000Z"), "47h");
        assert_eq!(age("2026-11-15T12:00:00.000Z"), "9d");
        assert_eq!(age("yesterday"), "-");
    }
}
