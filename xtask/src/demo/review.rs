//! The second half of the show: the held invoices are looked at, corrected and sent through again, with the real `aduana`.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::found::{Found, look};
use super::samples::Sample;
use super::{PATIENCE, aduana};
use crate::aws::{Item, text};
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::terminal::{GOOD, HELP, heading, painted, say};
use crate::up::{Deployment, PREFIX};

/// The sample that is corrected by what the validator suggests.
const ALONE: &str = "invalid-data-BR-CO-15-wrong-total";
/// One of the group that is corrected by one change, and how many of the group that change makes valid.
const OF_GROUP: &str = "invalid-data-BR-CL-23-unit-und-1";
const OF_GROUP_MENDED: usize = 3;

/// Corrects some of what is held, and shows what becomes of it.
pub(super) fn review(
    folders: &Folders,
    deployment: &Deployment,
    samples: &[Sample],
    found: &Found,
) -> Result<(), Failure> {
    let case = |name: &str| {
        let sample = samples.iter().find(|sample| sample.name == name);
        sample
            .and_then(|sample| found.held.get(&sample.fingerprint))
            .ok_or_else(|| Failure::to(format!("find the case of the sample {name}")))
    };
    let field = |item: &Item, name: &str| text(item, name).unwrap_or_default().to_owned();
    let id = field(case(ALONE)?, "case_id");
    let group = field(case(OF_GROUP)?, "group_id");
    let type_in = |words: &[&str]| typed(folders, deployment, words);

    heading("What is held, cause by cause");
    type_in(&["invalid", "groups"])?;

    heading("One of them, corrected as the validator suggests, and sent through again");
    let reason = "total added up anew";
    type_in(&["invalid", "fix", &id, "--suggested", "--unmask", "--reason", reason, "--resend", "--yes"])?;

    heading("A whole group, corrected by one change");
    let (unit, reason) = ("/lines/0/unit=C62", "UND is written C62");
    type_in(&["invalid", "fix", "--group", &group, "--set", unit, "--reason", reason, "--resend", "--yes"])?;

    heading("What became of them");
    let resolved = outcomes(deployment, 1 + OF_GROUP_MENDED)?;
    type_in(&["invalid", "history", &id])?;
    say("");
    type_in(&["status"])?;
    say(&format!(
        "\n{} {resolved} corrected invoices were stored, and their cases closed",
        painted(GOOD, "✓")
    ));
    Ok(())
}

/// Shows a command, and runs it.
fn typed(folders: &Folders, deployment: &Deployment, words: &[&str]) -> Result<(), Failure> {
    let quoted = |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
    let shown = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    say(&painted(HELP, &format!("$ aduana {shown}")));
    let what = || format!("run aduana {shown}");
    let status = aduana(folders, deployment).args(words).status().doing(what)?;
    // 1: something was done, and not to all: that is reported, and is part of the demo.
    if matches!(status.code(), Some(0 | 1)) {
        Ok(())
    } else {
        Err(Failure::to(what()).because(status.to_string()))
    }
}

/// Waits until so many cases are resolved, each with its invoice stored.
fn outcomes(deployment: &Deployment, due: usize) -> Result<usize, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let cases = deployment.aws.items(&format!("{PREFIX}InvalidMessages"));
        let cases = cases.doing(|| "look at the cases".to_owned())?;
        let resolved = cases.iter().filter(|item| text(item, "state") == Some("resolved")).count();
        if resolved == due {
            let stored = look(deployment)?.stored;
            let of_a_case = stored.values().filter(|item| item.contains_key("case_id")).count();
            return if of_a_case == due {
                Ok(resolved)
            } else {
                Err(Failure::to("see each corrected invoice stored")
                    .because(format!("{of_a_case} of {due} are")))
            };
        }
        if resolved > due || Instant::now() > deadline {
            return Err(Failure::to("see the corrected invoices stored")
                .because(format!("{resolved} of {due} cases are resolved"))
                .help("what the functions say is in .aduana/local/log"));
        }
        sleep(Duration::from_millis(100));
    }
}
