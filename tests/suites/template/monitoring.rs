//! Alarms, dashboard and schedules.

use super::*;
use crate::docs::chapters;

#[test]
fn each_alarm_notifies_and_names_its_chapter_of_the_runbook() {
    let template = template();
    let runbooks = [
        ("en", "docs/runbook.md#", chapters(include_str!("../../../docs/runbook.md"))),
        ("es", "docs/runbook.es.md#", chapters(include_str!("../../../docs/runbook.es.md"))),
    ];
    let resources = template["Resources"].as_object().expect("resources");
    let alarms: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert!(alarms.len() >= 11, "{}", alarms.len());
    for (name, alarm) in alarms {
        let properties = &alarm["Properties"];
        assert_eq!(properties["AlarmActions"], json!([{ "!Ref": "AlarmsTopic" }]), "{name}");
        let alarm = properties["AlarmName"]["!Sub"].as_str().expect("a name").replace("${Prefix}", "");
        let places = runbooks.each_ref().map(|(language, runbook, chapters)| {
            let text = said(&template, name, language);
            let chapter = text.split(runbook).nth(1).unwrap_or_else(|| panic!("{name}: {text}"));
            let place = chapters.iter().position(|(anchor, _)| anchor == chapter);
            let place = place.unwrap_or_else(|| panic!("{name}: {chapter} is no chapter of {runbook}"));
            assert!(
                chapters[place].1.contains(&format!("`{alarm}`")),
                "{alarm} is not named under {chapter}"
            );
            place
        });
        assert_eq!(places[0], places[1], "{name}: the same chapter in each language");
        assert!(properties["TreatMissingData"].is_string(), "{name}");
    }
}

/// What the alarm says to those who read this language.
fn said<'a>(template: &'a Value, alarm: &str, language: &str) -> &'a str {
    template["Mappings"]["AlarmTexts"][alarm][language]
        .as_str()
        .unwrap_or_else(|| panic!("{alarm}: {language}"))
}

#[test]
fn what_an_alarm_says_follows_the_language_of_the_alerts() {
    let template = template();
    let languages = listed(&template["Parameters"]["Language"]["AllowedValues"]);
    assert_eq!(languages, ["en", "es"]);
    let texts = template["Mappings"]["AlarmTexts"].as_object().expect("texts");
    let resources = template["Resources"].as_object().expect("resources");
    let alarms: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm").collect();
    for (name, alarm) in &alarms {
        let due = json!({ "!FindInMap": ["AlarmTexts", name, { "!Ref": "Language" }] });
        assert_eq!(alarm["Properties"]["AlarmDescription"], due, "{name}");
        // Without it a stack in that language could not be made.
        assert_eq!(
            texts[*name].as_object().expect("texts").keys().map(String::as_str).collect::<Vec<_>>(),
            languages,
            "{name}"
        );
        let [english, spanish] = ["en", "es"].map(|language| {
            let (words, _) =
                said(&template, name, language).split_once(". docs/").expect("words and a chapter");
            words
        });
        assert_ne!(english, spanish, "{name}");
    }
    assert_eq!(texts.len(), alarms.len(), "a text of no alarm");
    let texts: BTreeSet<_> =
        texts.values().flat_map(|it| it.as_object().expect("texts").values()).map(Value::as_str).collect();
    assert_eq!(texts.len(), 2 * alarms.len(), "no two alarms say the same");
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
    // As crates/intake/src/report/metrics.rs and functions/redrive/src/request_log.rs write them.
    let sources = [
        include_str!("../../../crates/intake/src/report/metrics.rs"),
        include_str!("../../../functions/redrive/src/request_log.rs"),
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
fn pending_alerts_are_looked_for_more_often_than_windows_close() {
    let template = template();
    assert_eq!(template["Parameters"]["NotifyRate"]["Default"], "rate(1 minute)");
    assert!(number(&template["Parameters"]["AlertWindow"]["Default"]) >= 60);
    let input =
        template["Resources"]["NotifyRule"]["Properties"]["Targets"][0]["Input"].as_str().expect("JSON");
    assert!(input.contains(r#""detail":{"action":"notify"}"#), "{input}");
}
