//! How many pending alerts go into one transaction, one digest, one call.

use aduana_cases::alerts::Cause;
use aduana_cases::alerts::outbox::{
    AlertOutbox, DIGEST_ALERTS_MAX, EnqueueReply, Entry, PendingAlert, WRITES_MAX,
};
use aduana_cases::message::{Envelope, Source};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, QUEUE, TIMEOUT_MS, World, run};
use serde_json::json;

use crate::redrive::request;

/// The most digests of a group that one call sends.
const DIGESTS_MAX: usize = 20;

/// A batch of so many messages of one group.
fn batch(count: usize) -> Vec<Envelope> {
    let envelope = |at| Envelope {
        source: Source::Sqs { queue: QUEUE.to_owned() },
        id: format!("00000000-0000-4000-8000-{at:012}"),
        body: samples::without_number(at),
        attributes: Vec::new(),
        receive_count: Some(1),
        sent_at_ms: None,
        sender: None,
    };
    (1..=u32::try_from(count).unwrap()).map(envelope).collect()
}

#[test]
fn what_a_batch_holds_is_enqueued_in_transactions_of_a_hundred() {
    assert_eq!(WRITES_MAX, 100);
    run(async {
        // The window and the pending alert of the group are two of them, and the brake of all groups is one.
        for (held, transactions) in [(96, 1), (97, 1), (98, 2)] {
            let world = World::new();
            let report = world.intake().run(batch(held), world.now_ms() + TIMEOUT_MS).await;
            assert_eq!(report.counts().held, held);
            assert_eq!(world.calls(Call::Enter), transactions, "{held}");
            assert_eq!(world.marked().len(), held);
        }
    });
}

/// A world with this many pending alerts of one group, all due. Their content does not matter here.
async fn due(count: usize) -> World {
    let world = World::new();
    let cause = Cause {
        code: "BR-02".to_owned(),
        category: "structure".to_owned(),
        label: "BR-02".to_owned(),
        codes: vec!["BR-02".to_owned()],
        rules: Vec::new(),
        rules_left_off: 0,
        groups: Vec::new(),
    };
    let at_ms = world.now_ms();
    for at in 0..count {
        let pending_alert = PendingAlert {
            id: format!("{at:032x}"),
            group: "0123456789abcdef".to_owned(),
            cause: cause.clone(),
            cases: Vec::new(),
            at_ms,
            due_ms: at_ms,
            at_once: false,
        };
        let entry = Entry { window_updates: Vec::new(), pending_alerts: vec![pending_alert], at_ms };
        assert_eq!(world.enqueue(&entry).await.unwrap(), EnqueueReply::Done);
    }
    world
}

/// Dispatches what is due, once. Returns how many alerts were published.
async fn published(world: &World) -> usize {
    let answer = world.redrive().ask(&request("system:schedule", "notify", &json!({}))).await.unwrap();
    assert!(answer.is_ok());
    world.alerts().len()
}

#[test]
fn a_digest_lists_as_many_pending_alerts_as_can_be_removed_with_it() {
    run(async {
        for (pending_alerts, digests) in
            [(DIGEST_ALERTS_MAX - 1, 1), (DIGEST_ALERTS_MAX, 1), (DIGEST_ALERTS_MAX + 1, 2)]
        {
            let world = due(pending_alerts).await;
            assert_eq!(published(&world).await, digests, "{pending_alerts}");
            assert!(world.is_all_alerted());
        }
    });
}

#[test]
fn one_call_sends_twenty_digests_of_a_group_and_the_next_call_the_rest() {
    run(async {
        let most = DIGESTS_MAX * DIGEST_ALERTS_MAX;
        for (pending_alerts, is_all_alerted) in [(most - 1, true), (most, true), (most + 1, false)] {
            let world = due(pending_alerts).await;
            assert_eq!(
                (published(&world).await, world.is_all_alerted()),
                (DIGESTS_MAX, is_all_alerted),
                "{pending_alerts}"
            );
            assert_eq!(published(&world).await, DIGESTS_MAX + usize::from(!is_all_alerted));
            assert!(world.is_all_alerted());
        }
    });
}
