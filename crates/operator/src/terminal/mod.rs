//! The one place that prints, escapes and colours.
//!
//! Everything goes through [`anstream`]: colours reach a terminal that has them and nothing else (`--color`, `NO_COLOR`,
//! `CLICOLOR`, `TERM=dumb` and a redirected output are heeded), so the rest of the program writes styled text and forgets about
//! it. What a sender wrote goes through [`clean`] first.

mod json;
mod progress;
mod style;
mod table;

use std::io::{IsTerminal, Write};

pub(crate) use aduana_invoice::sanitize::{push_sanitized, sanitize};
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

pub(crate) use self::progress::Progress;
pub(crate) use self::style::{BOLD, ERROR, GOOD, GUTTER, HELP, WARNING, styled};
pub(crate) use self::table::{properties, table};
use crate::failure::Failure;
use crate::i18n::said;

/// Standard output and standard error, with the progress bar between them.
pub(crate) struct Terminal {
    out: AutoStream<std::io::Stdout>,
    err: AutoStream<std::io::Stderr>,
    progress: Option<Progress>,
}

/// Writes a remark to standard error where no terminal is at hand.
pub(crate) fn remark_aside(text: &str) {
    let mut line = String::new();
    push_sanitized(&mut line, text.trim_end());
    line.push('\n');
    let mut err = anstream::stderr().lock();
    err.write_all(line.as_bytes()).and_then(|()| err.flush()).ok();
}

impl Terminal {
    /// The terminal of this run. `colour` holds for both outputs; `Auto` decides for each by what it is connected to.
    pub(crate) fn new(colour: ColorChoice) -> Self {
        Self {
            out: AutoStream::new(std::io::stdout(), colour),
            err: AutoStream::new(std::io::stderr(), colour),
            progress: None,
        }
    }

    /// Writes `text` to standard output as it stands: the caller has put the line ends, and has cleaned what is foreign.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        let Self { out, progress, .. } = self;
        let mut write = || out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match progress {
            Some(progress) if std::io::stdout().is_terminal() => progress.aside(write),
            _ => write(),
        }
        .map_err(Failure::of_output)
    }

    /// Writes `value` as one line of JSON, in which no character can move a terminal.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut line = json::line(value)
            .map_err(|error| Failure::to(said("write the output", "escribir la salida")).because(error))?;
        line.push('\n');
        self.print(&line)
    }

    /// Writes the exact `bytes` to standard output; on a terminal, with what it could obey escaped.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout();
        if !out.is_terminal() {
            return out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::of_output);
        }
        let mut text = String::new();
        for line in String::from_utf8_lossy(bytes).lines() {
            push_sanitized(&mut text, line);
            text.push('\n');
        }
        self.print(&text)
    }

    /// Writes a remark to standard error, as it stands.
    pub(crate) fn remark(&mut self, text: &str) {
        let Self { err, progress, .. } = self;
        let mut write = || err.write_all(text.as_bytes()).and_then(|()| err.flush());
        match progress {
            Some(progress) => progress.aside(write),
            None => write(),
        }
        .ok();
    }

    /// Tells the user, on standard error, of something that failed. Where even that cannot be written, the exit code says it.
    pub(crate) fn report(&mut self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        let mut text = styled(ERROR, "error:");
        text.push(' ');
        push_sanitized(&mut text, &failure.to_string());
        text.push('\n');
        if let Some(advice) = failure.advice() {
            text.push_str(&styled(HELP, said("  help:", "  ayuda:")));
            text.push(' ');
            push_sanitized(&mut text, advice);
            text.push('\n');
        }
        self.remark(&text);
    }

    /// Whether standard output is a terminal, and not a file or a program.
    pub(crate) fn is_live() -> bool {
        std::io::stdout().is_terminal()
    }

    /// Asks `question` on standard error and reads a line of standard input; `None` at its end.
    pub(crate) fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.remark(&format!("{question} "));
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        match read
            .map_err(|error| Failure::to(said("read the answer", "leer la respuesta")).because(error))?
        {
            0 => {
                self.remark("\n");
                Ok(None)
            }
            _ => Ok(Some(line.trim().to_owned())),
        }
    }

    /// Starts a progress bar on standard error, where that is a terminal: towards `total` invoices or cases, whichever `noun`
    /// says, or counting up where the total is not known.
    pub(crate) fn start_progress(&mut self, total: Option<u64>, noun: &str) {
        self.progress = std::io::stderr().is_terminal().then(|| Progress::new(total, noun));
    }

    /// So many more are done.
    pub(crate) fn progress(&mut self, more: u64) {
        if let Some(progress) = &mut self.progress {
            progress.advance(more);
        }
    }

    /// Takes the progress bar away.
    pub(crate) fn end_progress(&mut self) {
        self.progress = None;
    }
}
