//! The actions, and the fields of each beside `action`, `actor`, `reason` and `lang`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Annotation;
use super::parts::{Correction, Query, Selection};
use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_invoice::InvoiceKey;

/// What is asked, with its fields.
#[derive(Debug, Clone)]
pub enum Action {
    /// The cases that match, in short.
    List(List),
    /// The groups of the cases that match, with counts.
    Groups(Groups),
    /// One case with everything: reasons, audit trail, versions of its body.
    Get(Get),
    /// What a correction would change, and the verdict on the result. It has no effect.
    Preview(Preview),
    /// Stores a corrected body on each case.
    Correct(Correct),
    /// Sends cases to the intake queue again.
    Resend(Resend),
    /// Discards cases.
    Discard(Batch),
    /// Opens discarded cases again, and resent ones whose outcome does not come.
    Reopen(Batch),
    /// Notes an owner, a remark or a ticket.
    Annotate(Annotate),
    /// Lets parked cases be sent again.
    Release(Batch),
    /// Sets a stored invoice aside, so that its key is free.
    SetAside(SetAside),
    /// Maintains the case file and the dead-letter queue.
    Reconcile(Reconcile),
    /// Publishes the alerts that are due.
    Notify,
}

/// Defines the names once: as variants, as texts, and as the list of all.
macro_rules! action_names {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// The name of an action.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the variants of Action say what they are")]
        pub enum ActionName { $($variant),+ }

        impl ActionName {
            /// All names.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire, in logs and in metrics.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

action_names! {
    List = "list",
    Groups = "groups",
    Get = "get",
    Preview = "preview",
    Correct = "correct",
    Resend = "resend",
    Discard = "discard",
    Reopen = "reopen",
    Annotate = "annotate",
    Release = "release",
    SetAside = "set_aside",
    Reconcile = "reconcile",
    Notify = "notify",
}

/// Whether an action has a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonRule {
    /// It is recorded on each case, and must be given.
    Required,
    /// It is recorded where values are shown or something is changed.
    Optional,
    /// Nothing would record it: it is refused, unless the request tests values ([`Action::reads_values`]).
    None,
}

impl ActionName {
    /// The action of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == name)
    }

    /// Whether the action has a reason.
    pub const fn reason(self) -> ReasonRule {
        match self {
            Self::Correct | Self::Resend | Self::Discard | Self::Reopen | Self::Release | Self::SetAside => {
                ReasonRule::Required
            }
            Self::Get | Self::Preview | Self::Annotate => ReasonRule::Optional,
            Self::List | Self::Groups | Self::Reconcile | Self::Notify => ReasonRule::None,
        }
    }

    /// The states of the cases that are meant where a selection names none.
    ///
    /// An owner, a remark or a ticket is for whoever still works on a case, so `annotate` means the cases that have not ended. An
    /// ended case is annotated by its id, or where its state is named.
    pub const fn states(self) -> &'static [State] {
        match self {
            Self::List | Self::Groups | Self::Resend => &[State::Open],
            Self::Preview | Self::Correct | Self::Discard => &[State::Open, State::Parked],
            Self::Reopen => &[State::Discarded, State::Resent],
            Self::Release => &[State::Parked],
            Self::Annotate => &[State::Open, State::Parked, State::Resending, State::Resent],
            Self::Get | Self::SetAside | Self::Reconcile | Self::Notify => &[],
        }
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Action {
    /// Its name.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::List(_) => ActionName::List,
            Self::Groups(_) => ActionName::Groups,
            Self::Get(_) => ActionName::Get,
            Self::Preview(_) => ActionName::Preview,
            Self::Correct(_) => ActionName::Correct,
            Self::Resend(_) => ActionName::Resend,
            Self::Discard(_) => ActionName::Discard,
            Self::Reopen(_) => ActionName::Reopen,
            Self::Annotate(_) => ActionName::Annotate,
            Self::Release(_) => ActionName::Release,
            Self::SetAside(_) => ActionName::SetAside,
            Self::Reconcile(_) => ActionName::Reconcile,
            Self::Notify => ActionName::Notify,
        }
    }

    /// Whether its answer shows values that are otherwise masked, or tells of them: then it takes a reason, which is recorded. A
    /// correction of the asker's own is a test of what it meets, whatever is shown of the result.
    pub fn reads_values(&self) -> bool {
        match self {
            Self::Get(get) => get.unmask,
            Self::Preview(Preview { correction, unmask, .. }) => {
                *unmask || self.searches_values() || correction.as_ref().is_some_and(Correction::tests_values)
            }
            Self::Correct(Correct { correction, .. }) => correction.tests_values() || self.searches_values(),
            _ => self.searches_values(),
        }
    }

    /// Whether it finds its cases by values that are masked. As that may be many cases, it is recorded in the log.
    pub fn searches_values(&self) -> bool {
        let by_selection = |select: &Selection| select.tests_values();
        match self {
            Self::List(List { select, .. }) => select.as_ref().is_some_and(by_selection),
            Self::Groups(Groups { query, .. }) => query.as_ref().is_some_and(Query::tests_values),
            Self::Preview(Preview { batch, .. })
            | Self::Correct(Correct { batch, .. })
            | Self::Resend(Resend { batch, .. })
            | Self::Annotate(Annotate { batch, .. })
            | Self::Discard(batch)
            | Self::Reopen(batch)
            | Self::Release(batch) => by_selection(&batch.select),
            // Whether a seller has an invoice of that number is not said to whoever tries keys.
            Self::SetAside(SetAside { which, .. }) => matches!(which, WhichInvoice::Key(_)),
            Self::Get(_) | Self::Reconcile(_) | Self::Notify => false,
        }
    }

    /// What it does, in words that read after "failed to". There is no value of an invoice in them.
    pub fn describe(&self) -> String {
        let text = match self {
            Self::List(_) => "list the cases",
            Self::Groups(_) => "count the groups",
            Self::Get(Get { id, .. }) => return format!("look at the case {id}"),
            Self::Preview(_) => "preview the correction",
            Self::Correct(_) => "store the correction",
            Self::Resend(Resend { dry_run: true, .. }) => "find out what would be sent",
            Self::Resend(_) => "send the cases",
            Self::Discard(_) => "discard the cases",
            Self::Reopen(_) => "reopen the cases",
            Self::Annotate(_) => "annotate the cases",
            Self::Release(_) => "release the cases",
            Self::SetAside(_) => "set the invoice aside",
            Self::Reconcile(_) => "reconcile",
            Self::Notify => "publish the alerts that are due",
        };
        text.to_owned()
    }
}

/// Which cases an action works on, and how far it goes in one request.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Which cases.
    pub select: Selection,
    /// Only the first so many of them.
    pub first: Option<usize>,
    /// The version of the head that was looked at, for one case: if it has changed since, nothing is done.
    pub version: Option<u64>,
    /// At most so many cases in this request; [`crate::BATCH_DEFAULT`] if it is left out.
    pub max: Option<usize>,
    /// Where the previous answer ended.
    pub cursor: Option<String>,
}

impl Batch {
    /// All cases of a selection, from the first on.
    pub const fn of(select: Selection) -> Self {
        Self { select, first: None, version: None, max: None, cursor: None }
    }
}

/// `list`.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Which cases; all open ones if it is left out.
    pub select: Option<Selection>,
    /// At most so many in this answer; 50 if it is left out, [`crate::LIST_MAX`] at most.
    pub limit: Option<usize>,
    /// Where the previous answer ended.
    pub cursor: Option<String>,
}

/// `groups`.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    /// Of which cases; of all open ones if it is left out.
    pub query: Option<Query>,
    /// Where the previous answer ended.
    pub cursor: Option<String>,
}

/// `get`.
#[derive(Debug, Clone)]
pub struct Get {
    /// The case.
    pub id: CaseId,
    /// Show values, and record that they were shown.
    pub unmask: bool,
    /// With this body.
    pub body: Option<WhichBody>,
    /// Of that body, the exact bytes from this one on, counted from 0: as many as there are in a piece
    /// ([`crate::PIECE_MAX`]), in Base64, and without the producer's attributes. With `unmask` only.
    pub from: Option<usize>,
}

/// A body of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichBody {
    /// The one that would be sent: the latest correction, or else that of the last attempt.
    Current,
    /// The one that came first.
    Original,
    /// The one that came with this attempt.
    Attempt(u32),
    /// The correction of this number.
    Correction(u32),
}

/// `preview`.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Which cases.
    pub batch: Batch,
    /// What to change; if it is left out, the cases are judged as they are.
    pub correction: Option<Correction>,
    /// Show values in the differences, and record that they were shown.
    pub unmask: bool,
}

/// `correct`.
#[derive(Debug, Clone)]
pub struct Correct {
    /// Which cases.
    pub batch: Batch,
    /// What to change.
    pub correction: Correction,
    /// Store it although it is not valid, or although another body may be in flight. On the wire: `override`.
    pub overridden: bool,
}

/// `resend`.
#[derive(Debug, Clone)]
pub struct Resend {
    /// Which cases.
    pub batch: Batch,
    /// Send also what the validator will reject. On the wire: `override`.
    pub overridden: bool,
    /// Say what would be sent, and send nothing.
    pub dry_run: bool,
    /// Stop when so many could not be sent.
    pub stop_after: Option<usize>,
}

/// `annotate`. What is left out stays as it is; an empty text removes.
#[derive(Debug, Clone)]
pub struct Annotate {
    /// Which cases.
    pub batch: Batch,
    /// What is noted.
    pub annotation: Annotation,
}

/// `set_aside`.
#[derive(Debug, Clone)]
pub struct SetAside {
    /// Which invoice.
    pub which: WhichInvoice,
    /// The fingerprint of what was looked at: if another is stored there by now, nothing is done.
    pub fingerprint: String,
}

/// A stored invoice.
#[derive(Debug, Clone)]
pub enum WhichInvoice {
    /// The one under this key. On the wire: `key`.
    Key(InvoiceKey),
    /// The one that has the key of this case's current body. On the wire: `id`.
    InTheWayOf(CaseId),
}

/// `reconcile`.
#[derive(Debug, Clone, Default)]
pub struct Reconcile {
    /// At most so many receives of the dead-letter queue; 50 if it is left out.
    pub max_receives: Option<usize>,
}
