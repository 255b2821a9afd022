//! Shows what a correction would change, and how the result is judged.

use std::fmt::Write as _;

use aduana_invoice::Lang;
use aduana_redrive::answer::{CaseVerdict, Difference, Previewed, PreviewedCase};

use crate::i18n::{counted, tr};
use crate::invalid::outcome::cases;
use crate::terminal::{BOLD, ERROR, GOOD, GUTTER, sanitize, styled, table};

/// How many cases are shown with their differences, and how many of those that stay invalid are named.
const SHOWN: usize = 5;
const NAMED: usize = 20;

/// The differences, then the verdict: `38 of 40 cases now valid; these 2 not, because`.
pub(super) fn text(previewed: &Previewed, lang: Lang) -> String {
    let mut text = String::new();
    for case in previewed.cases.iter().take(SHOWN) {
        push_case(&mut text, case, lang);
    }
    let more = previewed.cases.len().saturating_sub(SHOWN);
    if more > 0 {
        let words = tr(lang, "more, not shown here", "más, que no se muestran aquí");
        writeln!(text, "… {} {words}\n", cases(more, lang)).ok();
    }
    push_verdict(&mut text, previewed, lang);
    text
}

fn push_case(out: &mut String, case: &PreviewedCase, lang: Lang) {
    writeln!(out, "{}", styled(BOLD, case.id.as_str())).ok();
    if case.changes == 0 {
        writeln!(out, "  {}", tr(lang, "nothing would change", "no cambiaría nada")).ok();
    }
    for difference in &case.diff {
        push_difference(out, difference);
    }
    let more = u64::try_from(case.changes.saturating_sub(case.diff.len())).unwrap_or(u64::MAX);
    if more > 0 {
        let more = counted(more, lang, ("more place", "more places"), ("lugar más", "lugares más"));
        writeln!(out, "  … {more}").ok();
    }
    out.push('\n');
}

fn push_difference(out: &mut String, difference: &Difference) {
    let place = if difference.pointer.is_empty() { "/" } else { &difference.pointer };
    writeln!(out, "  {}", styled(GUTTER, &sanitize(place))).ok();
    for (sign, style, value) in [("-", ERROR, &difference.before), ("+", GOOD, &difference.after)] {
        if let Some(value) = value {
            writeln!(out, "  {}", styled(style, &format!("{sign} {}", sanitize(value.get())))).ok();
        }
    }
}

fn push_verdict(out: &mut String, previewed: &Previewed, lang: Lang) {
    let (valid, total) = (previewed.valid, previewed.cases.len() + previewed.skipped.len());
    let style = if valid == total { GOOD } else { BOLD };
    let verdict = match lang {
        Lang::En => format!("{valid} of {} now valid", cases(total, lang)),
        Lang::Es => format!("{valid} de {} ahora en orden", cases(total, lang)),
    };
    out.push_str(&styled(style, &verdict));
    if previewed.invalid == 0 {
        out.push('\n');
        return;
    }
    let invalid = previewed.invalid;
    match lang {
        Lang::En if invalid == 1 => out.push_str("; this one is not, because\n"),
        Lang::En => writeln!(out, "; these {invalid} are not, because").unwrap_or_default(),
        Lang::Es if invalid == 1 => out.push_str("; este no, porque\n"),
        Lang::Es => writeln!(out, "; estos {invalid} no, porque").unwrap_or_default(),
    }
    let still = previewed.cases.iter().filter(|case| case.verdict != CaseVerdict::Valid);
    out.push_str(&table(tr(lang, ["id", "reasons"], ["id", "motivos"]), still.take(NAMED).map(why)));
    let more = invalid.saturating_sub(NAMED);
    if more > 0 {
        writeln!(out, "… {more} {}", tr(lang, "more", "más")).ok();
    }
}

fn why(case: &PreviewedCase) -> [String; 2] {
    let errors = case.reasons.iter().filter(|reason| reason.is_error());
    let reasons: Vec<String> =
        errors.take(3).map(|reason| format!("{} {}", reason.code, reason.path).trim().to_owned()).collect();
    [case.id.to_string(), reasons.join(", ")]
}

#[cfg(test)]
mod tests {
    use aduana_cases::case::State;
    use aduana_cases::message::CaseId;

    use super::*;

    fn previewed(valid: usize, invalid: usize) -> Previewed {
        let case = |at: usize| PreviewedCase {
            id: CaseId::parse(&format!("{at:032x}")).unwrap(),
            state: State::Open,
            version: 1,
            verdict: if at < valid { CaseVerdict::Valid } else { CaseVerdict::Invalid },
            reasons: Vec::new(),
            reasons_left_off: 0,
            diff: Vec::new(),
            changes: 0,
        };
        Previewed { valid, invalid, cases: (0..valid + invalid).map(case).collect(), ..Previewed::default() }
    }

    #[test]
    fn five_cases_are_shown_and_the_rest_is_counted() {
        for (count, shown, more) in
            [(4, 4, None), (5, 5, None), (6, 5, Some("… 1 case more, not shown here"))]
        {
            let text = text(&previewed(count, 0), Lang::En);
            assert_eq!(text.matches("nothing would change").count(), shown);
            assert_eq!(text.contains("not shown here"), more.is_some(), "{text}");
            assert!(more.is_none_or(|more| text.contains(more)), "{text}");
        }
    }

    #[test]
    fn twenty_cases_that_stay_invalid_are_named_and_the_rest_is_counted() {
        for (count, named, more) in [(19, 19, false), (20, 20, false), (21, 20, true)] {
            let mut verdict = String::new();
            push_verdict(&mut verdict, &previewed(0, count), Lang::En);
            assert_eq!(verdict.matches("0000").count() / 7, named, "{verdict}");
            assert_eq!(verdict.ends_with("… 1 more\n"), more, "{verdict}");
        }
    }
}
