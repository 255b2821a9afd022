//! One invoice is stored once, under whatever number and seller it comes again; what is lawful is stored.

use aduana_cases::message::{CaseId, Outcome};
use aduana_intake::{BatchReport, Settings};
use aduana_invoice::{Policy, Validator};
use aduana_testkit::samples;
use aduana_testkit::world::{Call, Fault, World, case_of, run};

/// The sample with some of its text replaced.
fn changed(number: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(samples::valid(number, 1)).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

const SELLER: &str = r#"{"country": "EC", "number": "1790012344001"}"#;
fn to_a_company(number: &str) -> Vec<u8> {
    samples::valid_to_a_company(number, 1)
}

fn seller(tax_id: &str) -> Vec<u8> {
    changed("A-1", &[(SELLER, tax_id)])
}

/// What became of each message, its reasons or warnings behind it.
async fn ends(world: &World, bodies: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
    ends_with(world, Validator::new(Policy::default()), bodies).await
}

async fn ends_with(
    world: &World,
    judge: Validator,
    bodies: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<String> {
    let intake = world.intake_with(judge, Settings::default());
    let mut ends = Vec::new();
    for body in bodies {
        let id = world.send(body);
        let reports = world.drain(&intake).await;
        let outcome = reports.iter().flat_map(BatchReport::outcomes).map(|(_, outcome)| outcome).last();
        let codes = match outcome {
            Some(Outcome::Stored) => {
                world.invoices().iter().find(|it| it.message_id == id).unwrap().warnings.join(" ")
            }
            Some(Outcome::Held) => world.case(&case_of(&id)).unwrap().case.reasons.codes().join(" "),
            _ => String::new(),
        };
        ends.push(format!("{:?} {codes}", outcome.unwrap()).trim_end().to_owned());
    }
    ends
}

#[test]
fn an_invoice_under_six_look_alike_numbers_is_stored_once_and_the_seventh_is_reported() {
    run(async {
        let world = World::new();
        let numbers = [
            "001-001-000000124",
            "001-001-000000124",
            "001-001-000000124\u{200b}",
            "001-001\u{2010}000000124",
            "001-001-000000124\u{202e}",
            "\u{feff}001-001-000000124",
            "\u{ff10}01-001-000000124",
            // Other letters: it may be another number. It is reported twice.
            "OO1-001-000000124",
        ];
        let ends = ends(&world, numbers.map(to_a_company)).await;
        assert_eq!(
            ends,
            [
                "Stored",
                "AlreadyStored",
                "Held FE-S-010",
                "Held FE-D-016",
                "Held FE-S-010",
                "Held FE-S-010",
                "Held FE-D-016",
                "Stored FE-D-018 FE-D-019",
            ]
        );
    });
}

#[test]
fn a_seller_under_two_spellings_is_one() {
    for (one, other) in [
        (r#"{"country": "EL", "number": "094019245"}"#, r#"{"country": "GR", "number": "094019245"}"#),
        (r#"{"country": "GB", "number": "434031494"}"#, r#"{"country": "XI", "number": "434031494"}"#),
        (r#"{"country": "BE", "number": "0403019261"}"#, r#"{"country": "BE", "number": "403019261"}"#),
        (r#"{"country": "FR", "number": "40303265045"}"#, r#"{"country": "FR", "number": "303265045"}"#),
        (r#"{"country": "CH", "number": "E100155212"}"#, r#"{"country": "CH", "number": "E100155212MWST"}"#),
        (
            r#"{"country": "PA", "number": "155596713-2-2015"}"#,
            r#"{"country": "PA", "number": "155596713 - 2 - 2015"}"#,
        ),
    ] {
        run(async {
            let world = World::new();
            let ends = ends(&world, [seller(one), seller(other)]).await;
            assert_eq!(ends, ["Stored", "Held FE-D-016"], "{other}: the bytes of the two differ");
        });
    }
    run(async {
        let world = World::new();
        let by_tax_id = seller(r#"{"country": "FR", "number": "40303265045"}"#);
        let registration = r#""legal_registration": {"scheme_id": "0002", "id": "303265045"}"#;
        let tax_id = format!(r#""tax_id": {SELLER}"#);
        let by_registration = changed("A-1", &[(tax_id.as_str(), registration)]);
        let ends = ends(&world, [by_tax_id, by_registration]).await;
        assert_eq!(ends.len(), 2);
        assert_eq!(world.invoices().len(), 1, "{ends:?}");
    });
}

#[test]
fn each_kind_of_document_and_each_year_has_its_own_numbers() {
    run(async {
        let world = World::new();
        let credit = changed("1001", &[(r#""type_code": "380""#, r#""type_code": "381""#)]);
        let debit = changed("1001", &[(r#""type_code": "380""#, r#""type_code": "383""#)]);
        let last_year = changed("1001", &[("2026-11-20", "2025-11-20")]);
        let next_day = changed("1001", &[("2026-11-20", "2026-11-21")]);
        let bodies = [samples::valid("1001", 1), credit, debit, last_year.clone(), next_day];
        let ends = ends(&world, bodies).await;
        assert_eq!(ends, ["Stored", "Stored FE-D-008", "Stored", "Stored", "Held FE-D-016"]);

        let world = World::new();
        let policy = Policy::from_json(r#"{"identity":{"year":false}}"#).unwrap();
        let ends = ends_with(&world, Validator::new(policy), [samples::valid("1001", 1), last_year]).await;
        assert_eq!(ends, ["Stored", "Held FE-D-016"], "where the policy leaves the year out");
    });
}

#[test]
fn a_suspected_duplicate_is_a_warning_unless_the_policy_says_otherwise() {
    let policy = |setting: &str| {
        Validator::new(Policy::from_json(&format!(r#"{{"rules":{{"FE-D-019":"{setting}"}}}}"#)).unwrap())
    };
    let bodies = || [to_a_company("A-1"), to_a_company("A-2"), to_a_company("A-2"), to_a_company("A-1")];
    run(async {
        let world = World::new();
        let ends = ends_with(&world, policy("warning"), bodies()).await;
        assert_eq!(ends, ["Stored", "Stored FE-D-019", "AlreadyStored", "AlreadyStored"]);

        let world = World::new();
        let ends = ends_with(&world, policy("error"), bodies()).await;
        assert_eq!(ends, ["Stored", "Held FE-D-019", "Held FE-D-019", "AlreadyStored"]);

        let world = World::new();
        let ends = ends_with(&world, policy("off"), bodies()).await;
        assert_eq!(
            (ends, world.calls(Call::Note)),
            (
                vec![
                    "Stored".to_owned(),
                    "Stored".to_owned(),
                    "AlreadyStored".to_owned(),
                    "AlreadyStored".to_owned()
                ],
                0
            )
        );

        let world = World::new();
        let ends =
            ends_with(&world, policy("warning"), ["A-1", "A-2"].map(|number| samples::valid(number, 1)))
                .await;
        assert_eq!(
            (ends.join(", "), world.calls(Call::Note)),
            ("Stored, Stored".to_owned(), 0),
            "a buyer whom nobody names"
        );
    });
}

#[test]
fn what_was_stored_before_the_policy_changed_is_not_held_when_it_comes_again() {
    run(async {
        let world = World::new();
        let bodies = || [to_a_company("A-1"), to_a_company("A-2")];
        ends(&world, bodies()).await;
        let policy = Policy::from_json(r#"{"rules":{"FE-D-019":"error"}}"#).unwrap();
        let again = ends_with(&world, Validator::new(policy), bodies()).await;
        assert_eq!(again, ["AlreadyStored", "AlreadyStored"]);
    });
}

#[test]
fn a_suspicion_is_in_the_log_without_a_value() {
    run(async {
        let world = World::new();
        world.send(to_a_company("A-1"));
        world.drain(&world.intake()).await;
        let id = world.send(to_a_company("A-2"));
        let reports = world.drain(&world.intake()).await;
        let case: CaseId = case_of(&id);
        let log = reports[0].log();
        let line = log.iter().find(|line| line.message == "suspected duplicate stored").unwrap();
        assert_eq!(line.correlation_id.as_deref(), Some(case.as_str()));
        assert!(!format!("{line:?}").contains("A-2"));
    });
}

#[test]
fn a_likeness_that_cannot_be_noted_leaves_the_message_for_redelivery() {
    for fault in [Fault::ServerError, Fault::Refuse, Fault::LostReply] {
        run(async {
            let world = World::new();
            world.send(to_a_company("A-1"));
            world.fail(Call::Note, 1, fault);
            let report = world.invoke(&world.intake()).await.unwrap();
            assert_eq!(
                report.outcomes().map(|(_, outcome)| outcome).collect::<Vec<_>>(),
                [Outcome::Retry],
                "{fault:?}"
            );
            assert!(world.invoices().is_empty());
            world.drain(&world.intake()).await;
            assert_eq!(world.invoices()[0].warnings, Vec::<&str>::new(), "it is not its own double");
        });
    }
}
