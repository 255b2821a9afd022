//! An AWS at which every call succeeds, each after the same time, so that what a function does side by side shows.
//!
//! Plain HTTP/1.1 on loopback: what TLS takes is not in the figures.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use aduana_testkit::aws_stub::{AwsStub, success};

use crate::failure::{Doing, Failure};

/// The stub.
#[derive(Debug)]
pub(super) struct Stub {
    /// Its URL.
    pub(super) address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// When a call came and when it was answered.
#[derive(Debug, Clone, Copy)]
struct Call {
    came: Instant,
    answered: Instant,
}

/// The calls of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calls {
    /// How many there were.
    pub(super) all: usize,
    /// How many of them came one after the other, each when the one before it was answered.
    pub(super) in_a_row: usize,
}

impl Stub {
    /// One that answers this long after a call has come.
    pub(super) fn open(delay: Duration) -> Result<Self, Failure> {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&calls);
        let aws = AwsStub::try_open(move |call| {
            let reply = success(call);
            thread::sleep(delay.saturating_sub(call.received.elapsed()));
            let call = Call { came: call.received, answered: Instant::now() };
            log.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            reply
        });
        let aws = aws.doing(|| "open a stub of AWS".to_owned())?;
        Ok(Self { address: aws.address, calls })
    }

    /// The calls since this was asked last.
    pub(super) fn take(&self) -> Calls {
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner));
        let all = calls.len();
        calls.sort_by_key(|call| call.answered);
        let mut free: Option<Instant> = None;
        let mut in_a_row = 0;
        for call in calls {
            if free.is_none_or(|free| free <= call.came) {
                in_a_row += 1;
                free = Some(call.answered);
            }
        }
        Calls { all, in_a_row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(times: &[(u64, u64)]) -> Calls {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let call = |(came, answered): &(u64, u64)| Call { came: at(*came), answered: at(*answered) };
        let calls = Mutex::new(times.iter().map(call).collect());
        Stub { address: String::new(), calls: Arc::new(calls) }.take()
    }

    #[test]
    fn calls_side_by_side_are_one_in_a_row() {
        assert_eq!(calls(&[]), Calls { all: 0, in_a_row: 0 });
        assert_eq!(calls(&[(0, 5), (1, 6), (2, 7)]), Calls { all: 3, in_a_row: 1 });
        assert_eq!(calls(&[(0, 5), (1, 6), (6, 11), (7, 12), (12, 17)]), Calls { all: 5, in_a_row: 3 });
    }
}
