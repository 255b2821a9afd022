//! What becomes of messages while something is broken.

use std::collections::BTreeSet;

use crate::stack::{Stack, each, samples};

/// So that a message that failed comes back at once, and is soon given up for good.
pub(crate) const IMPATIENT: [(&str, &str); 3] =
    [("VisibilityTimeout", "1"), ("UnprocessedPause", "1"), ("UnprocessedTries", "1")];

#[test]
fn what_a_broken_function_cannot_take_is_moved_to_the_channel_by_the_queue() {
    let stack = Stack::deploy("broken", &[&IMPATIENT[..], &[("Policy", "{")]].concat());
    let (_, valid) = samples("valid-").remove(0);
    let (_, invalid) = samples("invalid-data-").remove(0);
    stack.send(&[&valid, &invalid]);

    let messages = stack.take_dead_letters();
    let bodies: BTreeSet<&str> = messages.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, BTreeSet::from([valid.as_str(), invalid.as_str()]), "nothing is lost");
    assert_eq!(messages.len(), 2);
    for message in &messages {
        assert!(message.attributes.is_empty(), "nobody judged it: {:?}", message.attributes);
    }
    assert_eq!((stack.stored().len(), stack.cases().len()), (0, 0));
}

#[test]
fn a_table_out_of_reach_costs_only_the_messages_that_need_it() {
    let stack = Stack::deploy("no-table", &IMPATIENT);
    stack.aws.delete_table(&stack.name("Invoices")).unwrap();
    let (_, valid) = samples("valid-").remove(0);
    let (_, invalid) = samples("invalid-data-BR-CO-15").remove(0);
    let (_, not_json) = samples("invalid-structure-not-json").remove(0);
    stack.send(&[&not_json, &valid, &invalid]);

    let messages = stack.take_dead_letters();
    let (judged, given_up): (Vec<_>, Vec<_>) =
        messages.iter().partition(|message| message.attributes.contains_key("InvalidMessageId"));
    let bodies =
        |of: &[&xtask::aws::Message]| of.iter().map(|message| message.body.clone()).collect::<Vec<_>>();
    let held: BTreeSet<String> = bodies(&judged).into_iter().collect();
    assert_eq!(
        held,
        BTreeSet::from([invalid, not_json]),
        "held at the first delivery, beside the one that failed"
    );
    assert_eq!(bodies(&given_up), [valid]);
    assert_eq!(each(&stack.cases(), "state"), BTreeSet::from(["open".to_owned()]));
    assert_eq!((stack.cases().len(), judged.len()), (2, 2));
}

#[test]
fn the_queues_dead_letter_after_five_deliveries_and_keep_messages_for_two_weeks() {
    let stack = Stack::deploy("queues", &[]);
    let [intake, unprocessed, dead_letters] = stack.queues();
    for (from, to, count) in [(&intake, &unprocessed, 5), (&unprocessed, &dead_letters, 60)] {
        assert!(from["RedrivePolicy"].contains(&format!("\"{}\"", to["QueueArn"])), "{from:?}");
        let policy = from["RedrivePolicy"].replace([' ', '"'], "");
        assert!(policy.contains(&format!("maxReceiveCount:{count}")), "{from:?}");
        assert!(to["RedriveAllowPolicy"].contains(&format!("\"{}\"", from["QueueArn"])), "{to:?}");
    }
    for queue in [&intake, &unprocessed, &dead_letters] {
        assert_eq!(queue["MessageRetentionPeriod"], "1209600");
        assert_eq!(queue["SqsManagedSseEnabled"], "true");
        assert!(queue["Policy"].contains("aws:SecureTransport"), "{queue:?}");
    }
    let visibility: u32 = intake["VisibilityTimeout"].parse().unwrap();
    assert!(visibility >= 6 * 30, "six times the function's timeout");
}
