//! Lambda's Runtime API in this process, for one function.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http;

const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// The server that a function gets its events from and sends its answers to.
#[derive(Debug)]
pub struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    requests: Receiver<Request>,
}

/// A request of the function.
#[derive(Debug)]
pub struct Request {
    /// The path of its URL.
    pub path: String,
    /// The body as it came.
    pub body: Vec<u8>,
    /// When it had come.
    pub at: Instant,
    connection: TcpStream,
}

impl RuntimeApi {
    /// Opens it at a free port of this machine.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub fn open() -> io::Result<Self> {
        let (sender, requests) = channel();
        let address = http::listen(move |connection| forward(connection, &sender))?;
        Ok(Self { address, requests })
    }

    /// The next request of the function. The function waits until it is replied to.
    ///
    /// # Errors
    ///
    /// None came within `patience`.
    pub fn request(&self, patience: Duration) -> Result<Request, RecvTimeoutError> {
        self.requests.recv_timeout(patience)
    }
}

impl Request {
    /// Whether the function waits for an event.
    pub fn is_for_work(&self) -> bool {
        self.path == NEXT
    }

    /// Whether it is the function's answer to its event, and no error.
    pub fn is_response(&self) -> bool {
        self.path.ends_with("/response")
    }

    /// Gives the function an event that came by this alias (`:signed`; empty for the function itself), and this much time for it.
    /// Returns when that was.
    ///
    /// # Errors
    ///
    /// The function has closed the connection.
    pub fn give(&self, event: &str, alias: &str, left: Duration) -> io::Result<Instant> {
        #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let reply = format!(
            "HTTP/1.1 200 OK\r\n\
             content-type: application/json\r\n\
             content-length: {}\r\n\
             lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             lambda-runtime-deadline-ms: {}\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-south-2:1:function:aduana{alias}\r\n\
             lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
             \r\n{event}",
            event.len(),
            (now + left).as_millis()
        );
        let begun = Instant::now();
        (&self.connection).write_all(reply.as_bytes()).map(|()| begun)
    }

    /// Acknowledges an answer.
    ///
    /// # Errors
    ///
    /// The function has closed the connection.
    pub fn accept(&self) -> io::Result<()> {
        (&self.connection).write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
    }

    /// The request as an error message shows it.
    pub fn describe(&self) -> String {
        format!("it said {} {}", self.path, String::from_utf8_lossy(&self.body))
    }
}

fn forward(connection: &TcpStream, sender: &Sender<Request>) {
    let mut reader = BufReader::new(connection);
    while let Some(http::Request { path, body, .. }) = http::read(&mut reader) {
        let at = Instant::now();
        let Ok(connection) = connection.try_clone() else { return };
        if sender.send(Request { path, body, at, connection }).is_err() {
            return;
        }
    }
}
