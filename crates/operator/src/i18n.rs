//! Words in both languages.

use aduana_invoice::{Lang, Severity};

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
