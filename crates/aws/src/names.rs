//! The names in the tables: keys, attributes and indexes. Whoever reads what is written here takes them from this place.

/// The table of valid invoices.
///
/// An invoice is one item under its seller and document. A body too large for it is in items of its own, under the seller
/// [`body_key`](invoices::body_key) and the documents [`part_key`](invoices::part_key). What an invoice has in common with its double, were
/// there one, is an item under the seller [`likeness_key`](invoices::likeness_key).
///
/// An invoice that was set aside is under the seller [`set_aside_key`](invoices::set_aside_key) and its fingerprint, with all that it had, its
/// own key as [`OF_SELLER`](invoices::OF_SELLER) and [`OF_DOCUMENT`](invoices::OF_DOCUMENT), and the event ([`cases::event`]). Under its own key is a
/// mark, until another invoice is stored there: [`SET_ASIDE`](invoices::SET_ASIDE) alone.
pub mod invoices {
    use aduana_cases::trail::trail_of_key;
    use aduana_invoice::{Fingerprint, InvoiceKey};

    /// Partition key, text: the seller's identity.
    pub const SELLER: &str = "seller";
    /// Sort key, text: number, family and year, as [`InvoiceKey::document`](aduana_invoice::InvoiceKey::document) has them.
    pub const DOCUMENT: &str = "document";
    /// The invoice number as it was received; at most 256 characters of it.
    pub const NUMBER: &str = "number";
    /// When it was stored, RFC 3339 in UTC with milliseconds.
    pub const STORED_AT: &str = "stored_at";
    /// The day of that, `YYYY-MM-DD`.
    pub const STORED_DAY: &str = "stored_day";
    /// That day with a slot, by the fingerprint ([`aduana_cases::slots`]): the key of the index `by_day`, with [`STORED_AT`].
    pub const DAY_SLOT: &str = "day_slot";
    /// The issue date, `YYYY-MM-DD`.
    pub const ISSUE_DATE: &str = "issue_date";
    /// The currency, ISO 4217.
    pub const CURRENCY: &str = "currency";
    /// The amount due: an exact decimal, as text.
    pub const PAYABLE: &str = "payable";
    /// The seller's name.
    pub const SELLER_NAME: &str = "seller_name";
    /// The buyer's name.
    pub const BUYER_NAME: &str = "buyer_name";
    /// A list of the codes of its warnings.
    pub const WARNINGS: &str = "warnings";
    /// The fingerprint of the exact body.
    pub const FINGERPRINT: &str = "fingerprint";
    /// The bytes of the body before it was packed, a number.
    pub const BODY_SIZE: &str = "body_size";
    /// How the body is packed: [`aduana_cases::body::ENCODING`].
    pub const BODY_ENCODING: &str = "body_encoding";
    /// The packed body, or the bytes of a part; binary.
    pub const BODY: &str = "body";
    /// The number of parts, where the body is in items of its own.
    pub const BODY_PARTS: &str = "body_parts";
    /// Where the message came from.
    pub const SOURCE: &str = "source";
    /// Who sent it, where known: [`aduana_cases::message::Sender`].
    pub const SENDER: &str = "sender";
    /// The id of the message that brought it.
    pub const MESSAGE_ID: &str = "message_id";
    /// The case that it belongs to, if it was held before.
    pub const CASE_ID: &str = "case_id";
    /// The version of the rule set that accepted it.
    pub const RULESET: &str = "ruleset";

    /// What was set aside: the seller of its own key.
    pub const OF_SELLER: &str = "of_seller";
    /// What was set aside: the document of its own key.
    pub const OF_DOCUMENT: &str = "of_document";
    /// A mark: a list of the fingerprints that were set aside from its key.
    pub const SET_ASIDE: &str = "set_aside";
    /// What [`STORED_DAY`] holds of an invoice that was set aside.
    pub const SET_ASIDE_DAY: &str = "set-aside";

    /// The index by [`STORED_DAY`] and [`STORED_AT`].
    pub const BY_DAY: &str = "by_day";

    /// The partition key of the parts of a body. No seller's identity begins so.
    pub fn body_key(fingerprint: &Fingerprint) -> String {
        format!("body:{fingerprint}")
    }

    /// The partition key of what was set aside from a key. No seller's identity begins so.
    pub fn set_aside_key(key: &InvoiceKey) -> String {
        format!("set-aside:{}", trail_of_key(key))
    }

    /// The sort key of a part, counted from 1.
    pub fn part_key(part: usize) -> String {
        format!("{part:04}")
    }

    /// The partition key of a likeness. No seller's identity begins so.
    pub fn likeness_key(digest: &Fingerprint) -> String {
        format!("like:{digest}")
    }

    /// The sort key of a likeness.
    pub const FIRST: &str = "first";
    /// Of a likeness: the [`DOCUMENT`] of the invoice that had it first. The seller is part of what the likeness is the digest of.
    pub const LIKE_DOCUMENT: &str = "like_document";
    /// Of a likeness: the case of that invoice's message.
    pub const LIKE_CASE: &str = "like_case";
}

/// The case file.
///
/// A case is several items under its id: [`HEAD`](cases::HEAD), the parts of its bodies and of its producer's
/// attributes at each attempt, and the events of its trail.
pub mod cases {
    /// Partition key, text: the case id.
    pub const CASE_ID: &str = "case_id";
    /// Sort key, text: which item of the case.
    pub const ITEM: &str = "item";
    /// The sort key of the head.
    pub const HEAD: &str = "head";

    /// The state, one of [`aduana_cases::case::State`].
    pub const STATE: &str = "state";
    /// The last attempt that was held, a number.
    pub const ATTEMPT: &str = "attempt";
    /// Counts the writes that decide about the case: who writes such a thing does it on the condition that this is as it was
    /// read, and adds one. Marks ([`QUEUED_AT`], [`ALERTED_AT`]) leave it alone.
    pub const VERSION: &str = "version";
    /// The fingerprint of the last attempt's body.
    pub const FINGERPRINT: &str = "fingerprint";
    /// A list of the fingerprints of every body that was held or stored.
    pub const BODIES: &str = "bodies";
    /// When the last attempt was queued, RFC 3339.
    pub const QUEUED_AT: &str = "queued_at";
    /// When its alert was enqueued, RFC 3339.
    pub const ALERTED_AT: &str = "alerted_at";
    /// Where the message first came from.
    pub const SOURCE: &str = "source";
    /// Who sent it first, where known: [`aduana_cases::message::Sender`].
    pub const SENDER: &str = "sender";
    /// The id of the message that brought the last attempt.
    pub const MESSAGE_ID: &str = "message_id";
    /// When the producer sent it first, RFC 3339.
    pub const RECEIVED_AT: &str = "received_at";
    /// When it was first held, RFC 3339.
    pub const FIRST_SEEN: &str = "first_seen";
    /// When it was last held or stored, RFC 3339.
    pub const LAST_SEEN: &str = "last_seen";
    /// The version of the rule set that refused it.
    pub const RULESET: &str = "ruleset";
    /// The first, most telling code.
    pub const REASON_CODE: &str = "reason_code";
    /// The worst category.
    pub const REASON_CATEGORY: &str = "reason_category";
    /// The number of errors, listed or not.
    pub const REASON_COUNT: &str = "reason_count";
    /// A list of the distinct codes of the errors.
    pub const CODES: &str = "codes";
    /// A list of maps, one a violation: see [`reason`].
    pub const REASONS: &str = "reasons";
    /// The group's id.
    pub const GROUP_ID: &str = "group_id";
    /// The group in words.
    pub const GROUP_LABEL: &str = "group_label";
    /// The seller's identity, where it could be read.
    pub const SELLER: &str = "seller";
    /// The invoice number, where it could be read.
    pub const NUMBER: &str = "number";
    /// The seller's name.
    pub const SELLER_NAME: &str = "seller_name";
    /// The buyer's name.
    pub const BUYER_NAME: &str = "buyer_name";
    /// The issue date.
    pub const ISSUE_DATE: &str = "issue_date";
    /// The currency.
    pub const CURRENCY: &str = "currency";
    /// The amount due, as text.
    pub const PAYABLE: &str = "payable";
    /// The number of the trail's last event.
    pub const TRAIL_SEQ: &str = "trail_seq";
    /// The hash of the trail's last event.
    pub const TRAIL_HASH: &str = "trail_hash";
    /// When its invoice was stored, RFC 3339.
    pub const RESOLVED_AT: &str = "resolved_at";
    /// When it ended, RFC 3339.
    pub const ENDED_AT: &str = "ended_at";
    /// In every item of a case whose time is over: when DynamoDB may delete it, seconds since the Unix epoch; a number. What has
    /// this is not there for anybody, although it can still be read for days.
    pub const EXPIRES_AT: &str = "expires_at";
    /// The seller's identity of the invoice that was stored: with [`STORED_DOCUMENT`], its key in the other table.
    pub const STORED_SELLER: &str = "stored_seller";
    /// The document of the invoice that was stored.
    pub const STORED_DOCUMENT: &str = "stored_document";

    /// The id of the call that sends the case at this moment.
    pub const CLAIM_OWNER: &str = "claim_owner";
    /// When that right lapses, milliseconds since the Unix epoch; a number.
    pub const CLAIM_UNTIL_MS: &str = "claim_until_ms";
    /// The number of the correction that waits to be sent.
    pub const CORRECTION_NUMBER: &str = "correction_number";
    /// The fingerprint of that correction.
    pub const CORRECTION_FINGERPRINT: &str = "correction_fingerprint";
    /// A list of the fingerprints of every correction that the case has had, in order.
    pub const CORRECTIONS: &str = "corrections";
    /// The fingerprint of the body that was sent, or may have been, without an outcome as yet.
    pub const IN_FLIGHT: &str = "in_flight";
    /// How often it may have been sent, a number.
    pub const IN_FLIGHT_SENDS: &str = "in_flight_sends";
    /// The attempt at which it was last released from being parked, a number.
    pub const RELEASED: &str = "released";
    /// Who looks after it.
    pub const OWNER: &str = "owner";
    /// A remark.
    pub const NOTE: &str = "note";
    /// The number of a ticket elsewhere.
    pub const TICKET: &str = "ticket";

    /// In a part: its bytes, binary.
    pub const BYTES: &str = "bytes";
    /// In a part: the number of parts that belong together.
    pub const PARTS: &str = "parts";
    /// In a part: the bytes of all parts together before they were packed.
    pub const SIZE: &str = "size";
    /// In a part: how the bytes are packed, [`aduana_cases::body::ENCODING`].
    pub const ENCODING: &str = "encoding";

    /// In a head: its [`STATE`] and its slot, `open#7` ([`aduana_cases::slots`]).
    pub const STATE_SLOT: &str = "state_slot";
    /// In a head: its [`GROUP_ID`] and its slot.
    pub const GROUP_SLOT: &str = "group_slot";
    /// The index by [`STATE_SLOT`] and [`LAST_SEEN`].
    pub const BY_STATE: &str = "by_state";
    /// The index by [`GROUP_SLOT`] and [`LAST_SEEN`].
    pub const BY_GROUP: &str = "by_group";

    /// The beginning of the sort keys of a body's parts.
    pub fn body_prefix(attempt: u32) -> String {
        format!("body:{attempt:06}:")
    }

    /// The beginning of the sort keys of a correction's parts.
    pub fn correction_prefix(number: u32) -> String {
        format!("correction:{number:06}:")
    }

    /// The beginning of the sort keys of the parts of a producer's attributes.
    pub fn attributes_prefix(attempt: u32) -> String {
        format!("attributes:{attempt:06}:")
    }

    /// The sort key of a part, counted from 1.
    pub fn part_key(prefix: &str, part: usize) -> String {
        format!("{prefix}{part:04}")
    }

    /// In the map of a reason. All are text; those that a violation does not have are left out.
    pub mod reason {
        /// The rule's code.
        pub const CODE: &str = "code";
        /// The category.
        pub const CATEGORY: &str = "category";
        /// `error` or `warning`.
        pub const SEVERITY: &str = "severity";
        /// JSON Pointer of the place.
        pub const PATH: &str = "path";
        /// The business term.
        pub const TERM: &str = "term";
        /// What was expected.
        pub const EXPECTED: &str = "expected";
        /// What was found.
        pub const ACTUAL: &str = "actual";
        /// The suggested correction: a JSON Patch, as text, so that its numbers stay as they are.
        pub const SUGGESTION: &str = "suggestion";
    }

    /// In an event of the trail. The numbers are numbers, all else is text.
    pub mod event {
        /// The event's number, from 1.
        pub const SEQ: &str = "seq";
        /// When.
        pub const AT: &str = "at";
        /// Who.
        pub const ACTOR: &str = "actor";
        /// How it was asked for; an empty text for what nobody asked for.
        pub const WAY: &str = "way";
        /// What.
        pub const ACT: &str = "act";
        /// The attempt, a number.
        pub const ATTEMPT: &str = "attempt";
        /// Why.
        pub const REASON: &str = "reason";
        /// The fingerprint before.
        pub const BEFORE: &str = "before";
        /// The fingerprint after.
        pub const AFTER: &str = "after";
        /// The hash of the event before.
        pub const PREV: &str = "prev";
        /// The hash of this event.
        pub const HASH: &str = "hash";
    }
}

/// The outbox of alerts, in the table of the case file: items under [`partition`](outbox::partition), which is no case id.
///
/// Each has [`OUTBOX`](outbox::BOARD) and [`DUE`](outbox::DUE), and so is in the index [`BY_DUE`](outbox::BY_DUE); no other item is.
pub mod outbox {
    /// The sort key of a group's window.
    pub const WINDOW: &str = "window";
    /// The sort key of the digest that is being published.
    pub const DIGEST: &str = "digest";
    /// The beginning of the sort keys of pending alerts.
    const ALERT: &str = "alert:";
    /// The beginning of the partition keys.
    const GROUP: &str = "group:";

    /// The partition key of the index: always [`PENDING`].
    pub const OUTBOX: &str = "outbox";
    /// What [`OUTBOX`] holds.
    pub const PENDING: &str = "pending";
    /// The sort key of the index: when it is to be published, or closed, RFC 3339.
    pub const DUE: &str = "due";
    /// The index by [`OUTBOX`] and [`DUE`].
    pub const BY_DUE: &str = "by_due";

    /// Of a window: until when it is open, milliseconds since the Unix epoch; a number.
    pub const UNTIL_MS: &str = "until_ms";
    /// Of a window: when it was opened, that is, when the group was reported last; a number.
    pub const OPENED_MS: &str = "opened_ms";
    /// Of a digest: its id, which is that of the alert.
    pub const DIGEST_ID: &str = "digest_id";
    /// Of a digest: a list of the ids of its pending alerts.
    pub const ALERTS: &str = "alerts";
    /// Of a digest: when the lease of the function that publishes it ends; a number.
    pub const LEASE_UNTIL_MS: &str = "lease_until_ms";
    /// Of a pending alert: why its messages are held, as JSON.
    pub const CAUSE: &str = "cause";
    /// Of a pending alert: a list of its messages, each a case id, a blank, and the attempt.
    pub const CASES: &str = "cases";
    /// Of a pending alert: how many they are, a number.
    pub const HELD: &str = "held";
    /// Of a pending alert: when it was enqueued; a number.
    pub const AT_MS: &str = "at_ms";
    /// Of a pending alert: [`DUE`] as a number.
    pub const DUE_MS: &str = "due_ms";
    /// Of a pending alert: whether it is an alert of its own; a truth value.
    pub const AT_ONCE: &str = "at_once";

    /// The partition key of a group.
    pub fn partition(group: &str) -> String {
        format!("{GROUP}{group}")
    }

    /// The group of a partition key.
    pub fn group_of(partition: &str) -> Option<&str> {
        partition.strip_prefix(GROUP)
    }

    /// The sort key of a pending alert.
    pub fn alert_key(id: &str) -> String {
        format!("{ALERT}{id}")
    }

    /// The id of the pending alert of a sort key.
    pub fn alert_id(sort: &str) -> Option<&str> {
        sort.strip_prefix(ALERT)
    }
}
