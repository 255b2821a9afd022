//! The log of a request: one line for the log and numbers for CloudWatch. Ids, codes and counts; no value of an invoice.

use aduana_aws::requests::RequestError;
use aduana_cases::log::{LogContext, LogLevel, LogLine};
use aduana_cases::message::CaseId;
use aduana_cases::metrics::{Metric, Unit, document};
use aduana_cases::time::from_rfc3339;
use aduana_cases::trail::Way;
use aduana_redrive::answer::{Answer, Code, Done, NotifyReport, Reconciled, Resent, SetAsideReport, Skipped};
use aduana_redrive::request::{ActionName, Request};
use serde_json::Value;

/// The most case ids that a line names.
const IDS_MAX: usize = 20;
/// The longest actor in a line, in characters: a request that is refused may name anybody.
const ACTOR_MAX: usize = 256;
/// The longest reason of a search in a line, in characters: as long as a reason may be.
const REASON_MAX: usize = 1_000;

type Fields = Vec<(&'static str, Value)>;

/// Who asks for what, and how.
#[derive(Debug)]
pub(crate) struct RequestInfo {
    way: Way,
    /// `None` if it could not be read.
    action: Option<ActionName>,
    actor: Option<String>,
    /// Why, where cases were searched for by values that are masked. What was searched for is left out.
    search: Option<String>,
}

impl RequestInfo {
    pub(crate) fn of(way: Way, request: Option<&Request>) -> Self {
        let actor = |request: &Request| request.actor.chars().take(ACTOR_MAX).collect();
        let search = request.filter(|request| request.action.searches_values());
        Self {
            way,
            action: request.map(|request| request.action.name()),
            actor: request.map(actor),
            search: search.map(|request| request.reason.chars().take(REASON_MAX).collect()),
        }
    }

    fn fields(&self) -> Fields {
        let way = ("way", self.way.as_str().into());
        let action = self.action.map(|action| ("action", action.as_str().into()));
        let actor = self.actor.as_deref().map(|actor| ("actor", actor.into()));
        let search = self.search.as_deref();
        let by = search.map(|_| ("searched_by", "seller".into()));
        let reason = search.map(|reason| ("reason", reason.into()));
        [Some(way), action, actor, by, reason].into_iter().flatten().collect()
    }
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct RequestLog {
    pub(crate) line: LogLine,
    metrics: Vec<Metric>,
}

impl RequestLog {
    pub(crate) fn of(info: &RequestInfo, answer: &Result<Answer, RequestError>, now_ms: i64) -> Self {
        let mut fields = info.fields();
        let (level, message, ids, mut metrics) = match answer {
            Ok(answer) => {
                let Counted { counts, ids, metrics } = Counted::of(info, answer, now_ms);
                fields.extend(counts);
                (LogLevel::Info, "request done", ids, metrics)
            }
            Err(error) => {
                let code = error.failure.error.code;
                fields.push(("error", format!("{code:?}").into()));
                let (level, message) = match code {
                    Code::Unavailable | Code::Uncertain => (LogLevel::Error, "request failed"),
                    _ => (LogLevel::Warn, "request refused"),
                };
                (level, message, Vec::new(), Vec::new())
            }
        };
        if !ids.is_empty() {
            fields.push(("case_ids", ids.iter().take(IDS_MAX).map(CaseId::as_str).collect()));
        }
        metrics.push(Metric::count("Requests", 1));
        metrics.push(Metric::count("Refused", usize::from(level == LogLevel::Warn)));
        metrics.push(Metric::count("FailedRequests", usize::from(level == LogLevel::Error)));
        let one = if let [id] = ids.as_slice() { Some(id.to_string()) } else { None };
        Self { line: LogLine { level, message, correlation_id: one, fields }, metrics }
    }

    /// The documents of the metrics: all under the service, and how many requests there were of each action.
    pub(crate) fn metrics(&self, info: &RequestInfo, context: &LogContext) -> Vec<String> {
        let by_action = info.action.map(|action| {
            let requests: Vec<Metric> = self
                .metrics
                .iter()
                .filter(|it| matches!(it.name, "Requests" | "Refused" | "FailedRequests"))
                .copied()
                .collect();
            document(context, &[("Action", action.as_str())], &requests)
        });
        [document(context, &[], &self.metrics)].into_iter().chain(by_action).collect()
    }
}

/// What an answer counts.
struct Counted {
    counts: Fields,
    /// The cases that something was done to.
    ids: Vec<CaseId>,
    metrics: Vec<Metric>,
}

impl Counted {
    fn of(info: &RequestInfo, answer: &Answer, now_ms: i64) -> Self {
        let looked = |counts, ids| Self { counts, ids, metrics: Vec::new() };
        match answer {
            Answer::List(lines) => looked(vec![("cases", lines.cases.len().into())], Vec::new()),
            Answer::Groups(lines) => {
                looked(vec![("groups", lines.groups.len().into()), ("cases", lines.cases.into())], Vec::new())
            }
            Answer::Get(shown) => looked(Vec::new(), vec![shown.case.id.clone()]),
            Answer::Preview(previewed) => looked(
                vec![
                    ("valid", previewed.valid.into()),
                    ("invalid", previewed.invalid.into()),
                    ("skipped", previewed.skipped.len().into()),
                ],
                previewed.cases.iter().map(|case| case.id.clone()).collect(),
            ),
            Answer::Done(done) => Self::done(info.action, done),
            Answer::Resend(resent) => Self::resent(resent),
            Answer::SetAside(SetAsideReport { fingerprint, changed, .. }) => Self {
                counts: vec![("fingerprint", fingerprint.as_str().into()), ("changed", (*changed).into())],
                ids: Vec::new(),
                metrics: vec![Metric::count("SetAside", usize::from(*changed))],
            },
            Answer::Reconcile(reconciled) => Self::reconciled(reconciled, now_ms),
            Answer::Notify(request_log) => Self::request_log(request_log),
        }
    }

    fn done(action: Option<ActionName>, done: &Done) -> Self {
        let changed: Vec<CaseId> = done.done.iter().filter(|it| it.changed).map(|it| it.id.clone()).collect();
        let name = action.and_then(|action| match action {
            ActionName::Correct => Some("Corrected"),
            ActionName::Discard => Some("Discarded"),
            ActionName::Reopen => Some("Reopened"),
            ActionName::Release => Some("Released"),
            // Not counted, or counted by their own answers.
            ActionName::Annotate
            | ActionName::List
            | ActionName::Groups
            | ActionName::Get
            | ActionName::Preview
            | ActionName::Resend
            | ActionName::SetAside
            | ActionName::Reconcile
            | ActionName::Notify => None,
        });
        let counts = vec![
            ("done", done.done.len().into()),
            ("changed", changed.len().into()),
            ("skipped", done.skipped.len().into()),
            ("skipped_because", because(&done.skipped)),
        ];
        let metrics = name.map(|name| Metric::count(name, changed.len())).into_iter().collect();
        Self { counts, ids: changed, metrics }
    }

    fn resent(resent: &Resent) -> Self {
        let sent = if resent.dry_run { 0 } else { resent.sent.len() };
        let counts = vec![
            ("dry_run", resent.dry_run.into()),
            ("sent", resent.sent.len().into()),
            ("skipped", resent.skipped.len().into()),
            ("skipped_because", because(&resent.skipped)),
            ("stopped", resent.stopped.into()),
        ];
        let metrics = vec![Metric::count("Resent", sent), Metric::count("NotResent", resent.skipped.len())];
        Self { counts, ids: resent.sent.iter().map(|case| case.id.clone()).collect(), metrics }
    }

    fn request_log(it: &NotifyReport) -> Self {
        let numbers = [
            ("alerts_sent", "AlertsSent", it.alerts_sent),
            ("alerts_failed", "AlertsFailed", it.alerts_failed),
        ];
        let mut counts: Fields = numbers.iter().map(|(field, _, n)| (*field, (*n).into())).collect();
        counts.push(("complete", it.complete.into()));
        let metrics = numbers.iter().map(|(_, name, n)| Metric::count(name, *n)).collect();
        Self { counts, ids: Vec::new(), metrics }
    }

    fn reconciled(it: &Reconciled, now_ms: i64) -> Self {
        let numbers = [
            ("looked_at", "LookedAt", it.looked_at),
            ("ingested", "Ingested", it.ingested),
            ("already_stored", "AlreadyStored", it.already_stored),
            ("returned", "Returned", it.returned),
            ("deleted", "CopiesDeleted", it.deleted),
            ("orphans", "Orphans", it.orphans),
            ("refused_claims", "RefusedClaims", it.refused_claims),
            ("lapsed", "ClaimsLapsed", it.lapsed),
            ("expiring", "Expiring", it.expiring),
            ("expired", "CasesExpired", it.expired),
            ("alerts_sent", "AlertsSent", it.alerts_sent),
            ("alerts_failed", "AlertsFailed", it.alerts_failed),
            ("failed", "FailedEffects", it.failed),
        ];
        let mut counts: Fields = numbers.iter().map(|(field, _, n)| (*field, (*n).into())).collect();
        counts.push(("complete", it.complete.into()));
        counts.push(("oldest_open", it.oldest_open.clone().into()));
        let mut metrics: Vec<Metric> = numbers.iter().map(|(_, name, n)| Metric::count(name, *n)).collect();
        metrics.extend(age(it, now_ms));
        Self { counts, ids: Vec::new(), metrics }
    }
}

/// How old the oldest open case is; nothing if that is not known.
fn age(it: &Reconciled, now_ms: i64) -> Option<Metric> {
    let value = match &it.oldest_open {
        Some(oldest) => {
            let age_ms = now_ms.saturating_sub(from_rfc3339(oldest)?);
            u64::try_from(age_ms / 1_000).unwrap_or(0)
        }
        // A run that did not come to its end may not have seen it.
        None if it.complete => 0,
        None => return None,
    };
    Some(Metric { name: "OldestOpenCase", unit: Unit::Seconds, value })
}

/// How many were skipped for each code.
fn because(skipped: &[Skipped]) -> Value {
    let mut counts = serde_json::Map::new();
    for Skipped { code, .. } in skipped {
        let count = counts.entry(format!("{code:?}")).or_insert(0.into());
        *count = count.as_u64().unwrap_or(0).saturating_add(1).into();
    }
    counts.into()
}

#[cfg(test)]
#[path = "request_log/tests.rs"]
mod tests;
