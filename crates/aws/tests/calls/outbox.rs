//! The outbox of alerts.

use aduana_aws::Cases;
use aduana_cases::alerts::Cause;
use aduana_cases::alerts::outbox::{
    AlertOutbox, Digest, EnqueueReply, Entry, GroupOutbox, PendingAlert, PendingEntry, PendingKind,
    Published, WindowUpdate,
};
use aduana_cases::message::CaseId;
use aduana_cases::ports::{CaseFile, EffectErrorKind};
use serde_json::json;

use crate::samples::{AT, TABLE, case, case_id, case_table, cases_on};
use aduana_testkit::aws_stub::tables::cancelled;
use aduana_testkit::aws_stub::{AwsStub, Reply};

const GROUP: &str = "9e0da065c75e551b";
const MINUTE: i64 = 60_000;
fn pending_alert(id: char, cases: Vec<(CaseId, u32)>, at_once: bool) -> PendingAlert {
    PendingAlert {
        id: id.to_string().repeat(32),
        group: GROUP.to_owned(),
        cause: Cause::of(&case(1, b"x").reasons),
        cases,
        at_ms: AT,
        due_ms: AT + MINUTE,
        at_once,
    }
}

fn window_update(read_ms: Option<i64>, until_ms: i64) -> WindowUpdate {
    WindowUpdate { group: GROUP.to_owned(), read_ms, until_ms }
}

fn entry(window_updates: Vec<WindowUpdate>, pending_alerts: Vec<PendingAlert>) -> Entry {
    Entry { window_updates, pending_alerts, at_ms: AT }
}

/// Puts the case of the samples up at this attempt.
pub(crate) async fn put_up(cases: &Cases, attempt: u32, at_ms: i64) {
    let pending_alert = pending_alert('f', vec![(case_id(), attempt)], true);
    let entry = Entry { pending_alerts: vec![pending_alert], at_ms, ..Entry::default() };
    assert_eq!(cases.enqueue(&entry).await.unwrap(), EnqueueReply::Done);
}

#[tokio::test]
async fn a_notice_its_window_and_the_marks_of_its_cases_are_written_in_one_call() {
    let (tables, aws, cases) = case_table();
    cases.hold(&case(1, b"x")).await.unwrap();
    let pending_alert = pending_alert('a', vec![(case_id(), 1)], true);
    let entered =
        cases.enqueue(&entry(vec![window_update(None, AT + 5 * MINUTE)], vec![pending_alert.clone()])).await;
    assert_eq!(entered.unwrap(), EnqueueReply::Done);
    assert_eq!(aws.actions(), ["TransactWriteItems"; 2]);

    let items = tables.items(TABLE);
    let mark = json!({ "S": "2026-11-24T09:30:00.007Z" });
    assert_eq!((&items["head"]["alerted_at"], &items["head"]["queued_at"]), (&mark, &mark));
    assert_eq!(items["head"]["version"], json!({ "N": "1" }), "a mark decides about nothing");
    assert_eq!(items["window"]["case_id"], json!({ "S": format!("group:{GROUP}") }));
    assert!(
        items["window"]["state"].is_null() && items["window"]["group_id"].is_null(),
        "in no list of cases"
    );
    assert_eq!(
        cases.windows(&[GROUP.to_owned(), "other".to_owned()]).await.unwrap(),
        [(GROUP.to_owned(), AT + 5 * MINUTE)]
    );
    let outbox = cases.group(GROUP).await.unwrap();
    let expected = GroupOutbox {
        window_until_ms: Some(AT + 5 * MINUTE),
        digest: None,
        pending_alerts: vec![pending_alert],
    };
    assert_eq!(outbox, expected, "as it was written");
}

#[tokio::test]
async fn what_is_on_the_board_already_is_named_and_nothing_is_written() {
    let (tables, _aws, cases) = case_table();
    cases.hold(&case(1, b"x")).await.unwrap();
    put_up(&cases, 1, AT).await;
    let before = tables.items(TABLE);
    let other = CaseId::parse(&"b".repeat(32)).unwrap();
    let enqueued = vec![(case_id(), 1), (other, 1)];
    let again = entry(Vec::new(), vec![pending_alert('a', enqueued.clone(), false)]);
    assert_eq!(cases.enqueue(&again).await.unwrap(), EnqueueReply::Changed { enqueued, windows: false });
    assert_eq!(tables.items(TABLE), before);
}

#[tokio::test]
async fn a_window_is_opened_only_as_it_was_read() {
    let (_, _aws, cases) = case_table();
    cases.hold(&case(1, b"x")).await.unwrap();
    let of_it = |read_ms, until_ms| {
        entry(vec![window_update(read_ms, until_ms)], vec![pending_alert('a', Vec::new(), true)])
    };
    let not_as_read = EnqueueReply::Changed { enqueued: Vec::new(), windows: true };
    assert_eq!(cases.enqueue(&of_it(Some(AT), AT + MINUTE)).await.unwrap(), not_as_read);
    assert_eq!(cases.enqueue(&of_it(None, AT + MINUTE)).await.unwrap(), EnqueueReply::Done);
    let second = |read_ms, until_ms| {
        entry(vec![window_update(read_ms, until_ms)], vec![pending_alert('b', Vec::new(), true)])
    };
    assert_eq!(cases.enqueue(&second(None, AT + 2 * MINUTE)).await.unwrap(), not_as_read);
    assert_eq!(cases.enqueue(&second(Some(AT + MINUTE), AT + 2 * MINUTE)).await.unwrap(), EnqueueReply::Done);
}

#[tokio::test]
async fn a_digest_is_fixed_once_taken_over_once_and_taken_down_with_its_notices() {
    let (tables, _aws, cases) = case_table();
    let pending_alerts = vec![pending_alert('a', Vec::new(), false), pending_alert('b', Vec::new(), false)];
    cases.enqueue(&entry(Vec::new(), pending_alerts.clone())).await.unwrap();
    let digest = Digest {
        id: "d".repeat(32),
        group: GROUP.to_owned(),
        pending_alerts: pending_alerts.iter().map(|pending_alert| pending_alert.id.clone()).collect(),
        lease_until_ms: AT + MINUTE,
    };
    assert!(cases.fix(&digest, AT, AT + 5 * MINUTE).await.unwrap());
    let other = Digest { id: "e".repeat(32), ..digest.clone() };
    assert!(!cases.fix(&other, AT, AT + 9 * MINUTE).await.unwrap(), "there is one");
    assert!(!cases.take_over(&other, AT + 2 * MINUTE).await.unwrap(), "it is not that one");
    assert!(cases.take_over(&digest, AT + 2 * MINUTE).await.unwrap());
    assert!(!cases.take_over(&digest, AT + 3 * MINUTE).await.unwrap(), "its lease is not as it was read");
    let outbox = cases.group(GROUP).await.unwrap();
    assert_eq!(outbox.window_until_ms, Some(AT + 5 * MINUTE));
    assert_eq!(outbox.digest, Some(Digest { lease_until_ms: AT + 2 * MINUTE, ..digest.clone() }));

    let published = |id: &str| Published {
        digest: Some((GROUP.to_owned(), id.to_owned())),
        pending_alerts: digest.pending_alerts.iter().map(|id| (GROUP.to_owned(), id.clone())).collect(),
    };
    cases.remove(&published(&other.id)).await.unwrap();
    assert_eq!(
        cases.group(GROUP).await.unwrap().pending_alerts.len(),
        2,
        "nothing of another digest is taken down"
    );
    cases.remove(&published(&digest.id)).await.unwrap();
    cases.remove(&published(&digest.id)).await.unwrap();
    assert!(tables.items(TABLE).keys().eq(["window"]), "{:?}", tables.items(TABLE));
    cases.close(GROUP, AT).await.unwrap();
    assert_eq!(tables.items(TABLE).len(), 1, "the window is not as it was read");
    cases.close(GROUP, AT + 5 * MINUTE).await.unwrap();
    assert!(tables.items(TABLE).is_empty());
}

#[tokio::test]
async fn what_is_due_is_found_page_by_page() {
    let (_, _aws, cases) = case_table();
    let pending_alerts: Vec<PendingAlert> = (0..5)
        .map(|n| PendingAlert {
            due_ms: AT + n * MINUTE,
            ..pending_alert(char::from(b'a' + u8::try_from(n).unwrap()), Vec::new(), false)
        })
        .collect();
    cases.enqueue(&entry(vec![window_update(None, AT + 9 * MINUTE)], pending_alerts)).await.unwrap();
    let found = async |due_by_ms| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = cases.pending(due_by_ms, after.as_deref()).await.unwrap();
            found.extend(page.pending);
            match page.next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
    };
    assert_eq!(found(Some(AT + 3 * MINUTE)).await.len(), 4);
    let all = found(None).await;
    let kind = PendingKind::Window { opened_ms: AT };
    assert_eq!(all.last(), Some(&PendingEntry { group: GROUP.to_owned(), kind, due_ms: AT + 9 * MINUTE }));
    assert_eq!((all.len(), all[0].kind), (6, PendingKind::PendingAlert { held: 0 }));
}

#[tokio::test]
async fn another_write_at_the_same_moment_is_waited_for() {
    let conflict = cancelled(&[json!({ "Code": "TransactionConflict" }), json!({ "Code": "None" })]);
    let aws = AwsStub::script([conflict.clone(), conflict.clone(), Reply::Json(json!({}))]);
    let cases = cases_on(&aws);
    let one = entry(Vec::new(), vec![pending_alert('a', vec![(case_id(), 1)], false)]);
    assert_eq!(cases.enqueue(&one).await.unwrap(), EnqueueReply::Done);
    assert_eq!(aws.calls().len(), 3);
    let aws = AwsStub::script([conflict]);
    let cases = cases_on(&aws);
    assert_eq!(cases.enqueue(&one).await.unwrap_err().kind, EffectErrorKind::Throttled);
}
