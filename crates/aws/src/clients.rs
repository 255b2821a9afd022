//! The SDK's clients: built once, before the first event, and cheap to build.
//!
//! A start of the function is paid for, and somebody waits for it. So there is one HTTP client for all services, with its
//! root certificates read once; and of all the places where credentials can be, only the two where Lambda puts them are
//! looked at.

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::config::{Aws, AwsCredentials};

/// How long to wait for a connection, for one attempt, and for a call with all its attempts. A record is not started
/// with less than `Settings::start_margin_ms` (5 s) left, so a call that goes wrong ends before the function does.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_500);
const CALL_TIMEOUT: Duration = Duration::from_secs(4);

/// The queue delivers again what failed; the SDK only has to bridge a hiccup.
const ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

/// A client for each service.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The dead-letter queue.
    pub sqs: aws_sdk_sqs::Client,
    /// The administrators' topic.
    pub sns: aws_sdk_sns::Client,
}

impl Clients {
    /// Clients for the account, the region and the endpoint that Lambda gave.
    pub fn new(aws: &Aws) -> Self {
        let config = sdk_config(aws);
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
        }
    }
}

fn sdk_config(aws: &Aws) -> SdkConfig {
    let http = SharedHttpClient::new(OneConnector::new());
    let sleep = SharedAsyncSleep::new(TokioSleep::new());
    let time = SharedTimeSource::new(SystemTimeSource::new());
    let retry = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
        .region(Region::new(aws.region.clone()))
        .retry_config(retry)
        .timeout_config(timeouts)
        // An attempt has a limit already, and answers are small.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .credentials_provider(credentials(&aws.credentials, &http, &sleep, &time))
        .http_client(http)
        .sleep_impl(sleep)
        .time_source(time);
    config.set_endpoint_url(aws.endpoint_url.clone());
    config.build()
}

fn credentials(
    credentials: &AwsCredentials,
    http: &SharedHttpClient,
    sleep: &SharedAsyncSleep,
    time: &SharedTimeSource,
) -> SharedCredentialsProvider {
    match credentials {
        AwsCredentials::Keys { id, secret, session } => SharedCredentialsProvider::new(Credentials::new(
            id,
            secret,
            session.clone(),
            None,
            "environment variables",
        )),
        AwsCredentials::Container => {
            let surroundings = ProviderConfig::empty()
                .with_http_client(http.clone())
                .with_sleep_impl(sleep.clone())
                .with_time_source(time.clone());
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(&surroundings).build())
        }
    }
}

/// An HTTP client with one connector for everybody: plain HTTP, and TLS by rustls over ring.
///
/// The SDK's own client makes a connector for each service to see whether it can, and another to use, and every one of them
/// parses all root certificates.
#[derive(Debug)]
struct OneConnector(SharedHttpConnector);

impl OneConnector {
    fn new() -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .sleep_impl(TokioSleep::new())
            .connector_settings(settings)
            .build();
        Self(SharedHttpConnector::new(connector))
    }
}

impl HttpClient for OneConnector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}
