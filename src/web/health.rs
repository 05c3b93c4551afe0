//! Health and metrics for programs on this machine: `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Questions that are answered at a time; each reads the database.
const AT_ONCE: usize = 2;
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
    let router = Router::new().fallback(answer).with_state(desk);
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
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
