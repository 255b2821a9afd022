//! Any bytes as an event of SQS or Kafka.

#![no_main]

use aduana_fuzz::Watch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| aduana_testkit::hostile::envelopes(data, &mut Watch::over(data)));
