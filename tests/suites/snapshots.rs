//! What people and programs read: attributes, log lines, metrics, alerts. A change of any of it is seen here first.

use std::fmt::Write as _;

use aduana_cases::log::LogContext;
use aduana_cases::message::Attribute;
use aduana_intake::Settings;
use aduana_intake::report::BatchReport;
use aduana_invoice::{Category, InvoiceKey, Lang, Severity, Summary, Violation};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, START_MS, World, invalid_envelope, run};

use crate::judges::{Stern, violation};

fn reasons() -> Vec<Violation> {
    vec![
        violation("FE-S-001", Category::Structure, ""),
        violation("BR-CO-15", Category::Data, "/totals/tax_inclusive"),
        violation("BR-24", Category::Data, "/lines/0/net_amount"),
        violation("BR-24", Category::Data, "/lines/3/net_amount"),
        Violation { severity: Severity::Warning, ..violation("FE-R-003", Category::Range, "/due_date") },
    ]
}

fn summary() -> Summary {
    let key = InvoiceKey { seller: "tax:EC:SECRET".to_owned(), document: "SECRET-1".to_owned() };
    Summary { key: Some(key), seller: Some("SECRET S.A.".to_owned()), ..Summary::default() }
}

fn context() -> LogContext {
    LogContext {
        timestamp_ms: START_MS,
        service: "aduana".to_owned(),
        cold_start: true,
        function_name: "aduana-validator".to_owned(),
        function_request_id: "7f5c2a52-0000-4000-8000-000000000000".to_owned(),
        xray_trace_id: Some("1-5759e988-bd862e3fe1be46a994272793".to_owned()),
    }
}

/// One invocation over `count` messages, all held for [`reasons`].
fn held(count: u32, lang: Lang) -> (World, BatchReport) {
    run(async {
        let world = World::new();
        for units in 1..=count {
            world.send(samples::without_number(units));
        }
        let settings = Settings { lang, ..Settings::default() };
        let report = world.invoke(&world.intake_with(Stern(reasons(), summary()), settings)).await.unwrap();
        (world, report)
    })
}

fn lines(report: &BatchReport) -> String {
    report.log().iter().map(|line| line.to_json(&context())).collect::<Vec<_>>().join("\n")
}

fn alert(world: &World) -> String {
    let [alert] = &world.alerts()[..] else { panic!("one alert") };
    let mut text = format!("Subject: {}\n", alert.subject);
    for (name, value) in &alert.attributes {
        writeln!(text, "{name}: {value}").unwrap();
    }
    text.push('\n');
    text.push_str(&alert.body);
    text
}

#[test]
fn attributes_of_a_held_message() {
    let (world, _) = held(1, Lang::En);
    let [message] = &world.held_messages()[..] else { panic!("held once") };
    let attribute = |attribute: &Attribute| format!("{} = {}", attribute.name, attribute.as_text().unwrap());
    insta::assert_snapshot!(message.attributes.iter().map(attribute).collect::<Vec<_>>().join("\n"));
}

#[test]
fn log_of_a_batch() {
    let (_, report) = held(2, Lang::En);
    insta::assert_snapshot!(lines(&report));
}

#[test]
fn log_of_a_batch_that_failed() {
    let report = run(async {
        let world = World::new();
        world.send(samples::valid("F-1", 1));
        world.send(samples::valid("F-2", 2));
        world.fail_always(Call::Store, Some(Fault::Throttle));
        world.invoke(&world.intake()).await.unwrap()
    });
    insta::assert_snapshot!(lines(&report));
    insta::assert_snapshot!("metrics_of_a_batch_that_failed", report.metrics(&context()).join("\n"));
}

#[test]
fn metrics_of_a_batch() {
    let (_, report) = held(2, Lang::En);
    insta::assert_snapshot!(report.metrics(&context()).join("\n"));
}

#[test]
fn alert_in_english() {
    insta::assert_snapshot!(alert(&held(1, Lang::En).0));
}

#[test]
fn alert_in_spanish() {
    insta::assert_snapshot!(alert(&held(1, Lang::Es).0));
}

#[test]
fn alert_of_many_in_english() {
    insta::assert_snapshot!(alert_of(Lang::En, &CODES, 25));
}

#[test]
fn alert_of_many_in_spanish() {
    insta::assert_snapshot!(alert_of(Lang::Es, &CODES, 25));
}

/// More than an alert names.
const CODES: [&str; 12] = [
    "BR-01", "BR-02", "BR-03", "BR-04", "BR-05", "BR-06", "BR-07", "BR-08", "BR-09", "BR-11", "BR-12",
    "BR-13",
];

/// The alert for `count` messages that break these rules; SQS delivers so many in one batch with a batching window.
fn alert_of(lang: Lang, codes: &[&'static str], count: u32) -> String {
    run(async {
        let world = World::new();
        let violations = codes.iter().map(|code| violation(code, Category::Structure, "")).collect();
        let settings = Settings { lang, ..Settings::default() };
        let intake = world.intake_with(Stern(violations, summary()), settings);
        intake.run((1..=count).map(invalid_envelope).collect(), world.now_ms() + 30_000).await;
        alert(&world)
    })
}

#[test]
fn alerts_count_in_the_singular_too() {
    for (lang, expected) in [(Lang::En, "- and 1 more rule\n"), (Lang::Es, "- y 1 regla más\n")] {
        assert!(alert_of(lang, &CODES[..11], 1).contains(expected));
    }
}

#[test]
fn a_line_is_short_whatever_it_lists() {
    run(async {
        let world = World::new();
        let violations =
            (0..5000).map(|line| violation("BR-24", Category::Data, &format!("/lines/{line}/net_amount")));
        let intake = world.intake_with(Stern(violations.collect(), summary()), Settings::default());
        let report = intake.run(vec![invalid_envelope(1)], world.now_ms() + 30_000).await;
        world.fail_always(Call::Hold, Some(Fault::Throttle));
        let failed = intake.run((1..=500).map(invalid_envelope).collect(), world.now_ms() + 30_000).await;
        for line in report.log().iter().chain(&failed.log()) {
            let line = line.to_json(&context());
            assert!(line.len() < 8 * 1024, "{} bytes", line.len());
        }
        assert!(lines(&failed).contains("\"count\":500"), "all are counted");
    });
}

#[test]
fn no_log_line_alert_or_metric_contains_a_value() {
    for lang in [Lang::En, Lang::Es] {
        let (world, report) = held(3, lang);
        let message = format!(
            "{:?}",
            world.held_messages()[0].attributes.iter().map(|a| a.as_text()).collect::<Vec<_>>()
        );
        let texts = [lines(&report), report.metrics(&context()).join("\n"), alert(&world), message];
        for text in texts {
            assert!(!text.contains("SECRET") && !text.contains(samples::SECRET), "{text}");
        }
    }
}
