//! The client of the redrive: builds requests, sends them by a [`Transport`], reads the answers, and runs batches.
//!
//! The program and the console both use it, over the function; the tests, over a redrive in memory.

pub mod pace;
pub mod run;

use std::fmt;
use std::future::Future;

use aduana_invoice::Lang;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::{CaseSummary, Code, Done, GroupLines, Lines, Previewed, Resent, Shown, Skipped};
use super::request::{
    Action, Batch, Correction, Get, Groups, List, Preview, Query, Request, Resend, Selection, WhichBody,
};
use super::{BATCH_DEFAULT, LIST_MAX};
use aduana_cases::message::CaseId;

/// How many cases one request of a longer run names: as many as the function works on without a cursor, so that each batch is one
/// request. A stop takes effect between two batches, after some seconds.
pub const BATCH: usize = BATCH_DEFAULT;

/// The way to a redrive.
pub trait Transport: Send + Sync {
    /// Why there is no answer.
    type Error: Send;

    /// Sends the request as JSON ([`Request::to_json`]). The answer as it came, a refusal (`{"error":…}`) included.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;
}

/// A refusal, whatever its code: also one that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// The code as it is written.
    #[serde(rename = "code")]
    pub name: String,
    /// What is wrong.
    pub message: String,
    /// What to do; may be empty.
    #[serde(default)]
    pub help: String,
}

impl Refusal {
    /// The code, if this version knows it.
    pub fn code(&self) -> Option<Code> {
        Code::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(&self.name)).ok()
    }
}

/// Why there is no answer of use. `what` reads after "failed to". No value of an invoice is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientError<E> {
    /// The transport failed.
    Transport(E),
    /// The redrive refused.
    Refused {
        /// What was asked.
        what: String,
        /// Its refusal.
        refusal: Refusal,
    },
    /// The answer is not of the expected shape.
    Unreadable {
        /// What was asked.
        what: String,
        /// Where it is wrong, from 1.
        line: usize,
        /// Where it is wrong, from 1.
        column: usize,
    },
}

/// What to do about an answer that cannot be read.
pub const UNREADABLE_HELP: &str =
    "the function and this program may be of different versions: `aduana doctor` compares them";

impl<E: fmt::Display> fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Refused { refusal: Refusal { name, message, .. }, .. } => write!(f, "{message} ({name})"),
            // Where it is wrong, and not what stands there: it may be an invoice's.
            Self::Unreadable { line, column, .. } => {
                write!(f, "its answer cannot be read: line {line}, column {column}")
            }
        }
    }
}

/// A client: who asks, in which language, by which way; and why, where values are read and nothing more exact is said.
#[derive(Debug, Clone)]
pub struct Client<T> {
    transport: T,
    actor: String,
    lang: Lang,
    reason: Option<String>,
}

impl<T> Client<T> {
    /// A client of this actor.
    pub const fn new(transport: T, actor: String, lang: Lang) -> Self {
        Self { transport, actor, lang, reason: None }
    }

    /// The same client, for this reason: it goes with every request that reads values and has no reason of its own.
    #[must_use]
    pub fn for_reason(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// The way that it asks by.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Who asks.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The language of the answers' texts.
    pub const fn lang(&self) -> Lang {
        self.lang
    }
}

/// What a call of the client gives.
type Asked<A, T> = Result<A, ClientError<<T as Transport>::Error>>;

impl<T: Transport> Client<T> {
    /// Asks, and reads the answer.
    pub async fn ask<A: DeserializeOwned>(&self, reason: &str, action: Action) -> Asked<A, T> {
        let session = self.reason.as_deref().filter(|_| reason.is_empty() && action.reads_values());
        let (actor, reason) = (self.actor.clone(), session.unwrap_or(reason).to_owned());
        let request = Request { actor, reason, lang: self.lang, action };
        let answer = self.transport.send(&request).await.map_err(ClientError::Transport)?;
        read(&answer, &request.action)
    }

    /// A page of cases.
    pub async fn list(&self, select: Selection, limit: usize, cursor: Option<String>) -> Asked<Lines, T> {
        self.ask("", Action::List(List { select: Some(select), limit: Some(limit), cursor })).await
    }

    /// The cases that match, at most so many, over as many answers as it takes.
    pub async fn cases(&self, query: &Query, most: usize) -> Asked<Vec<CaseSummary>, T> {
        let (mut found, mut cursor) = (Vec::new(), None);
        while found.len() < most {
            let limit = LIST_MAX.min(most.saturating_sub(found.len()));
            let page = self.list(Selection::Query(query.clone()), limit, cursor).await?;
            found.extend(page.cases);
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// The groups of the cases that match, added up over at most so many answers; with a cursor left, there are more.
    pub async fn groups(&self, query: Query, answers_max: usize) -> Asked<GroupLines, T> {
        let mut all = GroupLines::default();
        for _ in 0..answers_max {
            let groups = Groups { query: Some(query.clone()), cursor: all.cursor.take() };
            all.add(self.ask("", Action::Groups(groups)).await?);
            if all.cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// A case with everything; unmasked for a reason, which is recorded.
    pub async fn get(
        &self,
        id: &CaseId,
        unmask: Option<&str>,
        body: Option<WhichBody>,
        from: Option<usize>,
    ) -> Asked<Shown, T> {
        let get = Get { id: id.clone(), unmask: unmask.is_some(), body, from };
        self.ask(unmask.unwrap_or_default(), Action::Get(get)).await
    }

    /// What a correction would make of each of these cases; of one case, if it still has this version.
    pub async fn preview(
        &self,
        reason: &str,
        ids: &[CaseId],
        correction: &Correction,
        unmask: bool,
        version: Option<u64>,
    ) -> Asked<Previewed, T> {
        let mut all = Previewed::default();
        for batch in ids.chunks(BATCH) {
            let mut cursor = None;
            loop {
                let of = Batch { version, cursor, ..batch_of(batch) };
                let preview = Preview { batch: of, correction: Some(correction.clone()), unmask };
                let answer = self.page(reason, Action::Preview(preview), batch, ids.len()).await?;
                let Previewed { valid, invalid, skipped, cases, cursor: next } = answer;
                all.valid = all.valid.saturating_add(valid);
                all.invalid = all.invalid.saturating_add(invalid);
                all.skipped.extend(skipped);
                all.cases.extend(cases);
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// What a resend of these cases would send. Nothing is sent.
    pub async fn dry_run(
        &self,
        reason: &str,
        ids: &[CaseId],
        overridden: bool,
        version: Option<u64>,
    ) -> Asked<Resent, T> {
        let mut all = Resent { dry_run: true, ..Resent::default() };
        for batch in ids.chunks(BATCH) {
            let mut cursor = None;
            loop {
                let of = Batch { version, cursor, ..batch_of(batch) };
                let resend = Resend { batch: of, overridden, dry_run: true, stop_after: None };
                let answer: Resent = self.page(reason, Action::Resend(resend), batch, ids.len()).await?;
                all.sent.extend(answer.sent);
                all.skipped.extend(answer.skipped);
                cursor = answer.cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Asks about a batch of `total` cases. The redrive answers a request about one case by its refusal; where that case is the last
    /// of many, it is one that was skipped, as the others are.
    async fn page<A: DeserializeOwned + OfMany>(
        &self,
        reason: &str,
        action: Action,
        batch: &[CaseId],
        total: usize,
    ) -> Asked<A, T> {
        match self.ask(reason, action).await {
            Err(ClientError::Refused { what, refusal }) => match (batch, refusal.code()) {
                ([id], Some(code)) if total > 1 && code != Code::BadRequest => {
                    let message = refusal.message;
                    Ok(A::without(Skipped { id: id.clone(), code, message, codes: Vec::new() }))
                }
                _ => Err(ClientError::Refused { what, refusal }),
            },
            other => other,
        }
    }
}

/// These cases.
fn batch_of(ids: &[CaseId]) -> Batch {
    Batch::of(Selection::Ids(ids.to_vec()))
}

/// An answer over many cases.
trait OfMany {
    /// The answer in which this case was skipped.
    fn without(skipped: Skipped) -> Self;
}

impl OfMany for Previewed {
    fn without(skipped: Skipped) -> Self {
        Self { skipped: vec![skipped], ..Self::default() }
    }
}

impl OfMany for Done {
    fn without(skipped: Skipped) -> Self {
        Self { skipped: vec![skipped], ..Self::default() }
    }
}

impl OfMany for Resent {
    fn without(skipped: Skipped) -> Self {
        Self { skipped: vec![skipped], ..Self::default() }
    }
}

/// An answer, or the refusal that came in its place.
fn read<A: DeserializeOwned, E>(answer: &[u8], action: &Action) -> Result<A, ClientError<E>> {
    #[derive(Deserialize)]
    struct Refused {
        error: Refusal,
    }
    if let Ok(Refused { error }) = parse::<Refused>(answer) {
        return Err(ClientError::Refused { what: action.describe(), refusal: error });
    }
    parse(answer).map_err(|error| ClientError::Unreadable {
        what: action.describe(),
        line: error.line(),
        column: error.column(),
    })
}

#[expect(clippy::disallowed_methods, reason = "an answer of the redrive, not an invoice")]
fn parse<A: DeserializeOwned>(answer: &[u8]) -> Result<A, serde_json::Error> {
    serde_json::from_slice(answer)
}

#[cfg(test)]
#[path = "client/tests.rs"]
mod tests;
