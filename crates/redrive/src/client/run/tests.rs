use serde_json::{Value, json};

use super::*;
use crate::client::tests::{client, ids, now, refusal};

/// Lets time pass when it is waited for, and stops a run at its nth question, from 1.
#[derive(Default)]
struct Watch {
    now: Duration,
    asked: usize,
    stop_at: Option<usize>,
    done: usize,
    sent: usize,
    skipped: Vec<Skipped>,
    batches: Vec<usize>,
    outcomes: HashMap<CaseId, ResendOutcome>,
}

impl Watcher for Watch {
    fn now(&self) -> Duration {
        self.now
    }

    async fn may_go_on(&mut self, at: Duration) -> bool {
        self.asked += 1;
        self.now = self.now.max(at);
        self.stop_at != Some(self.asked)
    }

    fn report(&mut self, progress: Progress) {
        match progress {
            Progress::Done(done) => self.done += done.len(),
            Progress::Sent(sent) => self.sent += sent.len(),
            Progress::Skipped(skipped) => self.skipped.extend(skipped),
            Progress::Batch(cases) => self.batches.push(cases),
            Progress::Waiting => {}
            Progress::Outcomes(outcomes) => self.outcomes.extend(outcomes),
        }
    }
}

/// A redrive that does all that is asked; what it sent is in `state` when it is looked at.
fn obeys(request: &Value, state: &str) -> Value {
    let ids = request["select"]["ids"].as_array().cloned().unwrap_or_default();
    match request["action"].as_str().unwrap() {
        "list" => {
            let line = |id: &Value| {
                json!({
                    "id": id, "state": state, "attempt": 2, "code": "BR-02", "category": "structure", "errors": 1,
                    "codes": [], "group": "0", "group_label": "", "source": "", "received_at": "", "first_seen": "",
                    "last_seen": "",
                })
            };
            json!({ "cases": ids.iter().map(line).collect::<Vec<_>>() })
        }
        "resend" => {
            let sent: Vec<_> = ids.iter().map(|id| json!({ "id": id, "attempt": 2 })).collect();
            json!({ "sent": sent, "skipped": [] })
        }
        _ => {
            let done = |id| json!({ "id": id, "state": "open", "version": 2, "changed": true });
            json!({ "done": ids.iter().map(done).collect::<Vec<_>>(), "skipped": [] })
        }
    }
}

fn plan(work: Work) -> Plan {
    Plan::of(work, "r".to_owned())
}

fn awaited(work: Work) -> Plan {
    Plan { patience: Some(PATIENCE), ..plan(work) }
}

fn corrects(send: bool) -> Work {
    Work::Correct { correction: Correction::Suggested(true), send }
}

fn play(plan: &Plan, count: usize, state: &'static str, watch: &mut Watch) -> Option<Stop> {
    let client = client(move |_, request| obeys(request, state));
    now(run(&client, plan, &ids(count), Vec::new(), watch)).unwrap()
}

#[test]
fn a_ramp_grows_while_everything_is_stored() {
    let ramp = Plan { ramp: true, ..awaited(Work::Resend) };
    assert_eq!([0, 1, 2, 3, 4].map(|number| ramp.wave(number)), [1, 5, 20, 80, 320]);
    assert_eq!((ramp.wave(u32::MAX), plan(Work::Resend).wave(0)), (usize::MAX, usize::MAX));
    let mut watch = Watch::default();
    assert_eq!(play(&ramp, 30, "resolved", &mut watch), None);
    assert_eq!((watch.batches, watch.sent), (vec![1, 5, 20, 4], 30));
    let mut watch = Watch::default();
    assert_eq!(play(&ramp, 30, "open", &mut watch), Some(Stop::HeldAgain));
    assert_eq!(watch.batches, [1]);
}

#[test]
fn outcomes_are_awaited_in_doubling_pauses_as_long_as_the_patience_lasts() {
    for (state, stop, seconds) in
        [("resolved", None, 0), ("open", None, 0), ("resent", Some(Stop::NoOutcome), 300)]
    {
        let mut watch = Watch::default();
        assert_eq!(play(&awaited(Work::Resend), 2, state, &mut watch), stop, "{state}");
        assert_eq!((watch.now.as_secs(), watch.outcomes.len()), (seconds, 2), "{state}");
    }
    // Who does not wait knows no outcome, and who changes without sending has none to wait for.
    for plan in [plan(Work::Resend), awaited(Work::Discard), awaited(corrects(false))] {
        let mut watch = Watch::default();
        assert_eq!(play(&plan, 2, "resent", &mut watch), None);
        assert!(watch.outcomes.is_empty());
    }
}

#[test]
fn each_kind_of_work_is_its_action_with_its_reason_batch_by_batch() {
    for (work, actions) in [
        (Work::Resend, vec!["resend"; 3]),
        (corrects(false), vec!["correct"; 3]),
        (corrects(true), ["correct", "resend"].repeat(3)),
        (Work::Discard, vec!["discard"; 3]),
        (Work::Reopen, vec!["reopen"; 3]),
        (Work::Release, vec!["release"; 3]),
        (
            Work::Annotate(Annotation { owner: None, note: Some("n".to_owned()), ticket: None }),
            vec!["annotate"; 3],
        ),
    ] {
        let name = work.action();
        let client = client(|_, request| obeys(request, "open"));
        let mut watch = Watch::default();
        now(run(&client, &plan(work), &ids(2 * BATCH + 1), Vec::new(), &mut watch)).unwrap();
        let asked = client.transport().asked.lock().unwrap();
        assert!(asked.iter().all(|request| request["reason"] == "r"));
        assert_eq!(
            asked.iter().map(|request| request["action"].as_str().unwrap()).collect::<Vec<_>>(),
            actions
        );
        assert_eq!(watch.batches, [BATCH, BATCH, 1], "{name}");
    }
}

#[test]
fn a_batch_that_has_begun_is_brought_to_its_end_and_a_stop_is_heeded_before_the_next() {
    let client = client(|nth, request| {
        let mut answer = obeys(request, "open");
        answer["cursor"] = json!((nth == 1).then_some("on"));
        answer
    });
    let mut watch = Watch { stop_at: Some(2), ..Watch::default() };
    let stop = now(run(&client, &plan(Work::Discard), &ids(BATCH + 1), Vec::new(), &mut watch)).unwrap();
    assert_eq!((stop, watch.batches), (Some(Stop::Interrupted), vec![BATCH]));
    assert_eq!(client.transport().asked.lock().unwrap()[1]["cursor"], "on");
}

#[test]
fn a_run_stops_when_as_many_were_skipped_as_it_may() {
    for (most, stop) in [(1, Some(Stop::TooManySkipped)), (2, None)] {
        let client = client(|_, request| match request["select"]["ids"].as_array().unwrap().len() {
            1 => refusal("Claimed"),
            _ => obeys(request, "open"),
        });
        let plan = Plan { stop_after: Some(most), ..plan(Work::Resend) };
        let mut watch = Watch::default();
        assert_eq!(now(run(&client, &plan, &ids(BATCH + 1), Vec::new(), &mut watch)).unwrap(), stop);
        assert_eq!((watch.sent, watch.skipped.len()), (BATCH, 1));
        assert_eq!(client.transport().asked.lock().unwrap()[0]["stop_after"], most);
    }
}

#[test]
fn a_rate_is_kept_and_no_batch_is_more_than_a_second_is_worth() {
    let plan = Plan { rate: "2/s".parse().ok(), ..plan(Work::Resend) };
    let mut watch = Watch::default();
    play(&plan, 5, "open", &mut watch);
    assert_eq!((watch.batches, watch.now.as_secs()), (vec![2, 2, 1], 2));
}

#[test]
fn what_an_earlier_part_of_a_run_has_sent_is_awaited_too() {
    let client = client(|_, request| obeys(request, "resolved"));
    let mut watch = Watch::default();
    now(run(&client, &awaited(Work::Resend), &[], ids(3), &mut watch)).unwrap();
    assert_eq!((watch.outcomes.len(), watch.sent), (3, 0));
}
