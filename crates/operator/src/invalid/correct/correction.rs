//! Reads what to change, as the user gave it.

use std::io::Read as _;
use std::path::Path;

use aduana_redrive::request::{Correction, PatchStep, SetValue};
use serde_json::value::{RawValue, to_raw_value};

use crate::cli::How;
use crate::failure::Failure;
use crate::i18n::said;

/// The most that is read of a file: no message of SQS is longer.
const BYTES_MAX: u64 = 1024 * 1024;

/// The correction of `--body`, `--patch`, `--set` or `--suggested`.
pub(super) fn of(how: &How) -> Result<Correction, Failure> {
    if let Some(path) = &how.body {
        body(&text_of(path)?)
    } else if let Some(path) = &how.patch {
        patch(path, &text_of(path)?)
    } else if how.set.is_empty() {
        Ok(Correction::Suggested(true))
    } else {
        how.set.iter().map(|text| set(text)).collect::<Result<_, _>>().map(Correction::Set)
    }
}

/// This text, exactly.
pub(super) fn body(text: &str) -> Result<Correction, Failure> {
    let string = to_raw_value(text)
        .map_err(|error| Failure::to(said("write the body", "escribir el documento")).because(error))?;
    Ok(Correction::Body(string))
}

fn patch(path: &Path, text: &str) -> Result<Correction, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the user's patch, not an invoice")]
    let steps: Result<Vec<PatchStep>, _> = serde_json::from_str(text);
    steps.map(Correction::Patch).map_err(|error| {
        Failure::to(said(
            format!("read the patch {}", path.display()),
            format!("leer el parche {}", path.display()),
        ))
        .because(error)
        .help(said(
            r#"a JSON Patch (RFC 6902) is a list: [{"op":"replace","path":"/currency","value":"USD"}]"#,
            r#"un JSON Patch (RFC 6902) es una lista: [{"op":"replace","path":"/currency","value":"USD"}]"#,
        ))
    })
}

/// `/totals/payable=115.00`.
fn set(text: &str) -> Result<SetValue, Failure> {
    let parts = text.split_once('=').filter(|(pointer, _)| pointer.starts_with('/'));
    let (pointer, value) = parts.ok_or_else(|| {
        Failure::to(said(format!("read --set {text}"), format!("leer --set {text}")))
            .because(said("it is not POINTER=VALUE", "no es PUNTERO=VALOR"))
            .help(said(
                "a pointer begins with a slash: --set /lines/0/unit=KGM",
                "un puntero empieza con una barra: --set /lines/0/unit=KGM",
            ))
    })?;
    Ok(SetValue { pointer: pointer.to_owned(), value: json_or_text(value)? })
}

/// A value as it is written where it is JSON, and else as a JSON string.
fn json_or_text(value: &str) -> Result<Box<RawValue>, Failure> {
    #[expect(clippy::disallowed_methods, reason = "a value that the user gave, not an invoice")]
    let json = serde_json::from_str::<Box<RawValue>>(value);
    match json {
        Ok(json) => Ok(json),
        Err(_) => to_raw_value(value)
            .map_err(|error| Failure::to(said("write the value", "escribir el valor")).because(error)),
    }
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let failed = || Failure::to(said(format!("read {}", path.display()), format!("leer {}", path.display())));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    let read = read.map_err(|error| failed().because(error))?;
    if u64::try_from(read).is_ok_and(|read| read > BYTES_MAX) {
        return Err(failed().because(said(
            "it is longer than a message can be: 1 MiB",
            "es más largo de lo que puede ser un mensaje: 1 MiB",
        )));
    }
    String::from_utf8(bytes).map_err(|error| failed().because(error.utf8_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        set(text).unwrap().value.get().to_owned()
    }

    #[test]
    fn a_value_is_json_where_it_can_be_and_text_otherwise() {
        assert_eq!(value("/a=115.00"), "115.00");
        assert_eq!(value("/a=12345678901234567890.10"), "12345678901234567890.10");
        assert_eq!(value("/a=\"115.00\""), "\"115.00\"");
        assert_eq!(value("/a=001-001-000000123"), "\"001-001-000000123\"");
        assert_eq!(value("/a=Ñandú \"S.A.\""), r#""Ñandú \"S.A.\"""#);
        assert_eq!(value("/a=null"), "null");
        assert_eq!(value("/a="), "\"\"");
        assert_eq!(value("/a=b=c"), "\"b=c\"");
    }

    #[test]
    fn a_file_of_1_mib_is_read_and_one_byte_more_is_refused() {
        assert_eq!(BYTES_MAX, 1_048_576);
        let path = std::env::temp_dir().join(format!("aduana-body-{}.json", std::process::id()));
        for (bytes, is_read) in [(1_048_575, true), (1_048_576, true), (1_048_577, false)] {
            std::fs::write(&path, "x".repeat(bytes)).unwrap();
            let read = text_of(&path);
            assert_eq!(read.as_ref().map(String::len).ok(), is_read.then_some(bytes));
            assert_eq!(read.is_err_and(|failure| failure.to_string().contains("1 MiB")), !is_read, "{bytes}");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for bad in ["totals/payable=1", "/totals/payable", "=1", ""] {
            assert!(set(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_body_is_sent_exactly() {
        let Correction::Body(json) = body("{\"a\": 1.00}\r\n\u{7f}").unwrap() else { panic!("not a body") };
        #[expect(clippy::disallowed_methods, reason = "our own text, read back")]
        let back: String = serde_json::from_str(json.get()).unwrap();
        assert_eq!(back, "{\"a\": 1.00}\r\n\u{7f}");
    }
}
