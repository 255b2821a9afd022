//! Lambda's Runtime API in this process, for one function. The functions' tests share this file: it asks for the standard library alone.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// Where a function gets its events from and leaves its answers.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: String,
    requests: Receiver<Request>,
}

/// A request of the function.
#[derive(Debug)]
pub(crate) struct Request {
    /// Of its address.
    pub(crate) path: String,
    /// As it came.
    pub(crate) body: Vec<u8>,
    /// When it was there.
    pub(crate) at: Instant,
    connection: TcpStream,
}

impl RuntimeApi {
    /// One at a free port of this machine.
    pub(crate) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (tell, requests) = channel();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let tell = tell.clone();
                thread::spawn(move || listen(&connection, &tell));
            }
        });
        Ok(Self { address, requests })
    }

    /// What the function asks or says next. Each request waits for its reply.
    pub(crate) fn request(&self, patience: Duration) -> Result<Request, RecvTimeoutError> {
        self.requests.recv_timeout(patience)
    }
}

impl Request {
    /// Whether the function waits for an event.
    pub(crate) fn is_for_work(&self) -> bool {
        self.path == NEXT
    }

    /// Whether it is the function's answer to its event, and no error.
    pub(crate) fn is_response(&self) -> bool {
        self.path.ends_with("/response")
    }

    /// Gives the function an event, and so much time for it. Says when that was.
    pub(crate) fn give(&self, event: &str, left: Duration) -> io::Result<Instant> {
        #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let reply = format!(
            "HTTP/1.1 200 OK\r\n\
             content-type: application/json\r\n\
             content-length: {}\r\n\
             lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             lambda-runtime-deadline-ms: {}\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-south-2:1:function:aduana\r\n\
             lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
             \r\n{event}",
            event.len(),
            (now + left).as_millis()
        );
        let begun = Instant::now();
        (&self.connection).write_all(reply.as_bytes()).map(|()| begun)
    }

    /// Takes what the function says.
    pub(crate) fn accept(&self) -> io::Result<()> {
        (&self.connection).write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
    }

    /// What it is, for a message.
    pub(crate) fn said(&self) -> String {
        format!("it said {} {}", self.path, String::from_utf8_lossy(&self.body))
    }
}

fn listen(connection: &TcpStream, tell: &Sender<Request>) {
    connection.set_nodelay(true).ok();
    let mut reader = BufReader::new(connection);
    while let Some((head, body)) = read(&mut reader) {
        let at = Instant::now();
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        let Ok(connection) = connection.try_clone() else { return };
        if tell.send(Request { path, body, at, connection }).is_err() {
            return;
        }
    }
}

/// The head, line by line, and the body of the next request on a connection; nothing once the other side has gone.
pub(crate) fn read(reader: &mut BufReader<&TcpStream>) -> Option<(Vec<String>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        }
        head.push(line.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}
