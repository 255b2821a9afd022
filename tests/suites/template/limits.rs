//! What can be set is within what AWS takes, so that a deployment is refused by its parameters and not in the middle.

use super::*;

/// A parameter, the least and the most that AWS takes, and the value besides that stands for "none".
const BOUNDS: [(&str, i64, i64, Option<i64>); 11] = [
    // Lambda, AWS::Lambda::EventSourceMapping: BatchSize, MaximumBatchingWindowInSeconds, ProvisionedPollerConfig,
    // MaximumRetryAttempts.
    ("BatchSize", 1, 10_000, None),
    ("BatchWindow", 0, 300, None),
    ("KafkaBatchSize", 1, 10_000, None),
    ("KafkaBatchWindow", 0, 300, None),
    ("KafkaPollersMin", 1, 200, None),
    ("KafkaPollersMax", 1, 2_000, None),
    ("KafkaRetries", 0, 10_000, Some(-1)),
    // SQS, AWS::SQS::Queue: VisibilityTimeout.
    ("VisibilityTimeout", 0, 43_200, None),
    ("UnprocessedPause", 0, 43_200, None),
    // SQS, AWS::SQS::Queue: RedrivePolicy, maxReceiveCount.
    ("UnprocessedTries", 1, 1_000, None),
    // Lambda, Quotas.
    ("MemorySize", 128, 10_240, None),
];

/// The longest that a function may run, and that a queue keeps a message, in seconds (Lambda, *Quotas*; SQS, *Message quotas*).
const TIMEOUT_MAX: i64 = 900;
const RETENTION_MAX: i64 = 1_209_600;

/// The most characters of what an alarm says (CloudWatch, `PutMetricAlarm`).
const ALARM_TEXT_MAX: usize = 1_024;

fn faults(template: &Value) -> Vec<String> {
    let whole = |value: &Value| value.as_i64().expect("a whole number");
    let mut faults = Vec::new();
    for (name, least, most, none) in BOUNDS {
        let parameter = &template["Parameters"][name];
        let (from, to, usual) =
            (whole(&parameter["MinValue"]), whole(&parameter["MaxValue"]), whole(&parameter["Default"]));
        if from < none.unwrap_or(least) || to > most {
            faults.push(format!("{name} can be set to what AWS does not take"));
        }
        if Some(usual) != none && !(least..=most).contains(&usual) {
            faults.push(format!("{name} is what AWS does not take"));
        }
    }
    for (name, resource) in template["Resources"].as_object().expect("resources") {
        let properties = &resource["Properties"];
        if resource["Type"] == "AWS::Serverless::Function" && whole(&properties["Timeout"]) > TIMEOUT_MAX {
            faults.push(format!("{name} may run too long"));
        }
        let retention = &properties["MessageRetentionPeriod"];
        if resource["Type"] == "AWS::SQS::Queue" && !(60..=RETENTION_MAX).contains(&whole(retention)) {
            faults.push(format!("{name} keeps messages too long or too short"));
        }
    }
    for (name, texts) in template["Mappings"]["AlarmTexts"].as_object().expect("texts") {
        let length = |text: &Value| text.as_str().expect("a text").chars().count();
        if texts.as_object().expect("languages").values().any(|text| length(text) > ALARM_TEXT_MAX) {
            faults.push(format!("{name} says too much"));
        }
    }
    faults
}

#[test]
fn what_can_be_set_is_what_aws_takes() {
    assert_eq!(faults(&template()), Vec::<String>::new());
}

/// The template with this in its place.
fn with(path: &[&str], value: i64) -> Value {
    let mut template = template();
    let place = path.iter().fold(&mut template, |node, step| &mut node[*step]);
    assert!(place.is_i64(), "{path:?}");
    *place = value.into();
    template
}

#[test]
fn what_aws_does_not_take_is_seen_one_beyond_its_limit() {
    for (name, least, most, none) in BOUNDS {
        let least = none.unwrap_or(least);
        for (field, value, is_within) in [
            ("MinValue", least - 1, false),
            ("MinValue", least, true),
            ("MaxValue", most, true),
            ("MaxValue", most + 1, false),
        ] {
            let faults = faults(&with(&["Parameters", name, field], value));
            assert_eq!(faults.is_empty(), is_within, "{name} {field} {value}: {faults:?}");
        }
    }
    for (function, field, most) in [
        ("ValidatorFunction", "Timeout", TIMEOUT_MAX),
        ("DeadLetterQueue", "MessageRetentionPeriod", RETENTION_MAX),
    ] {
        for (value, is_within) in [(most - 1, true), (most, true), (most + 1, false)] {
            let faults = faults(&with(&["Resources", function, "Properties", field], value));
            assert_eq!(faults.is_empty(), is_within, "{function} {value}: {faults:?}");
        }
    }
    for language in ["en", "es"] {
        for (length, is_within) in
            [(ALARM_TEXT_MAX - 1, true), (ALARM_TEXT_MAX, true), (ALARM_TEXT_MAX + 1, false)]
        {
            let mut template = template();
            let text = &mut template["Mappings"]["AlarmTexts"]["IntakeAgeAlarm"][language];
            assert!(text.is_string(), "{language}");
            *text = "ó".repeat(length).into();
            let faults = faults(&template);
            assert_eq!(faults.is_empty(), is_within, "{language} {length}: {faults:?}");
        }
    }
}
