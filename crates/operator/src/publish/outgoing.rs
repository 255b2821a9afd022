//! What is sent: an invoice's exact bytes as a message, or the reason why they are not.

use std::fmt;

use aduana_cases::attributes::{MESSAGE_MAX, is_sendable};
use aduana_cases::plan::SQS;
use aduana_invoice::{Fingerprint, Lang, Verdict};

use crate::documents::Document;
use crate::i18n::tr;

/// Where invoices are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// To a queue of SQS, which takes text only.
    Sqs,
    /// To a topic of Kafka, which takes any bytes, and whose brokers say how many.
    Kafka,
}

impl Transport {
    /// The most messages of a batch.
    pub(super) const fn batch_max(self) -> usize {
        match self {
            Self::Sqs => SQS.entries,
            Self::Kafka => 500,
        }
    }
}

/// An invoice on its way.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// Where it comes from.
    pub(super) place: Place,
    /// The exact bytes. On the way to SQS they are text that it takes.
    pub(super) body: Vec<u8>,
    /// The seller's digest, where the seller can be read: its group in a fair queue, its key in a topic.
    pub(super) group: Option<String>,
}

/// Where an invoice comes from, as the user would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file == "-" { "<stdin>" } else { &self.file };
        match self.line {
            Some(line) => write!(f, "{file}:{line}"),
            None => f.write_str(file),
        }
    }
}

/// Why an invoice is not sent. It is checked before anything is tried: one message that SQS refuses would fail its whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unsendable {
    Empty,
    TooLarge,
    NotText,
    /// `--check` was asked for, and these codes spoke against it.
    Invalid(Vec<&'static str>),
}

impl Unsendable {
    /// The reason in words.
    pub(super) fn text(&self, lang: Lang) -> String {
        match self {
            Self::Empty => tr(
                lang,
                "it is empty, and SQS takes no empty message",
                "está vacía, y SQS no acepta mensajes vacíos",
            )
            .to_owned(),
            Self::TooLarge => {
                let what =
                    tr(lang, "it is larger than an SQS message may be", "es mayor que un mensaje de SQS");
                format!("{what} ({MESSAGE_MAX} bytes)")
            }
            Self::NotText => tr(
                lang,
                "it holds bytes that SQS does not take: a message is UTF-8 text without control characters",
                "contiene bytes que SQS no acepta: un mensaje es texto UTF-8 sin caracteres de control",
            )
            .to_owned(),
            Self::Invalid(codes) => {
                let codes = codes.join(", ");
                tr(
                    lang,
                    format!("it is invalid ({codes}); `aduana validate` shows why"),
                    format!("no es válida ({codes}); `aduana validate` muestra por qué"),
                )
            }
        }
    }
}

/// The message for a document. `verdict` gives the seller; with `check` it also decides.
pub(super) fn outgoing(
    document: Document,
    verdict: &Verdict,
    transport: Transport,
    check: bool,
) -> (Place, Result<Outgoing, Unsendable>) {
    let place = Place { file: document.file, line: document.line };
    let message = sendable(document.body, verdict, transport, check).map(|body| {
        let group = verdict.summary().key.as_ref().map(|key| group(&key.seller));
        Outgoing { place: place.clone(), body, group }
    });
    (place, message)
}

fn sendable(
    body: Vec<u8>,
    verdict: &Verdict,
    transport: Transport,
    check: bool,
) -> Result<Vec<u8>, Unsendable> {
    if transport == Transport::Sqs {
        if body.is_empty() {
            return Err(Unsendable::Empty);
        }
        if body.len() > MESSAGE_MAX {
            return Err(Unsendable::TooLarge);
        }
        if !std::str::from_utf8(&body).is_ok_and(is_sendable) {
            return Err(Unsendable::NotText);
        }
    }
    if check && !verdict.is_valid() {
        let mut codes: Vec<_> = verdict
            .violations()
            .iter()
            .filter(|violation| violation.severity == aduana_invoice::Severity::Error)
            .map(|violation| violation.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        return Err(Unsendable::Invalid(codes));
    }
    Ok(body)
}

/// The message group of a seller. It is a digest, since a group id is seen where no invoice's value may be.
fn group(seller: &str) -> String {
    let mut digest = Fingerprint::of(seller.as_bytes()).to_string();
    digest.truncate(32);
    digest
}
