//! The road that the samples go by: the queue, or a topic of Kafka.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::found::Found;
use crate::aws::text;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::kafka::{BATCH_MAX, Broker, PARTITIONS, Poller, TOPIC};
use crate::terminal::{Step, bar, say};
use crate::up::{Deployment, PREFIX};

/// What the function says of a batch whose bodies are others than were sent (`crates/aws/src/events.rs`).
const REWROTE: &str = "rewrote a message";

/// The way into the deployment.
pub(super) enum Road {
    /// The intake queue, which the local AWS reads for the function.
    Queue,
    /// A topic of Kafka on a broker of its own, which a development poller reads for the function. Both end with the show.
    Topic { broker: Broker, poller: Box<Poller> },
}

impl Road {
    /// Starts what it takes.
    pub(super) fn open(folders: &Folders, deployment: &Deployment, kafka: bool) -> Result<Self, Failure> {
        if !kafka {
            return Ok(Self::Queue);
        }
        let broker =
            Step::begin("Starting a Kafka broker, empty").done(|| Broker::obtain(folders, "demo-broker"))?;
        broker.kafka()?.make_topic(TOPIC, PARTITIONS)?;
        let function = format!("{PREFIX}validator");
        let poller = Poller::new(broker.kafka()?, TOPIC, deployment.aws.clone(), &function, BATCH_MAX)?;
        Ok(Self::Topic { broker, poller: Box::new(poller) })
    }

    /// Leads `aduana publish` to it.
    pub(super) fn lead(&self, publish: &mut Command) {
        if let Self::Topic { broker, .. } = self {
            publish.args(["--kafka", broker.address(), "--topic", TOPIC]);
        }
    }

    /// Waits until the function has taken all that was sent.
    pub(super) fn wait(&mut self, deployment: &Deployment, sent: usize) -> Result<(), Failure> {
        let total = u64::try_from(sent).unwrap_or(u64::MAX);
        let bar = bar(total, "Judged");
        let progress = |done| bar.set_position(u64::try_from(done).unwrap_or(total));
        match self {
            Self::Queue => emptied(deployment, |left| bar.set_position(total.saturating_sub(left)))?,
            Self::Topic { poller, .. } => drop(poller.drain(progress)?),
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Says where the invoices came from, if not from the queue as usual.
    pub(super) fn show(&self, found: &Found) {
        if let Self::Topic { broker, .. } = self {
            let sources: Vec<&str> =
                found.held.values().filter_map(|case| text(case, "source")).take(3).collect();
            say(&format!(
                "\nAll of them came through the topic {TOPIC} at {}; their cases say from where: {}…",
                broker.address(),
                sources.join(", ")
            ));
        }
    }

    /// How many did not come by it.
    pub(super) fn strangers(&self, found: &Found) -> usize {
        let beginning = if matches!(self, Self::Queue) { "sqs:" } else { "kafka:" };
        let is_strange = |source: Option<&str>| !source.is_some_and(|source| source.starts_with(beginning));
        found
            .stored
            .values()
            .chain(found.held.values())
            .filter(|item| is_strange(text(item, "source")))
            .count()
    }
}

fn emptied(deployment: &Deployment, progress: impl Fn(u64)) -> Result<(), Failure> {
    let queue =
        deployment.aws.queue_url(&format!("{PREFIX}invoices")).doing(|| "find the intake".to_owned())?;
    let deadline = Instant::now() + PATIENCE;
    let mut rounds = 0_u32;
    loop {
        let left = deployment.aws.depth(&queue).doing(|| "look at the intake".to_owned())?.total();
        progress(left);
        if left == 0 {
            return Ok(());
        }
        rounds += 1;
        if rounds.is_multiple_of(10) {
            as_sent(deployment)?;
        }
        if Instant::now() > deadline {
            return Err(Failure::to("see the intake empty")
                .because(format!("{left} messages are left after {} s", PATIENCE.as_secs()))
                .help(format!("what the function says is in {}", deployment.emulator.log())));
        }
        sleep(Duration::from_millis(100));
    }
}

/// Errs where the function says that it gets other bodies than were sent.
fn as_sent(deployment: &Deployment) -> Result<(), Failure> {
    let rewritten = deployment.aws.log_says(&format!("/aws/lambda/{PREFIX}validator"), REWROTE);
    // A log that cannot be read says nothing: then the intake does not become empty.
    if !rewritten.unwrap_or(false) {
        return Ok(());
    }
    let emulator = deployment.emulator.name();
    Err(Failure::to(format!("send messages through {emulator} as they are"))
        .because("it writes their bodies anew before the function sees them, so the function judges none; nothing is stored")
        .help(format!(
            "a LocalStack of your own keeps them with localstack/keep-bodies.py mounted into /etc/localstack/init/boot.d; \
             `{}`, or whatever ends it, then `cargo xtask demo --localstack` starts one that does",
            deployment.emulator.stop()
        )))
}
