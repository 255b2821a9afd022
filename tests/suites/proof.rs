//! Some of the worlds that `cargo xtask prove --only strict` plays by the thousand.

use aduana_tests::proof::batch::{GROUNDS, Plan};
use aduana_tests::proof::field::play_all;
use aduana_tests::proof::history;

/// Of the worlds with one mishap, every so many-th is played here.
const EVERY: usize = 23;

#[test]
fn a_world_in_which_one_thing_goes_wrong_ends_well() {
    let plans: Vec<Plan> = GROUNDS.into_iter().flat_map(Plan::singles).step_by(EVERY).collect();
    assert!(plans.len() > 50);
    let play = |nth: u64| {
        let plan = &plans[usize::try_from(nth).unwrap()];
        plan.play().map_err(|why| format!("{plan}: {why}"))
    };
    let played = play_all(0..plans.len() as u64, None, play, |_| {});
    assert_eq!(played.map(|tally| tally.worlds), Ok(plans.len() as u64));
}

#[test]
fn a_random_world_ends_well_whatever_its_kind() {
    let played = play_all(0..60, None, history::play, |_| {});
    assert_eq!(
        played.map(|tally| tally.worlds),
        Ok(60),
        "cargo xtask prove --only strict --seed <that number> replays it"
    );
}

#[test]
fn a_plan_is_known_by_its_name() {
    let singles = Plan::singles(GROUNDS[0]);
    let plan = singles.last().unwrap();
    assert_eq!(Plan::parse(&plan.to_string()).as_ref(), Some(plan));
    assert_eq!(Plan::parse("Queue/Nothing-1"), None);
}
