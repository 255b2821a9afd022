//! What is asked of the redrive function, in the language of the visit.

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Done, Failure, GroupLines, Lines, Previewed, Resent, Shown};
use aduana_redrive::request::{
    Annotate, Correct, Correction, Get, Groups, Language, List, OnCases, Preview, Query, Request, Resend,
    Selection, WhichBody,
};
use serde::de::DeserializeOwned;

use crate::Shared;
use crate::deployment::{ApiError, Kind};

/// How many answers to `groups` are added up at most. One reads as many cases as some megabytes hold.
const ANSWERS_MAX: usize = 8;

/// A place to ask from.
#[derive(Clone)]
pub(crate) struct RedriveClient {
    console: Shared,
    lang: Lang,
}

/// Who acts and why, and on which version of a case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Act {
    pub(crate) reason: String,
    pub(crate) version: Option<u64>,
    pub(crate) overridden: bool,
}

impl RedriveClient {
    pub(crate) fn new(console: &Shared, lang: Lang) -> Self {
        Self { console: console.clone(), lang }
    }

    fn actor(&self) -> String {
        self.console.deployment.actor().to_owned()
    }

    fn language(&self) -> Language {
        match self.lang {
            Lang::En => Language::En,
            Lang::Es => Language::Es,
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, ApiError> {
        read(&self.console.deployment.ask(&request).await?)
    }

    /// A page of cases.
    pub(crate) async fn list(
        &self,
        select: Selection,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Lines, ApiError> {
        let (actor, lang) = (self.actor(), self.language());
        self.ask(Request::List(List { actor, lang, select: Some(select), limit: Some(limit), cursor })).await
    }

    /// The groups of the cases that match, counted over a few answers; with a cursor left, there are more.
    pub(crate) async fn groups(&self, query: Query) -> Result<GroupLines, ApiError> {
        let mut all = GroupLines::default();
        for _ in 0..ANSWERS_MAX {
            let (actor, lang) = (self.actor(), self.language());
            let (query, cursor) = (Some(query.clone()), all.cursor.take());
            all.add(self.ask(Request::Groups(Groups { actor, lang, query, cursor })).await?);
            if all.cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// A case with its current body, values masked; unmasked for a reason, which is put on record.
    pub(crate) async fn get(
        &self,
        id: &CaseId,
        which: WhichBody,
        unmask: Option<&str>,
    ) -> Result<Shown, ApiError> {
        let get = Get {
            actor: self.actor(),
            reason: unmask.unwrap_or_default().to_owned(),
            lang: self.language(),
            id: id.clone(),
            unmask: unmask.is_some(),
            body: Some(which),
            from: None,
        };
        self.ask(Request::Get(get)).await
    }

    /// What a correction would make of cases; values are masked.
    pub(crate) async fn preview(
        &self,
        select: Selection,
        correction: Option<Correction>,
        max: usize,
        cursor: Option<String>,
    ) -> Result<Previewed, ApiError> {
        let preview = Preview {
            actor: self.actor(),
            reason: String::new(),
            lang: self.language(),
            select,
            first: None,
            correction,
            unmask: false,
            max: Some(max),
            cursor,
        };
        self.ask(Request::Preview(preview)).await
    }

    pub(crate) async fn correct(
        &self,
        ids: Vec<CaseId>,
        correction: Correction,
        act: &Act,
        cursor: Option<String>,
    ) -> Result<Done, ApiError> {
        let correct = Correct {
            actor: self.actor(),
            reason: act.reason.clone(),
            lang: self.language(),
            select: Selection::Ids(ids),
            first: None,
            correction,
            version: act.version,
            overridden: act.overridden,
            max: None,
            cursor,
        };
        self.ask(Request::Correct(correct)).await
    }

    pub(crate) async fn resend(
        &self,
        ids: Vec<CaseId>,
        act: &Act,
        cursor: Option<String>,
    ) -> Result<Resent, ApiError> {
        let resend = Resend {
            actor: self.actor(),
            reason: act.reason.clone(),
            lang: self.language(),
            select: Selection::Ids(ids),
            first: None,
            version: act.version,
            overridden: act.overridden,
            dry_run: false,
            max: None,
            stop_after: None,
            cursor,
        };
        self.ask(Request::Resend(resend)).await
    }

    /// Discards, reopens or releases.
    pub(crate) async fn step(
        &self,
        verb: fn(OnCases) -> Request,
        ids: Vec<CaseId>,
        act: &Act,
        cursor: Option<String>,
    ) -> Result<Done, ApiError> {
        let on_cases = OnCases {
            actor: self.actor(),
            reason: act.reason.clone(),
            lang: self.language(),
            select: Selection::Ids(ids),
            first: None,
            version: act.version,
            max: None,
            cursor,
        };
        self.ask(verb(on_cases)).await
    }

    pub(crate) async fn annotate(
        &self,
        ids: Vec<CaseId>,
        [owner, note, ticket]: [Option<String>; 3],
        act: &Act,
        cursor: Option<String>,
    ) -> Result<Done, ApiError> {
        let annotate = Annotate {
            actor: self.actor(),
            reason: act.reason.clone(),
            lang: self.language(),
            select: Selection::Ids(ids),
            first: None,
            owner,
            note,
            ticket,
            version: act.version,
            max: None,
            cursor,
        };
        self.ask(Request::Annotate(annotate)).await
    }
}

/// An answer, or the refusal that came in its place.
fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, ApiError> {
    if let Ok(refusal) = parse::<Failure>(answer) {
        return Err(refusal.into());
    }
    parse(answer).map_err(|error| ApiError {
        kind: Kind::Failed,
        // Where it is wrong, and not what stands there: it may be an invoice's.
        message: format!("the answer cannot be read: line {}, column {}", error.line(), error.column()),
        help: Some(
            "the function and this program may be of different versions: `aduana doctor` compares them"
                .to_owned(),
        ),
    })
}

#[expect(clippy::disallowed_methods, reason = "an answer of our own function, not an invoice")]
fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake_deployment::{self, now};

    #[test]
    fn eight_answers_to_groups_are_added_up_and_of_a_ninth_it_is_known_that_there_is_one() {
        for (answers, added, and_more) in [(7, 7, false), (8, 8, false), (9, 8, true)] {
            let (redrive_client, fake_deployment) = fake_deployment::redrive_client(
                move |nth| json!({ "groups": [], "cases": 1, "cursor": (nth < answers).then_some("on") }),
            );
            let groups = now(redrive_client.groups(Query::default())).unwrap();
            assert_eq!((fake_deployment.asked(), groups.cases), (added, added as u64));
            assert_eq!(groups.cursor.is_some(), and_more, "{answers}");
        }
        assert_eq!(ANSWERS_MAX, 8);
    }
}
