//! `aduana invalid export`: cases for a spreadsheet or a program.

use aduana_redrive::LIST_MAX;
use aduana_redrive::answer::{CaseSummary, Shown};
use aduana_redrive::request::{ActionName, Selection};

use super::csv;
use crate::cli::{ExportFormat, InvalidExport};
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said};
use crate::redrive::{self, Recorded};
use crate::terminal::Terminal;

const COLUMNS: [&str; 23] = [
    "id",
    "state",
    "attempt",
    "code",
    "category",
    "errors",
    "codes",
    "group",
    "group_label",
    "seller",
    "seller_name",
    "number",
    "issue_date",
    "currency",
    "payable",
    "source",
    "sender",
    "received_at",
    "first_seen",
    "last_seen",
    "expires_at",
    "owner",
    "ticket",
];

/// Writes all cases that match, page by page.
pub(super) async fn run(args: &InvalidExport, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    if args.details && args.output == ExportFormat::Csv {
        return Err(Failure::to(said(
            "write reasons and history as CSV",
            "escribir motivos e historial en CSV",
        ))
        .because(said("they are lists", "son listas"))
        .help(said(
            "`--output json` or `--output ndjson` has room for them",
            "caben en `--output json` o `--output ndjson`",
        )));
    }
    let reason = args.why.reason.as_deref();
    let unmask = reason.filter(|_| args.unmask);
    let recorded = if unmask.is_some() { Recorded::Yes } else { args.filters.recorded() };
    let redrive = redrive::open(&args.stack, i18n::lang(), recorded).await?;
    let redrive = redrive.for_reason(reason.map(str::to_owned));
    let query = args.filters.query(ActionName::List.states());
    let mut export = Export { format: args.output, begun: false, terminal };
    export.begin()?;
    let mut cursor = None;
    loop {
        let page = redrive.list(Selection::Query(query.clone()), LIST_MAX, cursor).await?;
        for line in &page.cases {
            if args.details || unmask.is_some() {
                // A list is always masked; a case is unmasked by itself, on its own record.
                let shown = redrive.get(&line.id, unmask, None, None).await?;
                export.case(&shown, args.details)?;
            } else {
                export.line(line)?;
            }
        }
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    export.end()?;
    Ok(ExitStatus::Good)
}

struct Export<'t> {
    format: ExportFormat,
    begun: bool,
    terminal: &'t mut Terminal,
}

impl Export<'_> {
    fn begin(&mut self) -> Result<(), Failure> {
        match self.format {
            ExportFormat::Csv => self.terminal.print(&csv::row(COLUMNS)),
            ExportFormat::Json => self.terminal.print("[\n"),
            ExportFormat::Ndjson => Ok(()),
        }
    }

    fn case(&mut self, shown: &Shown, details: bool) -> Result<(), Failure> {
        if details { self.object(shown) } else { self.line(&shown.case) }
    }

    fn line(&mut self, line: &CaseSummary) -> Result<(), Failure> {
        match self.format {
            ExportFormat::Csv => {
                let cells = cells(line);
                self.terminal.print(&csv::row(cells.iter().map(String::as_str)))
            }
            ExportFormat::Json | ExportFormat::Ndjson => self.object(line),
        }
    }

    fn object(&mut self, object: &impl serde::Serialize) -> Result<(), Failure> {
        if self.format == ExportFormat::Json && self.begun {
            self.terminal.print(",")?;
        }
        self.begun = true;
        self.terminal.json(object)
    }

    fn end(&mut self) -> Result<(), Failure> {
        if self.format == ExportFormat::Json { self.terminal.print("]\n") } else { Ok(()) }
    }
}

fn cells(line: &CaseSummary) -> [String; 23] {
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        line.id.to_string(),
        line.state.as_str().to_owned(),
        line.attempt.to_string(),
        line.code.clone(),
        line.category.as_str().to_owned(),
        line.errors.to_string(),
        line.codes.join(" "),
        line.group.clone(),
        line.group_label.clone(),
        or_empty(&line.seller),
        or_empty(&line.seller_name),
        or_empty(&line.number),
        or_empty(&line.issue_date),
        or_empty(&line.currency),
        or_empty(&line.payable),
        line.source.clone(),
        or_empty(&line.sender),
        line.received_at.clone(),
        line.first_seen.clone(),
        line.last_seen.clone(),
        or_empty(&line.expires_at),
        or_empty(&line.owner),
        or_empty(&line.ticket),
    ]
}
