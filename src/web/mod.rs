//! Pages on loopback: a fixed site that feeds and articles are served from, for the demo and for replays.

use axum::Router;
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

impl Page {
    /// Changes whenever the body does.
    fn etag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}

/// Pages by `host/path`; the host without its port. Clones share the pages, so that a site can change while it is served.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pages: Arc<RwLock<HashMap<String, Page>>>,
}

impl Site {
    /// Puts a page at `address`, which is written `host/path`.
    pub fn put(&self, address: impl Into<String>, page: Page) {
        self.pages.write().unwrap_or_else(PoisonError::into_inner).insert(address.into(), page);
    }

    fn get(&self, address: &str) -> Option<Page> {
        self.pages.read().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
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
    let Some(page) = site.get(&format!("{host}{}", request.uri().path())) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = page.etag();
    if has(request.headers(), &etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::ETAG, etag), (header::CONTENT_TYPE, page.content_type.to_owned())], page.body).into_response()
}

fn has(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|have| have == etag)
}
