//! The assertions of the fuzz target `envelopes`, on its seeds and on what fuzzing has found.

use aduana_testkit::hostile::{Unmeasured, envelopes, seeds::seeds};

#[test]
fn every_record_of_a_hostile_event_ends_in_one_place_or_is_named() {
    for (name, event) in seeds("envelopes") {
        println!("{name}");
        envelopes(&event, &mut Unmeasured);
    }
}
