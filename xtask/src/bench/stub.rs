//! An AWS at which every call goes well, each after the same time, so that what a function does side by side shows.
//!
//! Plain HTTP/1.1 on loopback: what TLS takes is not in the figures.

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::runtime_api::read;
use crate::failure::{Doing, Failure};

/// The stub.
#[derive(Debug)]
pub(super) struct Stub {
    /// Where it is.
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
        let doing = || "open a stub of AWS".to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").doing(doing)?;
        let address = format!("http://{}", listener.local_addr().doing(doing)?);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&calls);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                thread::spawn(move || serve(&connection, delay, &log));
            }
        });
        Ok(Self { address, calls })
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

fn serve(mut connection: &TcpStream, delay: Duration, log: &Mutex<Vec<Call>>) {
    connection.set_nodelay(true).ok();
    let mut reader = BufReader::new(connection);
    while let Some((head, body)) = read(&mut reader) {
        let came = Instant::now();
        let target = head.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("x-amz-target").then_some(value)
        });
        let answer = answer(target.and_then(|target| target.rsplit('.').next()), &body);
        thread::sleep(delay.saturating_sub(came.elapsed()));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length:";
        let reply = format!("{head} {}\r\n\r\n{answer}", answer.len());
        let call = Call { came, answered: Instant::now() };
        log.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        if connection.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// What AWS would say: of SNS, which has no target in the head, that all entries are published.
fn answer(action: Option<&str>, body: &[u8]) -> String {
    match action {
        Some("SendMessageBatch") => sent(body).to_string(),
        Some("BatchGetItem") => json!({ "Responses": {}, "UnprocessedKeys": {} }).to_string(),
        Some("Query" | "Scan") => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }).to_string(),
        Some(_) => "{}".to_owned(),
        None => {
            // More answers than there are entries hurt nobody.
            let published = |id| format!("<member><Id>{id}</Id><MessageId>x</MessageId></member>");
            let published: String = (0..10).map(published).collect();
            format!(
                "<PublishBatchResponse><PublishBatchResult><Successful>{published}</Successful></PublishBatchResult>\
                 </PublishBatchResponse>"
            )
        }
    }
}

fn sent(body: &[u8]) -> Value {
    #[expect(clippy::disallowed_methods, reason = "a request of the AWS SDK, not an invoice")]
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let entries = request.get("Entries").and_then(Value::as_array).into_iter().flatten();
    let sent = entries
        .map(|entry| json!({ "Id": entry.get("Id"), "MessageId": "x", "MD5OfMessageBody": "x" }))
        .collect::<Vec<_>>();
    json!({ "Successful": sent, "Failed": [] })
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
