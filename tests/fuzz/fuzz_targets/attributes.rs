//! Any attributes of any body.

#![no_main]

use aduana_fuzz::Watch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| aduana_testkit::hostile::attributes(data, &mut Watch::over(data)));
