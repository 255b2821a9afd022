use std::collections::HashMap;

use super::*;

const NEEDED: [(&str, &str); 8] = [
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
    ("ADUANA_INVOICES_TABLE", "Invoices"),
    ("ADUANA_CASES_TABLE", "InvalidMessages"),
    ("ADUANA_DLQ_URL", "https://sqs.eu-south-2.amazonaws.com/1/invoices-dlq"),
    ("ADUANA_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-south-2:1:alerts"),
    ("AWS_REGION", "eu-south-2"),
    ("AWS_ACCESS_KEY_ID", "AKIA"),
    ("AWS_SECRET_ACCESS_KEY", "SECRET"),
];

/// What the configuration is with the needed variables, some of them set otherwise.
fn with(others: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables: HashMap<&str, &str> = NEEDED.into_iter().chain(others.iter().copied()).collect();
    Config::from_lookup(|name| variables.get(name).map(|value| (*value).to_owned()))
}

fn wrong(others: &[(&str, &str)]) -> Vec<String> {
    with(others).unwrap_err().wrong
}

#[test]
fn what_is_not_set_has_a_default() {
    let config = with(&[]).unwrap();
    assert_eq!(config.settings, Settings::default());
    assert_eq!(config.service, "aduana-validator");
    assert_eq!(config.log_level, LogLevel::Info);
    assert_eq!(config.aws.endpoint_url, None);
    assert!(!config.aws.own_roots);
}

#[test]
fn what_is_set_is_taken() {
    let config = with(&[
        ("ADUANA_LANG", "ES"),
        ("ADUANA_CONCURRENCY", "4"),
        ("ADUANA_ALERT_WINDOW_SECONDS", "0"),
        ("ADUANA_POLICY", "{}"),
        ("POWERTOOLS_SERVICE_NAME", "mine"),
        ("POWERTOOLS_LOG_LEVEL", "warning"),
        ("LOG_LEVEL", "DEBUG"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("AWS_SESSION_TOKEN", "TOKEN"),
        ("SSL_CERT_FILE", "/opt/roots.pem"),
    ])
    .unwrap();
    assert_eq!(config.invoices_table, "Invoices");
    assert_eq!(config.cases_table, "InvalidMessages");
    assert_eq!(config.settings.lang, Lang::Es);
    assert_eq!(config.settings.concurrency.get(), 4);
    assert_eq!(config.settings.window_ms, 0);
    assert_eq!(config.service, "mine");
    assert_eq!(config.log_level, LogLevel::Warn);
    assert_eq!(config.aws.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
    assert!(config.aws.own_roots);
    let session = Some("TOKEN".to_owned());
    let keys = AwsCredentials::Keys { id: "AKIA".to_owned(), secret: "SECRET".to_owned(), session };
    assert_eq!(config.aws.credentials, keys);
    assert_eq!(with(&[("LOG_LEVEL", "trace")]).unwrap().log_level, LogLevel::Debug);
}

#[test]
fn every_missing_variable_is_named_at_once() {
    let error = Config::from_lookup(|_| None).unwrap_err();
    for (name, _) in NEEDED {
        assert!(error.to_string().contains(name), "{name} in {error}");
    }
    assert_eq!(error.wrong.len(), 7, "the two keys are one thing: {error}");
}

/// A file of this text under the name, in a folder of its own.
fn file(name: &str, text: &[u8]) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("aduana-policy-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("policy.json"), text).unwrap();
    folder
}

#[test]
fn a_policy_may_be_a_file_beside_the_function_or_anywhere() {
    let text = r#"{"rules":{"FE-D-009":"off"},"senders":{"AIDA1":["tax:EC:*"]}}"#;
    let folder = file("right", text.as_bytes());
    let root = folder.to_str().unwrap();
    let anywhere = folder.join("policy.json");
    for (path, root) in [("policy.json", root), (anywhere.to_str().unwrap(), "/var/task")] {
        let config = with(&[("ADUANA_POLICY_FILE", path), ("LAMBDA_TASK_ROOT", root)]).unwrap();
        let known = PolicyFile { path: path.to_owned(), fingerprint: Fingerprint::of(text.as_bytes()) };
        assert_eq!(config.policy.file, Some(known));
        let ruleset = config.policy.into_validator("test").ruleset().to_owned();
        assert_eq!(ruleset, Validator::new(Policy::from_json(text).unwrap()).ruleset());
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_policys_file_that_is_not_there_not_text_not_a_policy_or_too_large_is_said() {
    let long = |bytes: u64| {
        let mut text = b"{}".to_vec();
        text.resize(usize::try_from(bytes).unwrap(), b' ');
        text
    };
    for (name, text, says) in [
        ("bytes", vec![0xFF], "should be a file that can be read"),
        (
            "rule",
            br#"{"rules":{"FE-Q-001":"off"}}"#.to_vec(),
            "should be a policy as JSON: there is no rule FE-Q-001",
        ),
        ("over", long(POLICY_FILE_MAX + 1), "it has more than 4 MiB"),
    ] {
        let folder = file(name, &text);
        let root = folder.to_str().unwrap();
        let wrong = wrong(&[("ADUANA_POLICY_FILE", "policy.json"), ("LAMBDA_TASK_ROOT", root)]);
        assert!(wrong[0].contains(says), "{wrong:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }
    for bytes in [POLICY_FILE_MAX - 1, POLICY_FILE_MAX] {
        let folder = file("full", &long(bytes));
        let root = folder.to_str().unwrap();
        assert!(
            with(&[("ADUANA_POLICY_FILE", "policy.json"), ("LAMBDA_TASK_ROOT", root)]).is_ok(),
            "{bytes}"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
    assert!(wrong(&[("ADUANA_POLICY_FILE", "/nowhere.json")])[0].contains("should be a file"));
    let both = wrong(&[("ADUANA_POLICY_FILE", "policy.json"), ("ADUANA_POLICY", "{}")]);
    assert_eq!(both, ["of ADUANA_POLICY and ADUANA_POLICY_FILE only one should be set"]);
}

#[test]
fn an_empty_variable_is_a_missing_one() {
    assert_eq!(
        wrong(&[("ADUANA_CASES_TABLE", "  ")]),
        ["ADUANA_CASES_TABLE is missing: the name of the table of held messages"]
    );
    assert_eq!(with(&[("ADUANA_LANG", "")]).unwrap().settings.lang, Lang::En);
}

#[test]
fn every_wrong_variable_is_named_at_once_without_its_value() {
    let values = [
        ("ADUANA_DLQ_URL", "QX-queue"),
        ("ADUANA_ALERTS_TOPIC_ARN", "QX-topic"),
        ("ADUANA_LANG", "QX-lang"),
        ("ADUANA_CONCURRENCY", "0"),
        ("LOG_LEVEL", "QX-level"),
        ("AWS_ENDPOINT_URL", "QX-endpoint"),
    ];
    let error = with(&values).unwrap_err();
    assert_eq!(error.wrong.len(), values.len());
    for ((name, _), reported) in values.iter().zip(&error.wrong) {
        assert!(reported.starts_with(&format!("{name} should be ")), "{reported}");
    }
    assert!(!error.to_string().contains("QX"), "{error}");
    assert_eq!(
        wrong(&[("ADUANA_CONCURRENCY", "257")]),
        ["ADUANA_CONCURRENCY should be a number from 1 to 256"]
    );
}

#[test]
fn credentials_may_come_from_the_container() {
    let no_keys =
        [("AWS_ACCESS_KEY_ID", ""), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/creds")];
    assert_eq!(with(&no_keys).unwrap().aws.credentials, AwsCredentials::Container);
}

#[test]
fn debug_output_shows_no_secret() {
    let shown = format!("{:?}", with(&[("AWS_SESSION_TOKEN", "TOKEN")]).unwrap());
    assert!(!shown.contains("SECRET") && !shown.contains("TOKEN"), "{shown}");
}

#[test]
fn from_1_to_256_records_are_at_work_at_a_time() {
    for (number, is_taken) in [(0, false), (1, true), (2, true), (255, true), (256, true), (257, false)] {
        let set = with(&[("ADUANA_CONCURRENCY", &number.to_string())]);
        let taken = set.ok().map(|config| config.settings.concurrency.get());
        assert_eq!(taken, is_taken.then_some(number));
    }
}
