//! The message to the user when something cannot be done, and how the program ends.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crate::i18n::said;

/// How a command ended. The exit codes are part of the contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Everything asked for was done, and every invoice is in order: 0.
    Good,
    /// The command did its work, and some invoice is not in order or was not sent: 1.
    SomeRefused,
    /// Wrong usage, or something could not be read, written or reached: 2.
    Failed,
    /// The user stopped it: 130, as shells have it.
    Interrupted = 130,
}

impl ExitStatus {
    /// The graver of two statuses.
    pub(crate) fn and(self, other: Self) -> Self {
        if (other as u8) > (self as u8) { other } else { self }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// What kind of failure it is, for those who act on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Other,
    /// Nobody answered.
    Unreachable,
    /// The credentials have expired, or are not good for this.
    SignedOut,
}

/// Something that could not be done: what, why, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Reads after "failed to" ("no se pudo"): names the act and its object, in the language of the user.
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    help: Option<String>,
    /// The reader of our output has gone: no message is possible.
    silent: bool,
    kind: Kind,
}

impl Failure {
    /// A failure to do `what`, e.g. `read invoices/a.json`.
    pub(crate) fn to(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None, help: None, silent: false, kind: Kind::Other }
    }

    /// Why it failed.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the user can do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Our own output could not be written. A closed pipe (`aduana … | head`) ends the program without a word.
    pub(crate) fn of_output(error: std::io::Error) -> Self {
        let silent = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { silent, ..Self::to(said("write the output", "escribir la salida")).because(error) }
    }

    /// Whether to say nothing of it.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Of this kind.
    pub(crate) fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// What kind of failure it is.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The advice, where there is any.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", said("failed to", "no se pudo"), self.what)?;
        let mut cause = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Failure {}
