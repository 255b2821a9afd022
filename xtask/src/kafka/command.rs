//! `kafka`: a broker and a poller beside the deployment of `cargo xtask up`, until Ctrl-C.

use std::thread::sleep;
use std::time::Duration;

use super::{Broker, Polled, Poller, TOPIC};
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::Profile;
use crate::terminal::{Step, say};
use crate::up::{Begin, PREFIX, say_next, up};

/// How many partitions the topic gets, and how many records an invocation.
pub(crate) const PARTITIONS: i32 = 3;
pub(crate) const BATCH_MAX: usize = 100;
const IDLE: Duration = Duration::from_millis(300);

/// `cargo xtask kafka`.
pub fn run_kafka(folders: &Folders, profile: Profile) -> Result<(), Failure> {
    let deployment = up(folders, profile, Begin::WithWhatIsThere)?;
    let broker =
        Step::begin("Starting a Kafka broker, empty").done(|| Broker::obtain(folders, "kafka-broker"))?;
    let kafka = broker.kafka()?;
    kafka.make_topic(TOPIC, PARTITIONS)?;
    let publish = format!("aduana publish --kafka {} --topic {TOPIC} events/invoices", broker.address());
    say(&format!(
        "\nWhat comes into the topic {TOPIC} goes to the function {PREFIX}validator, until Ctrl-C."
    ));
    say_next(&[
        (". .aduana/env", "in another shell: points aduana at the deployment"),
        (&publish, "sends the sample invoices through the topic"),
    ]);
    let mut poller = Poller::new(kafka, TOPIC, deployment.aws, &format!("{PREFIX}validator"), BATCH_MAX)?;
    loop {
        match poller.turn()? {
            Polled::Nothing => sleep(IDLE),
            Polled::Called { done, again } => {
                say(&format!("{done} records done{}", if again { "; some come again" } else { "" }));
            }
        }
    }
}
