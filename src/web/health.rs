//! Health and metrics for programs on this machine: `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Sleep, sleep, timeout};

/// Questions that are answered at a time; each reads the database.
const AT_ONCE: usize = 2;
/// Connections at a time; who comes later waits.
const CONNECTIONS: usize = 16;
/// A connection brings one question and one answer within this time.
const LIFETIME: Duration = Duration::from_secs(10);
/// How long open connections are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(1);
/// Prometheus text exposition format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is it alive? If not, it should be started anew.
    Alive,
    /// Can it do its work?
    Ready,
    Metrics,
}

/// An answer, and whether it is a good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub well: bool,
    pub text: String,
}

/// Who answers; may block.
pub type Answerer = Arc<dyn Fn(Question) -> Answer + Send + Sync>;

#[derive(Clone)]
struct Desk {
    answerer: Answerer,
    free: Arc<Semaphore>,
}

/// Answers until `shutdown` ends.
pub async fn serve(
    listener: TcpListener,
    answerer: Answerer,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let desk = Desk { answerer, free: Arc::new(Semaphore::new(AT_ONCE)) };
    let router = Router::new().fallback(last_answer).with_state(desk);
    let door = Door { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) };
    let (close, closing) = oneshot::channel::<()>();
    let told = async move {
        // Ends when the other half is dropped.
        let _ = closing.await;
    };
    let serving = axum::serve(door, router).with_graceful_shutdown(told).into_future();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = shutdown => drop(close),
    }
    timeout(FAREWELL, serving).await.unwrap_or(Ok(()))
}

/// Lets so many in at a time.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl axum::serve::Listener for Door {
    type Io = Visit;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visit, SocketAddr) {
        // The places are never closed.
        let place = self.places.clone().acquire_owned().await.ok();
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        (Visit { stream, end: Box::pin(sleep(LIFETIME)), _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends in time, whatever the other side does.
struct Visit {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Visit {
    fn in_time(&mut self, cx: &mut Context) -> io::Result<()> {
        if self.end.as_mut().poll(cx).is_ready() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Visit {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        self.in_time(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Visit {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.in_time(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// One answer, and the connection ends.
async fn last_answer(desk: State<Desk>, request: Request) -> Response {
    ([(header::CONNECTION, "close")], answer(desk, request).await).into_response()
}

async fn answer(State(desk): State<Desk>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_local(host) {
        return (StatusCode::MISDIRECTED_REQUEST, "ask by the address of this machine\n").into_response();
    }
    let (question, kind) = match request.uri().path() {
        "/healthz" => (Question::Alive, PLAIN),
        "/readyz" => (Question::Ready, PLAIN),
        "/metrics" => (Question::Metrics, METRICS),
        _ => return (StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics\n").into_response(),
    };
    let Ok(_turn) = desk.free.acquire().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let answered = tokio::task::spawn_blocking(move || (desk.answerer)(question)).await;
    let Ok(Answer { well, text }) = answered else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// Was it asked for by an address or name of this machine? A page on the web can have its own name lead here (DNS rebinding).
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_of_this_machine() {
        for host in ["localhost", "localhost:7380", "127.0.0.1:7380", "[::1]:7380", "[::1]"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["", "evil.example", "evil.example:7380", "192.0.2.1:7380", "localhost.evil.example", "[::2]:1"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
