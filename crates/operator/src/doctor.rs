//! `aduana doctor`: is everything there that this program needs, and do the parts go together?

use std::fmt::Write as _;

use aduana_cases::case::State;
use aduana_invoice::{Lang, Policy, Validator};
use aduana_redrive::request::{Query, Selection};
use aws_sdk_dynamodb::types::{TableDescription, TableStatus};
use aws_sdk_lambda::types::{LastUpdateStatus, State as FunctionState};
use serde::Serialize;

use crate::aws::Account;
use crate::cli::{Doctor, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::redrive::{self, Function, Recorded, Redrive};
use crate::terminal::{ERROR, GOOD, HELP, Terminal, WARNING, sanitize, styled};

/// Checks everything, and changes nothing.
pub(crate) async fn run(args: &Doctor, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let checks = match Account::open(&args.stack).await {
        Ok(account) => all(account, lang).await,
        Err(failure) => vec![Check::missing("settings", &failure)],
    };
    match args.output {
        TableOrJson::Json => checks.iter().try_for_each(|check| terminal.json(check))?,
        TableOrJson::Table => terminal.print(&text(&checks, lang))?,
    }
    let missing = checks.iter().any(|check| check.result == Verdict::Missing);
    Ok(if missing { ExitStatus::Failed } else { ExitStatus::Good })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Missing,
}

/// One thing that was looked at.
#[expect(clippy::struct_field_names, reason = "these are the names in the output")]
#[derive(Debug, Serialize)]
struct Check {
    check: String,
    result: Verdict,
    /// What was found.
    found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Check {
    fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), result: Verdict::Ok, found: found.into(), help: None }
    }

    fn warning(check: impl Into<String>, found: impl Into<String>, help: impl Into<String>) -> Self {
        let (check, found, help) = (check.into(), found.into(), Some(help.into()));
        Self { check, result: Verdict::Warning, found, help }
    }

    fn missing(check: impl Into<String>, failure: &Failure) -> Self {
        let help = failure.advice().map(str::to_owned);
        Self { check: check.into(), result: Verdict::Missing, found: failure.to_string(), help }
    }

    fn of(check: String, found: Result<Self, Failure>) -> Self {
        found.unwrap_or_else(|failure| Self::missing(check, &failure))
    }
}

async fn all(account: Account, lang: Lang) -> Vec<Check> {
    let mut checks = vec![Check::ok("settings", account.place()), caller(&account).await];
    for queue in ["invoices", "invoices-dlq"] {
        checks.push(self::queue(&account, &account.name(queue)).await);
    }
    for (table, index) in [("Invoices", "by_day"), ("InvalidMessages", "by_state")] {
        checks.push(self::table(&account, &account.name(table), index).await);
    }
    for function in ["validator", "redrive"] {
        checks.push(self::function(&account, &account.name(function)).await);
    }
    match redrive::client(account, lang, Recorded::No).await {
        Ok(redrive) => {
            // Whether the URL is of use is known when it was used.
            let found = together(&redrive).await;
            checks.push(verified(redrive.transport(), lang));
            checks.extend(found);
        }
        Err(failure) => checks.push(Check::missing("verified callers", &failure)),
    }
    checks
}

async fn caller(account: &Account) -> Check {
    match account.sts.get_caller_identity().send().await {
        Ok(identity) => Check::ok("credentials", identity.arn.unwrap_or_default()),
        Err(error) => {
            let failure = account.failed(said("ask who you are", "preguntar quién es usted"), &error);
            let help = failure
                .advice()
                .unwrap_or(said(
                    "what you change will be on record under user@host",
                    "lo que cambie quedará registrado a nombre de usuario@equipo",
                ))
                .to_owned();
            Check::warning("credentials", failure.to_string(), help)
        }
    }
}

async fn queue(account: &Account, name: &str) -> Check {
    let check = format!("queue {name}");
    match account.queue_url(name).await {
        Ok(url) => Check::ok(check, url),
        Err(failure) => Check::missing(check, &failure),
    }
}

async fn table(account: &Account, name: &str, index: &str) -> Check {
    let check = format!("table {name}");
    let look = async {
        let described = account.dynamodb.describe_table().table_name(name).send().await;
        let described = described.map_err(|error| {
            account.failed(
                &said(format!("look at the table {name}"), format!("consultar la tabla {name}")),
                &error,
            )
        })?;
        let table = described.table();
        let status = table.and_then(TableDescription::table_status).cloned();
        let indexes = table.map(TableDescription::global_secondary_indexes).unwrap_or_default();
        if !indexes.iter().any(|known| known.index_name() == Some(index)) {
            return Err(Failure::to(said(
                format!("find the index {index} of the table {name}"),
                format!("encontrar el índice {index} de la tabla {name}"),
            ))
            .help(said(
                "the deployment is of another version: deploy the template of this one",
                "la instalación es de otra versión: instale la plantilla de esta",
            )));
        }
        Ok(match status {
            Some(TableStatus::Active) | None => Check::ok(
                check.clone(),
                said(format!("with its index {index}"), format!("con su índice {index}")),
            ),
            Some(other) => Check::warning(
                check.clone(),
                other.as_str(),
                said("wait until it is ACTIVE, then look again", "espere a que esté ACTIVE y vuelva a mirar"),
            ),
        })
    };
    let found = look.await;
    Check::of(check, found)
}

async fn function(account: &Account, name: &str) -> Check {
    let check = format!("function {name}");
    let look = async {
        let reply = account.lambda.get_function_configuration().function_name(name).send().await;
        let reply = reply.map_err(|error| {
            account.failed(
                &said(format!("look at the function {name}"), format!("consultar la función {name}")),
                &error,
            )
        })?;
        let modified = reply.last_modified().map_or_else(String::new, |time| {
            said(format!(", deployed {time}"), format!(", instalada {time}"))
        });
        let memory = reply.memory_size().map_or_else(String::new, |size| format!("{size} MB"));
        let timeout = reply.timeout().map_or_else(String::new, |seconds| format!(", {seconds} s"));
        let found = format!("{memory}{timeout}{modified}");
        let is_up = matches!(reply.state(), None | Some(FunctionState::Active | FunctionState::Inactive));
        Ok(if !is_up || reply.last_update_status() == Some(&LastUpdateStatus::Failed) {
            let reason = reply
                .state_reason()
                .or(reply.last_update_status_reason())
                .unwrap_or(said("it is not active", "no está activa"));
            Check::warning(
                check.clone(),
                reason,
                said(
                    "deploy it again, or wait until its update is over",
                    "instálela de nuevo, o espere a que termine su actualización",
                ),
            )
        } else {
            Check::ok(check.clone(), found)
        })
    };
    let found = look.await;
    Check::of(check, found)
}

/// Whether AWS verifies who asks the redrive.
fn verified(function: &Function, lang: Lang) -> Check {
    let check = "verified callers";
    function.verified_at().map_or_else(
        |why| {
            Check::warning(
                check,
                why,
                tr(
                    lang,
                    "it is invoked directly, and the history says `direct`: RedriveEndpoint and ReviewerPolicyArn in docs/deploy.md",
                    "se la invoca directamente, y el historial dice `direct`: RedriveEndpoint y ReviewerPolicyArn en docs/deploy.es.md",
                ),
            )
        },
        |address| Check::ok(check, address),
    )
}

/// Whether the redrive function answers in words that this program knows, and judges by the same rules.
async fn together(redrive: &Redrive) -> Vec<Check> {
    let own =
        format!("aduana {}, {} {}", env!("CARGO_PKG_VERSION"), said("rule set", "reglas"), own_ruleset());
    let query = Query { state: vec![State::Open, State::Resolved], ..Query::default() };
    let page = match redrive.list(Selection::Query(query), 1, None).await {
        Ok(page) => page,
        Err(error) => return vec![Check::missing("answers of redrive", &error.into())],
    };
    let mut checks = vec![Check::ok("answers of redrive", said("understood", "se entienden"))];
    let Some(line) = page.cases.first() else {
        checks.push(Check::ok(
            "versions",
            format!("{own}; {}", said("no case to compare it with", "no hay ningún caso con que comparar")),
        ));
        return checks;
    };
    checks.push(match redrive.get(&line.id, None, None, None).await {
        Ok(shown) if shown.ruleset == own_ruleset() => Check::ok("versions", own),
        Ok(shown) => Check::warning(
            "versions",
            format!("{own}; {} {}", said("the newest case was judged by", "el caso más reciente se juzgó con"), shown.ruleset),
            said("verdicts of `aduana validate` may differ: give it the deployment's --policy, or install the deployment's version", "los veredictos de `aduana validate` pueden diferir: indíquele la --policy de la instalación, o instale su versión"),
        ),
        Err(error) => Check::missing("versions", &error.into()),
    });
    checks
}

fn own_ruleset() -> String {
    Validator::new(Policy::default()).ruleset().to_owned()
}

fn text(checks: &[Check], lang: Lang) -> String {
    let width = checks.iter().map(|check| check.check.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for Check { check, result, found, help } in checks {
        let mark = match result {
            Verdict::Ok => styled(GOOD, "ok     "),
            Verdict::Warning => styled(WARNING, tr(lang, "warning", "atento ")),
            Verdict::Missing => styled(ERROR, tr(lang, "missing", "falta  ")),
        };
        writeln!(text, "{mark}  {:width$}  {}", sanitize(check), sanitize(found)).ok();
        if let Some(help) = help {
            let word = styled(HELP, tr(lang, "help:", "ayuda:"));
            writeln!(text, "         {:width$}  {word} {}", "", sanitize(help)).ok();
        }
    }
    let wrong = checks.iter().filter(|check| check.result != Verdict::Ok).count();
    let summary = match wrong {
        0 => styled(GOOD, tr(lang, "everything is there", "todo está en orden")),
        _ => tr(lang, "see what is marked", "vea lo señalado").to_owned(),
    };
    writeln!(text, "\n{summary}").ok();
    text
}
