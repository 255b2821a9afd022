//! Tables as `gh` and `kubectl` print them: columns under plain headings, without lines, so that they read well and cut well.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::sanitize;

/// A table of `rows` under `headings`. The cells may hold foreign text.
pub(crate) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = new_table();
    table.set_header(headings.map(str::to_uppercase));
    for row in rows {
        table.add_row(row.map(|cell| Cell::new(sanitize(&cell))));
    }
    finished(&table)
}

/// Names and values, one a line.
pub(crate) fn properties<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = new_table();
    for (name, value) in rows {
        table.add_row([
            Cell::new(format!("{name}:")).set_alignment(CellAlignment::Left),
            Cell::new(sanitize(&value)),
        ]);
    }
    finished(&table)
}

fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finished(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        // The preset pads each cell on both sides.
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}
