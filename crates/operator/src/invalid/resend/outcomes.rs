//! Waits for what becomes of cases that were sent.

use std::collections::HashMap;
use std::time::Duration;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_redrive::LIST_MAX;
use aduana_redrive::request::Selection;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::redrive::Redrive;

/// How long to wait before the second look; each wait doubles, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What became of a case that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::invalid) enum ResendOutcome {
    /// It is in the queue; nobody waited for more.
    Sent,
    /// Waited for, and not known yet.
    Pending,
    /// Its invoice was stored.
    Stored,
    /// It is held again.
    Refused,
}

impl ResendOutcome {
    pub(in crate::invalid) const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Pending => "pending",
            Self::Stored => "stored",
            Self::Refused => "refused",
        }
    }

    const fn of(state: State) -> Self {
        match state {
            State::Resending | State::Resent => Self::Pending,
            State::Resolved => Self::Stored,
            State::Open | State::Parked | State::Discarded => Self::Refused,
        }
    }
}

/// Looks at `ids` until each has its outcome, the patience is at its end, or the user stops it.
pub(super) async fn wait(
    redrive: &Redrive,
    ids: &[CaseId],
    patience: Duration,
    interrupt: &mut Interrupt,
) -> Result<HashMap<CaseId, ResendOutcome>, Failure> {
    let until = Instant::now() + patience;
    let mut became: HashMap<_, _> = ids.iter().map(|id| (id.clone(), ResendOutcome::Pending)).collect();
    let mut pause = FIRST_WAIT;
    loop {
        let pending: Vec<CaseId> =
            ids.iter().filter(|id| became.get(id) == Some(&ResendOutcome::Pending)).cloned().collect();
        for batch in pending.chunks(LIST_MAX) {
            let mut cursor = None;
            loop {
                let page = redrive.list(Selection::Ids(batch.to_vec()), LIST_MAX, cursor).await?;
                became.extend(page.cases.into_iter().map(|line| (line.id, ResendOutcome::of(line.state))));
                cursor = page.cursor;
                if cursor.is_none() {
                    break;
                }
            }
        }
        if !became.values().any(|became| *became == ResendOutcome::Pending) || Instant::now() >= until {
            return Ok(became);
        }
        tokio::select! {
            biased;
            () = interrupt.wait() => return Ok(became),
            () = tokio::time::sleep_until((Instant::now() + pause).min(until)) => {}
        }
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}
