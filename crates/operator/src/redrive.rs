//! The way to the redrive function, and what the user reads when it fails.
//!
//! It is invoked directly. Whoever invokes it names the actor: this is the caller's identity as AWS knows it, from STS, which asks
//! for no permission. Where STS cannot say, or names the account alone (its root, a local AWS), user and host are named beside.

use std::time::Duration;

use aduana_invoice::Lang;
use aduana_redrive::client::{Client, ClientError, Transport, UNREADABLE_HELP};
use aduana_redrive::request::Request;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;

use crate::aws::Account;
use crate::cli::Stack;
use crate::env;
use crate::failure::Failure;

/// How long STS may take to say who asks.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(5);

/// The client of a deployment's redrive function.
pub(crate) type Redrive = Client<Function>;

/// The redrive function of a deployment.
#[derive(Debug)]
pub(crate) struct Function {
    account: Account,
    name: String,
}

/// Whether what is asked will be recorded, with who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    Yes,
    No,
}

/// What Lambda answers in the place of a function that failed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Crash {
    error_message: String,
    error_type: String,
}

/// Opens the client of the deployment's redrive function.
pub(crate) async fn open(stack: &Stack, lang: Lang, recorded: Recorded) -> Result<Redrive, Failure> {
    let account = Account::open(stack).await?;
    let actor = match recorded {
        Recorded::Yes => actor(&account).await,
        Recorded::No => env::user_and_host(),
    };
    Ok(client(account, actor, lang))
}

/// The client over this account.
pub(crate) fn client(account: Account, actor: String, lang: Lang) -> Redrive {
    Client::new(Function { name: account.name("redrive"), account }, actor, lang)
}

impl Transport for Function {
    type Error = Failure;

    async fn send(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        let what = request.action.describe();
        let call = self.account.lambda.invoke().function_name(&self.name);
        let reply = call.payload(Blob::new(request.to_json())).send().await;
        let reply = reply.map_err(|error| {
            let code = error.code().unwrap_or_default().to_owned();
            let failure = self.account.failed(&what, &error);
            if code.contains("AccessDenied") {
                failure.help(format!(
                    "the user or role of your AWS profile needs lambda:InvokeFunction on {}",
                    self.name
                ))
            } else if code.contains("RequestTooLarge") {
                failure.help("a request holds 6 MB at most: ask for less at a time")
            } else {
                failure
            }
        })?;
        let payload = reply.payload().map(AsRef::as_ref).unwrap_or_default();
        if reply.function_error().is_some() {
            return Err(self.crashed(&what, payload));
        }
        Ok(payload.to_vec())
    }
}

impl Function {
    /// The account of the deployment.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    fn crashed(&self, what: &str, payload: &[u8]) -> Failure {
        let function = &self.name;
        #[expect(clippy::disallowed_methods, reason = "Lambda's own words, not an invoice")]
        let Crash { error_message, error_type } = serde_json::from_slice(payload).unwrap_or_default();
        let late = error_message.contains("Task timed out") || error_type.contains("Timeout");
        let message = if error_message.is_empty() { "it did not say why" } else { &error_message };
        let failure = Failure::to(what).because(format!("the function {function} failed: {message}"));
        if late {
            failure.help("what was done stays done: the same command goes on from there")
        } else {
            failure.help(format!("its log says more: `aws logs tail /aws/lambda/{function}`"))
        }
    }
}

impl From<ClientError<Failure>> for Failure {
    fn from(error: ClientError<Failure>) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Transport(failure) => failure,
            ClientError::Refused { what, refusal } => {
                let failure = Self::to(what).because(message);
                if refusal.help.is_empty() { failure } else { failure.help(refusal.help) }
            }
            ClientError::Unreadable { what, .. } => Self::to(what).because(message).help(UNREADABLE_HELP),
        }
    }
}

/// The caller, as far as it can be known.
async fn actor(account: &Account) -> String {
    let asked = tokio::time::timeout(IDENTITY_PATIENCE, account.sts.get_caller_identity().send());
    let arn = asked.await.ok().and_then(Result::ok).and_then(|identity| identity.arn);
    match arn {
        Some(arn) if !arn.ends_with(":root") => arn,
        Some(arn) => format!("{arn} ({})", env::user_and_host()),
        None => env::user_and_host(),
    }
}
