//! The names of the effects, as they stand in log lines, metrics and errors. Each reads after "failed to".

/// Writing an invoice to the invoices table.
pub const STORE: &str = "store the invoice";
/// Noting in the invoices table what an invoice has in common with its double, were there one.
pub const NOTE_LIKENESS: &str = "note the likeness of the invoice";
/// Reading an invoice from the invoices table.
pub const LOOK_UP: &str = "look the invoice up";

/// Moving a stored invoice from its key to the invoices that are set aside.
pub const SET_ASIDE: &str = "set the invoice aside";

/// Opening a case, or reopening it with a later attempt.
pub const HOLD: &str = "put the message into the case file";
/// Reading the head of the case that a message names.
pub const FIND: &str = "find the case that the message names";
/// Reading a body of a case and the producer's attributes.
pub const FETCH: &str = "fetch the message from the case file";
/// Closing the case of a stored invoice.
pub const RESOLVE: &str = "close the case";
/// Marking a case as queued.
pub const MARK: &str = "mark the case";
/// Listing cases from an index.
pub const LIST: &str = "list the cases";
/// Reading the heads of cases.
pub const READ_HEADS: &str = "read the cases";
/// Reading the reasons in the head of a case.
pub const READ_REASONS: &str = "read the reasons of the case";
/// Reading the audit trail of a case.
pub const READ_TRAIL: &str = "read the trail of the case";
/// Writing a transition of a case.
pub const WRITE: &str = "write the case";
/// Deleting a case whose retention has ended.
pub const EXPIRE: &str = "expire the case";

/// Sending a held message to the dead-letter queue.
pub const QUEUE: &str = "send the message to the dead-letter queue";
/// Receiving from the dead-letter queue.
pub const RECEIVE: &str = "receive from the dead-letter queue";
/// Deleting from the dead-letter queue.
pub const DELETE: &str = "delete the message from the dead-letter queue";
/// Sending a resent message to the intake queue.
pub const RESEND: &str = "send the message to the intake queue";

/// Reading pending alerts, digests and suppression windows.
pub const READ_OUTBOX: &str = "read the outbox of alerts";
/// Writing pending alerts, digests and suppression windows.
pub const ENQUEUE: &str = "write the pending alert";
/// Removing pending alerts, digests and suppression windows.
pub const REMOVE: &str = "remove the pending alert";
/// Publishing alerts to the topic.
pub const PUBLISH: &str = "publish the alert";
