//! Words in both languages.

use std::sync::OnceLock;

use aduana_invoice::{Lang, Severity};

/// The language of this run: that of `--lang`, else that of the user's surroundings.
static USER_LANG: OnceLock<Lang> = OnceLock::new();

/// Sets the language of this run. It is set once, before the command begins.
pub(crate) fn speak(lang: Lang) {
    USER_LANG.get_or_init(|| lang);
}

/// The language of this run.
pub(crate) fn lang() -> Lang {
    USER_LANG.get().copied().unwrap_or_default()
}

/// `en` or `es`, by the language of this run. Errors are made far from the command's options, and speak it.
pub(crate) fn said<T>(en: T, es: T) -> T {
    tr(lang(), en, es)
}

/// `en` or `es`, by `lang`.
pub(crate) fn tr<T>(lang: Lang, en: T, es: T) -> T {
    match lang {
        Lang::En => en,
        Lang::Es => es,
    }
}

/// What a violation is called that weighs so much.
pub(crate) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => tr(lang, "warning", "advertencia"),
    }
}

/// A count with its noun: `(singular, plural)` in English, then in Spanish.
pub(crate) fn counted(count: u64, lang: Lang, en: (&str, &str), es: (&str, &str)) -> String {
    let (one, many) = tr(lang, en, es);
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `2 errors, 1 warning`, without what there is none of.
pub(crate) fn violations(errors: u64, warnings: u64, lang: Lang) -> String {
    let errors = (errors > 0).then(|| counted(errors, lang, ("error", "errors"), ("error", "errores")));
    let warnings = (warnings > 0)
        .then(|| counted(warnings, lang, ("warning", "warnings"), ("advertencia", "advertencias")));
    errors.into_iter().chain(warnings).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The parts of `source` that a person reads, and that stand in one language alone.
    fn in_one_language(source: &str) -> Vec<&'static str> {
        let shipped = source.split("#[cfg(test)]").next().unwrap();
        let code: String = shipped.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
        let is_lone = |call: &&str| {
            let mut arguments = code.match_indices(*call).map(|(at, _)| &code[at + call.len()..]);
            arguments.any(|argument| {
                let text = argument.strip_prefix("format!(").unwrap_or(argument);
                text.strip_prefix('"').is_some_and(|text| !text.starts_with('{'))
            })
        };
        ["Failure::to(", ".because(", ".help("].into_iter().filter(is_lone).collect()
    }

    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                found
                    .extend(in_one_language(&source).iter().map(|call| format!("{call} {}", path.display())));
            }
        }
    }

    #[test]
    fn every_failure_is_said_in_both_languages() {
        assert_eq!(in_one_language("Failure::to(\n \"read it\")"), ["Failure::to("]);
        assert_eq!(in_one_language("x.help(format!(\"ask {who}\"))"), [".help("]);
        assert!(in_one_language("Failure::to(said(\"a\", \"b\")).because(format!(\"{error}\"))").is_empty());
        let mut found = Vec::new();
        look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
}
