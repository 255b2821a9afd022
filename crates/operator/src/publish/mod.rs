//! `aduana publish`: sends invoices to the intake queue, or to a topic of Kafka, byte for byte as they are.

mod kafka;
mod outgoing;
mod queue;
mod report;
mod sender;

use std::time::Duration;

use aduana_cases::plan::SQS;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::kafka::IntakeTopic;
use self::outgoing::{Outgoing, Place, Transport, Unsendable, outgoing};
use self::queue::IntakeQueue;
use self::report::Report;
use self::sender::{Outbox, deliver};
use crate::cli::Publish;
use crate::documents::Documents;
use crate::failure::{ExitStatus, Failure};
use crate::interrupt::Interrupt;
use crate::terminal::Terminal;
use crate::validate::Judge;
use aduana_redrive::client::pace::Pace;

/// How long a batch waits for more invoices of a slow source before it goes as it is.
const PATIENCE: Duration = Duration::from_millis(200);

/// Sends all inputs; what cannot be read or sent is reported, and the rest still sent. The first Ctrl-C ends it after the batch
/// that is on its way, the second at once.
pub(crate) async fn run(args: &Publish, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    if args.kafka.is_asked_for() {
        let topic = IntakeTopic::find(&args.kafka).await?;
        send(args, terminal, &topic, &topic.name()).await
    } else {
        let queue = IntakeQueue::find(&args.stack).await?;
        send(args, terminal, &queue, queue.name()).await
    }
}

async fn send(
    args: &Publish,
    terminal: &mut Terminal,
    outbox: &impl Outbox,
    name: &str,
) -> Result<ExitStatus, Failure> {
    let judge = Judge::new(&args.judging)?;
    let documents = Documents::new(&args.inputs, args.format.input);
    let transport = outbox.transport();
    let most = transport.batch_max();
    let most = args.rate.map_or(most, |rate| rate.batch_max(most));
    let mut report = Report::new(args, terminal, documents.total());
    let interrupted = Interrupt::listen();
    let arriving = read(documents, judge, transport, args.check);
    let ending = send_all(outbox, arriving, Pace::new(args.rate), most, interrupted, &mut report).await;
    report.end(name)?;
    ending.map(|ending| ending.and(report.ending()))
}

/// What comes from the inputs, one by one.
type Prepared = Result<(Place, Result<Outgoing, Unsendable>), Failure>;

/// Reads and judges on a thread of its own: standard input can keep one waiting for ever, and Ctrl-C must still be heard.
fn read(documents: Documents, judge: Judge, transport: Transport, check: bool) -> mpsc::Receiver<Prepared> {
    let (sender, receiver) = mpsc::channel(4 * SQS.entries);
    std::thread::spawn(move || {
        for document in documents {
            let arrival = document.map(|document| {
                let verdict = judge.judge(&document.body);
                outgoing(document, &verdict, transport, check)
            });
            if sender.blocking_send(arrival).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn send_all(
    outbox: &impl Outbox,
    mut arriving: mpsc::Receiver<Prepared>,
    mut pace: Pace,
    batch_max: usize,
    mut interrupted: Interrupt,
    report: &mut Report<'_>,
) -> Result<ExitStatus, Failure> {
    let mut next = NextBatch::default();
    let begun = Instant::now();
    loop {
        let ready = async {
            next.gather(&mut arriving, batch_max, report).await?;
            tokio::time::sleep_until(begun + pace.slot(next.batch.len(), begun.elapsed())).await;
            Ok::<_, Failure>(())
        };
        let stopped = tokio::select! {
            biased;
            () = interrupted.wait() => true,
            ready = ready => ready.map(|()| false)?,
        };
        if stopped {
            report.interrupted(next.batch.first().or(next.over.as_ref()));
            return Ok(ExitStatus::Interrupted);
        }
        // Once begun, a batch is awaited: what is reported is what happened.
        let batch = std::mem::take(&mut next.batch);
        match deliver(outbox, &batch).await {
            Ok(answers) => report.answers(&batch, answers.into_iter().map(Some))?,
            Err((answers, failure)) => {
                report.answers(&batch, answers)?;
                return Err(failure);
            }
        }
        if next.ended {
            return Ok(ExitStatus::Good);
        }
    }
}

/// The batch that is being gathered. It survives when gathering is broken off.
#[derive(Default)]
struct NextBatch {
    batch: Vec<Outgoing>,
    /// The invoice that did not fit any more, and begins the next batch.
    over: Option<Outgoing>,
    /// Nothing more comes.
    ended: bool,
}

impl NextBatch {
    /// Waits for a batch within the limits: until it is full, the source ends, or nothing has come for a while.
    async fn gather(
        &mut self,
        arriving: &mut mpsc::Receiver<Prepared>,
        most: usize,
        report: &mut Report<'_>,
    ) -> Result<(), Failure> {
        self.batch.extend(self.over.take());
        let mut bytes: usize = self.batch.iter().map(|message| message.body.len()).sum();
        while self.batch.len() < most {
            let arrival = if self.batch.is_empty() {
                arriving.recv().await
            } else {
                match tokio::time::timeout(PATIENCE, arriving.recv()).await {
                    Ok(arrival) => arrival,
                    Err(_) => return Ok(()),
                }
            };
            match arrival {
                None => {
                    self.ended = true;
                    return Ok(());
                }
                Some(Err(failure)) => report.unreadable(&failure),
                Some(Ok((place, Err(reason)))) => report.unsendable(&place, &reason)?,
                Some(Ok((_, Ok(message)))) => {
                    bytes += message.body.len();
                    if bytes > SQS.bytes && !self.batch.is_empty() {
                        self.over = Some(message);
                        return Ok(());
                    }
                    self.batch.push(message);
                }
            }
        }
        Ok(())
    }
}
