//! Asks before something is changed.

use aduana_invoice::Lang;

use crate::cli::Change;
use crate::failure::Failure;
use crate::i18n::{said, tr};
use crate::terminal::Terminal;

/// Whether the user agrees. Without an answer, nothing is done.
pub(super) fn agreed(
    question: &str,
    change: &Change,
    lang: Lang,
    terminal: &mut Terminal,
) -> Result<bool, Failure> {
    if change.yes {
        return Ok(true);
    }
    let choice = tr(lang, "[y/N]", "[s/N]");
    let Some(answer) = terminal.ask(&format!("{question} {choice}"))? else {
        return Err(Failure::to(said("ask whether to go on", "preguntar si se sigue"))
            .because(said("standard input has ended", "la entrada estándar ha terminado"))
            .help(tr(
                lang,
                "nothing was changed; `--yes` goes on without asking",
                "no se ha cambiado nada; `--yes` sigue sin preguntar",
            )));
    };
    let yes = is_yes(&answer);
    if !yes {
        terminal.remark(tr(lang, "nothing was changed\n", "no se ha cambiado nada\n"));
    }
    Ok(yes)
}

/// Yes, in either language.
pub(crate) fn is_yes(answer: &str) -> bool {
    ["y", "yes", "s", "si", "sí"].contains(&answer.to_lowercase().as_str())
}

/// The reason of a change; asked for where it was not given.
pub(super) fn reason(change: &Change, lang: Lang, terminal: &mut Terminal) -> Result<String, Failure> {
    let given = change.reason.trim();
    if !given.is_empty() {
        return Ok(given.to_owned());
    }
    let missing = || {
        Failure::to(tr(lang, "go on without a reason", "seguir sin un motivo")).help(tr(
            lang,
            "why is it done? say it by `--reason TEXT`: it is put on record",
            "¿por qué se hace? dígalo con `--reason TEXTO`: queda registrado",
        ))
    };
    if change.yes {
        return Err(missing());
    }
    let question = tr(lang, "Why is it done? (put on record)", "¿Por qué se hace? (queda registrado)");
    terminal.ask(question)?.filter(|answer| !answer.is_empty()).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y", "YES", "s", "Sí", "si", "SÍ"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "no", "yo", "ye", "ok", "1"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
