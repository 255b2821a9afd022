//! `aduana validate`: judges invoices offline, with the validator that the intake judges with.

mod excerpt;
mod report;

use aduana_invoice::{Date, Lang, Policy, Validator, Verdict, ViolationsInLang};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use self::report::Tally;
use crate::cli::{Judging, TextOrJson, Validate};
use crate::documents::{Document, Documents};
use crate::env;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, said, tr};
use crate::terminal::Terminal;

/// Judges all inputs; what cannot be read is reported, and the rest still judged.
pub(crate) fn run(args: &Validate, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let judge = Judge::new(&args.judging)?;
    let lang = i18n::lang();
    let documents = Documents::new(&args.inputs, args.format.input);
    if args.output == TextOrJson::Text && !args.quiet {
        terminal.start_progress(documents.total(), tr(lang, "invoices", "facturas"));
    }
    let mut tally = Tally::default();
    for document in documents {
        match document {
            Ok(document) => {
                let verdict = judge.judge(&document.body);
                tally.count(&verdict);
                match args.output {
                    // What is in order is counted and not listed, so that the rest stays visible.
                    TextOrJson::Text if nothing_to_tell(&verdict, args.quiet) => {}
                    TextOrJson::Text => terminal.print(&report::verdict(&document, &verdict, lang))?,
                    TextOrJson::Json if args.quiet && verdict.is_valid() => {}
                    TextOrJson::Json => terminal.json(&Line {
                        document: &document,
                        verdict: &verdict,
                        judge: &judge,
                        lang,
                    })?,
                }
            }
            Err(failure) => {
                tally.unreadable += 1;
                terminal.report(&failure);
            }
        }
        terminal.progress(1);
    }
    terminal.end_progress();
    if args.output == TextOrJson::Text && !args.quiet {
        terminal.print(&report::summary(&tally, judge.ruleset(), lang))?;
    }
    Ok(tally.ending())
}

fn nothing_to_tell(verdict: &Verdict, quiet: bool) -> bool {
    verdict.is_valid() && (quiet || verdict.violations().is_empty())
}

/// The validator of a deployment, on one day.
pub(crate) struct Judge {
    validator: Validator,
    today: Date,
}

impl Judge {
    /// The validator with the policy of `--policy`, else of `ADUANA_POLICY` (what the function reads), else the default one.
    pub(crate) fn new(args: &Judging) -> Result<Self, Failure> {
        let (origin, text) = match &args.policy {
            Some(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::to(said(format!("read the policy {name}"), format!("leer la política {name}")))
                        .because(error)
                })?;
                (name, Some(text))
            }
            None => (said("in ADUANA_POLICY", "de ADUANA_POLICY").to_owned(), env::variable("ADUANA_POLICY")),
        };
        let policy = match text {
            None => Policy::default(),
            Some(text) => Policy::from_json(&text).map_err(|error| {
                Failure::to(said(format!("understand the policy {origin}"), format!("entender la política {origin}")))
                    .because(error)
                    .help(said(
                        r#"a policy looks like {"rules":{"FE-D-008":"error","FE-D-009":"off"}}; `aduana rules` lists the codes"#,
                        r#"una política es así: {"rules":{"FE-D-008":"error","FE-D-009":"off"}}; `aduana rules` muestra los códigos"#,
                    ))
            })?,
        };
        Ok(Self { validator: Validator::new(policy), today: args.today.unwrap_or_else(env::today) })
    }

    pub(crate) fn judge(&self, body: &[u8]) -> Verdict {
        self.validator.judge(body, self.today)
    }

    fn ruleset(&self) -> &str {
        self.validator.ruleset()
    }
}

/// The verdict on one invoice as the contract has it: one JSON object on one line.
struct Line<'a> {
    document: &'a Document,
    verdict: &'a Verdict,
    judge: &'a Judge,
    lang: Lang,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &self.document.file)?;
        if let Some(line) = self.document.line {
            map.serialize_entry("line", &line)?;
        }
        map.serialize_entry("verdict", self.verdict.as_str())?;
        map.serialize_entry("ruleset", self.judge.ruleset())?;
        map.serialize_entry("violations", &ViolationsInLang(self.verdict.violations(), self.lang))?;
        map.end()
    }
}
