//! Plots: horizontal bars as SVG, with a ground of their own, so that they can be read on a light page and on a dark one.

use std::fmt::Write as _;

/// Bars, one below the other.
#[derive(Debug)]
pub(super) struct Plot {
    /// The file is `bench-<name>.svg`.
    pub(super) name: &'static str,
    title: &'static str,
    unit: &'static str,
    /// Each with its length in hundredths of the unit.
    bars: Vec<(String, u128)>,
    /// Lines across the bars, and what they mean.
    marks: Vec<(u128, &'static str)>,
}

/// Everything in units of the picture, a pixel each where it is shown as it is.
const WIDTH: u128 = 760;
const LABELS: u128 = 290;
const BARS: u128 = 370;
const TOP: u128 = 62;
const ROW: u128 = 28;

const STYLE: &str = "\
    .ground{fill:#fff;stroke:#d0d7de}text{fill:#1f2328;font:13px system-ui,sans-serif}.title{font-weight:600;font-size:15px}\
    .bar{fill:#2f6f9f}.mark{stroke:#b35900;stroke-dasharray:4 3}.means{fill:#b35900;font-size:12px}\
    @media(prefers-color-scheme:dark){.ground{fill:#0d1117;stroke:#30363d}text{fill:#e6edf3}.bar{fill:#6cb6eb}\
    .mark{stroke:#f0a35e}.means{fill:#f0a35e}}";

impl Plot {
    /// Without bars as yet.
    pub(super) fn of(name: &'static str, title: &'static str, unit: &'static str) -> Self {
        Self { name, title, unit, bars: Vec::new(), marks: Vec::new() }
    }

    /// Adds a line across the bars, at so many hundredths.
    pub(super) fn mark(mut self, hundredths: u128, meaning: &'static str) -> Self {
        self.marks.push((hundredths, meaning));
        self
    }

    /// Adds a bar.
    pub(super) fn bar(&mut self, label: impl Into<String>, hundredths: u128) {
        self.bars.push((label.into(), hundredths));
    }

    pub(super) fn to_svg(&self) -> String {
        let lengths = self.bars.iter().map(|(_, length)| *length);
        let most = lengths.chain(self.marks.iter().map(|(at, _)| *at)).max().unwrap_or(0).max(1);
        let height = TOP + ROW * self.bars.len() as u128 + 14;
        let along = |hundredths: u128| hundredths * BARS / most;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n\
             <style>{STYLE}</style>\n<rect class=\"ground\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n\
             <text class=\"title\" x=\"16\" y=\"28\">{}</text>\n",
            escaped(self.title),
            escaped(&self.in_words()),
            WIDTH - 1,
            height - 1,
            escaped(self.title),
        );
        for (row, (label, length)) in self.bars.iter().enumerate() {
            let y = TOP + ROW * row as u128;
            let (bar, middle) = (along(*length).max(1), y + 14);
            let value = self.value(*length);
            // Writing to a String cannot fail.
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text><rect class=\"bar\" x=\"{LABELS}\" y=\"{y}\" \
                 width=\"{bar}\" height=\"18\" rx=\"2\"/><text x=\"{}\" y=\"{middle}\">{value}</text>",
                LABELS - 10,
                escaped(label),
                LABELS + bar + 8,
            )
            .ok();
        }
        for (at, meaning) in &self.marks {
            let x = LABELS + along(*at);
            writeln!(
                svg,
                "<line class=\"mark\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/><text class=\"means\" x=\"{x}\" y=\"{}\" \
                 text-anchor=\"middle\">{}</text>",
                TOP - 8,
                height - 12,
                TOP - 13,
                escaped(meaning),
            )
            .ok();
        }
        svg + "</svg>\n"
    }

    /// For whoever does not see it.
    fn in_words(&self) -> String {
        let bars = self.bars.iter().map(|(label, length)| format!("{label}: {}", self.value(*length)));
        bars.collect::<Vec<_>>().join("; ")
    }

    fn value(&self, hundredths: u128) -> String {
        format!("{}.{:02} {}", hundredths / 100, hundredths % 100, self.unit)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_says_in_words_what_it_shows_and_escapes_its_labels() {
        let mut plot = Plot::of("starts", "Starts", "×").mark(200, "aim");
        plot.bar("a < b", 150);
        let svg = plot.to_svg();
        assert!(svg.contains("<desc id=\"desc\">a &lt; b: 1.50 ×</desc>"), "{svg}");
        assert!(svg.contains(">aim</text>"), "{svg}");
    }

    #[test]
    fn the_longest_bar_or_mark_fills_the_plot() {
        let mut plot = Plot::of("starts", "Starts", "×").mark(200, "aim");
        plot.bar("half", 100);
        assert!(plot.to_svg().contains(&format!("width=\"{}\" height=\"18\"", BARS / 2)));
    }
}
