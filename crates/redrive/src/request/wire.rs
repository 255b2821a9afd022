//! A request on the wire: one flat JSON object, in which every field of every action stands once.
//!
//! The text is parsed once. Each action then takes its own fields; a field that is left over is refused.

use std::fmt;

use aduana_invoice::{InvoiceKey, Lang};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::actions::{
    Action, ActionName, Annotate, Batch, Correct, Get, Groups, List, Preview, ReasonRule, Reconcile, Resend,
    SetAside, WhichBody, WhichInvoice,
};
use super::parts::{Correction, Query, Selection};
use super::{Annotation, Request};
use crate::answer::{Code, Failure};
use aduana_cases::message::CaseId;

/// The language of the texts: `en` or `es`.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    En,
    Es,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Es => Self::Es,
        }
    }
}

/// Defines the object from its fields, and names the first of them that is there.
macro_rules! wire {
    ($($field:ident: $type:ty = $name:literal),+ $(,)?) => {
        #[derive(Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Wire {
            $(#[serde(rename = $name, skip_serializing_if = "Option::is_none")] $field: Option<$type>),+
        }

        impl Wire {
            fn first_field(&self) -> Option<&'static str> {
                let fields = [$(($name, self.$field.is_some())),+];
                fields.into_iter().find_map(|(name, is_there)| is_there.then_some(name))
            }
        }
    };
}

wire! {
    action: String = "action",
    actor: String = "actor",
    reason: String = "reason",
    lang: Language = "lang",
    select: Selection = "select",
    first: usize = "first",
    version: u64 = "version",
    max: usize = "max",
    cursor: String = "cursor",
    limit: usize = "limit",
    query: Query = "query",
    id: CaseId = "id",
    unmask: bool = "unmask",
    body: WhichBody = "body",
    from: usize = "from",
    correction: Correction = "correction",
    overridden: bool = "override",
    dry_run: bool = "dry_run",
    stop_after: usize = "stop_after",
    owner: String = "owner",
    note: String = "note",
    ticket: String = "ticket",
    max_receives: usize = "max_receives",
    key: InvoiceKey = "key",
    fingerprint: String = "fingerprint",
}

/// What is wrong with a request that is JSON of the right types.
enum Wrong {
    Missing(&'static str),
    NotOfThisAction(&'static str),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "missing field `{field}`"),
            Self::NotOfThisAction(field) => {
                write!(f, "unknown field `{field}`: this action does not have it")
            }
        }
    }
}

pub(super) fn read(json: &[u8], verified: Option<&str>) -> Result<Request, Failure> {
    // Serde would also take a list, of the fields in their order.
    if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(Failure::new(Code::BadRequest, Lang::En).because(&"it is not a JSON object"));
    }
    #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
    let mut wire: Wire = serde_json::from_slice(json).map_err(|error| unreadable(json, &error))?;
    let lang = wire.lang.take().map_or(Lang::En, Lang::from);
    let name = wire.action.take().as_deref().and_then(ActionName::parse);
    let name = name.ok_or_else(|| Failure::new(Code::UnknownAction, lang))?;
    if let Some(actor) = verified {
        wire.actor = Some(actor.to_owned());
    }
    wire.request(name, lang).map_err(|wrong| Failure::new(Code::BadRequest, lang).because(&wrong))
}

pub(super) fn write(request: &Request) -> String {
    // Texts, numbers and JSON as it was read: there is nothing in it that JSON cannot say.
    serde_json::to_string(&Wire::of(request)).unwrap_or_default()
}

/// The refusal of a text that is no request, in the language that it asks for as far as that can be seen.
fn unreadable(json: &[u8], error: &serde_json::Error) -> Failure {
    #[derive(Deserialize)]
    struct Glance<'j> {
        #[serde(borrow, default)]
        action: Option<&'j RawValue>,
        #[serde(borrow, default)]
        lang: Option<&'j RawValue>,
    }
    #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
    let glance = serde_json::from_slice::<Glance<'_>>(json);
    let Ok(Glance { action, lang }) = glance else {
        return Failure::new(Code::BadRequest, Lang::En).because(error);
    };
    let lang = text::<Language>(lang).map_or(Lang::En, Lang::from);
    match text::<String>(action).as_deref().and_then(ActionName::parse) {
        Some(_) => Failure::new(Code::BadRequest, lang).because(error),
        None => Failure::new(Code::UnknownAction, lang),
    }
}

fn text<T: for<'de> Deserialize<'de>>(json: Option<&RawValue>) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "our own request, not an invoice")]
    serde_json::from_str(json?.get()).ok()
}

impl Wire {
    fn request(mut self, name: ActionName, lang: Lang) -> Result<Request, Wrong> {
        let actor = self.actor.take().ok_or(Wrong::Missing("actor"))?;
        let reason = self.reason.take();
        if name.reason() == ReasonRule::Required && reason.is_none() {
            return Err(Wrong::Missing("reason"));
        }
        let action = self.action(name)?;
        if name.reason() == ReasonRule::None && reason.is_some() && !action.reads_values() {
            return Err(Wrong::NotOfThisAction("reason"));
        }
        let reason = reason.unwrap_or_default();
        match self.first_field() {
            Some(field) => Err(Wrong::NotOfThisAction(field)),
            None => Ok(Request { actor, reason, lang, action }),
        }
    }

    fn action(&mut self, name: ActionName) -> Result<Action, Wrong> {
        Ok(match name {
            ActionName::List => Action::List(List {
                select: self.select.take(),
                limit: self.limit.take(),
                cursor: self.cursor.take(),
            }),
            ActionName::Groups => {
                Action::Groups(Groups { query: self.query.take(), cursor: self.cursor.take() })
            }
            ActionName::Get => Action::Get(Get {
                id: self.id.take().ok_or(Wrong::Missing("id"))?,
                unmask: self.unmask.take().unwrap_or_default(),
                body: self.body.take(),
                from: self.from.take(),
            }),
            ActionName::Preview => Action::Preview(Preview {
                batch: self.batch()?,
                correction: self.correction.take(),
                unmask: self.unmask.take().unwrap_or_default(),
            }),
            ActionName::Correct => Action::Correct(Correct {
                batch: self.batch()?,
                correction: self.correction.take().ok_or(Wrong::Missing("correction"))?,
                overridden: self.overridden.take().unwrap_or_default(),
            }),
            ActionName::Resend => Action::Resend(Resend {
                batch: self.batch()?,
                overridden: self.overridden.take().unwrap_or_default(),
                dry_run: self.dry_run.take().unwrap_or_default(),
                stop_after: self.stop_after.take(),
            }),
            ActionName::Discard => Action::Discard(self.batch()?),
            ActionName::Reopen => Action::Reopen(self.batch()?),
            ActionName::Annotate => Action::Annotate(Annotate {
                batch: self.batch()?,
                annotation: Annotation {
                    owner: self.owner.take(),
                    note: self.note.take(),
                    ticket: self.ticket.take(),
                },
            }),
            ActionName::Release => Action::Release(self.batch()?),
            ActionName::SetAside => Action::SetAside(SetAside {
                which: match (self.key.take(), self.id.take()) {
                    (Some(_), Some(_)) => return Err(Wrong::NotOfThisAction("id beside key")),
                    (Some(key), None) => WhichInvoice::Key(key),
                    (None, Some(id)) => WhichInvoice::InTheWayOf(id),
                    (None, None) => return Err(Wrong::Missing("key")),
                },
                fingerprint: self.fingerprint.take().ok_or(Wrong::Missing("fingerprint"))?,
            }),
            ActionName::Reconcile => Action::Reconcile(Reconcile { max_receives: self.max_receives.take() }),
            ActionName::Notify => Action::Notify,
        })
    }

    fn batch(&mut self) -> Result<Batch, Wrong> {
        Ok(Batch {
            select: self.select.take().ok_or(Wrong::Missing("select"))?,
            first: self.first.take(),
            version: self.version.take(),
            max: self.max.take(),
            cursor: self.cursor.take(),
        })
    }

    fn of(request: &Request) -> Self {
        let Request { actor, reason, lang, action } = request;
        let common = Self {
            action: Some(action.name().as_str().to_owned()),
            actor: Some(actor.clone()),
            reason: ((action.name().reason() != ReasonRule::None || action.reads_values())
                && !reason.is_empty())
            .then(|| reason.clone()),
            lang: match lang {
                Lang::En => None,
                Lang::Es => Some(Language::Es),
            },
            ..Self::default()
        };
        match action.clone() {
            Action::List(List { select, limit, cursor }) => Self { select, cursor, limit, ..common },
            Action::Groups(Groups { query, cursor }) => Self { cursor, query, ..common },
            Action::Get(Get { id, unmask, body, from }) => {
                Self { id: Some(id), unmask: flag(unmask), body, from, ..common }
            }
            Action::Preview(Preview { batch, correction, unmask }) => {
                Self { correction, unmask: flag(unmask), ..common.with(batch) }
            }
            Action::Correct(Correct { batch, correction, overridden }) => {
                Self { correction: Some(correction), overridden: flag(overridden), ..common.with(batch) }
            }
            Action::Resend(Resend { batch, overridden, dry_run, stop_after }) => Self {
                overridden: flag(overridden),
                dry_run: flag(dry_run),
                stop_after,
                ..common.with(batch)
            },
            Action::Discard(batch) | Action::Reopen(batch) | Action::Release(batch) => common.with(batch),
            Action::Annotate(Annotate { batch, annotation: Annotation { owner, note, ticket } }) => {
                Self { owner, note, ticket, ..common.with(batch) }
            }
            Action::SetAside(SetAside { which, fingerprint }) => {
                let (key, id) = match which {
                    WhichInvoice::Key(key) => (Some(key), None),
                    WhichInvoice::InTheWayOf(id) => (None, Some(id)),
                };
                Self { key, id, fingerprint: Some(fingerprint), ..common }
            }
            Action::Reconcile(Reconcile { max_receives }) => Self { max_receives, ..common },
            Action::Notify => common,
        }
    }

    fn with(self, Batch { select, first, version, max, cursor }: Batch) -> Self {
        Self { select: Some(select), first, version, max, cursor, ..self }
    }
}

/// A flag that is not set is not written.
fn flag(is_set: bool) -> Option<bool> {
    is_set.then_some(true)
}
