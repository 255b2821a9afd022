//! A run at work, batch by batch.

use std::sync::Arc;
use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_redrive::LIST_MAX;
use aduana_redrive::answer::{Done, Resent, Skipped};
use aduana_redrive::request::{Request, Selection};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Order, Run, SKIPPED_MAX, Stage, Work};
use crate::deployment::{ApiError, Kind};
use crate::redrive_client::RedriveClient;

/// How many cases one request names.
const BATCH: usize = 25;

/// How long outcomes are awaited, and how long the pauses between two looks are.
const PATIENCE: Duration = Duration::from_secs(90);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Works on what is left, to the end or until it is stopped.
pub(super) async fn go(run: Arc<Run>, redrive_client: RedriveClient) {
    let mut orders = run.order.subscribe();
    let batch = run.rate.map_or(BATCH, |rate| usize::try_from(rate).unwrap_or(BATCH).clamp(1, BATCH));
    let done = run.progress().looked_at;
    let mut free_at = Instant::now();
    for ids in run.ids.get(done..).unwrap_or_default().chunks(batch) {
        if !may_go_on(&run, &mut orders, free_at).await {
            return run.set_stage(Stage::Cancelled);
        }
        if let Some(rate) = run.rate {
            let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            free_at = free_at.max(Instant::now()) + Duration::from_secs(1) * count / rate.max(1);
        }
        // Once begun, a batch is awaited: what is told is what happened.
        if let Err(error) = one_batch(&run, &redrive_client, ids).await {
            let mut progress = run.progress();
            progress.error = Some(error);
            progress.stage = Stage::Broken;
            return;
        }
    }
    if run.work.sends() && !run.progress().sent.is_empty() {
        run.set_stage(Stage::Waiting);
        if let Err(error) = outcomes(&run, &redrive_client, &mut orders).await {
            run.progress().error = Some(error);
        }
    }
    run.set_stage(Stage::Finished);
}

/// Waits for its time, and as long as it is paused. `false` if it is to stop.
async fn may_go_on(run: &Run, orders: &mut watch::Receiver<Order>, at: Instant) -> bool {
    loop {
        let order = *orders.borrow_and_update();
        run.set_stage(if order == Order::Pause { Stage::Paused } else { Stage::Running });
        match order {
            Order::Cancel => return false,
            Order::Pause => {
                if orders.changed().await.is_err() {
                    return false;
                }
            }
            Order::Go => tokio::select! {
                biased;
                changed = orders.changed() => if changed.is_err() { return false },
                () = sleep_until(at) => return true,
            },
        }
    }
}

async fn one_batch(run: &Run, redrive_client: &RedriveClient, ids: &[CaseId]) -> Result<(), ApiError> {
    match &run.work {
        Work::Resend => resend(run, redrive_client, ids).await?,
        Work::Correct { send: true, .. } => {
            let corrected = each(run, redrive_client, ids).await?;
            resend(run, redrive_client, &corrected).await?;
        }
        _ => drop(each(run, redrive_client, ids).await?),
    }
    run.progress().looked_at += ids.len();
    Ok(())
}

/// Does it to each of these, over as many answers as it takes. Those that it was done to.
async fn each(run: &Run, redrive_client: &RedriveClient, ids: &[CaseId]) -> Result<Vec<CaseId>, ApiError> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let asked = ids.to_vec();
        let done = match &run.work {
            Work::Correct { correction, .. } => {
                redrive_client.correct(asked, correction.clone(), &run.act, cursor).await
            }
            Work::Annotate(remarks) => {
                redrive_client.annotate(asked, remarks.clone(), &run.act, cursor).await
            }
            Work::Discard => redrive_client.step(Request::Discard, asked, &run.act, cursor).await,
            Work::Reopen => redrive_client.step(Request::Reopen, asked, &run.act, cursor).await,
            Work::Release => redrive_client.step(Request::Release, asked, &run.act, cursor).await,
            Work::Resend => return Ok(asked),
        };
        let done = match done {
            Ok(done) => done,
            Err(error) => Done { skipped: vec![skipped(ids, error)?], ..Done::default() },
        };
        let mut progress = run.progress();
        progress.changed += done.done.len();
        note(&mut progress, done.skipped);
        all.extend(done.done.into_iter().map(|case| case.id));
        cursor = done.cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

async fn resend(run: &Run, redrive_client: &RedriveClient, ids: &[CaseId]) -> Result<(), ApiError> {
    let mut cursor = None;
    while !ids.is_empty() {
        let sent = match redrive_client.resend(ids.to_vec(), &run.act, cursor).await {
            Ok(sent) => sent,
            Err(error) => Resent { skipped: vec![skipped(ids, error)?], ..Resent::default() },
        };
        let mut progress = run.progress();
        progress.sent.extend(sent.sent.into_iter().map(|case| case.id));
        note(&mut progress, sent.skipped);
        cursor = sent.cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

/// Of one case alone, its refusal is the answer: to a run it is a case that was left out.
fn skipped(ids: &[CaseId], error: ApiError) -> Result<Skipped, ApiError> {
    match (ids, error.kind) {
        ([id], Kind::Refused(code)) if !matches!(code, aduana_redrive::answer::Code::BadRequest) => {
            Ok(Skipped { id: id.clone(), code, message: error.message, codes: Vec::new() })
        }
        _ => Err(error),
    }
}

fn note(progress: &mut super::Progress, skipped: Vec<Skipped>) {
    progress.skipped += skipped.len();
    let room = SKIPPED_MAX.saturating_sub(progress.named.len());
    progress.named.extend(skipped.into_iter().take(room));
}

/// Looks at what was sent until each has its outcome, or patience is at its end.
async fn outcomes(
    run: &Run,
    redrive_client: &RedriveClient,
    orders: &mut watch::Receiver<Order>,
) -> Result<(), ApiError> {
    let sent = run.progress().sent.clone();
    let until = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        let (mut stored, mut refused, mut pending) = (0, 0, 0);
        for ids in sent.chunks(LIST_MAX) {
            let lines = redrive_client.list(Selection::Ids(ids.to_vec()), LIST_MAX, None).await?;
            for line in lines.cases {
                match line.state {
                    State::Resolved => stored += 1,
                    State::Resending | State::Resent => pending += 1,
                    State::Open | State::Parked | State::Discarded => refused += 1,
                }
            }
        }
        {
            let mut progress = run.progress();
            (progress.stored, progress.refused) = (stored, refused);
        }
        let is_stopped = *orders.borrow_and_update() == Order::Cancel;
        if pending == 0 || is_stopped || Instant::now() >= until {
            return Ok(());
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use aduana_redrive::answer::Code;

    use super::*;
    use crate::runs::Progress;

    #[test]
    fn two_hundred_cases_that_were_left_out_are_named_and_all_are_counted() {
        let id = CaseId::parse(&"0".repeat(CaseId::LEN)).unwrap();
        let skipped = Skipped { id, code: Code::Claimed, message: String::new(), codes: Vec::new() };
        for (count, named) in [(199, 199), (200, 200), (201, 200)] {
            let mut progress = Progress::begun();
            // In two goes: what the first leaves room for is taken of the second.
            note(&mut progress, vec![skipped.clone(); 150]);
            note(&mut progress, vec![skipped.clone(); count - 150]);
            assert_eq!((progress.skipped, progress.named.len()), (count, named));
        }
        assert_eq!(SKIPPED_MAX, 200);
    }
}
