//! The AWS account that a command works on, or its local stand-in: clients, names, and the message when a call fails.

use std::error::Error;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::cli::Stack;
use crate::failure::{Failure, Kind};
use crate::i18n::said;

/// An account and region, and the stack in it.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    prefix: String,
    /// The address of the redrive, or `direct`, if the user gave one.
    redrive_url: Option<String>,
    region: String,
    /// `AWS_ENDPOINT_URL`, where something else takes the place of AWS.
    endpoint: Option<String>,
}

impl Account {
    /// Reads the usual AWS settings: profile, region, credentials, endpoint.
    pub(crate) async fn open(stack: &Stack) -> Result<Self, Failure> {
        let Some(region) = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .region()
            .await
        else {
            return Err(Failure::to(said("find the AWS region", "encontrar la región de AWS"))
                .because(said("none is set", "no hay ninguna"))
                .help(said(
                    "set AWS_REGION, or AWS_PROFILE to a profile with a region; for a local AWS any will do, such as us-east-1",
                    "ponga AWS_REGION, o en AWS_PROFILE un perfil que tenga región; para un AWS local sirve cualquiera, como us-east-1",
                )));
        };
        let https = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(4))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(region.clone())
            .http_client(https)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard())
            .load()
            .await;
        with_credentials(&config).await?;
        Ok(Self {
            sqs: aws_sdk_sqs::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            lambda: lambda(&config),
            sts: aws_sdk_sts::Client::new(&config),
            prefix: stack.prefix.clone(),
            redrive_url: stack.redrive_url.clone(),
            region: region.to_string(),
            endpoint: config.endpoint_url().map(str::to_owned),
        })
    }

    /// The physical name of a part of the stack, such as `invoices` or `Invoices`.
    pub(crate) fn name(&self, part: &str) -> String {
        format!("{}{part}", self.prefix)
    }

    /// The URL of a queue.
    pub(crate) async fn queue_url(&self, name: &str) -> Result<String, Failure> {
        let found = self.sqs.get_queue_url().queue_name(name).send().await;
        let found = found.map_err(|error| self.failed(&find_the_queue(name), &error))?;
        found.queue_url.ok_or_else(|| {
            Failure::to(find_the_queue(name))
                .because(said("the answer holds no URL", "la respuesta no contiene la URL"))
        })
    }

    /// Tells what failed, why, and what to do. `what` reads after "failed to".
    pub(crate) fn failed<E>(&self, what: &str, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let (kind, reason, advice) = match error {
            SdkError::DispatchFailure(failure) if failure.is_timeout() || failure.is_io() => {
                let reason = said(
                    format!("{} cannot be reached", self.place()),
                    format!("no hay acceso a {}", self.place()),
                );
                (Kind::Unreachable, reason, Some(self.reach_advice()))
            }
            SdkError::TimeoutError(_) => {
                let reason = said(
                    format!("{} did not answer in time", self.place()),
                    format!("{} no respondió a tiempo", self.place()),
                );
                (Kind::Unreachable, reason, Some(self.reach_advice()))
            }
            SdkError::ServiceError(_) => {
                let message = reason(error.message(), error.raw_response().map(|raw| raw.status().as_u16()));
                let reason = if code.is_empty() { message } else { format!("{message} ({code})") };
                (kind_of(&code), reason, self.advice(&code))
            }
            // What gives the credentials could not: a session of single sign-on that has ended, for one.
            _ if has_cause::<CredentialsError>(error) => (Kind::SignedOut, chain(error), Some(sign_in())),
            _ => (Kind::Other, chain(error), None),
        };
        let failure = Failure::to(what).because(reason).of_kind(kind);
        match advice {
            Some(advice) => failure.help(advice),
            None => failure,
        }
    }

    /// The address of the redrive, or `direct`, if the user gave one.
    pub(crate) fn redrive_url(&self) -> Option<&str> {
        self.redrive_url.as_deref()
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// `AWS_ENDPOINT_URL`, where something else takes the place of AWS.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Where it is, in words.
    pub(crate) fn place(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint} (AWS_ENDPOINT_URL)"),
            None => said(format!("AWS in {}", self.region), format!("AWS en {}", self.region)),
        }
    }

    fn reach_advice(&self) -> String {
        match self.endpoint {
            Some(_) => said(
                "is the local AWS running? `cargo xtask up` starts it and prints its address",
                "¿está en marcha el AWS local? `cargo xtask up` lo arranca y muestra su dirección",
            ),
            None => said(
                "check the network and AWS_REGION; for a local AWS set AWS_ENDPOINT_URL",
                "revise la red y AWS_REGION; para un AWS local ponga AWS_ENDPOINT_URL",
            ),
        }
        .to_owned()
    }

    fn advice(&self, code: &str) -> Option<String> {
        let is = |words: &[&str]| words.iter().any(|word| code.contains(word));
        if is(&["NonExistentQueue", "QueueDoesNotExist", "ResourceNotFound"]) {
            let (prefix, place) = (&self.prefix, self.place());
            Some(said(
                format!(
                    "is the stack deployed on {place}? names begin with {prefix:?}: change that by --prefix or ADUANA_PREFIX"
                ),
                format!(
                    "¿está instalada la pila en {place}? los nombres empiezan por {prefix:?}: cámbielo con --prefix o ADUANA_PREFIX"
                ),
            ))
        } else if is(&["AccessDenied", "NotAuthorized", "Unauthorized"]) {
            Some(
                said(
                    "the user or role of your AWS profile lacks this permission",
                    "al usuario o rol de su perfil de AWS le falta este permiso",
                )
                .to_owned(),
            )
        } else if is(&EXPIRED) {
            Some(sign_in())
        } else if is(&NOT_GOOD) {
            Some(
                said(
                    "the credentials are not good for this account: check AWS_PROFILE",
                    "las credenciales no sirven para esta cuenta: revise AWS_PROFILE",
                )
                .to_owned(),
            )
        } else if is(&["Throttl", "TooManyRequests", "RequestLimitExceeded", "ProvisionedThroughput"]) {
            Some(
                said(
                    "AWS asks to go slower: try again a little later",
                    "AWS pide ir más despacio: inténtelo un poco más tarde",
                )
                .to_owned(),
            )
        } else {
            None
        }
    }
}

/// What AWS says of credentials that have expired, and of those that are not good.
const EXPIRED: [&str; 2] = ["ExpiredToken", "TokenExpired"];
const NOT_GOOD: [&str; 4] =
    ["InvalidClientTokenId", "UnrecognizedClient", "InvalidSignature", "SignatureDoesNotMatch"];

fn sign_in() -> String {
    said(
        "your session has expired: sign in again, for example with `aws sso login`",
        "su sesión ha caducado: inicie sesión de nuevo, por ejemplo con `aws sso login`",
    )
    .to_owned()
}

fn find_the_queue(name: &str) -> String {
    said(format!("find the queue {name}"), format!("encontrar la cola {name}"))
}

/// What failed, where a table cannot be read.
pub(crate) fn read_the_table(name: &str) -> String {
    said(format!("read the table {name}"), format!("leer la tabla {name}"))
}

fn kind_of(code: &str) -> Kind {
    let is = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if is(&EXPIRED) || is(&NOT_GOOD) { Kind::SignedOut } else { Kind::Other }
}

/// Whether there is such an error among the causes of one.
fn has_cause<E: Error + 'static>(error: &dyn Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<E>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The longest that a function of Lambda runs.
const FUNCTION_MAX: Duration = Duration::from_mins(15);

/// A client that waits for a function as long as it may run: to call it again meanwhile would only have it work twice.
fn lambda(config: &SdkConfig) -> aws_sdk_lambda::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(4))
        .operation_attempt_timeout(FUNCTION_MAX)
        .build();
    let config = aws_sdk_lambda::config::Builder::from(config).timeout_config(timeouts).build();
    aws_sdk_lambda::Client::from_conf(config)
}

/// Looks for credentials now, so that their absence is reported plainly, before the first call that needs them.
async fn with_credentials(config: &SdkConfig) -> Result<(), Failure> {
    let missing = || {
        Failure::to(said("find AWS credentials", "encontrar credenciales de AWS")).help(said(
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a local AWS any values will do, such as test",
            "ponga AWS_PROFILE, o AWS_ACCESS_KEY_ID y AWS_SECRET_ACCESS_KEY; para un AWS local sirve cualquier valor, como test",
        ))
    };
    let Some(provider) = config.credentials_provider() else {
        return Err(missing().because(said("no source of them is set", "no hay de dónde tomarlas")));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(CredentialsError::CredentialsNotLoaded(_)) => {
            Err(missing().because(said("none are set", "no hay ninguna")))
        }
        Err(error) => Err(missing().because(chain(&error))),
    }
}

/// What an answer says went wrong, or what it is where it cannot be read: that of a proxy or of another program, most likely.
fn reason(message: Option<&str>, status: Option<u16>) -> String {
    match (message, status) {
        (Some(message), _) => message.to_owned(),
        (None, Some(status)) => said(
            format!("the answer, HTTP {status}, is not one of AWS's and gives no reason"),
            format!("la respuesta, HTTP {status}, no es de AWS y no da ningún motivo"),
        ),
        (None, None) => said("the answer gives no reason", "la respuesta no da ningún motivo").to_owned(),
    }
}

/// An error with its causes, each once, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn an_unreadable_answer_is_reported_as_such() {
        assert_eq!(reason(Some("no such queue"), Some(400)), "no such queue");
        assert!(reason(None, Some(502)).contains("HTTP 502"));
    }
}
