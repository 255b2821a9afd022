//! The assertions of the fuzz targets, on the seeds and on what fuzzing has found. Those of `envelopes` are in `crates/aws`; the
//! worst inputs, which take long without optimisation, are tried by `cargo xtask fuzz`.

use aduana_testkit::hostile::{self, Unmeasured, seeds::seeds};

#[expect(clippy::print_stdout, reason = "names the input of a failure, and is shown only then")]
fn each(target: &str, check: fn(&[u8], &mut Unmeasured)) {
    for (name, input) in seeds(target) {
        println!("{target} {name}");
        check(&input, &mut Unmeasured);
    }
}

#[test]
fn a_text_is_read_where_another_reader_reads_it() {
    each("decode", hostile::decode);
}

#[test]
fn a_verdict_is_the_same_each_time_and_of_use() {
    each("validate", hostile::validate);
}

#[test]
fn a_patch_makes_json_of_json() {
    each("patch", hostile::patch);
}

#[test]
fn attributes_come_back_whole() {
    each("attributes", hostile::attributes);
}
