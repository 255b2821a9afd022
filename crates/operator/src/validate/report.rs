//! A verdict for people: what is wrong, where it stands, what should stand there.

use std::borrow::Cow;
use std::fmt::Write as _;

use aduana_invoice::{Lang, PatchOp, Severity, Verdict, Violation, hint};

use super::excerpt::{Excerpt, Text};
use crate::documents::Document;
use crate::failure::ExitStatus;
use crate::i18n::{counted, severity, tr, violations};
use crate::terminal::{BOLD, ERROR, GOOD, GUTTER, HELP, WARNING, sanitize, styled};
use aduana_invoice::json::{Place, break_in, locate};

/// What was judged so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    valid: u64,
    invalid: u64,
    errors: u64,
    warnings: u64,
    /// Inputs that could not be read.
    pub(super) unreadable: u64,
}

impl Tally {
    pub(super) fn count(&mut self, verdict: &Verdict) {
        if verdict.is_valid() {
            self.valid += 1;
        } else {
            self.invalid += 1;
        }
        let (errors, warnings) = weigh(verdict);
        self.errors += errors;
        self.warnings += warnings;
    }

    pub(super) fn ending(&self) -> ExitStatus {
        let verdict = if self.invalid > 0 { ExitStatus::SomeRefused } else { ExitStatus::Good };
        verdict.and(if self.unreadable > 0 { ExitStatus::Failed } else { ExitStatus::Good })
    }
}

/// How many errors and warnings a verdict holds.
fn weigh(verdict: &Verdict) -> (u64, u64) {
    verdict.violations().iter().fold((0, 0), |(errors, warnings), violation| match violation.severity {
        Severity::Error => (errors + 1, warnings),
        Severity::Warning => (errors, warnings + 1),
    })
}

/// The last line of a run.
pub(super) fn summary(tally: &Tally, ruleset: &str, lang: Lang) -> String {
    let Tally { valid, invalid, errors, warnings, unreadable } = *tally;
    let judged = counted(valid + invalid, lang, ("invoice", "invoices"), ("factura", "facturas"));
    let mut parts = vec![counted(valid, lang, ("valid", "valid"), ("válida", "válidas"))];
    if invalid > 0 {
        parts.push(counted(invalid, lang, ("invalid", "invalid"), ("inválida", "inválidas")));
    }
    if unreadable > 0 {
        let es = ("entrada ilegible", "entradas ilegibles");
        parts.push(counted(unreadable, lang, ("unreadable input", "unreadable inputs"), es));
    }
    let mut parts = parts.join(", ");
    if errors + warnings > 0 {
        write!(parts, " ({})", violations(errors, warnings, lang)).ok();
    }
    let rules = tr(lang, "rule set", "reglas");
    format!("{} {parts}; {rules} {ruleset}\n", styled(BOLD, &format!("{judged}:")))
}

/// What is to be said of one invoice.
pub(super) fn verdict(document: &Document, verdict: &Verdict, lang: Lang) -> String {
    let name = name(document);
    let (errors, warnings) = weigh(verdict);
    let counts = violations(errors, warnings, lang);
    let counts = if counts.is_empty() { counts } else { format!(" ({counts})") };
    let word = if verdict.is_valid() {
        styled(GOOD, tr(lang, "valid", "válida"))
    } else {
        styled(ERROR, tr(lang, "invalid", "inválida"))
    };
    let mut report = format!("{}: {word}{counts}\n", styled(BOLD, &name));

    let text = Text::new(&document.body, document.line.unwrap_or(1));
    let all = verdict.violations();
    let places = locate(&document.body, all.iter().map(|violation| violation.path.as_str()));
    let broken = if all.is_empty() { None } else { break_in(&document.body) };
    for (violation, place) in all.iter().zip(places) {
        let place = match (place, broken) {
            // In a text that is not JSON, what is not found is explained by the place where it breaks.
            (Some(Place { exact: false, .. }) | None, Some(at)) => Some(Place { range: at..at, exact: true }),
            // Of the whole document no character is more to blame than another.
            (_, Some(at)) if violation.path.is_empty() => Some(Place { range: at..at, exact: true }),
            (Some(_), None) if violation.path.is_empty() => None,
            (place, _) => place,
        };
        report.push('\n');
        one(
            &mut report,
            violation,
            document,
            place.as_ref().map(|place| (text.excerpt(&place.range), place.exact)),
            lang,
        );
    }
    if !all.is_empty() {
        report.push('\n');
    }
    report
}

/// One violation: its rule, its place, and what is known about the value.
fn one(
    report: &mut String,
    violation: &Violation,
    document: &Document,
    place: Option<(Excerpt, bool)>,
    lang: Lang,
) {
    let colour = match violation.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    };
    let head = format!("{}[{}]", severity(violation.severity, lang), violation.code);
    let message = sanitize(violation.message(lang));
    writeln!(report, "{}{}", styled(colour, &head), styled(BOLD, &format!(": {message}"))).ok();

    let width = place.as_ref().map_or(1, |(excerpt, _)| excerpt.gutter());
    let arrow = styled(GUTTER, &format!("{:width$}-->", ""));
    let pointer = pointer(violation, lang);
    let place_shown = place.is_some();
    if let Some((excerpt, exact)) = place {
        let file = file(document);
        writeln!(report, "{arrow} {file}:{}:{}", excerpt.line, excerpt.column).ok();
        let absent = if exact { "" } else { tr(lang, ": absent", ": ausente") };
        report.push_str(&excerpt.lines(width, colour, &format!(" {pointer}{absent}")));
    } else {
        writeln!(report, "{arrow} {}: {pointer}", name(document)).ok();
    }

    notes(report, violation, width, place_shown, lang);
}

/// What is known about the value, under a gutter that is `width` cells wide.
fn notes(report: &mut String, violation: &Violation, width: usize, under_excerpt: bool, lang: Lang) {
    let actual =
        violation.actual.as_deref().map(|actual| (tr(lang, "found", "encontrado").to_owned(), actual.into()));
    let expected =
        violation.expected.as_deref().map(|text| (tr(lang, "expected", "esperado").to_owned(), text.into()));
    let steps = violation.suggestion.iter().map(|step| {
        let word = styled(HELP, tr(lang, "suggestion", "sugerencia"));
        (word, Cow::Owned(suggestion(step, lang)))
    });
    let hint =
        hint(violation.code, lang).map(|hint| (styled(HELP, tr(lang, "help", "ayuda")), Cow::Borrowed(hint)));
    let notes: Vec<(String, Cow<'_, str>)> =
        actual.into_iter().chain(expected).chain(steps).chain(hint).collect();
    if under_excerpt && !notes.is_empty() {
        writeln!(report, "{}", styled(GUTTER, &format!("{:width$} |", ""))).ok();
    }
    for (word, text) in notes {
        writeln!(report, "{} {word}: {}", styled(GUTTER, &format!("{:width$} =", "")), sanitize(&text)).ok();
    }
}

/// The name of the document's file.
fn file(document: &Document) -> Cow<'_, str> {
    if document.file == "-" { Cow::Borrowed("<stdin>") } else { sanitize(&document.file) }
}

/// The same, with the document's line in it where it holds several.
fn name(document: &Document) -> String {
    let file = file(document);
    match document.line {
        Some(line) => format!("{file}:{line}"),
        None => file.into_owned(),
    }
}

/// `/totals/payable (BT-115)`.
fn pointer(violation: &Violation, lang: Lang) -> String {
    let path = match violation.path.as_str() {
        "" => tr(lang, "the whole document", "el documento entero").into(),
        path => sanitize(path),
    };
    match violation.term {
        Some(term) => format!("{path} ({term})"),
        None => path.into_owned(),
    }
}

/// One step of a correction, in words.
fn suggestion(step: &PatchOp, lang: Lang) -> String {
    match (step, lang) {
        (PatchOp::Add { path, value }, Lang::En) => format!("add {path} with the value {value}"),
        (PatchOp::Add { path, value }, Lang::Es) => format!("añadir {path} con el valor {value}"),
        (PatchOp::Replace { path, value }, Lang::En) => format!("replace {path} by {value}"),
        (PatchOp::Replace { path, value }, Lang::Es) => format!("reemplazar {path} por {value}"),
        (PatchOp::Remove { path }, Lang::En) => format!("remove {path}"),
        (PatchOp::Remove { path }, Lang::Es) => format!("quitar {path}"),
    }
}
