//! The clock and the environment: this program is the edge, and this file is where it meets them.

use std::time::{Duration, SystemTime};

use aduana_invoice::{Date, Lang};
use time::OffsetDateTime;

/// The time now, UTC.
#[expect(clippy::disallowed_methods, reason = "the operator's program is the edge: time enters here")]
pub(crate) fn now() -> OffsetDateTime {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    OffsetDateTime::UNIX_EPOCH + since_epoch
}

/// The same in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    i64::try_from(now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The day now, UTC.
pub(crate) fn today() -> Date {
    now().date()
}

/// A variable of the environment that is set to something.
#[expect(
    clippy::disallowed_methods,
    reason = "the operator's program is the edge: the environment enters here"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Who sits at this machine, as far as it knows: `maria@laptop`.
pub(crate) fn user_and_host() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    let host = ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(variable).or_else(|| {
        let name = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    });
    match (user, host) {
        (Some(user), Some(host)) => format!("{user}@{host}"),
        (Some(user), None) => user,
        (None, Some(host)) => format!("unknown@{host}"),
        (None, None) => "unknown".to_owned(),
    }
}

/// The user's language: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides, as POSIX has it; Spanish
/// where its language is `es`, English otherwise.
pub(crate) fn lang() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(variable)
        .map_or(Lang::En, |locale| lang_of(&locale))
}

/// `es`, `es_EC.UTF-8` and `es-EC` are Spanish; `est` is not.
fn lang_of(locale: &str) -> Lang {
    let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case("es") { Lang::Es } else { Lang::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spanish_is_recognized_by_the_language_alone() {
        for locale in ["es", "es_EC.UTF-8", "es-MX", "ES", "es.UTF-8", "es@euro"] {
            assert_eq!(lang_of(locale), Lang::Es, "{locale}");
        }
        for locale in ["C", "C.UTF-8", "POSIX", "en_US.UTF-8", "est", "eses_EC", ""] {
            assert_eq!(lang_of(locale), Lang::En, "{locale}");
        }
    }
}
