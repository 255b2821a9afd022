//! The way to the redrive function, and what the user reads when it fails.
//!
//! It is asked by its URL or its HTTP API, where AWS verifies who asks, and records him ([`url`]). Where there is none, or nobody is
//! verified there, it is invoked directly. Whoever invokes it names the actor: this is the caller's identity as AWS knows it, from STS,
//! which asks for no permission. Where STS cannot say, or names the account alone (its root, a local AWS), user and host are named
//! beside. The user sees a remark, and the case's history says `direct`.

mod url;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aduana_invoice::Lang;
use aduana_redrive::client::{Client, ClientError, Transport, UNREADABLE_HELP};
use aduana_redrive::request::Request;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;

use self::url::{Address, NoAnswer, Signed};
use crate::aws::Account;
use crate::cli::Stack;
use crate::env;
use crate::failure::Failure;
use crate::i18n::{said, tr};
use crate::terminal::remark_aside;

/// How long STS may take to say who asks.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(5);

/// What a user gives in the place of an address to have the function invoked directly.
const DIRECT: &str = "direct";

/// The client of a deployment's redrive function.
pub(crate) type Redrive = Client<Function>;

/// The redrive function of a deployment.
#[derive(Debug)]
pub(crate) struct Function {
    account: Account,
    name: String,
    way: Way,
    lang: Lang,
    recorded: Recorded,
    /// Whether the URL was tried and nobody is verified there.
    url_is_no_use: AtomicBool,
    is_remarked: AtomicBool,
}

/// How the function is asked.
#[derive(Debug)]
enum Way {
    Url(Signed),
    /// With what kept the URL from being used; `None` if the user wants it so.
    Direct(Option<String>),
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
    client(Account::open(stack).await?, lang, recorded).await
}

/// The client over this account.
pub(crate) async fn client(account: Account, lang: Lang, recorded: Recorded) -> Result<Redrive, Failure> {
    let name = account.name("redrive");
    let who = async {
        match recorded {
            Recorded::Yes => actor(&account).await,
            Recorded::No => env::user_and_host(),
        }
    };
    let (way, actor) = tokio::join!(Way::to(&account, &name), who);
    let (url_is_no_use, is_remarked) = (AtomicBool::new(false), AtomicBool::new(false));
    let function = Function { way: way?, account, name, lang, recorded, url_is_no_use, is_remarked };
    Ok(Client::new(function, actor, lang))
}

impl Way {
    async fn to(account: &Account, function: &str) -> Result<Self, Failure> {
        let (address, is_found) = match account.redrive_url() {
            Some(DIRECT) => return Ok(Self::Direct(None)),
            Some(text) => match Address::parse(text) {
                Some(address) => (address, false),
                None => {
                    return Err(Failure::to(said("use the address of the redrive", "usar la dirección del reenvío"))
                        .because(said(format!("{text:?} is none"), format!("{text:?} no lo es")))
                        .help(said("--redrive-url or ADUANA_REDRIVE_URL is https://…, http://127.0.0.1:…, or direct; without it the address is found", "--redrive-url o ADUANA_REDRIVE_URL es https://…, http://127.0.0.1:… o direct; sin ello se busca la dirección")));
                }
            },
            None => match url::find(account, function).await {
                Ok(address) => (address, true),
                Err(reason) => return Ok(Self::Direct(Some(reason))),
            },
        };
        Ok(Self::Url(Signed::new(account, address, is_found)))
    }
}

impl Transport for Function {
    type Error = Failure;

    async fn send(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        match &self.way {
            Way::Url(url) if !self.url_is_no_use.load(Ordering::Relaxed) => {
                let what = request.action.describe();
                match url.ask(&self.account, &self.name, &what, request.to_json()).await {
                    Ok(answer) => Ok(answer),
                    Err(NoAnswer::Failed(failure)) => Err(failure),
                    Err(NoAnswer::NotVerified(why)) => {
                        // Said on one line with what went wrong after it: the URL is what the user should be able to use.
                        let answer = self.invoke(request).await.map_err(|failure| {
                            let help = failure.advice().unwrap_or_default();
                            let help = format!("{why}, so that it was invoked directly. {help}");
                            failure.help(help)
                        })?;
                        self.url_is_no_use.store(true, Ordering::Relaxed);
                        self.remark_once(&why);
                        Ok(answer)
                    }
                }
            }
            Way::Direct(Some(why)) => {
                let answer = self.invoke(request).await?;
                self.remark_once(why);
                Ok(answer)
            }
            Way::Url(_) | Way::Direct(None) => self.invoke(request).await,
        }
    }
}

impl Function {
    /// The account of the deployment.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Where AWS verifies who asks, or else why nobody is verified.
    pub(crate) fn verified_at(&self) -> Result<String, &str> {
        match &self.way {
            Way::Url(_) if self.url_is_no_use.load(Ordering::Relaxed) => {
                Err("its URL does not verify who asks")
            }
            Way::Url(url) => Ok(url.address().text()),
            Way::Direct(Some(why)) => Err(why),
            Way::Direct(None) => Err("it is to be invoked directly (ADUANA_REDRIVE_URL)"),
        }
    }

    /// Says once that acts are on record without a verified caller.
    fn remark_once(&self, why: &str) {
        if self.recorded == Recorded::No || self.is_remarked.swap(true, Ordering::Relaxed) {
            return;
        }
        let text = tr(
            self.lang,
            "note: the redrive was invoked directly; the history says `direct`, as nobody has verified who asks",
            "nota: se ha invocado la función de reenvío directamente; el historial dice `direct`, porque nadie ha verificado quién pregunta",
        );
        remark_aside(&format!("{text} ({why})\n"));
    }

    /// Invokes the function directly.
    async fn invoke(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        let what = request.action.describe();
        let call = self.account.lambda.invoke().function_name(&self.name);
        let reply = call.payload(Blob::new(request.to_json())).send().await;
        let reply = reply.map_err(|error| {
            let code = error.code().unwrap_or_default().to_owned();
            let failure = self.account.failed(&what, &error);
            if code.contains("AccessDenied") {
                failure.help(said(
                    format!(
                        "the user or role of your AWS profile needs the policy in the stack's output ReviewerPolicyArn, or lambda:InvokeFunction on {}",
                        self.name
                    ),
                    format!(
                        "el usuario o rol de su perfil de AWS necesita la política de la salida ReviewerPolicyArn, o lambda:InvokeFunction sobre {}",
                        self.name
                    ),
                ))
            } else if code.contains("RequestTooLarge") {
                too_large(failure)
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

    fn crashed(&self, what: &str, payload: &[u8]) -> Failure {
        #[expect(clippy::disallowed_methods, reason = "Lambda's own words, not an invoice")]
        let Crash { error_message, error_type } = serde_json::from_slice(payload).unwrap_or_default();
        let late = error_message.contains("Task timed out") || error_type.contains("Timeout");
        let message = if error_message.is_empty() {
            said("it did not say why", "no dijo por qué")
        } else {
            &error_message
        };
        let function = &self.name;
        let failure = Failure::to(what).because(function_failed(function, message));
        failure.help(if late { stays_done().to_owned() } else { log_says_more(function) })
    }
}

fn stays_done() -> &'static str {
    said(
        "what was done stays done: the same command goes on from there",
        "lo hecho, hecho está: el mismo comando sigue desde ahí",
    )
}

fn function_failed(function: &str, why: &str) -> String {
    said(format!("the function {function} failed: {why}"), format!("la función {function} falló: {why}"))
}

fn log_says_more(function: &str) -> String {
    let log = format!("`aws logs tail /aws/lambda/{function}`");
    said(format!("its log says more: {log}"), format!("su registro de actividad dice más: {log}"))
}

/// By HTTP it is not known whether the function crashed or was late.
fn failed_at(what: &str, function: &str, status: u16) -> Failure {
    let failure = Failure::to(what).because(function_failed(function, &format!("HTTP {status}")));
    failure.help(format!("{}. {}, {}", stays_done(), said("If not", "Si no"), log_says_more(function)))
}

fn too_large(failure: Failure) -> Failure {
    failure.help(said(
        "a request holds 6 MB at most: ask for less at a time",
        "una petición lleva 6 MB como máximo: pida menos de una vez",
    ))
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
