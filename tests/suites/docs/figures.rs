//! The figures of the README, in both languages, against the tables that the commands write.

use super::{cells, read};

/// The second cell of each row whose first begins so, behind a mark of `docs/reliability.md`: its whole numbers up to a word.
fn figures(mark: &str, label: &str) -> Vec<u64> {
    let document = read("docs/reliability.md");
    let table = document.split(&format!("<!-- {mark}: begin -->")).nth(1).expect("the mark");
    let table = table.split("<!--").next().expect("a table");
    let rows = table.lines().filter(|line| line.starts_with("| ")).map(cells);
    let found: Vec<_> = rows.filter(|row| row[0].starts_with(label)).collect();
    assert!(!found.is_empty(), "{mark}: {label}");
    found.iter().map(|row| row[1].parse().expect("a number")).collect()
}

fn sum(mark: &str, labels: &[&str]) -> u64 {
    labels.iter().flat_map(|label| figures(mark, label)).sum()
}

/// A number as English or Spanish writes it.
fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[test]
fn the_figures_of_the_readme_are_those_of_the_tables() {
    // The last is no number of runs, and begins as the first does.
    let runs = sum("simulate", &["random worlds", "worlds with one", "worlds with two"])
        - sum("simulate", &["random worlds a second"]);
    let faults = sum("chaos", &["5xx,", "throttled", "reply lost:", "batch failed in part"]);
    let kills = sum("chaos", &["kills of"]);
    let sent = sum("chaos", &["messages sent"]);
    let none =
        [("simulate", "lost"), ("simulate", "doubled"), ("chaos", "lost,"), ("chaos", "in two places")];
    for (mark, label) in none {
        assert_eq!(sum(mark, &[label]), 0, "{mark}: {label}");
    }
    for (readme, separator) in [("README.md", ','), ("README.es.md", '.')] {
        let text = read(readme);
        for number in [runs, faults, kills, sent] {
            let number = format!(" {} ", grouped(number, separator));
            assert!(text.contains(&number), "{readme}: {number}");
        }
    }
}

#[test]
fn the_speed_in_the_readme_is_that_of_the_benchmarks() {
    let document = read("docs/benchmarks.md");
    let verdict = document.lines().find(|line| line.starts_with("| valid, 8 lines, 3.8 KB |")).map(cells);
    let verdict = verdict.expect("the row");
    let number = |cell: &str| cell.split(' ').next().and_then(|it| it.parse::<f64>().ok()).expect("a number");
    let times = format!("{:.1}", number(&verdict[1]));
    let micros = format!("{:.0} µs", number(&verdict[3]));
    for readme in ["README.md", "README.es.md"] {
        let text = read(readme).replace("0,8", "0.8");
        assert!(
            text.contains(&format!(" {times} ")) && text.contains(&micros),
            "{readme}: {times}, {micros}"
        );
    }
}
