//! The SDK's clients: built once, before the first event, and cheap to build.
//!
//! A start of the function is paid for, and somebody waits for it. So there is one HTTP client for all services; of all the
//! places where credentials can be, only the two where Lambda puts them are looked at; and of root certificates, reading
//! which would be most of the start, only those that are needed are read.

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
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

/// The queue delivers again what failed; the SDK only has to bridge a hiccup. The first pause is that after throttling;
/// after other failures the SDK's own is shorter.
const ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_millis(800);

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
        use {aws_sdk_dynamodb as dynamodb, aws_sdk_sns as sns, aws_sdk_sqs as sqs};
        let config = sdk_config(aws);
        // By default all calls share a quota of retries. A table that is throttled for a while would use it up, and leave nothing to a call
        // that is only unlucky. What waits longer than a hiccup waits in `aduana_cases::bounded`, within a deadline.
        let retries = RetryPartition::custom("aduana").token_bucket(TokenBucket::unlimited()).build();
        let tables = dynamodb::config::Builder::from(&config).retry_partition(retries.clone());
        let queues = sqs::config::Builder::from(&config).retry_partition(retries.clone());
        let topics = sns::config::Builder::from(&config).retry_partition(retries);
        Self {
            dynamodb: dynamodb::Client::from_conf(tables.build()),
            sqs: sqs::Client::from_conf(queues.build()),
            sns: sns::Client::from_conf(topics.build()),
        }
    }
}

fn sdk_config(aws: &Aws) -> SdkConfig {
    let http = SharedHttpClient::new(OneConnector::new(Trust::of(aws)));
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

/// The roots of Amazon Trust Services, which sign for the endpoints of AWS: Amazon Root CA 1 to 4 and Starfield Services
/// Root CA G2, the earliest good until 2037 (<https://www.amazontrust.com/repository/>).
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// Whose certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Amazon's. To read them takes a tenth of a millisecond, and the system's more than a hundred three.
    Amazon,
    /// Those that the system trusts.
    System,
}

impl Trust {
    /// Amazon's roots for AWS's own endpoints. The system's for everything else: an endpoint that takes the place of AWS, a
    /// partition whose endpoints others sign for, or a deployment that names its roots, as behind a proxy that looks inside.
    fn of(aws: &Aws) -> Self {
        const OTHER_PARTITIONS: [&str; 4] = ["cn-", "us-iso", "eu-iso", "eusc-"];
        let elsewhere = OTHER_PARTITIONS.into_iter().any(|prefix| aws.region.starts_with(prefix));
        // A plain connection needs no roots at all.
        let replaced = aws.endpoint_url.as_deref().is_some_and(|url| !url.starts_with("http://"));
        if elsewhere || replaced || aws.own_roots { Self::System } else { Self::Amazon }
    }

    fn store(self) -> TrustStore {
        match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
            Self::System => TrustStore::default(),
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
    fn new(trust: Trust) -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .sleep_impl(TokioSleep::new())
            .connector_settings(settings);
        // Nothing is read before the connector is built; should that change, the system's roots are the default.
        if let Ok(context) = TlsContext::builder().with_trust_store(trust.store()).build() {
            connector = connector.tls_context(context);
        }
        Self(SharedHttpConnector::new(connector.build()))
    }
}

impl HttpClient for OneConnector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use aduana_invoice::Fingerprint;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn aws(region: &str, endpoint_url: Option<&str>, own_roots: bool) -> Aws {
        Aws {
            region: region.to_owned(),
            endpoint_url: endpoint_url.map(str::to_owned),
            credentials: AwsCredentials::Container,
            own_roots,
        }
    }

    #[test]
    fn the_roots_are_those_that_amazon_trust_services_publishes() {
        let pem = std::str::from_utf8(AMAZON_ROOTS).unwrap();
        let base64 = pem.split("-----BEGIN CERTIFICATE-----").skip(1).map(|root| {
            let end = root.find("-----END CERTIFICATE-----").unwrap();
            root[..end].split_whitespace().collect::<String>()
        });
        let fingerprints: Vec<String> =
            base64.map(|root| Fingerprint::of(&STANDARD.decode(root).unwrap()).to_string()).collect();
        assert_eq!(
            fingerprints,
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
    }

    #[test]
    fn amazons_roots_are_for_awss_own_endpoints_and_the_systems_for_all_others() {
        for region in ["eu-south-2", "us-east-1", "us-gov-west-1"] {
            assert_eq!(Trust::of(&aws(region, None, false)), Trust::Amazon, "{region}");
            assert_eq!(Trust::of(&aws(region, None, true)), Trust::System, "{region}");
        }
        for region in ["cn-north-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"] {
            assert_eq!(Trust::of(&aws(region, None, false)), Trust::System, "{region}");
        }
        let local = |url| Trust::of(&aws("us-east-1", Some(url), false));
        assert_eq!(local("https://localhost.localstack.cloud:4566"), Trust::System);
        assert_eq!(local("http://127.0.0.1:4566"), Trust::Amazon);
    }

    #[test]
    fn clients_can_be_built_with_either() {
        for own_roots in [false, true] {
            let clients = Clients::new(&aws("eu-south-2", None, own_roots));
            let region = clients.dynamodb.config().region().map(ToString::to_string);
            assert_eq!(region.as_deref(), Some("eu-south-2"));
        }
    }
}
