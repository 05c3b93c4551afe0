//! Pages on loopback: health and metrics of the service, and a fixed site that feeds and articles are served from, for the demo and for replays.

pub mod health;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpListener;

/// What stands at one address.
#[derive(Clone, Debug)]
pub struct Page {
    pub content_type: &'static str,
    pub body: String,
}

/// A page as it is sent.
#[derive(Clone, Debug)]
struct Stored {
    content_type: &'static str,
    body: Bytes,
    /// Changes whenever the body does.
    etag: String,
}

/// Pages by `host/path`; the host without its port. Clones share the pages, so that a site can change while it is served.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pages: Arc<RwLock<HashMap<String, Stored>>>,
}

impl Site {
    /// Puts a page at `address`, which is written `host/path`, with `?query` where only that query leads to it.
    pub fn put(&self, address: impl Into<String>, page: Page) {
        self.put_bytes(address, page.content_type, page.body);
    }

    /// [`Site::put`] for what is not UTF-8.
    pub fn put_bytes(&self, address: impl Into<String>, content_type: &'static str, body: impl Into<Bytes>) {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        self.pages.write().unwrap_or_else(PoisonError::into_inner).insert(address.into(), Stored { content_type, body, etag });
    }

    fn get(&self, host: &str, path: &str, query: Option<&str>) -> Option<Stored> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let exact = query.and_then(|query| pages.get(&format!("{host}{path}?{query}")));
        exact.or_else(|| pages.get(&format!("{host}{path}"))).cloned()
    }

    /// Serves the site until `shutdown` ends. Answers 304 where the client has the page already, 404 where there is none.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let router = Router::new().fallback(answer).with_state(self);
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(shutdown).await
    }
}

async fn answer(State(site): State<Site>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let uri = request.uri();
    let Some(page) = site.get(host, uri.path(), uri.query()) else { return StatusCode::NOT_FOUND.into_response() };
    if has(request.headers(), &page.etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, page.etag)]).into_response();
    }
    ([(header::ETAG, page.etag), (header::CONTENT_TYPE, page.content_type.to_owned())], page.body).into_response()
}

fn has(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|have| have == etag)
}
