//! The sockets.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header, request, response};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Request, server};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::call::Call;
use super::error_replies::{self, No};
use super::faults::{Fate, Lost};
use super::partial_batch::PartialBatch;
use super::{Injected, Shared};

/// What a connection ends by when it is cut.
type Broken = io::Error;

/// Serves until it is told to stop.
pub(super) fn run(
    listener: std::net::TcpListener,
    upstream: String,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let hang = shared.state().faults.hang;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let proxy = Arc::new(Proxy { upstream, client, shared, hang });
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener");
        tokio::select! {
            () = accept(&listener, &proxy) => {}
            _ = stopped => {}
        }
    });
    // What hangs is not waited for.
    runtime.shutdown_background();
}

async fn accept(listener: &TcpListener, proxy: &Arc<Proxy>) {
    loop {
        if let Ok((stream, sender)) = listener.accept().await {
            tokio::spawn(serve(stream, sender, Arc::clone(proxy)));
        }
    }
}

async fn serve(stream: TcpStream, sender: SocketAddr, proxy: Arc<Proxy>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| {
        let proxy = Arc::clone(&proxy);
        async move { proxy.answer(request, sender).await }
    });
    // A connection that is cut ends in an error, as it should.
    server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}

#[derive(Debug)]
struct Proxy {
    upstream: String,
    client: Client<HttpConnector, Payload>,
    shared: Arc<Shared>,
    hang: Duration,
}

impl Proxy {
    async fn answer(
        &self,
        request: Request<Incoming>,
        sender: SocketAddr,
    ) -> Result<Response<Payload>, Broken> {
        let (head, body) = request.into_parts();
        let body =
            axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.map_err(Broken::other)?;
        let call = Call::of(&head.headers, &body);
        let turn = self.shared.turn(&call);
        sleep(turn.latency).await;
        if let Some(happens) = self.shared.ambush_of() {
            let answer = if happens { Some(self.pass(&head, body.clone()).await) } else { None };
            if self.shared.fall_on(&call, sender) {
                return Err(Broken::other("its sender is dead"));
            }
            // It was not the one that was waited for.
            if let Some(answer) = answer {
                return answer;
            }
        }
        let count = |injected| self.shared.count(&call, injected);
        match turn.fate {
            Fate::Pass => self.pass(&head, body).await,
            Fate::ServerError { dice, happens } => {
                if happens {
                    self.pass(&head, body).await?;
                }
                count(if happens { Injected::ServerErrorAfter } else { Injected::ServerError });
                Ok(no(error_replies::server_error(&call, dice)))
            }
            Fate::Throttle { dice } => {
                count(Injected::Throttle);
                Ok(no(error_replies::throttle(&call, &body, dice)))
            }
            Fate::Lost(lost) => {
                let answer = self.pass(&head, body).await?;
                match lost {
                    Lost::Cut => count(Injected::Cut),
                    Lost::BrokenOff => {
                        count(Injected::BrokenOff);
                        return Ok(answer.map(Payload::broken_off));
                    }
                    Lost::Hang => {
                        count(Injected::Hang);
                        sleep(self.hang).await;
                    }
                }
                Err(Broken::other("its answer is lost"))
            }
            Fate::Part { dice, happens } => match PartialBatch::of(&call, &body, dice, happens) {
                Some(part) => {
                    count(if happens { Injected::PartAfter } else { Injected::Part });
                    self.pass_part(&head, &part).await
                }
                None => self.pass(&head, body).await,
            },
        }
    }

    /// Sends a request on, and takes its answer.
    async fn pass(&self, head: &request::Parts, body: Bytes) -> Result<Response<Payload>, Broken> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::new(Payload::whole(body));
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = format!("{}{path}", self.upstream).parse().map_err(Broken::other)?;
        *request.headers_mut() = end_to_end(&head.headers);
        let (head, body) = self.client.request(request).await.map_err(Broken::other)?.into_parts();
        let body =
            axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.map_err(Broken::other)?;
        Ok(answer(&head, body))
    }

    async fn pass_part(
        &self,
        head: &request::Parts,
        part: &PartialBatch,
    ) -> Result<Response<Payload>, Broken> {
        let mut head = head.clone();
        head.headers.remove(header::CONTENT_LENGTH);
        let of_rest = match &part.request {
            Some(request) => Some(self.pass(&head, request.clone().into()).await?),
            None => None,
        };
        if let Some(refused) = of_rest.as_ref().filter(|answer| !answer.status().is_success()) {
            return Ok(refused.clone());
        }
        let text = part.answer(of_rest.as_ref().and_then(|answer| answer.body().0.as_deref()));
        Ok(written(StatusCode::OK, part.media_type(), text))
    }
}

/// Without what is between two neighbours only.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::TE, header::UPGRADE] {
        headers.remove(name);
    }
    headers
}

fn answer(head: &response::Parts, body: Bytes) -> Response<Payload> {
    let mut answer = Response::new(Payload::whole(body));
    *answer.status_mut() = head.status;
    *answer.headers_mut() = end_to_end(&head.headers);
    answer
}

fn no(No { status, media_type, text }: No) -> Response<Payload> {
    written(status, media_type, text.into_bytes())
}

fn written(status: StatusCode, media_type: &'static str, text: Vec<u8>) -> Response<Payload> {
    let mut answer = Response::new(Payload::whole(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// A body that is there already; or the first half of it, and then the end of the connection.
#[derive(Debug, Clone)]
struct Payload(Option<Bytes>, bool);

impl Payload {
    const fn whole(bytes: Bytes) -> Self {
        Self(Some(bytes), false)
    }

    fn broken_off(self) -> Self {
        Self(self.0.map(|bytes| bytes.slice(..bytes.len() / 2)), true)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.0.take() {
            Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            _ if self.1 => Poll::Ready(Some(Err(Broken::other("the answer is broken off")))),
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.1 && self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.0, self.1) {
            (_, true) => SizeHint::default(),
            (bytes, false) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}
