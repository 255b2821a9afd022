//! What is said of a run of `publish`: what was sent, and of the rest why not.

use std::fmt::Write as _;

use aduana_invoice::Lang;
use serde::Serialize;

use super::outgoing::{Outgoing, Place, Unsendable};
use super::sender::Answer;
use crate::cli::{Publish, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, counted, said, tr};
use crate::terminal::{BOLD, Terminal, sanitize, styled};

/// Tells what becomes of each invoice, and counts.
pub(super) struct Report<'t> {
    output: TableOrJson,
    lang: Lang,
    terminal: &'t mut Terminal,
    sent: u64,
    invalid: u64,
    failed: u64,
    unreadable: u64,
}

/// One invoice, for programs.
#[expect(clippy::struct_field_names, reason = "these are the names in the output")]
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'t> Report<'t> {
    pub(super) fn new(args: &Publish, terminal: &'t mut Terminal, total: Option<u64>) -> Self {
        let (output, lang) = (args.output, i18n::lang());
        terminal.start_progress(total, tr(lang, "invoices", "facturas"));
        Self { output, lang, terminal, sent: 0, invalid: 0, failed: 0, unreadable: 0 }
    }

    /// An input could not be read.
    pub(super) fn unreadable(&mut self, failure: &Failure) {
        self.unreadable += 1;
        self.terminal.report(failure);
        self.terminal.progress(1);
    }

    /// An invoice is not even tried.
    pub(super) fn unsendable(&mut self, place: &Place, reason: &Unsendable) -> Result<(), Failure> {
        let outcome = if matches!(reason, Unsendable::Invalid(_)) {
            self.invalid += 1;
            "invalid"
        } else {
            self.failed += 1;
            "failed"
        };
        self.not_sent(place, outcome, &reason.text(self.lang))
    }

    /// What the queue said to a batch; to what it did not answer, the failure that follows speaks.
    pub(super) fn answers(
        &mut self,
        batch: &[Outgoing],
        answers: impl IntoIterator<Item = Option<Answer>>,
    ) -> Result<(), Failure> {
        let mut first_unsent = None;
        for (message, answer) in batch.iter().zip(answers) {
            match answer {
                Some(Answer::Sent { message_id }) => {
                    self.sent += 1;
                    self.terminal.progress(1);
                    self.line(&message.place, "sent", Some(&message_id), None)?;
                }
                Some(Answer::Refused { reason, .. }) => {
                    self.failed += 1;
                    self.not_sent(&message.place, "failed", &reason)?;
                }
                None => {
                    self.failed += 1;
                    first_unsent.get_or_insert(&message.place);
                    let reason =
                        tr(self.lang, "the queue could not be reached", "no se pudo acceder a la cola");
                    self.line(&message.place, "failed", None, Some(reason))?;
                }
            }
        }
        if let Some(place) = first_unsent {
            let place = place.to_string();
            let place = sanitize(&place);
            let en = format!("not sent: {place} and what follows it\n");
            self.terminal.remark(&tr(self.lang, en, format!("sin enviar: {place} y lo que sigue\n")));
        }
        Ok(())
    }

    /// The user has stopped it before `next`, if that is known.
    pub(super) fn interrupted(&mut self, next: Option<&Outgoing>) {
        let lang = self.lang;
        let from = next.map_or_else(String::new, |message| {
            let place = &message.place;
            tr(lang, format!(", from {place} on"), format!(", desde {place}"))
        });
        let because = tr(lang, "stopped by Ctrl-C", "detenido con Ctrl-C");
        let failure = Failure::to(said("send the rest", "enviar el resto"));
        self.terminal.report(&failure.because(format!("{because}{from}")));
    }

    /// The summary.
    pub(super) fn end(&mut self, queue: &str) -> Result<(), Failure> {
        self.terminal.end_progress();
        if self.output == TableOrJson::Json {
            return Ok(());
        }
        let Self { lang, sent, invalid, failed, unreadable, .. } = *self;
        let sent =
            counted(sent, lang, ("invoice sent", "invoices sent"), ("factura enviada", "facturas enviadas"));
        let mut text = format!("{} {} {}", styled(BOLD, &sent), tr(lang, "to", "a"), sanitize(queue));
        let rest = [
            (invalid, tr(lang, "invalid and not sent", "no válidas, sin enviar")),
            (failed, tr(lang, "failed", "con error")),
            (unreadable, tr(lang, "unreadable", "ilegibles")),
        ];
        for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
            write!(text, ", {count} {what}").ok();
        }
        text.push('\n');
        self.terminal.print(&text)
    }

    pub(super) fn ending(&self) -> ExitStatus {
        let sent = if self.invalid + self.failed > 0 { ExitStatus::SomeRefused } else { ExitStatus::Good };
        sent.and(if self.unreadable > 0 { ExitStatus::Failed } else { ExitStatus::Good })
    }

    fn not_sent(&mut self, place: &Place, outcome: &'static str, reason: &str) -> Result<(), Failure> {
        self.terminal.progress(1);
        if self.output == TableOrJson::Table {
            let failure = Failure::to(said(format!("send {place}"), format!("enviar {place}")));
            self.terminal.report(&failure.because(reason));
        }
        self.line(place, outcome, None, Some(reason))
    }

    fn line(
        &mut self,
        place: &Place,
        outcome: &'static str,
        message_id: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), Failure> {
        if self.output == TableOrJson::Table {
            return Ok(());
        }
        self.terminal.json(&Line { file: &place.file, line: place.line, outcome, message_id, reason })
    }
}
