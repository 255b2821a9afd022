//! What the environment says to the redrive.

use std::num::NonZeroU32;

use aduana_cases::log::LogLevel;
use aduana_redrive::Settings;

use super::{Aws, ConfigError, PolicySource, Reader, is_url, lang};

/// The name under which the redrive's logs and metrics go, if none is set.
pub const SERVICE: &str = "aduana-redrive";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The configuration of the redrive.
#[derive(Debug, Clone)]
pub struct RedriveConfig {
    /// The table of valid invoices, which is only read (`ADUANA_INVOICES_TABLE`).
    pub invoices_table: String,
    /// The case file (`ADUANA_CASES_TABLE`).
    pub cases_table: String,
    /// The queue that invoices come in by (`ADUANA_INTAKE_QUEUE_URL`).
    pub intake_queue_url: String,
    /// The dead-letter queue (`ADUANA_DLQ_URL`).
    pub dlq_url: String,
    /// The administrators' topic (`ADUANA_ALERTS_TOPIC_ARN`).
    pub alerts_topic_arn: String,
    /// The validator's own policy (`ADUANA_POLICY` or `ADUANA_POLICY_FILE`), or a correction would be judged by other rules than
    /// those that await it.
    pub policy: PolicySource,
    /// The intake queue's name, which is the end of its URL; the attempts of a case (`ADUANA_ATTEMPTS_MAX`), the seconds of a claim
    /// (`ADUANA_LEASE_SECONDS`), the days that the dead-letter queue keeps a message (`ADUANA_DLQ_RETENTION_DAYS`) and before
    /// whose end is warned (`ADUANA_WARN_DAYS`), the language of the alerts (`ADUANA_LANG`), and the seconds for which further
    /// messages of a group are only counted (`ADUANA_ALERT_WINDOW_SECONDS`).
    pub settings: Settings,
    /// The name in logs and metrics (`POWERTOOLS_SERVICE_NAME`).
    pub service: String,
    /// The lowest level that is logged (`POWERTOOLS_LOG_LEVEL`, or else `LOG_LEVEL`).
    pub log_level: LogLevel,
    /// Whether this is a local AWS that hands on no aliases (`ADUANA_ALIASES_ARE_LOST`): the shape of an event decides its way.
    pub aliases_are_lost: bool,
    /// Where and as whom to call AWS.
    pub aws: Aws,
}

impl RedriveConfig {
    /// Reads the process's environment.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables by name. An empty one counts as missing, as templates like to set those that they do not use.
    ///
    /// The error names every variable that is missing or wrong.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut read = Reader::new(lookup);
        let intake_queue_url =
            read.checked("ADUANA_INTAKE_QUEUE_URL", "the URL of the intake queue, http(s)://…", is_url);
        let config = Self {
            settings: read.redrive_settings(&intake_queue_url),
            invoices_table: read.invoices_table(),
            cases_table: read.cases_table(),
            intake_queue_url,
            dlq_url: read.dlq_url(),
            alerts_topic_arn: read.alerts_topic_arn(),
            policy: read.policy(),
            service: read.get("POWERTOOLS_SERVICE_NAME").unwrap_or_else(|| SERVICE.to_owned()),
            log_level: read.log_level(),
            aliases_are_lost: read.or(
                "ADUANA_ALIASES_ARE_LOST",
                "true or false",
                |text| text.parse().ok(),
                false,
            ),
            aws: read.aws(),
        };
        read.end(config)
    }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn redrive_settings(&mut self, intake_queue_url: &str) -> Settings {
        let default = Settings::default();
        let name = intake_queue_url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        Settings {
            queue: name.to_owned(),
            attempts_max: self.or(
                "ADUANA_ATTEMPTS_MAX",
                "a number from 1 to 1000",
                |text| text.parse().ok().filter(|n: &NonZeroU32| n.get() <= 1_000),
                default.attempts_max,
            ),
            // Longer than the function runs, or two calls would send one case: Lambda's longest is 900 seconds.
            lease_ms: self.or(
                "ADUANA_LEASE_SECONDS",
                "a number of seconds from 60 to 86400, and more than the function's timeout",
                |text| in_range(text, 60, 86_400).map(|seconds| seconds * 1000),
                default.lease_ms,
            ),
            retention_ms: self.days("ADUANA_DLQ_RETENTION_DAYS", default.retention_ms),
            warn_ms: self.days("ADUANA_WARN_DAYS", default.warn_ms),
            // Longer than any copy of it can be in a queue: twice 14 days, as AWS's own redrive gives a message a new clock.
            keep_ended_ms: self.or(
                "ADUANA_KEEP_ENDED_DAYS",
                "a number of days from 30 to 36500, or 0 for ever",
                |text| match in_range(text, 0, 36_500)? {
                    0 => Some(None),
                    days @ 30.. => Some(Some(days * DAY_MS)),
                    _ => None,
                },
                default.keep_ended_ms,
            ),
            lang: self.or("ADUANA_LANG", "en or es", lang, default.lang),
            window_ms: self.window(default.window_ms),
            ..default
        }
    }

    /// As SQS keeps messages: for 14 days at most.
    fn days(&mut self, name: &str, default: i64) -> i64 {
        let days = |text: &str| in_range(text, 1, 14).map(|days| days * DAY_MS);
        self.or(name, "a number of days from 1 to 14", days, default)
    }
}

pub(super) fn in_range(text: &str, least: i64, most: i64) -> Option<i64> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const NEEDED: [(&str, &str); 9] = [
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("ADUANA_INVOICES_TABLE", "Invoices"),
        ("ADUANA_CASES_TABLE", "InvalidMessages"),
        ("ADUANA_INTAKE_QUEUE_URL", "https://sqs.eu-south-2.amazonaws.com/1/mine-invoices"),
        ("ADUANA_DLQ_URL", "https://sqs.eu-south-2.amazonaws.com/1/mine-invoices-dlq"),
        ("ADUANA_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-south-2:1:alerts"),
        ("AWS_REGION", "eu-south-2"),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ];

    fn with(others: &[(&str, &str)]) -> Result<RedriveConfig, ConfigError> {
        let variables: HashMap<&str, &str> = NEEDED.into_iter().chain(others.iter().copied()).collect();
        RedriveConfig::from_lookup(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn what_is_not_set_has_a_default_and_the_queue_is_called_as_its_url_ends() {
        let config = with(&[]).unwrap();
        let settings = Settings { queue: "mine-invoices".to_owned(), ..Settings::default() };
        assert_eq!(config.settings, settings);
        assert_eq!(config.service, "aduana-redrive");
    }

    #[test]
    fn what_is_set_is_taken() {
        let config = with(&[
            ("ADUANA_ATTEMPTS_MAX", "7"),
            ("ADUANA_LEASE_SECONDS", "90"),
            ("ADUANA_DLQ_RETENTION_DAYS", "4"),
            ("ADUANA_WARN_DAYS", "1"),
            ("ADUANA_KEEP_ENDED_DAYS", "30"),
            ("ADUANA_LANG", "es"),
        ]);
        let settings = config.unwrap().settings;
        let numbers =
            (settings.attempts_max.get(), settings.lease_ms, settings.retention_ms, settings.warn_ms);
        assert_eq!(numbers, (7, 90_000, 4 * DAY_MS, DAY_MS));
        assert_eq!(settings.lang, aduana_invoice::Lang::Es);
        assert_eq!(settings.keep_ended_ms, Some(30 * DAY_MS));
        assert_eq!(with(&[("ADUANA_KEEP_ENDED_DAYS", "0")]).unwrap().settings.keep_ended_ms, None);
    }

    #[test]
    fn every_missing_variable_and_every_wrong_one_is_named_at_once() {
        let error = RedriveConfig::from_lookup(|_| None).unwrap_err();
        for (name, _) in NEEDED {
            assert!(error.to_string().contains(name), "{name} in {error}");
        }
        let wrong = [
            ("ADUANA_INTAKE_QUEUE_URL", "QX"),
            ("ADUANA_ATTEMPTS_MAX", "0"),
            ("ADUANA_LEASE_SECONDS", "59"),
            ("ADUANA_DLQ_RETENTION_DAYS", "15"),
            ("ADUANA_WARN_DAYS", "QX"),
            ("ADUANA_KEEP_ENDED_DAYS", "29"),
        ];
        let error = with(&wrong).unwrap_err();
        assert_eq!(error.wrong.len(), wrong.len());
        for ((name, _), reported) in wrong.iter().zip(&error.wrong) {
            assert!(
                reported.starts_with(&format!("{name} should be ")) && !reported.contains("QX"),
                "{reported}"
            );
        }
    }
}
