//! The proof over the strict world, for as long as there is time: `cargo xtask prove --only strict`.
//!
//! The environment says how much: `ADUANA_SECONDS` of random worlds from `ADUANA_SEED` on; every pair of mishaps, or as many of them as
//! `ADUANA_PAIRS` says; `ADUANA_MISHAP` replays one fixed world alone. Figures go to the file `ADUANA_FIGURES`.

#![expect(clippy::print_stderr, reason = "it is a program")]

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aduana_tests::proof::batch::{GROUNDS, Plan};
use aduana_tests::proof::field::{Failed, play_all};
use aduana_tests::proof::history;
use aduana_tests::proof::tally::Tally;
use aduana_tests::world::Rng;
use indicatif::{ProgressBar, ProgressStyle};

/// What ends the program.
type Bad = String;

fn main() -> ExitCode {
    match prove() {
        Ok(()) => ExitCode::SUCCESS,
        Err(bad) => {
            eprintln!("{bad}");
            ExitCode::FAILURE
        }
    }
}

fn prove() -> Result<(), Bad> {
    if let Some(name) = setting("ADUANA_MISHAP") {
        let plan = Plan::parse(&name).ok_or_else(|| format!("no world is called {name}"))?;
        return played(std::slice::from_ref(&plan)).map(drop);
    }
    let begun = Instant::now();
    let seed = number("ADUANA_SEED").unwrap_or(1);
    let time = Duration::from_secs(number("ADUANA_SECONDS").unwrap_or(10));
    let random = random(seed, time)?;
    let singles: Vec<Plan> = GROUNDS.into_iter().flat_map(Plan::singles).collect();
    let fixed = played(&singles)?;
    let mut figures = lines("random worlds", &random) + &lines("worlds with one mishap: every one", &fixed);
    if let Some(most) = number("ADUANA_PAIRS") {
        let (all, chosen) = pairs(&singles, seed, most);
        let fixed = played(&chosen)?;
        figures += &lines(&format!("worlds with two mishaps: {} of {all}", chosen.len()), &fixed);
    }
    let worlds_a_second = u128::from(random.worlds) * 1000 / time.as_millis().max(1);
    writeln!(figures, "random worlds a second\t{worlds_a_second}").ok();
    writeln!(figures, "messages lost\t0\ndoubled effects\t0\nseconds\t{}", begun.elapsed().as_secs()).ok();
    let Some(file) = setting("ADUANA_FIGURES") else {
        eprintln!("{figures}");
        return Ok(());
    };
    std::fs::write(&file, figures).map_err(|error| format!("failed to write {file}: {error}"))
}

fn random(seed: u64, time: Duration) -> Result<Tally, Bad> {
    let bar = bar("random worlds", None);
    let until = Instant::now() + time;
    let played = play_all(seed..u64::MAX, Some(until), history::play, |worlds| bar.set_position(worlds));
    bar.finish_and_clear();
    played.map_err(|Failed { world, why }| {
        format!("world {world}: {why}\nto play it again: cargo xtask prove --only strict --seed {world}")
    })
}

fn played(plans: &[Plan]) -> Result<Tally, Bad> {
    let bar = bar("worlds with mishaps", Some(plans.len() as u64));
    let plan = |nth: u64| usize::try_from(nth).ok().and_then(|nth| plans.get(nth));
    let judged = |nth| plan(nth).map_or_else(|| Err("there is no such world".to_owned()), Plan::play);
    let played = play_all(0..plans.len() as u64, None, judged, |worlds| bar.set_position(worlds));
    bar.finish_and_clear();
    played.map_err(|Failed { world, why }| {
        let name = plan(world).map(ToString::to_string).unwrap_or_default();
        format!("{name}: {why}\nto play it again: ADUANA_MISHAP={name} cargo xtask prove --only strict")
    })
}

/// How many pairs there are, and `most` of them, chosen by the seed.
fn pairs(singles: &[Plan], seed: u64, most: u64) -> (usize, Vec<Plan>) {
    let mut all: Vec<Plan> = singles.iter().flat_map(Plan::with_one_more).collect();
    let count = all.len();
    let mut rng = Rng::new(seed);
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(count);
    for place in 0..most {
        let other = usize::try_from(rng.below((count - place) as u64)).unwrap_or(0);
        all.swap(place, place + other);
    }
    all.truncate(most);
    (count, all)
}

fn lines(what: &str, tally: &Tally) -> String {
    let Tally { worlds, messages, stored, held, alerts, told, befell } = tally;
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
