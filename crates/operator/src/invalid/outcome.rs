//! Prints what became of each case of a command.

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{DoneCase, SentCase, Skipped};
use serde::Serialize;

use crate::failure::Failure;
use crate::i18n::{counted, tr};
use crate::terminal::{Terminal, table};

/// How many refusals are shown to a person one by one.
const SHOWN: usize = 20;

/// A case and what became of it, for programs.
#[expect(clippy::struct_field_names, reason = "these are the names in the output")]
#[derive(Debug, Serialize)]
pub(super) struct Outcome<'a> {
    pub(super) id: &'a CaseId,
    pub(super) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) codes: &'a [String],
}

impl<'a> Outcome<'a> {
    pub(super) fn of(id: &'a CaseId, outcome: &'static str) -> Self {
        let (state, version, attempt, code, message, codes) = (None, None, None, None, None, &[][..]);
        Self { id, outcome, state, version, attempt, code, message, codes }
    }

    pub(super) fn done(done: &'a DoneCase) -> Self {
        let outcome = if done.changed { "done" } else { "unchanged" };
        Self { state: Some(done.state.as_str()), version: Some(done.version), ..Self::of(&done.id, outcome) }
    }

    pub(super) fn sent(sent: &'a SentCase, outcome: &'static str) -> Self {
        Self { attempt: Some(sent.attempt), ..Self::of(&sent.id, outcome) }
    }

    pub(super) fn skipped(skipped: &'a Skipped) -> Self {
        Self {
            code: Some(code(skipped)),
            message: Some(&skipped.message),
            codes: &skipped.codes,
            ..Self::of(&skipped.id, "skipped")
        }
    }
}

/// `StillInvalid`, as the answer spells it.
fn code(skipped: &Skipped) -> String {
    format!("{:?}", skipped.code)
}

/// Prints the cases that were left as they are, for a person, on standard error.
pub(super) fn print_skipped(skipped: &[Skipped], lang: Lang, terminal: &mut Terminal) {
    if !skipped.is_empty() {
        terminal.remark(&refusals(skipped, lang));
    }
}

/// The first refusals as a table, and how many more there are.
fn refusals(skipped: &[Skipped], lang: Lang) -> String {
    let rows = skipped.iter().take(SHOWN).map(|case| {
        let codes = case.codes.join(" ");
        let why = if codes.is_empty() { case.message.clone() } else { format!("{}: {codes}", case.message) };
        [case.id.to_string(), why, code(case)]
    });
    let headings = tr(lang, ["not done", "because", "code"], ["sin hacer", "porque", "código"]);
    let mut refusals = table(headings, rows);
    let more = skipped.len().saturating_sub(SHOWN);
    if more > 0 {
        let text = tr(
            lang,
            "and {} more: `--output json` names them all",
            "y {} más: `--output json` los nombra todos",
        );
        refusals.push_str(&text.replace("{}", &more.to_string()));
        refusals.push('\n');
    }
    refusals
}

/// What a progress bar counts.
pub(super) fn noun(lang: Lang) -> &'static str {
    tr(lang, "cases", "casos")
}

/// `2 cases`.
pub(super) fn cases(count: usize, lang: Lang) -> String {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    counted(count, lang, ("case", "cases"), ("caso", "casos"))
}

/// Writes each for programs.
pub(super) fn json<'a>(
    outcomes: impl IntoIterator<Item = Outcome<'a>>,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    outcomes.into_iter().try_for_each(|outcome| terminal.json(&outcome))
}

#[cfg(test)]
mod tests {
    use aduana_redrive::answer::Code;

    use super::*;

    #[test]
    fn twenty_refusals_are_shown_and_the_rest_is_counted() {
        let id = CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap();
        let skipped = Skipped { id, code: Code::Claimed, message: String::new(), codes: Vec::new() };
        for (count, shown, more) in [(19, 19, false), (20, 20, false), (21, 20, true)] {
            let text = refusals(&vec![skipped.clone(); count], Lang::En);
            assert_eq!(text.matches("Claimed").count(), shown);
            assert_eq!(text.contains("and 1 more: "), more, "{text}");
        }
    }
}
