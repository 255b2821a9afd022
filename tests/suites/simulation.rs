//! Some of the worlds that `cargo xtask simulate` plays by the thousand: whatever fails, whatever crashes, however often it
//! is delivered and whatever is asked meanwhile, every message ends in exactly one place.
//!
//! A random world is made of one number. A failing one is told; `ADUANA_SEED=<n>` replays it, `ADUANA_HISTORIES=<n>` plays more:
//! `cargo xtask test --nightly` plays ten thousand.

use aduana_testkit::samples;
use aduana_testkit::simulation::history::{self, Kind};
use aduana_testkit::simulation::plan::{GROUNDS, Plan};
use aduana_testkit::simulation::runner::play_all;
use aduana_testkit::world::{World, run};

/// Of the worlds with one mishap, every so many-th is played here.
const EVERY: usize = 23;

/// How many random worlds with operators in them are played, if nothing is said; and one without for so many of them.
const HISTORIES: usize = 500;
const QUIET_EVERY: usize = 5;

#[test]
fn a_world_in_which_one_thing_goes_wrong_ends_well() {
    let plans: Vec<Plan> = GROUNDS.into_iter().flat_map(Plan::singles).step_by(EVERY).collect();
    assert!(plans.len() > 50);
    let play = |nth: u64| {
        let plan = &plans[usize::try_from(nth).unwrap()];
        plan.play().map_err(|why| format!("{plan}: {why}"))
    };
    let played = play_all(0..plans.len() as u64, None, play, |_| {});
    assert_eq!(played.map(|totals| totals.worlds), Ok(plans.len() as u64));
}

#[test]
fn a_random_world_ends_well_whatever_its_kind() {
    if let Some(seed) = number("ADUANA_SEED") {
        assert_eq!(history::play(seed).map(|totals| totals.worlds), Ok(1));
        return;
    }
    let histories = number("ADUANA_HISTORIES").map_or(HISTORIES, |count| usize::try_from(count).unwrap());
    let of = |has_operators| (0..).filter(move |seed| Kind::of(*seed).has_operators() == has_operators);
    let mut seeds: Vec<u64> =
        of(false).take(histories / QUIET_EVERY).chain(of(true).take(histories)).collect();
    seeds.sort_unstable();
    let seed = |nth: u64| seeds[usize::try_from(nth).unwrap()];
    let count = seeds.len() as u64;
    let played = play_all(0..count, None, |nth| history::play(seed(nth)), |_| {});
    let played = played.map(|totals| totals.worlds).map_err(|failed| (seed(failed.world), failed.why));
    assert_eq!(played, Ok(count), "ADUANA_SEED=<that number> replays it");
}

#[expect(clippy::disallowed_methods, reason = "a test is its own edge")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn a_plan_is_known_by_its_name() {
    let singles = Plan::singles(GROUNDS[0]);
    let plan = singles.last().unwrap();
    assert_eq!(Plan::parse(&plan.to_string()).as_ref(), Some(plan));
    assert_eq!(Plan::parse("Queue/Nothing-1"), None);
}

#[test]
fn without_faults_nothing_is_done_twice() {
    run(async {
        let world = World::new();
        for units in 1..=35 {
            world.send(samples::without_number(units));
            world.send(samples::valid(&format!("F-{units}"), units));
        }
        world.drain(&world.intake()).await;
        assert_eq!(world.invoices().len(), 35);
        assert_eq!(world.held_messages().len(), 35);
        assert_eq!(world.alerts().len(), 1, "the group's window is open");
        tokio::time::sleep(std::time::Duration::from_mins(5)).await;
        world.redrive().ask(r#"{"action":"notify","actor":"system:schedule"}"#).await;
        assert_eq!((world.alerts().len(), world.told().len()), (2, 35));
    });
}
