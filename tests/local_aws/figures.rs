//! What a test measured, for `cargo xtask chaos` and `load`.

use std::fmt::{Display, Write as _};

/// A line each: what it is, and the figure.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    lines: String,
    /// How much of them was shown.
    shown: usize,
}

impl Figures {
    pub(crate) fn add(&mut self, what: &str, figure: impl Display) {
        writeln!(self.lines, "{what}\t{figure}").unwrap();
    }

    /// Shows all so far, and writes it into the file that the command names. Before anything is asserted, so that a failure has them.
    #[expect(clippy::print_stderr, reason = "what a test says")]
    pub(crate) fn write(&mut self) {
        eprint!("{}", &self.lines[self.shown..]);
        self.shown = self.lines.len();
        if let Some(file) = std::env::var_os("ADUANA_FIGURES") {
            std::fs::write(file, &self.lines).unwrap();
        }
    }
}
