//! The simulation in the strict world, for as long as there is time: `cargo xtask simulate`.
//!
//! The environment says how much: `ADUANA_SECONDS` of random worlds from `ADUANA_SEED` on; every pair of mishaps, or as many of them as
//! `ADUANA_PAIRS` says; `ADUANA_MISHAP` replays one fixed world alone, `ADUANA_RANDOM_ONLY` plays no fixed world. Figures go to the file `ADUANA_FIGURES`.

#![expect(clippy::print_stderr, reason = "it is a program")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aduana_testkit::simulation::history;
use aduana_testkit::simulation::plan::{GROUNDS, Plan};
use aduana_testkit::simulation::runner::{Failed, play_all};
use aduana_testkit::simulation::totals::Totals;
use aduana_testkit::world::Rng;
use indicatif::{ProgressBar, ProgressStyle};

/// What ends the program.
type Bad = String;

fn main() -> ExitCode {
    match simulate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(bad) => {
            eprintln!("{bad}");
            ExitCode::FAILURE
        }
    }
}

fn simulate() -> Result<(), Bad> {
    if let Some(name) = setting("ADUANA_MISHAP") {
        let plan = Plan::parse(&name).ok_or_else(|| format!("no world is called {name}"))?;
        return singles(std::slice::from_ref(&plan)).map(drop);
    }
    let begun = Instant::now();
    let seed = number("ADUANA_SEED").unwrap_or(1);
    let time = Duration::from_secs(number("ADUANA_SECONDS").unwrap_or(10));
    let random = random(seed, time)?;
    if setting("ADUANA_RANDOM_ONLY").is_some() {
        eprintln!("{}", lines("random worlds", &random));
        return Ok(());
    }
    let plans: Vec<Plan> = GROUNDS.into_iter().flat_map(Plan::singles).collect();
    let (fixed, more) = singles(&plans)?;
    let mut all = random.clone();
    all += fixed.clone();
    let mut figures = lines("random worlds", &random) + &lines("worlds with one mishap: every one", &fixed);
    if let Some(most) = number("ADUANA_PAIRS") {
        let count: u64 = more.iter().sum();
        let fixed = pairs(&plans, &chosen(&more, &mut Rng::new(seed), most))?;
        figures += &lines(&format!("worlds with two mishaps, of {count} that there are"), &fixed);
        all += fixed;
    }
    let worlds_a_second = u128::from(random.worlds) * 1000 / time.as_millis().max(1);
    writeln!(figures, "random worlds a second\t{worlds_a_second}").ok();
    writeln!(figures, "promises looked at\t{}", all.checks).ok();
    writeln!(figures, "lost\t{}\ndoubled\t{}", all.lost, all.doubled).ok();
    writeln!(figures, "seconds\t{}", begun.elapsed().as_secs()).ok();
    let Some(file) = setting("ADUANA_FIGURES") else {
        eprintln!("{figures}");
        return Ok(());
    };
    std::fs::write(&file, figures).map_err(|error| format!("failed to write {file}: {error}"))
}

fn random(seed: u64, time: Duration) -> Result<Totals, Bad> {
    let bar = bar("random worlds", None);
    let until = Instant::now() + time;
    let played = play_all(seed..u64::MAX, Some(until), history::play, |worlds| bar.set_position(worlds));
    bar.finish_and_clear();
    played.map_err(|Failed { world, why }| {
        format!("world {world}: {why}\nto play it again: cargo xtask simulate --seed {world}")
    })
}

/// Plays these. How many plans there are that have one mishap more, for each of them.
fn singles(plans: &[Plan]) -> Result<(Totals, Vec<u64>), Bad> {
    let bar = bar("worlds with one mishap", Some(plans.len() as u64));
    let more: Vec<AtomicU64> = plans.iter().map(|_| AtomicU64::new(0)).collect();
    let judged = |nth| {
        let (plan, more) = plans.iter().zip(&more).nth(nth).ok_or("there is no such world")?;
        let (count, judged) = plan.play_and_count();
        more.store(count as u64, Ordering::Relaxed);
        judged.map_err(|why| replay(plan, &why))
    };
    let totals = played(plans.len(), judged, |worlds| bar.set_position(worlds))?;
    bar.finish_and_clear();
    Ok((totals, more.into_iter().map(AtomicU64::into_inner).collect()))
}

/// Plays of the plans with one mishap more those that are chosen, for each of `plans`. There are too many to keep them all.
fn pairs(plans: &[Plan], chosen: &[Vec<usize>]) -> Result<Totals, Bad> {
    let count: usize = chosen.iter().map(Vec::len).sum();
    let bar = bar("worlds with two mishaps", Some(count as u64));
    let judged = |nth| {
        let (plan, chosen) = plans.iter().zip(chosen).nth(nth).ok_or("there is no such world")?;
        let more = if chosen.is_empty() { Vec::new() } else { plan.with_one_more() };
        let mut totals = Totals::default();
        for plan in chosen.iter().filter_map(|place| more.get(*place)) {
            totals += plan.play().map_err(|why| replay(plan, &why))?;
        }
        Ok(totals)
    };
    let totals = played(plans.len(), judged, |worlds| bar.set_position(worlds))?;
    bar.finish_and_clear();
    Ok(totals)
}

fn played(
    count: usize,
    judged: impl Fn(usize) -> Result<Totals, Bad> + Sync,
    seen: impl Fn(u64) + Sync,
) -> Result<Totals, Bad> {
    let judged = |nth: u64| usize::try_from(nth).map_err(|error| error.to_string()).and_then(&judged);
    play_all(0..count as u64, None, judged, seen).map_err(|failed| failed.why)
}

fn replay(plan: &Plan, why: &str) -> Bad {
    format!("{plan}: {why}\nto play it again: ADUANA_MISHAP={plan} cargo xtask simulate")
}

/// Which of so many plans each, `most` in all, each as likely as any other (Floyd's algorithm).
fn chosen(counts: &[u64], rng: &mut Rng, most: u64) -> Vec<Vec<usize>> {
    let total: u64 = counts.iter().sum();
    let mut all = BTreeSet::new();
    for last in total.saturating_sub(most)..total {
        let drawn = rng.below(last + 1);
        all.insert(if all.contains(&drawn) { last } else { drawn });
    }
    let mut first = 0;
    let mut places = |count: &u64| {
        let own = all.range(first..first + count).filter_map(|place| usize::try_from(place - first).ok());
        let own = own.collect();
        first += count;
        own
    };
    counts.iter().map(&mut places).collect()
}

fn lines(what: &str, totals: &Totals) -> String {
    let Totals { worlds, messages, stored, held, alerts, told, befell, .. } = totals;
    let mut lines = format!(
        "{what}\t{worlds}\n· messages: stored, held\t{messages}: {stored}, {held}\n· alerts, and the held messages that they tell of\t{alerts}, {told}\n"
    );
    let befell: Vec<String> = befell.iter().map(|(what, count)| format!("{what} {count}")).collect();
    writeln!(lines, "· what went wrong\t{}", befell.join(", ")).ok();
    lines
}

fn bar(what: &'static str, count: Option<u64>) -> ProgressBar {
    let (bar, template) = match count {
        Some(count) => (ProgressBar::new(count), "{msg} {wide_bar} {pos}/{len} ({eta} left)"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}: {pos} ({per_sec}, {elapsed})"),
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(what)
}

#[expect(clippy::disallowed_methods, reason = "a program is its own edge")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str) -> Option<u64> {
    setting(name)?.parse().ok()
}
