//! The verified way to the redrive function: its URL or its HTTP API, with a signature by which AWS knows who asks.
//!
//! The alias `signed` gives the address: in its description where there is an HTTP API, and as a function URL of its own otherwise. The
//! request is Lambda's `Invoke`, sent to that address: so it has the SDK's credentials, signature, timeouts and retries.

use std::time::Duration;

use aws_sdk_lambda::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::Document;
use aws_smithy_types::timeout::TimeoutConfig;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::aws::Account;
use crate::failure::Failure;
use crate::i18n::said;

/// The alias of the function that the URL and the HTTP API invoke.
const ALIAS: &str = "signed";

/// So long a request is waited for: twice as long as it takes at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// An address at which AWS verifies who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `https://` and the host, or `http://127.0.0.1:PORT`.
    origin: String,
    /// From `/` on.
    path: String,
    /// What the signature is for.
    service: &'static str,
}

/// A client that asks there.
#[derive(Debug)]
pub(super) struct Signed {
    lambda: aws_sdk_lambda::Client,
    address: Address,
    /// On a local AWS: the name under which its one port knows the address.
    host: Option<String>,
}

/// Why there is no answer from there.
pub(super) enum NoAnswer {
    /// AWS did not let it through, or did not say who asks: nothing was done.
    NotVerified(String),
    Failed(Failure),
}

impl Address {
    /// An address as a user gives it. Plain HTTP is for this machine alone: a signature can be used again for some minutes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~/:[]".contains(c));
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_here = ["127.0.0.1", "localhost", "[::1]"].contains(&name);
        if name.is_empty() || !is_plain(rest) || !(scheme == "https" || scheme == "http" && is_here) {
            return None;
        }
        let service = if host.contains(".lambda-url.") { "lambda" } else { "execute-api" };
        Some(Self { origin: format!("{scheme}://{host}"), path: format!("/{path}"), service })
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }

    /// The address for a reader.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

/// The address of a deployment's function, or why there is none.
pub(super) async fn find(account: &Account, function: &str) -> Result<Address, String> {
    let alias = account.lambda.get_alias().function_name(function).name(ALIAS).send();
    let url = account.lambda.get_function_url_config().function_name(function).qualifier(ALIAS).send();
    let (alias, url) = tokio::join!(alias, url);
    let alias = alias.map_err(|error| {
        account
            .failed(
                &said(
                    format!("find the alias {ALIAS} of {function}"),
                    format!("encontrar el alias {ALIAS} de {function}"),
                ),
                &error,
            )
            .to_string()
    })?;
    let of_api = alias.description().filter(|text| text.starts_with("http"));
    let address = match (of_api, url) {
        (Some(address), _) => address.to_owned(),
        (None, Ok(url)) => url.function_url,
        (None, Err(error)) => {
            return Err(account
                .failed(
                    &said(format!("find the URL of {function}"), format!("encontrar la URL de {function}")),
                    &error,
                )
                .to_string());
        }
    };
    // A local AWS may give a name of its own and plain HTTP. It is reached at its one address.
    let parsed = if account.endpoint().is_some() {
        Address::parse(&address.replacen("http:", "https:", 1))
    } else {
        Address::parse(&address)
    };
    parsed.ok_or_else(|| {
        said(
            format!("{address} is no address of a function or an API"),
            format!("{address} no es la dirección de una función ni de una API"),
        )
    })
}

impl Signed {
    /// `is_found`: the address is that of the deployment, and not one that the user gave.
    pub(super) fn new(account: &Account, address: Address, is_found: bool) -> Self {
        let local = account.endpoint().filter(|_| is_found);
        let resolver = Fixed {
            url: local.unwrap_or(&address.origin).to_owned(),
            service: address.service,
            region: account.region().to_owned(),
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(4))
            .operation_attempt_timeout(PATIENCE)
            .build();
        let lambda = &account.lambda;
        let config = lambda.config().to_builder().timeout_config(timeouts);
        let config = config.endpoint_resolver(resolver).retry_classifier(OncePerAnswer).build();
        let host = local.map(|_| address.host().to_owned());
        Self { lambda: aws_sdk_lambda::Client::from_conf(config), address, host }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The answer to a request.
    pub(super) async fn ask(
        &self,
        account: &Account,
        function: &str,
        what: &str,
        request: String,
    ) -> Result<Vec<u8>, NoAnswer> {
        let (path, host) = (self.address.path.clone(), self.host.clone());
        let call = self.lambda.invoke().function_name(function).payload(Blob::new(request)).customize();
        let reply = call.mutate_request(move |request| aim(request, &path, host.as_deref())).send().await;
        let error = match reply {
            Ok(reply) => return Ok(reply.payload().map(AsRef::as_ref).unwrap_or_default().to_vec()),
            Err(error) => error,
        };
        let SdkError::ServiceError(answer) = &error else {
            return Err(NoAnswer::Failed(account.failed(what, &error)));
        };
        let status = answer.raw().status().as_u16();
        let body = answer.raw().body().bytes().unwrap_or_default();
        match status {
            401 | 403 | 404 => Err(NoAnswer::NotVerified(said(
                format!("{} answers HTTP {status}", self.address.text()),
                format!("{} responde HTTP {status}", self.address.text()),
            ))),
            _ if is_refusal(body) => Ok(body.to_vec()),
            413 => Err(NoAnswer::Failed(super::too_large(account.failed(what, &error)))),
            500..=599 => Err(NoAnswer::Failed(super::failed_at(what, function, status))),
            _ => Err(NoAnswer::Failed(account.failed(what, &error))),
        }
    }
}

/// Sends the request to the address itself, as JSON: what is not a text would come in Base64, a third longer.
fn aim(request: &mut HttpRequest, path: &str, host: Option<&str>) {
    let uri = request.uri();
    let origin = uri.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    // What cannot be set is left as it is, and then refused at the other end.
    request.set_uri(format!("{origin}{path}")).ok();
    request.headers_mut().insert("content-type", "application/json");
    if let Some(host) = host {
        request.headers_mut().insert("host", host.to_owned());
    }
}

/// Whether it is the function's own refusal, `{"error":{…}}`, and not that of what is before it.
#[expect(clippy::disallowed_methods, reason = "an answer of the redrive, not an invoice")]
fn is_refusal(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        #[expect(dead_code, reason = "that it is there is what counts")]
        code: IgnoredAny,
    }
    #[derive(Deserialize)]
    struct Refused {
        #[expect(dead_code, reason = "that it is there is what counts")]
        error: Refusal,
    }
    serde_json::from_slice::<Refused>(body).is_ok()
}

/// One address for every call, and what the signature is for.
#[derive(Debug)]
struct Fixed {
    url: String,
    service: &'static str,
    region: String,
}

impl ResolveEndpoint for Fixed {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        let scheme = [("name", "sigv4"), ("signingName", self.service), ("signingRegion", &self.region)];
        let scheme = scheme.map(|(name, value)| (name.to_owned(), Document::String(value.to_owned())));
        let schemes = vec![Document::Object(scheme.into_iter().collect())];
        EndpointFuture::ready(Ok(Endpoint::builder()
            .url(self.url.clone())
            .property("authSchemes", schemes)
            .build()))
    }
}

/// What was answered, or not in time, is not asked again, as it may have been done: but for a request that was throttled before the
/// function saw it.
#[derive(Debug)]
struct OncePerAnswer;

impl ClassifyRetry for OncePerAnswer {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().map(|response| response.status().as_u16()) {
            Some(429) => RetryAction::throttling_error(),
            Some(_) => RetryAction::RetryForbidden,
            None if matches!(context.output_or_error(), Some(Err(error)) if error.is_timeout_error()) => {
                RetryAction::RetryForbidden
            }
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "once per answer"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine_and_gives_the_scope_of_the_signature() {
        let of = |text| Address::parse(text).map(|it| (it.text(), it.service));
        for (text, address, service) in [
            (
                "https://abc.lambda-url.eu-west-1.on.aws/",
                "https://abc.lambda-url.eu-west-1.on.aws/",
                "lambda",
            ),
            ("https://abc.lambda-url.eu-west-1.on.aws", "https://abc.lambda-url.eu-west-1.on.aws/", "lambda"),
            (
                "https://x.execute-api.eu-south-2.amazonaws.com",
                "https://x.execute-api.eu-south-2.amazonaws.com/",
                "execute-api",
            ),
            ("https://redrive.example.com/aduana", "https://redrive.example.com/aduana", "execute-api"),
            ("http://127.0.0.1:4566/", "http://127.0.0.1:4566/", "execute-api"),
            ("http://[::1]:4566", "http://[::1]:4566/", "execute-api"),
        ] {
            assert_eq!(of(text), Some((address.to_owned(), service)), "{text}");
        }
        for text in [
            "",
            "direct",
            "https://",
            "https:///x",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "https://a b/",
            "https://example.com/?x=1",
            "https://example.com/#x",
            "ftp://example.com/",
            "https://ejemplo.é/",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_refusal_is_distinguished_from_an_error_before_the_function() {
        assert!(is_refusal(br#"{"error":{"code":"WrongState","message":"no"}}"#));
        for other in [r#"{"message":"Forbidden"}"#, r#"{"error":"x"}"#, "Internal Server Error", "", "[]"] {
            assert!(!is_refusal(other.as_bytes()), "{other}");
        }
    }
}
