//! The chart of the last days, in whole numbers: an SVG of rectangles and texts, and the same as a table.

use aduana_redrive::answer::GroupLines;

use crate::deployment::Status;
use crate::i18n::Words;

/// The drawing, in units of its own.
const HEIGHT: u64 = 150;
const TOP: u64 = 14;
const LEFT: u64 = 44;
const COLUMN: u64 = 44;
const BAR: u64 = 11;

/// Bars of several series, day by day.
pub(super) struct Chart {
    pub(super) width: u64,
    pub(super) baseline: u64,
    pub(super) left: u64,
    pub(super) top: u64,
    pub(super) most: u64,
    pub(super) columns: Vec<Column>,
    pub(super) total: [u64; 3],
}

/// A day.
pub(super) struct Column {
    pub(super) day: String,
    /// `24.` of `2026-11-24`, in the middle under the bars.
    pub(super) label: String,
    pub(super) middle: u64,
    pub(super) bars: Vec<Bar>,
    pub(super) counts: [u64; 3],
    /// More were stored than were counted.
    pub(super) and_more: bool,
}

/// A series on a day.
pub(super) struct Bar {
    pub(super) series: &'static str,
    pub(super) name: &'static str,
    pub(super) count: u64,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) height: u64,
}

impl Chart {
    pub(super) fn of(
        days: &[String],
        status: Option<&Status>,
        cases: &GroupLines,
        w: &'static Words,
    ) -> Self {
        let counts = |day: &String| {
            let stored =
                status.into_iter().flat_map(|status| &status.stored).filter(|stored| stored.day == *day);
            let on_day = cases.days.iter().find(|line| line.day == *day);
            [
                stored.map(|stored| stored.count).sum(),
                on_day.map_or(0, |line| line.held),
                on_day.map_or(0, |line| line.stored),
            ]
        };
        let counts: Vec<[u64; 3]> = days.iter().map(counts).collect();
        let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
        let series = [("stored", w.stored), ("held", w.held), ("corrected", w.corrected)];
        let column = |((day, counts), at): ((&String, &[u64; 3]), u64)| {
            let x = LEFT + at * COLUMN;
            let bars = series.iter().zip(counts).zip(0..).map(|(((series, name), count), place)| {
                let height = (count * HEIGHT / most).max(u64::from(*count > 0) * 2);
                Bar {
                    series,
                    name,
                    count: *count,
                    x: x + 4 + place * (BAR + 1),
                    y: TOP + HEIGHT - height,
                    height,
                }
            });
            Column {
                label: day.get(8..).unwrap_or_default().to_owned(),
                day: day.clone(),
                middle: x + COLUMN / 2,
                bars: bars.collect(),
                counts: *counts,
                and_more: status
                    .into_iter()
                    .flat_map(|status| &status.stored)
                    .any(|stored| stored.day == *day && stored.and_more),
            }
        };
        let columns: Vec<Column> = days.iter().zip(&counts).zip(0..).map(column).collect();
        let total = counts.iter().fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]);
        let width = LEFT + COLUMN * u64::try_from(days.len()).unwrap_or(0) + 4;
        Self { width, baseline: TOP + HEIGHT, left: LEFT, top: TOP, most, columns, total }
    }
}

#[cfg(test)]
mod tests {
    use aduana_invoice::Lang;
    use aduana_redrive::answer::DayLine;

    use super::*;
    use crate::deployment::Stored;
    use crate::i18n::words;

    #[test]
    fn the_largest_count_is_as_high_as_the_chart_and_a_small_one_is_still_seen() {
        let days = ["2026-11-23".to_owned(), "2026-11-24".to_owned()];
        let stored = |day: &str, count| Stored { day: day.to_owned(), count, and_more: false };
        let status = Status {
            stored: vec![stored("2026-11-24", 1_000), stored("2026-11-23", 1)],
            ..Status::default()
        };
        let held = DayLine { day: "2026-11-24".to_owned(), held: 500, ..DayLine::default() };
        let cases = GroupLines { days: vec![held], ..GroupLines::default() };
        let chart = Chart::of(&days, Some(&status), &cases, words(Lang::En));
        let heights: Vec<Vec<u64>> =
            chart.columns.iter().map(|column| column.bars.iter().map(|bar| bar.height).collect()).collect();
        assert_eq!(heights, [[2, 0, 0], [150, 75, 0]]);
        assert_eq!(chart.total, [1_001, 500, 0]);
    }
}
