//! Any bytes as an event of Lambda, through the intake to its answer.

use std::collections::BTreeSet;

use aduana_aws::events::{self, Batch};
use aduana_aws::reply::{self, AllFailed, BatchResponse, ItemFailure, ItemId};
use aduana_cases::log::LogContext;
use aduana_intake::BatchReport;
use serde_json::value::RawValue;

use super::Meter;
use crate::world::{START_MS, TIMEOUT_MS, World, run};

/// Of so many records at most is more to be learnt.
const RECORDS_MAX: usize = 40;

/// Every record that can be read ends in one place, the rest is named; and no id is named that was not in the batch.
pub fn envelopes(data: &[u8], meter: &mut impl Meter) {
    #[expect(clippy::disallowed_methods, reason = "an event, not an invoice")]
    let Ok(event) = serde_json::from_slice::<Box<RawValue>>(data) else { return };
    let Ok(batch) = meter.run("events", || events::decode(&event)) else { return };
    assert_named_well(&batch);
    if batch.envelopes.len() > RECORDS_MAX {
        return;
    }
    let (report, held) = meter.run("intake", || {
        run(async {
            let world = World::new();
            let report = world.intake().run(batch.envelopes.clone(), world.now_ms() + TIMEOUT_MS).await;
            (report, world.cases().len())
        })
    });
    let counts = report.counts();
    assert_eq!(counts.received, batch.envelopes.len());
    assert_eq!(counts.received, counts.stored + counts.already_stored + counts.held + counts.retry);
    assert!(held <= counts.held, "{held} cases of {} held messages", counts.held);
    assert_eq!(counts.retry, 0, "nothing failed, and something is to come again: {report:?}");
    assert_log_is_one_line_each(&report);
    assert_reply(&batch, &report);
}

fn assert_named_well(batch: &Batch) {
    for envelope in &batch.envelopes {
        assert!(!envelope.id.is_empty());
    }
    for record in &batch.unreadable {
        assert!(record.id.as_ref().is_none_or(|id| !id.is_empty()) && !record.what.is_empty());
    }
    let ids: BTreeSet<&String> = batch.envelopes.iter().map(|envelope| &envelope.id).collect();
    assert!(batch.undecoded.iter().all(|id| ids.contains(id)), "an id of nothing");
}

fn assert_reply(batch: &Batch, report: &BatchReport) {
    let Batch { source, envelopes, unreadable, .. } = batch;
    let ids = envelopes.iter().map(|envelope| envelope.id.as_str());
    let ids: BTreeSet<&str> =
        ids.chain(unreadable.iter().filter_map(|record| record.id.as_deref())).collect();
    match reply::reply(*source, envelopes.len(), report.failures(), unreadable) {
        Ok(BatchResponse { failures }) => {
            let named: BTreeSet<String> = failures.iter().map(|ItemFailure { id }| named(id)).collect();
            assert_eq!(named.len(), failures.len(), "an id twice");
            assert!(named.iter().all(|id| ids.contains(id.as_str())), "{named:?} of {ids:?}");
            let unread: BTreeSet<_> = unreadable.iter().filter_map(|record| record.id.clone()).collect();
            assert_eq!(named, unread, "what cannot be read comes again, and nothing else does");
        }
        Err(AllFailed) => assert!(!unreadable.is_empty(), "all is to come again, and nothing failed"),
    }
}

fn named(id: &ItemId) -> String {
    match id {
        ItemId::Message(id) => id.clone(),
        ItemId::Record { partition, offset } => format!("{partition}:{offset}"),
    }
}

fn assert_log_is_one_line_each(report: &BatchReport) {
    let context = LogContext {
        timestamp_ms: START_MS,
        service: "aduana".to_owned(),
        cold_start: false,
        function_name: "aduana-validator".to_owned(),
        function_request_id: "1".to_owned(),
        xray_trace_id: None,
    };
    for line in report.log() {
        let json = line.to_json(&context);
        assert!(!json.contains(['\n', '\r', '\u{1b}']), "a line of the log is not one line");
    }
}
