//! What the environment says. The one place that reads it.

mod redrive;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::Path;

use aduana_cases::log::LogLevel;
use aduana_intake::Settings;
use aduana_invoice::{Fingerprint, Lang, Policy, Validator};

use crate::log;

pub use redrive::{RedriveConfig, SERVICE as REDRIVE_SERVICE};

/// The configuration of the validator.
#[derive(Debug, Clone)]
pub struct Config {
    /// The table of valid invoices (`ADUANA_INVOICES_TABLE`).
    pub invoices_table: String,
    /// The case file (`ADUANA_CASES_TABLE`).
    pub cases_table: String,
    /// The dead-letter queue (`ADUANA_DLQ_URL`).
    pub dlq_url: String,
    /// The administrators' topic (`ADUANA_ALERTS_TOPIC_ARN`).
    pub alerts_topic_arn: String,
    /// What the deployment decides about rules, limits, keys and senders (`ADUANA_POLICY`, JSON; or `ADUANA_POLICY_FILE`, a file).
    pub policy: PolicySource,
    /// The language of alerts (`ADUANA_LANG`), the seconds for which further messages of a group are only counted
    /// (`ADUANA_ALERT_WINDOW_SECONDS`), and the records at work at a time (`ADUANA_CONCURRENCY`).
    pub settings: Settings,
    /// The name in logs and metrics (`POWERTOOLS_SERVICE_NAME`).
    pub service: String,
    /// The lowest level that is logged (`POWERTOOLS_LOG_LEVEL`, or else `LOG_LEVEL`).
    pub log_level: LogLevel,
    /// What Lambda itself sets.
    pub aws: Aws,
}

/// A policy, and where it is from.
#[derive(Debug, Clone, Default)]
pub struct PolicySource {
    /// The policy.
    pub policy: Policy,
    /// The file that it was read from, if it was.
    pub file: Option<PolicyFile>,
}

impl PolicySource {
    /// The validator of this policy. The log of `service` says which file it is from, if it is from one.
    pub fn into_validator(self, service: &str) -> Validator {
        let validator = Validator::new(self.policy);
        if let Some(file) = &self.file {
            log::policy_file(service, file, validator.ruleset());
        }
        validator
    }
}

/// A policy's file, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its path as the environment has it.
    pub path: String,
    /// The SHA-256 of its bytes.
    pub fingerprint: Fingerprint,
}

/// Where and as whom to call AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aws {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`, where something else takes the place of AWS.
    pub endpoint_url: Option<String>,
    /// The function's role.
    pub credentials: AwsCredentials,
    /// Whether the deployment names root certificates of its own (`SSL_CERT_FILE` or `SSL_CERT_DIR`): those are trusted then.
    pub own_roots: bool,
}

/// The credentials of the function's role.
#[derive(Clone, PartialEq, Eq)]
pub enum AwsCredentials {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    Keys {
        /// The key's id.
        id: String,
        /// The key.
        secret: String,
        /// The session of the role.
        session: Option<String>,
    },
    /// To be fetched from where `AWS_CONTAINER_CREDENTIALS_FULL_URI` says, as on Lambda's managed instances. The SDK reads
    /// the rest of it.
    Container,
}

/// Shows no secret.
impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys { .. } => "Keys(…)",
            Self::Container => "Container",
        })
    }
}

/// The name under which the validator's logs and metrics go, if none is set.
pub const SERVICE: &str = "aduana-validator";

const CONCURRENCY_MAX: usize = 256;

impl Config {
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
        let default = Settings::default();
        let config = Self {
            invoices_table: read.invoices_table(),
            cases_table: read.cases_table(),
            dlq_url: read.dlq_url(),
            alerts_topic_arn: read.alerts_topic_arn(),
            policy: read.policy(),
            settings: Settings {
                lang: read.or("ADUANA_LANG", "en or es", lang, default.lang),
                window_ms: read.window(default.window_ms),
                concurrency: read.or(
                    "ADUANA_CONCURRENCY",
                    "a number from 1 to 256",
                    concurrency,
                    default.concurrency,
                ),
                ..default
            },
            service: read.get("POWERTOOLS_SERVICE_NAME").unwrap_or_else(|| SERVICE.to_owned()),
            log_level: read.log_level(),
            aws: read.aws(),
        };
        read.end(config)
    }
}

/// Reads variables, and remembers what is wrong with them. What it gives for a wrong one is never used.
struct Reader<L> {
    lookup: L,
    wrong: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn new(lookup: L) -> Self {
        let mut read = Self { lookup, wrong: Vec::new() };
        // The runtime reads it by itself; who has not set it has started the function by hand.
        read.required(
            "AWS_LAMBDA_RUNTIME_API",
            "Lambda runs this program; `cargo lambda watch` does so locally",
        );
        read
    }

    /// What was read, if nothing of it was wrong.
    fn end<C>(self, config: C) -> Result<C, ConfigError> {
        if self.wrong.is_empty() { Ok(config) } else { Err(ConfigError { wrong: self.wrong }) }
    }

    fn invoices_table(&mut self) -> String {
        self.required("ADUANA_INVOICES_TABLE", "the name of the table of valid invoices")
    }

    fn cases_table(&mut self) -> String {
        self.required("ADUANA_CASES_TABLE", "the name of the table of held messages")
    }

    fn dlq_url(&mut self) -> String {
        self.checked("ADUANA_DLQ_URL", "the URL of the dead-letter queue, http(s)://…", is_url)
    }

    fn alerts_topic_arn(&mut self) -> String {
        let is_topic = |arn: &str| arn.starts_with("arn:") && arn.contains(":sns:");
        self.checked("ADUANA_ALERTS_TOPIC_ARN", "the ARN of the alerts topic, arn:aws:sns:…", is_topic)
    }

    /// How long further messages of a group are only counted, in milliseconds.
    fn window(&mut self, default: i64) -> i64 {
        let what = "a number of seconds from 0 to 86400";
        let window = |text: &str| redrive::in_range(text, 0, 86_400).map(|seconds| seconds * 1000);
        self.or("ADUANA_ALERT_WINDOW_SECONDS", what, window, default)
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str, what: &str) -> String {
        self.checked(name, what, |_| true)
    }

    fn checked(&mut self, name: &str, what: &str, is_right: impl Fn(&str) -> bool) -> String {
        match self.get(name) {
            Some(value) if is_right(&value) => value,
            Some(_) => self.is_wrong(format!("{name} should be {what}")),
            None => self.is_wrong(format!("{name} is missing: {what}")),
        }
    }

    /// What an optional variable says, or what holds without it.
    fn or<T>(&mut self, name: &str, what: &str, parse: impl Fn(&str) -> Option<T>, default: T) -> T {
        match self.get(name).map(|value| parse(&value)) {
            Some(Some(value)) => value,
            Some(None) => {
                self.is_wrong(format!("{name} should be {what}"));
                default
            }
            None => default,
        }
    }

    /// The policy of a variable, which has room for little, or of a file beside the function or in a layer. A path that does not begin
    /// with `/` is under the function's folder (`LAMBDA_TASK_ROOT`).
    fn policy(&mut self) -> PolicySource {
        let (name, text, file) = match (self.get("ADUANA_POLICY"), self.get("ADUANA_POLICY_FILE")) {
            (None, None) => return PolicySource::default(),
            (Some(text), None) => ("ADUANA_POLICY", text, None),
            (None, Some(path)) => {
                let root = self.get("LAMBDA_TASK_ROOT").unwrap_or_default();
                match read_file(&Path::new(&root).join(&path)) {
                    Ok(text) => {
                        let fingerprint = Fingerprint::of(text.as_bytes());
                        ("ADUANA_POLICY_FILE", text, Some(PolicyFile { path, fingerprint }))
                    }
                    Err(error) => {
                        self.is_wrong(format!(
                            "ADUANA_POLICY_FILE should be a file that can be read: {error}"
                        ));
                        return PolicySource::default();
                    }
                }
            }
            (Some(_), Some(_)) => {
                self.is_wrong("of ADUANA_POLICY and ADUANA_POLICY_FILE only one should be set".to_owned());
                return PolicySource::default();
            }
        };
        match Policy::from_json(&text) {
            Ok(policy) => PolicySource { policy, file },
            Err(reason) => {
                self.is_wrong(format!("{name} should be a policy as JSON: {reason}"));
                PolicySource::default()
            }
        }
    }

    /// Powertools knows more levels than we do: what lies between goes to the one below, what lies above to the highest.
    fn log_level(&mut self) -> LogLevel {
        let name = ["POWERTOOLS_LOG_LEVEL", "LOG_LEVEL"].into_iter().find(|name| self.get(name).is_some());
        let parse = |level: &str| match level.to_ascii_uppercase().as_str() {
            "TRACE" => Some(LogLevel::Debug),
            "WARNING" => Some(LogLevel::Warn),
            "CRITICAL" | "FATAL" | "SILENT" => Some(LogLevel::Error),
            level => LogLevel::parse(level),
        };
        let what = "DEBUG, INFO, WARN or ERROR";
        name.map_or_else(LogLevel::default, |name| self.or(name, what, parse, LogLevel::default()))
    }

    fn aws(&mut self) -> Aws {
        let endpoint = self.get("AWS_ENDPOINT_URL");
        if endpoint.as_deref().is_some_and(|url| !is_url(url)) {
            self.is_wrong("AWS_ENDPOINT_URL should be http(s)://…".to_owned());
        }
        Aws {
            region: self.required("AWS_REGION", "the region, as Lambda sets it"),
            endpoint_url: endpoint,
            credentials: self.credentials(),
            own_roots: ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().any(|name| self.get(name).is_some()),
        }
    }

    fn credentials(&mut self) -> AwsCredentials {
        let (id, secret) = (self.get("AWS_ACCESS_KEY_ID"), self.get("AWS_SECRET_ACCESS_KEY"));
        let container = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
        match (id, secret) {
            (Some(id), Some(secret)) => {
                AwsCredentials::Keys { id, secret, session: self.get("AWS_SESSION_TOKEN") }
            }
            _ if container.into_iter().any(|name| self.get(name).is_some()) => AwsCredentials::Container,
            _ => {
                let what = "the credentials of the function's role, as Lambda sets them";
                self.is_wrong(format!("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing: {what}"));
                AwsCredentials::Container
            }
        }
    }

    fn is_wrong(&mut self, what: String) -> String {
        self.wrong.push(what);
        String::new()
    }
}

/// The most bytes of a policy's file: a map of 10,000 senders has room.
const POLICY_FILE_MAX: u64 = 4 * 1024 * 1024;

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(POLICY_FILE_MAX + 1).read_to_string(&mut text)?;
    if read as u64 > POLICY_FILE_MAX {
        return Err(io::Error::other("it has more than 4 MiB"));
    }
    Ok(text)
}

fn is_url(text: &str) -> bool {
    ["http://", "https://"]
        .into_iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn lang(text: &str) -> Option<Lang> {
    match text.to_ascii_lowercase().as_str() {
        "en" => Some(Lang::En),
        "es" => Some(Lang::Es),
        _ => None,
    }
}

fn concurrency(text: &str) -> Option<NonZeroUsize> {
    text.parse().ok().filter(|n: &NonZeroUsize| n.get() <= CONCURRENCY_MAX)
}

/// A configuration that is not complete or not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// One text a variable: its name, and what it should be. Never its value.
    pub wrong: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read the configuration: {}", self.wrong.join("; "))
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
