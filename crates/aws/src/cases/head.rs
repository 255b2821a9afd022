//! The head of a case: reading what decides, and writing it.

use aduana_cases::case::{CaseHead, NewCase, Reasons, State};
use aduana_cases::message::{CaseId, Sender};
use aduana_cases::ports::{EffectError, EffectErrorKind, Resolution};
use aduana_cases::slots::slotted_by;
use aduana_cases::time::rfc3339;
use aduana_cases::trail::{Event, TrailEnd};
use aduana_invoice::{Summary, Violation};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Update};

use super::Cases;
use crate::errors::failed;
use crate::items::{Item, item, list, n, number, s, text, texts};
use crate::names::cases as names;

/// What decides about a case, and the version under which it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) case: CaseHead,
    pub(super) version: u64,
}

/// The attributes that are read. A head may hold hundreds of kilobytes of reasons that decide about nothing.
const DECIDING: [&str; 15] = [
    names::STATE,
    names::ATTEMPT,
    names::VERSION,
    names::FINGERPRINT,
    names::BODIES,
    names::SOURCE,
    names::SENDER,
    names::QUEUED_AT,
    names::ALERTED_AT,
    names::CORRECTION_FINGERPRINT,
    names::CORRECTIONS,
    names::IN_FLIGHT,
    names::TRAIL_SEQ,
    names::TRAIL_HASH,
    names::EXPIRES_AT,
];

/// What a new head does not have, and what was there before may.
const LEFT_BEHIND: [&str; 18] = [
    names::QUEUED_AT,
    names::ALERTED_AT,
    names::RESOLVED_AT,
    names::ENDED_AT,
    names::EXPIRES_AT,
    names::STORED_SELLER,
    names::STORED_DOCUMENT,
    names::CLAIM_OWNER,
    names::CLAIM_UNTIL_MS,
    names::CORRECTION_NUMBER,
    names::CORRECTION_FINGERPRINT,
    names::CORRECTIONS,
    names::IN_FLIGHT,
    names::IN_FLIGHT_SENDS,
    names::RELEASED,
    names::OWNER,
    names::NOTE,
    names::TICKET,
];

impl Cases {
    /// Reads the head, if there is one.
    pub(super) async fn head(&self, id: &CaseId, effect: &'static str) -> Result<Option<Head>, EffectError> {
        let mut request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(names::CASE_ID, s(id.as_str()))
            .key(names::ITEM, s(names::HEAD))
            .consistent_read(true);
        // By placeholders: DynamoDB reserves many words, `state` among them.
        for name in DECIDING {
            request = request.expression_attribute_names(format!("#{name}"), name);
        }
        let reply = request
            .projection_expression(DECIDING.map(|name| format!("#{name}")).join(", "))
            .send()
            .await
            .map_err(|error| failed(effect, error))?;
        let corrupt = || EffectError::new(EffectErrorKind::Corrupt, effect);
        let head = reply.item.filter(|item| !item.contains_key(names::EXPIRES_AT));
        head.map(|item| Head::read(&item).ok_or_else(corrupt)).transpose()
    }
}

impl Head {
    fn read(item: &Item) -> Option<Self> {
        Some(Self {
            version: number(item, names::VERSION)?,
            case: CaseHead {
                state: State::parse(text(item, names::STATE)?)?,
                attempt: number(item, names::ATTEMPT)?,
                fingerprint: text(item, names::FINGERPRINT)?.to_owned(),
                source: text(item, names::SOURCE)?.parse().ok()?,
                sender: text(item, names::SENDER).and_then(Sender::parse),
                bodies: texts(item, names::BODIES)?,
                corrections: texts(item, names::CORRECTIONS).unwrap_or_default(),
                queued: item.contains_key(names::QUEUED_AT),
                alerted: item.contains_key(names::ALERTED_AT),
                correction: text(item, names::CORRECTION_FINGERPRINT).map(str::to_owned),
                in_flight: text(item, names::IN_FLIGHT).map(str::to_owned),
                trail: TrailEnd {
                    seq: number(item, names::TRAIL_SEQ)?,
                    hash: text(item, names::TRAIL_HASH)?.to_owned(),
                },
            },
        })
    }

    /// The bodies that the case has had, with one more.
    fn bodies_with(head: Option<&Self>, fingerprint: &str) -> AttributeValue {
        let bodies = head.map(|head| head.case.bodies.as_slice()).unwrap_or_default();
        let is_new = !bodies.iter().any(|body| body == fingerprint);
        list(bodies.iter().map(String::as_str).chain(is_new.then_some(fingerprint)))
    }

    /// The head of a case that is opened, or opened again.
    ///
    /// What people have written on it (owner, note, ticket) stays; so does, on a case that was there, what tells of its first
    /// time.
    pub(super) fn hold(before: Option<&Self>, case: &NewCase, event: &Event) -> Write {
        let seen = rfc3339(case.seen_at_ms);
        let fingerprint = case.fingerprint.to_string();
        let mut write = Write::new(before.map(|head| head.version), event);
        write.set(item([
            (names::STATE, s(State::Open.as_str())),
            (names::ATTEMPT, n(case.attempt)),
            (names::BODIES, Self::bodies_with(before, &fingerprint)),
            (names::FINGERPRINT, s(&fingerprint)),
            (names::MESSAGE_ID, s(&case.message_id)),
            (names::LAST_SEEN, s(&seen)),
            (names::RULESET, s(&case.ruleset)),
        ]));
        write.set(reasons(&case.reasons));
        write.set_or_remove(&summary(&case.summary));
        let Some(Self { case: before, .. }) = before else {
            write.set(item([
                (names::SOURCE, s(case.source.to_string())),
                (names::RECEIVED_AT, s(rfc3339(case.received_at_ms))),
                (names::FIRST_SEEN, s(seen)),
            ]));
            // There may be a head whose time is over. Nothing of it is this case's.
            write.remove(LEFT_BEHIND);
            write.put(names::SENDER, case.sender.as_ref().map(|sender| s(sender.as_str())));
            return write;
        };
        write.remove([names::QUEUED_AT, names::ALERTED_AT]);
        write.remove([names::RESOLVED_AT, names::STORED_SELLER, names::STORED_DOCUMENT]);
        write.remove([names::CLAIM_OWNER, names::CLAIM_UNTIL_MS, names::ENDED_AT]);
        if before.ends_correction(&fingerprint) {
            write.remove([names::CORRECTION_NUMBER, names::CORRECTION_FINGERPRINT]);
        }
        if before.ends_in_flight(&fingerprint) {
            write.remove([names::IN_FLIGHT, names::IN_FLIGHT_SENDS]);
        }
        write
    }

    /// The head of a case whose invoice was stored.
    pub(super) fn resolve(&self, resolution: &Resolution, event: &Event) -> Write {
        let at = rfc3339(resolution.at_ms);
        let mut write = Write::new(Some(self.version), event);
        write.set(item([
            (names::STATE, s(State::Resolved.as_str())),
            (names::BODIES, Self::bodies_with(Some(self), &resolution.fingerprint.to_string())),
            (names::LAST_SEEN, s(&at)),
            (names::ENDED_AT, s(&at)),
            (names::RESOLVED_AT, s(at)),
            (names::STORED_SELLER, s(&resolution.invoice.seller)),
            (names::STORED_DOCUMENT, s(&resolution.invoice.document)),
        ]));
        write.remove([names::CLAIM_OWNER, names::CLAIM_UNTIL_MS, names::IN_FLIGHT, names::IN_FLIGHT_SENDS]);
        write
    }
}

fn reasons(reasons: &Reasons) -> Item {
    item([
        (names::REASON_CODE, s(reasons.code)),
        (names::REASON_CATEGORY, s(reasons.category.as_str())),
        (names::REASON_COUNT, n(reasons.count)),
        (names::CODES, list(reasons.codes())),
        (names::REASONS, AttributeValue::L(reasons.listed.iter().map(reason).collect())),
        (names::GROUP_ID, s(&reasons.group.id)),
        (names::GROUP_LABEL, s(&reasons.group.label)),
    ])
}

fn reason(violation: &Violation) -> AttributeValue {
    use names::reason as in_reason;
    let Violation { code, category, severity, path, term, expected, actual, suggestion } = violation;
    let suggestion = (!suggestion.is_empty()).then(|| serde_json::to_string(suggestion).unwrap_or_default());
    let texts = [
        (in_reason::CODE, Some(*code)),
        (in_reason::CATEGORY, Some(category.as_str())),
        (in_reason::SEVERITY, Some(severity.as_str())),
        (in_reason::PATH, Some(path.as_str())),
        (in_reason::TERM, *term),
        (in_reason::EXPECTED, expected.as_deref()),
        (in_reason::ACTUAL, actual.as_deref()),
        (in_reason::SUGGESTION, suggestion.as_deref()),
    ];
    AttributeValue::M(item(texts.into_iter().filter_map(|(name, text)| Some((name, s(text?))))))
}

fn summary(summary: &Summary) -> [(&'static str, Option<&str>); 7] {
    let key = summary.key.as_ref();
    [
        (names::SELLER, key.map(|key| key.seller.as_str())),
        (names::NUMBER, summary.number.as_deref()),
        (names::SELLER_NAME, summary.seller.as_deref()),
        (names::BUYER_NAME, summary.buyer.as_deref()),
        (names::ISSUE_DATE, summary.issue_date.as_deref()),
        (names::CURRENCY, summary.currency.as_deref()),
        (names::PAYABLE, summary.payable.as_deref()),
    ]
}

/// A write to a head that decides about its case: an update, so that attributes of others stay.
pub(super) struct Write {
    /// The version that must be there; `None` if there must be no head.
    read: Option<u64>,
    set: Item,
    remove: Vec<&'static str>,
}

impl Write {
    /// What every such write sets, over the head of this version.
    pub(super) fn new(read: Option<u64>, event: &Event) -> Self {
        let end = event.end();
        let set = item([
            (names::VERSION, n(read.unwrap_or(0).saturating_add(1))),
            (names::TRAIL_SEQ, n(end.seq)),
            (names::TRAIL_HASH, s(end.hash)),
        ]);
        Self { read, set, remove: Vec::new() }
    }

    pub(super) fn set(&mut self, values: Item) {
        self.set.extend(values);
    }

    fn remove(&mut self, names: impl IntoIterator<Item = &'static str>) {
        self.remove.extend(names);
    }

    fn set_or_remove(&mut self, texts: &[(&'static str, Option<&str>)]) {
        for (name, text) in texts {
            self.put(name, text.map(s));
        }
    }

    /// Sets an attribute, or takes it away.
    pub(super) fn put(&mut self, name: &'static str, value: Option<AttributeValue>) {
        match value {
            Some(value) => drop(self.set.insert(name.to_owned(), value)),
            None => self.remove.push(name),
        }
    }

    /// The update: `SET #a = :a, … REMOVE #b, …`.
    pub(super) fn build(mut self, table: &str, id: &CaseId) -> Result<Update, BuildError> {
        for (name, slot) in [(names::STATE, names::STATE_SLOT), (names::GROUP_ID, names::GROUP_SLOT)] {
            if let Some(key) = text(&self.set, name).map(|key| slotted_by(key, id.as_str())) {
                self.set.insert(slot.to_owned(), s(key));
            }
        }
        let mut update = Update::builder()
            .table_name(table)
            .key(names::CASE_ID, s(id.as_str()))
            .key(names::ITEM, s(names::HEAD));
        let mut set = Vec::new();
        for (name, value) in self.set {
            set.push(format!("#{name} = :{name}"));
            update = update
                .expression_attribute_values(format!(":{name}"), value)
                .expression_attribute_names(format!("#{name}"), name);
        }
        let mut remove = Vec::new();
        for name in self.remove {
            remove.push(format!("#{name}"));
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        update = match self.read {
            None => update.condition_expression(super::NOT_THERE),
            Some(version) => update
                .condition_expression("#version = :read")
                .expression_attribute_values(":read", n(version)),
        };
        update.update_expression(expression).build()
    }
}
