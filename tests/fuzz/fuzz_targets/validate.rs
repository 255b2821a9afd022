//! Any bytes as the body of an invoice.

#![no_main]

use aduana_fuzz::Watch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| aduana_testkit::hostile::validate(data, &mut Watch::over(data)));
