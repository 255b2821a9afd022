//! The one place that prints and colours. Colours reach a terminal that has them, and nothing else: `NO_COLOR`,
//! `TERM=dumb` and a redirected output are heeded by [`anstream`].

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// What is in order.
pub(crate) const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::BrightRed.on_default().bold();
/// What can be done about it, and what to type.
pub(crate) const HELP: Style = AnsiColor::BrightCyan.on_default().bold();
/// What the eye should find first.
pub(crate) const BOLD: Style = Style::new().bold();

/// `text` in `style`.
pub(crate) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a line to standard output. A closed pipe ends nothing: what was begun is brought to its end without a reader.
pub(crate) fn say(text: &str) {
    let mut out = anstream::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}

/// Writes a heading.
pub(crate) fn heading(text: &str) {
    say(&format!("\n{}", painted(BOLD, text)));
}

/// Writes a failure to standard error, with what to do about it.
pub fn complain(failure: &Failure) {
    let mut err: AutoStream<std::io::Stderr> = anstream::stderr();
    let mut text = format!("{}: {failure}\n", painted(BAD, "error"));
    if let Some(advice) = failure.advice() {
        writeln!(text, "{}: {advice}", painted(HELP, "help")).ok();
    }
    err.write_all(text.as_bytes()).ok();
}

/// A table of `rows` under `headings`, as wide as the terminal. The cells may hold foreign text.
pub(crate) fn table(
    headings: impl IntoIterator<Item = impl AsRef<str>>,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>,
) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.into_iter().map(|heading| heading.as_ref().to_uppercase()));
    for row in rows {
        table.add_row(row.into_iter().map(|cell| clean(&cell)));
    }
    let lines = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// `text` on one line, without what a terminal would obey.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

/// At most `max` characters of `text`.
pub(crate) fn short(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Something that takes a while: a moving line on a terminal, a plain one elsewhere; gone, with its time, when it is done.
pub(crate) struct Step {
    bar: ProgressBar,
    what: String,
}

impl Step {
    /// Begins `what`, e.g. `Deploying infra/template.yaml`.
    pub(crate) fn begin(what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
            let bar = ProgressBar::new_spinner().with_message(what.clone());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar, what }
    }

    /// Does `work`, and says that it is done, and how long it took.
    pub(crate) fn done<T>(self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let result = work();
        let took = self.bar.elapsed().as_millis();
        self.bar.finish_and_clear();
        if result.is_ok() {
            let took = painted(Style::new().dimmed(), &format!("{}.{} s", took / 1000, took % 1000 / 100));
            say(&format!("{} {} {took}", painted(GOOD, "✓"), self.what));
        }
        result
    }

    /// The same for `work` that prints to the user itself.
    pub(crate) fn loud<T>(self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
        say(&self.what);
        self.done(work)
    }
}

/// A bar for `total` things.
pub(crate) fn bar(total: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
