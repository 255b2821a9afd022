//! `aduana invoices set-aside`: an invoice makes room for another of its number.

use aduana_cases::trail::trail_of_key;
use aduana_invoice::{InvoiceKey, Lang};
use aduana_redrive::answer::SetAsideReport;
use aduana_redrive::request::{Action, SetAside, WhichInvoice};

use super::stored::Stored;
use super::{Table, text};
use crate::aws::Account;
use crate::cli::InvoicesSetAside;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, tr};
use crate::invalid::is_yes;
use crate::redrive::{self, Recorded};
use crate::terminal::{Terminal, properties};

/// Shows what is stored there, asks, and has exactly that set aside.
pub(super) async fn run(args: &InvoicesSetAside, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let invoices = Table::open(Account::open(&args.stack).await?);
    let found = invoices.find(&args.seller, &args.number).await?;
    let document = text(&found, "document").unwrap_or_default();
    let fingerprint = match &args.fingerprint {
        Some(fingerprint) if args.yes => fingerprint.clone(),
        named => {
            let stored = Stored::from(&invoices.unless_set_aside(found)?);
            terminal.print(&properties(stored.properties(lang)))?;
            if !agreed(lang, terminal)? {
                return Ok(ExitStatus::SomeRefused);
            }
            let seen = stored.fingerprint().map(str::to_owned);
            named.clone().or(seen).unwrap_or_default()
        }
    };
    let redrive = redrive::open(&args.stack, lang, Recorded::Yes).await?;
    let which = WhichInvoice::Key(key(&args.seller, &document));
    let order = Action::SetAside(SetAside { which, fingerprint });
    let SetAsideReport { fingerprint, event, changed } = redrive.ask(&args.reason, order).await?;
    let said = match (lang, changed) {
        (Lang::En, true) => format!("{fingerprint} is set aside; its number is free"),
        (Lang::En, false) => {
            format!("{fingerprint} was set aside already, at {} by {}", event.at, event.actor)
        }
        (Lang::Es, true) => format!("{fingerprint} queda apartada; su número está libre"),
        (Lang::Es, false) => {
            format!("{fingerprint} ya estaba apartada, desde {} por {}", event.at, event.actor)
        }
    };
    terminal.print(&format!("{said}\n"))?;
    Ok(ExitStatus::Good)
}

/// Where the table has what was set aside from a key.
pub(super) fn beside(seller: &str, document: &str) -> String {
    format!("set-aside:{}", trail_of_key(&key(seller, document)))
}

fn key(seller: &str, document: &str) -> InvoiceKey {
    InvoiceKey { seller: seller.to_owned(), document: document.to_owned() }
}

fn agreed(lang: Lang, terminal: &mut Terminal) -> Result<bool, Failure> {
    let question = tr(lang, "Set it aside? [y/N]", "¿Apartarla? [s/N]");
    let answer = terminal.ask(question)?;
    let yes = answer.is_some_and(|answer| is_yes(&answer));
    if !yes {
        terminal.remark(tr(lang, "nothing was changed\n", "no se ha cambiado nada\n"));
    }
    Ok(yes)
}
