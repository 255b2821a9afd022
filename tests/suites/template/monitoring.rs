//! Alarms, dashboard and schedules.

use super::*;
use crate::docs::chapters;

#[test]
fn each_alarm_tells_somebody_and_names_its_chapter_of_the_runbook() {
    let template = template();
    let english = chapters(include_str!("../../../docs/runbook.md"));
    let spanish = chapters(include_str!("../../../docs/runbook.es.md"));
    let resources = template["Resources"].as_object().expect("resources");
    let alarms: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert!(alarms.len() >= 11, "{}", alarms.len());
    for (name, alarm) in alarms {
        let properties = &alarm["Properties"];
        assert_eq!(properties["AlarmActions"], json!([{ "!Ref": "AlarmsTopic" }]), "{name}");
        let description = properties["AlarmDescription"].as_str().expect("a description");
        let chapter = description.split("docs/runbook.md#").nth(1).expect("a chapter").trim();
        let place = english.iter().position(|(anchor, _)| anchor == chapter);
        let place = place.unwrap_or_else(|| panic!("{name}: {chapter} is no chapter"));
        // Whoever reads in Spanish finds the chapter by the alarm.
        let alarm = properties["AlarmName"]["!Sub"].as_str().expect("a name").replace("${Prefix}", "");
        for (anchor, text) in [&english[place], &spanish[place]] {
            assert!(text.contains(&format!("`{alarm}`")), "{alarm} is not named under {anchor}");
        }
        assert!(properties["TreatMissingData"].is_string(), "{name}");
    }
}

#[test]
fn the_runbook_has_a_chapter_for_each_category_of_reasons() {
    for runbook in [include_str!("../../../docs/runbook.md"), include_str!("../../../docs/runbook.es.md")] {
        for category in ["structure", "data", "range", "UNPROCESSED"] {
            let is_of_it = |line: &str| line.starts_with("##") && line.contains(&format!("`{category}`"));
            assert!(runbook.lines().any(is_of_it), "{category}");
        }
    }
}

#[test]
fn alarms_and_dashboard_look_at_metrics_that_the_functions_write() {
    let template = include_str!("../../../infra/template.yaml");
    // As crates/intake/src/report/metrics.rs and functions/redrive/src/told.rs write them.
    let sources = [
        include_str!("../../../crates/intake/src/report/metrics.rs"),
        include_str!("../../../functions/redrive/src/told.rs"),
    ];
    let json = to_json(&Yaml::load_from_str(template).expect("YAML")[0]);
    let resources = json["Resources"].as_object().expect("resources");
    let mut seen = 0;
    for alarm in resources.values().filter(|it| it["Type"] == "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if properties["Namespace"] == "Aduana" {
            let name = properties["MetricName"].as_str().expect("a name");
            assert!(sources.iter().any(|source| source.contains(&format!("\"{name}\""))), "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
    let body = resources["Dashboard"]["Properties"]["DashboardBody"]["!Sub"].as_str().expect("a body");
    #[expect(clippy::disallowed_methods, reason = "a dashboard, not an invoice")]
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert!(body["widgets"].as_array().expect("widgets").len() >= 8);
}

#[test]
fn what_is_told_is_looked_for_more_often_than_windows_close() {
    let template = template();
    assert_eq!(template["Parameters"]["TellRate"]["Default"], "rate(1 minute)");
    assert!(number(&template["Parameters"]["AlertWindow"]["Default"]) >= 60);
    let input =
        template["Resources"]["TellRule"]["Properties"]["Targets"][0]["Input"].as_str().expect("JSON");
    assert!(input.contains(r#""detail":{"action":"tell"}"#), "{input}");
}
