//! The redrive function, as its client sees it: asks, and tells the user what went wrong.
//!
//! It is invoked directly. Whoever invokes it names the actor: this is the caller's identity as AWS knows it, from STS, which asks
//! for no permission. Where STS cannot say, or names the account alone (its root, a local AWS), user and host are named beside.

use std::time::Duration;

use aduana_cases::message::CaseId;
use aduana_invoice::Lang;
use aduana_redrive::answer::{Lines, Shown};
use aduana_redrive::request::{Get, Language, List, Request, Selection, WhichBody};
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::aws::Account;
use crate::cli::Stack;
use crate::env;
use crate::failure::Failure;

/// How long STS may take to say who asks.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(5);

/// The redrive function of a deployment.
#[derive(Debug)]
pub(crate) struct Redrive {
    account: Account,
    function: String,
    actor: String,
    lang: Lang,
}

/// Whether what is asked will be on record, with who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    Yes,
    No,
}

/// `{"error":{…}}`: whatever its code, also one that this version does not know.
#[derive(Deserialize)]
struct RequestErrorX {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    message: String,
    #[serde(default)]
    help: String,
}

/// What Lambda answers in the place of a function that failed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Crash {
    error_message: String,
    error_type: String,
}

impl Redrive {
    pub(crate) async fn open(stack: &Stack, lang: Lang, recorded: Recorded) -> Result<Self, Failure> {
        let account = Account::open(stack).await?;
        let actor = match recorded {
            Recorded::Yes => actor(&account).await,
            Recorded::No => env::user_and_host(),
        };
        Ok(Self::of(account, actor, lang))
    }

    pub(crate) fn of(account: Account, actor: String, lang: Lang) -> Self {
        Self { function: account.name("redrive"), account, actor, lang }
    }

    /// Who asks.
    pub(crate) fn actor(&self) -> String {
        self.actor.clone()
    }

    /// The language of the user.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// The language of the answers' texts.
    pub(crate) fn language(&self) -> Language {
        match self.lang {
            Lang::En => Language::En,
            Lang::Es => Language::Es,
        }
    }

    /// A page of the cases of `select`.
    pub(crate) async fn list(
        &self,
        select: Selection,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Lines, Failure> {
        let (actor, lang) = (self.actor(), self.language());
        let list = List { actor, lang, select: Some(select), limit: Some(limit), cursor };
        self.ask("list the cases", &Request::List(list)).await
    }

    /// A case with everything; unmasked for a `reason`, which is put on record.
    pub(crate) async fn get(
        &self,
        id: &CaseId,
        unmask: Option<&str>,
        body: Option<WhichBody>,
    ) -> Result<Shown, Failure> {
        self.look(id, unmask, body, None).await
    }

    /// The exact bytes of a body from this one on, as many as there are in a piece; for a `reason`, which is put on record.
    pub(crate) async fn piece(
        &self,
        id: &CaseId,
        reason: &str,
        body: WhichBody,
        from: usize,
    ) -> Result<Shown, Failure> {
        self.look(id, Some(reason), Some(body), Some(from)).await
    }

    async fn look(
        &self,
        id: &CaseId,
        unmask: Option<&str>,
        body: Option<WhichBody>,
        from: Option<usize>,
    ) -> Result<Shown, Failure> {
        let get = Get {
            actor: self.actor(),
            reason: unmask.unwrap_or_default().to_owned(),
            lang: self.language(),
            id: id.clone(),
            unmask: unmask.is_some(),
            body,
            from,
        };
        self.ask(&format!("look at the case {id}"), &Request::Get(get)).await
    }

    /// Asks, and reads the answer. `what` reads after "failed to".
    pub(crate) async fn ask<T: DeserializeOwned>(&self, what: &str, request: &Request) -> Result<T, Failure> {
        read(what, &self.reply(what, request).await?)
    }

    /// Asks. The answer as it came, a refusal included.
    pub(crate) async fn reply(&self, what: &str, request: &Request) -> Result<Vec<u8>, Failure> {
        let call = self.account.lambda.invoke().function_name(&self.function);
        let reply = call.payload(Blob::new(request.to_json())).send().await;
        let reply = reply.map_err(|error| {
            let code = error.code().unwrap_or_default().to_owned();
            let failure = self.account.failed(what, &error);
            if code.contains("AccessDenied") {
                failure.help(format!(
                    "the user or role of your AWS profile needs lambda:InvokeFunction on {}",
                    self.function
                ))
            } else if code.contains("RequestTooLarge") {
                failure.help("a request holds 6 MB at most: ask for less at a time")
            } else {
                failure
            }
        })?;
        let payload = reply.payload().map(AsRef::as_ref).unwrap_or_default();
        if reply.function_error().is_some() {
            return Err(self.crashed(what, payload));
        }
        Ok(payload.to_vec())
    }

    /// The account of the deployment.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    fn crashed(&self, what: &str, payload: &[u8]) -> Failure {
        let function = &self.function;
        let Crash { error_message, error_type } = parse(payload).unwrap_or_default();
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

fn read<T: DeserializeOwned>(what: &str, payload: &[u8]) -> Result<T, Failure> {
    if let Ok(RequestErrorX { error }) = parse::<RequestErrorX>(payload) {
        let failure = Failure::to(what).because(format!("{} ({})", error.message, error.code));
        return Err(if error.help.is_empty() { failure } else { failure.help(error.help) });
    }
    parse(payload).map_err(|error| {
        // Where it is wrong, and not what stands there: it may be an invoice's.
        let place = format!("its answer cannot be read: line {}, column {}", error.line(), error.column());
        Failure::to(what)
            .because(place)
            .help("the function and this program may be of different versions: `aduana doctor` compares them")
    })
}

#[expect(clippy::disallowed_methods, reason = "an answer of our own function, not an invoice")]
fn parse<T: DeserializeOwned>(payload: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(payload)
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
