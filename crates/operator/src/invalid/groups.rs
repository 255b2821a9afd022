//! `aduana invalid groups`: the causes, with how many cases each has.

use aduana_invoice::Lang;
use aduana_redrive::answer::{GroupAlert, GroupLine};
use aduana_redrive::request::ActionName;

use crate::cli::{InvalidGroups, TableOrJson};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, tr};
use crate::redrive;
use crate::terminal::{Terminal, table};

/// Counts all groups, over as many answers as it takes.
pub(super) async fn run(args: &InvalidGroups, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let lang = i18n::lang();
    let redrive = redrive::open(&args.common.stack, lang, args.filters.recorded()).await?;
    let redrive = redrive.for_reason(args.why.reason.clone());
    let query = args.filters.query(ActionName::Groups.states());
    let all = redrive.groups(query, usize::MAX).await?;
    match args.common.output {
        TableOrJson::Json => all.groups.iter().try_for_each(|group| terminal.json(group))?,
        TableOrJson::Table if all.groups.is_empty() => {
            terminal.remark(tr(lang, "no case matches\n", "ningún caso coincide\n"));
        }
        TableOrJson::Table => {
            let headings = tr(
                lang,
                ["group", "cases", "category", "cause", "seller", "first seen", "last seen", "alert", "rule"],
                ["grupo", "casos", "categoría", "causa", "vendedor", "desde", "hasta", "aviso", "regla"],
            );
            terminal.print(&table(headings, all.groups.iter().map(|group| row(group, lang))))?;
        }
    }
    Ok(ExitStatus::Good)
}

fn row(group: &GroupLine, lang: Lang) -> [String; 9] {
    [
        group.group.clone(),
        group.count.to_string(),
        group.category.as_str().to_owned(),
        group.label.clone(),
        group.seller.clone().unwrap_or_else(|| "-".to_owned()),
        minute(&group.first_seen),
        minute(&group.last_seen),
        group.alert.as_ref().map_or_else(|| "-".to_owned(), |alert| alert_summary(alert, lang)),
        group.message.clone(),
    ]
}

/// `alerted 09:30, 12 more at 09:35`: what the administrators know of a group.
fn alert_summary(alert: &GroupAlert, lang: Lang) -> String {
    let time = |time: &Option<String>| time.as_deref().and_then(|time| time.get(11..16)).map(str::to_owned);
    let said = time(&alert.alerted_at).map(|at| format!("{} {at}", tr(lang, "alerted", "avisado")));
    let more = (alert.not_alerted > 0).then(|| {
        let at = time(&alert.next_at).unwrap_or_else(|| "?".to_owned());
        match lang {
            Lang::En => format!("{} more at {at}", alert.not_alerted),
            Lang::Es => format!("{} más a las {at}", alert.not_alerted),
        }
    });
    [said, more].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `2026-11-24 09:30` of `2026-11-24T09:30:12.345Z`.
pub(super) fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}
