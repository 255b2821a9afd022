//! As much of HTTP/1.1 as the stubs read.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::{io, thread};

/// A request as it came.
pub(crate) struct Request {
    /// E.g. `/2015-03-31/functions/aduana-redrive/invocations`.
    pub(crate) path: String,
    /// The headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Serves each connection to a free port of this machine on a thread of its own. Returns the port's address.
pub(crate) fn listen(serve: impl Fn(&TcpStream) + Send + Sync + 'static) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            connection.set_nodelay(true).ok();
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(&connection));
        }
    });
    Ok(address)
}

/// The next request on a connection; `None` once the client has gone.
pub(crate) fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        let length = reader.read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        headers.extend(line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
    }
    let mut request = Request { path, headers, body: Vec::new() };
    let length = request.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
