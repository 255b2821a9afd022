//! What was measured: printed on the terminal, and kept in the documents as tables that the command itself writes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::terminal::{heading, say, table};

/// The variable that names the file in which a measured program writes its figures: a line each, what it is and the figure,
/// a tab in between.
pub const VARIABLE: &str = "ADUANA_FIGURES";

/// The figures of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    subject: String,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Figures {
    /// None yet.
    pub fn of(subject: impl Into<String>) -> Self {
        Self::under(subject, ["", ""])
    }

    /// None yet, of a table with these headings.
    pub fn under<'h>(subject: impl Into<String>, headings: impl IntoIterator<Item = &'h str>) -> Self {
        let headings = headings.into_iter().map(str::to_owned).collect();
        Self { subject: subject.into(), headings, rows: Vec::new() }
    }

    /// Adds one, e.g. `messages lost` and `0`.
    pub fn add(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.add_row([what.into(), figure.into()]);
    }

    /// Adds a row, as long as the headings.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds those that a measured program wrote into the file of [`VARIABLE`].
    pub fn add_from(&mut self, file: &Path) -> Result<(), Failure> {
        let text = fs::read_to_string(file).doing(|| format!("read the figures in {}", file.display()))?;
        for line in text.lines() {
            let (what, figure) = line.split_once('\t').ok_or_else(|| {
                Failure::to(format!("read the figures in {}", file.display()))
                    .because(format!("a line without a tab: {line}"))
            })?;
            self.add(what, figure);
        }
        Ok(())
    }

    /// Tells them, and where `write` asks for it puts them into docs/reliability.md, between the marks of this name.
    pub(crate) fn publish(&self, folders: &Folders, name: &str, write: bool) -> Result<(), Failure> {
        self.print();
        if write {
            write_between(&folders.root().join("docs/reliability.md"), name, &self.to_markdown())?;
        }
        Ok(())
    }

    /// Tells them.
    pub fn print(&self) {
        heading(&self.subject);
        say(&table(&self.headings, self.rows.iter().cloned()));
    }

    /// The same as a table of Markdown, under a heading.
    pub fn to_markdown(&self) -> String {
        let row = |cells: &Vec<String>| {
            let cells = cells.iter().map(|cell| match cell.as_str() {
                "" => " |".to_owned(),
                text => format!(" {} |", text.replace('|', "\\|")),
            });
            format!("|{}\n", cells.collect::<String>())
        };
        let line = format!("|{}\n", "---|".repeat(self.headings.len()));
        let rows = self.rows.iter().map(row).collect::<String>();
        format!("### {}\n\n{}{line}{rows}", self.subject, row(&self.headings))
    }
}

/// A file, empty and new, for the figures of a measured program.
pub(crate) fn file(folders: &Folders, name: &str) -> Result<PathBuf, Failure> {
    let folder = folders.private().join("figures");
    let file = folder.join(name);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, ""))
        .doing(|| format!("write {}", file.display()))?;
    Ok(file)
}

/// Puts `text` into a document, between the lines `<!-- name: begin -->` and `<!-- name: end -->`, which stay.
pub(crate) fn write_between(document: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let doing = || format!("write the figures into {}", document.display());
    let whole = fs::read_to_string(document).doing(doing)?;
    let replaced = replaced(&whole, name, text).ok_or_else(|| {
        Failure::to(doing()).because(format!("it lacks `<!-- {name}: begin -->` and `<!-- {name}: end -->`"))
    })?;
    fs::write(document, replaced).doing(doing)
}

fn replaced(whole: &str, name: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- {name}: begin -->\n");
    let (before, rest) = whole.split_once(&begin)?;
    let (_, after) = rest.split_once(&format!("<!-- {name}: end -->"))?;
    Some(format!("{before}{begin}\n{}\n\n<!-- {name}: end -->{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_those_of_before_and_leave_the_rest_alone() {
        let whole = "# Title\n\n<!-- simulate: begin -->\nold\n<!-- simulate: end -->\n\nText.\n";
        let once = replaced(whole, "simulate", "new\n").expect("the marks are there");
        assert_eq!(once, "# Title\n\n<!-- simulate: begin -->\n\nnew\n\n<!-- simulate: end -->\n\nText.\n");
        assert_eq!(replaced(&once, "simulate", "new\n"), Some(once));
        assert_eq!(replaced(whole, "other", "new"), None);
    }

    #[test]
    fn a_table_has_as_many_columns_as_headings() {
        let mut figures = Figures::under("Starts", ["function", "CPU", "ratio"]);
        figures.add_row(["validator", "1.7 ms", "1.9 ×"].map(str::to_owned));
        assert_eq!(
            figures.to_markdown(),
            "### Starts\n\n| function | CPU | ratio |\n|---|---|---|\n| validator | 1.7 ms | 1.9 × |\n"
        );
    }

    #[test]
    fn a_table_of_markdown_has_a_row_for_each_figure() {
        let mut figures = Figures::of("The strict world");
        figures.add("messages a|b", "12");
        assert_eq!(
            figures.to_markdown(),
            "### The strict world\n\n| | |\n|---|---|\n| messages a\\|b | 12 |\n"
        );
    }
}
