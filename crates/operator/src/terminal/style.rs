//! The few styles, after those of rustc and cargo.

use anstyle::{AnsiColor, Style};

/// What is invalid or failed.
pub(crate) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
/// What is worth a look.
pub(crate) const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
/// What is in order.
pub(crate) const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
/// What can be done about it.
pub(crate) const HELP: Style = AnsiColor::BrightCyan.on_default().bold();
/// Line numbers and the lines around an excerpt.
pub(crate) const GUTTER: Style = AnsiColor::BrightBlue.on_default().bold();
/// What the eye should find first.
pub(crate) const BOLD: Style = Style::new().bold();

/// `text` in `style`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
