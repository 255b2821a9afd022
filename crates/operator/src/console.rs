//! `aduana console`: the web console over this account's deployment.

use std::sync::Arc;

use aduana_cases::case::State;
use aduana_console::deployment::{ApiError, Cases, Deployment, Kind, Queue, Reply, Status, Stored};
use aduana_invoice::Lang;
use aduana_redrive::client::Transport as _;
use aduana_redrive::request::Request;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::aws::Account;
use crate::cli::{Console, DAY};
use crate::env;
use crate::failure::{ExitStatus, Failure, Kind as FailureKind};
use crate::i18n::{self, said, tr};
use crate::interrupt::Interrupt;
use crate::redrive::{self, Recorded, Redrive};
use crate::status::{Count, in_state, queue, stored_on};
use crate::terminal::{BOLD, Terminal, styled};

/// The states that the overview counts.
const COUNTED: [State; 4] = [State::Open, State::Parked, State::Resending, State::Resent];

/// Serves the console until Ctrl-C, in the language `asked` for, else in the browser's.
pub(crate) async fn run(
    args: &Console,
    asked: Option<Lang>,
    terminal: &mut Terminal,
) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let redrive = redrive::open(&args.stack, lang, Recorded::Yes).await?;
    let place =
        format!("{} · {}", args.stack.prefix.trim_end_matches('-'), redrive.transport().account().place());
    let deployment = Arc::new(OverAws { actor: redrive.actor().to_owned(), redrive, place });
    let listener = aduana_console::listen(args.port.map(Into::into)).await.map_err(|error| {
        let failure =
            Failure::to(said("open a port on 127.0.0.1", "abrir un puerto en 127.0.0.1")).because(error);
        if args.port.is_some() {
            failure.help(said(
                "without --port, one that is free is taken",
                "sin --port se toma uno que esté libre",
            ))
        } else {
            failure
        }
    })?;
    let port = listener.local_addr().map(|address| address.port());
    let port = port.map_err(|error| {
        Failure::to(said("open a port on 127.0.0.1", "abrir un puerto en 127.0.0.1")).because(error)
    })?;
    let console = aduana_console::Console::new(deployment, port, asked).map_err(|error| {
        Failure::to(said("make the console's keys", "crear las claves de la consola")).because(error)
    })?;
    let address = console.opening_address();
    terminal.print(&format!("{}\n", styled(BOLD, &address)))?;
    terminal.remark(tr(
        lang,
        "open this address in your browser; it works once. Ctrl-C ends the console\n",
        "abra esta dirección en su navegador; sirve una sola vez. Ctrl-C termina la consola\n",
    ));
    if !args.no_open && open::that_detached(&address).is_err() {
        terminal.remark(tr(lang, "no browser could be opened\n", "no se pudo abrir un navegador\n"));
    }
    let mut interrupt = Interrupt::listen();
    let stop = async move { interrupt.wait().await };
    aduana_console::serve(listener, &console, stop)
        .await
        .map_err(|error| Failure::to(said("serve the console", "servir la consola")).because(error))?;
    Ok(ExitStatus::Interrupted)
}

/// The deployment in an AWS account.
struct OverAws {
    redrive: Redrive,
    actor: String,
    place: String,
}

impl Deployment for OverAws {
    fn ask<'a>(&'a self, request: &'a Request) -> Reply<'a, Vec<u8>> {
        Box::pin(
            async move { self.redrive.transport().send(request).await.map_err(|failure| error(&failure)) },
        )
    }

    fn status(&self, days: u16) -> Reply<'_, Status> {
        Box::pin(async move {
            status(self.redrive.transport().account(), days).await.map_err(|failure| error(&failure))
        })
    }

    fn actor(&self) -> &str {
        &self.actor
    }

    fn place(&self) -> &str {
        &self.place
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(env::now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
    }
}

fn error(failure: &Failure) -> ApiError {
    let kind = match failure.kind() {
        FailureKind::Unreachable => Kind::Unreachable,
        FailureKind::SignedOut => Kind::SignedOut,
        FailureKind::Other => Kind::Failed,
    };
    ApiError { kind, message: failure.to_string(), help: failure.advice().map(str::to_owned) }
}

async fn status(account: &Account, days: u16) -> Result<Status, Failure> {
    let [intake, unprocessed, dead] =
        ["invoices", "invoices-unprocessed", "invoices-dlq"].map(|name| account.name(name));
    let (table, cases) = (account.name("Invoices"), account.name("InvalidMessages"));
    let today = env::today();
    let stored = (0..days).map(async |back| {
        let day = (today - Duration::days(back.into())).format(DAY).unwrap_or_default();
        let Count { lines: count, and_more, .. } = stored_on(account, &table, &day).await?;
        Ok(Stored { day, count, and_more })
    });
    let counted = COUNTED.map(async |state| {
        let counted = in_state(account, &cases, state.as_str()).await?;
        Ok(Cases { state, count: counted.count, oldest: counted.oldest })
    });
    let (intake, unprocessed, dead, stored, cases) = tokio::try_join!(
        queue(account, &intake),
        queue(account, &unprocessed),
        queue(account, &dead),
        futures_util::future::try_join_all(stored),
        futures_util::future::try_join_all(counted),
    )?;
    // How long something has been held is known by its cases, exactly.
    let held_for = cases.first().and_then(|open| open.oldest.as_deref()).and_then(seconds_since);
    let (waits_for, tried_for) = (intake.oldest_seconds, unprocessed.oldest_seconds);
    let queues = [(intake, false, waits_for), (unprocessed, false, tried_for), (dead, true, held_for)].map(
        |(queue, holds, oldest_seconds)| Queue {
            name: queue.name,
            holds,
            visible: queue.visible,
            in_flight: queue.in_flight,
            delayed: queue.delayed,
            oldest_seconds,
        },
    );
    Ok(Status { queues: queues.into(), stored, cases })
}

fn seconds_since(time: &str) -> Option<u64> {
    let then = OffsetDateTime::parse(time, &Rfc3339).ok()?;
    Some(u64::try_from((env::now() - then).whole_seconds()).unwrap_or_default())
}
