//! How many connections are open at a time: a browser opens six, and a program that opens hundreds is none.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most open connections. A further one gets an answer to come again.
const CONNECTIONS_MAX: usize = 64;

/// The most connections that get this answer at the same time. A further one is closed.
const TURNED_AWAY: usize = 16;

/// So long its request is waited for: what is closed unread may take the answer with it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The answer to a connection that is one too many. No language is known yet.
const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>503 · Aduana</title>\
    <h1>Too many connections</h1><p>Close pages of this console that you do not need, and load this one again.</p>\
    <div lang=\"es\"><h1>Demasiadas conexiones</h1><p>Cierre las páginas de esta consola que no necesite y vuelva a cargar esta.</p></div></html>";

/// A listener with a bound on its open connections.
pub(crate) struct Bounded {
    listener: TcpListener,
    open: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
}

/// A connection that counts until it is closed.
pub(crate) struct Counted {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl Bounded {
    pub(crate) fn new(listener: TcpListener) -> Self {
        let [open, turned_away] = [CONNECTIONS_MAX, TURNED_AWAY].map(|max| Arc::new(Semaphore::new(max)));
        Self { listener, open, turned_away }
    }
}

impl Listener for Bounded {
    type Io = Counted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Counted, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Ok(permit) = Arc::clone(&self.open).try_acquire_owned() {
                return (Counted { stream, _permit: permit }, address);
            }
            if let Ok(permit) = Arc::clone(&self.turned_away).try_acquire_owned() {
                tokio::spawn(async move {
                    tokio::time::timeout(PATIENCE, turn_away(stream)).await.ok();
                    drop(permit);
                });
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0; 8_192];
    let _read = stream.read(&mut request).await?;
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         content-security-policy: default-src 'none'\r\ncache-control: no-store\r\nretry-after: 5\r\nconnection: close\r\n\r\n{PAGE}",
        PAGE.len(),
    );
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use crate::fake_deployment;

    const GET: &[u8] = b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n";

    /// The status of the answer to a request on this connection.
    fn status(connection: &mut TcpStream) -> String {
        connection.write_all(GET).unwrap();
        let mut begin = [0; 12];
        connection.read_exact(&mut begin).unwrap();
        String::from_utf8(begin[9..].to_vec()).unwrap()
    }

    #[test]
    fn sixty_four_connections_are_served() {
        assert_eq!((CONNECTIONS_MAX, TURNED_AWAY), (64, 16));
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = crate::listen(None).await.unwrap();
                let address = listener.local_addr().unwrap();
                let console = crate::Console(fake_deployment::console(|_| serde_json::Value::Null).0);
                sender.send(address).unwrap();
                crate::serve(listener, &console, std::future::pending()).await.unwrap();
            });
        });
        let address = receiver.recv().unwrap();
        let open = || TcpStream::connect(address).unwrap();
        let mut connections: Vec<TcpStream> = (0..CONNECTIONS_MAX).map(|_| open()).collect();
        for connection in &mut connections {
            assert_eq!(status(connection), "403", "the gate answers it");
        }
        let mut further = open();
        further.write_all(GET).unwrap();
        let mut answer = String::new();
        further.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("Demasiadas conexiones"), "{answer}");
        // More than get an answer at the same time, and none of them asks anything.
        let silent: Vec<TcpStream> = (0..2 * TURNED_AWAY).map(|_| open()).collect();
        drop(silent);
        // One that is closed makes room.
        connections.pop();
        let again = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            status(&mut open()) == "403"
        });
        assert!(again);
    }
}
