//! The page of an article: when it is asked for, and what is read of it.

use super::Parts;
use crate::article::Article;
use crate::decode;
use crate::feed::{self, Entry, FullText};
use crate::fetch::{Body, Fetched, Request, What};
use crate::readability::{self, Page};
use crate::store::Pending;
use std::sync::Arc;

/// What came of asking for an article's page: its text, or why there is none.
pub(super) type PageResult = Result<Page, String>;

/// Does this article need its page? Not those of a first poll: a new feed would ask for all of its pages at once, and nothing of it is told.
pub(super) fn wants_page(pending: &Pending) -> bool {
    let a = &pending.article;
    if a.baseline && pending.full_text != FullText::Always {
        return false;
    }
    let entry = Entry { link: a.url.clone(), title: a.title.clone(), text: a.body.clone(), ..Entry::default() };
    feed::wants_page(pending.full_text, &entry)
}

/// Fetches and reads the page of an article. Whatever goes wrong, the feed's own text serves.
pub(super) async fn page(parts: &Arc<Parts>, article: &Article) -> PageResult {
    let Some(url) = &article.url else { return Err("no link".to_owned()) };
    let body = match parts.fetcher.get(&Request::new(url, What::Page)).await {
        Fetched::Body(body) => body,
        Fetched::NotModified { .. } => return Err("not modified".to_owned()),
        Fetched::RateLimited { status, .. } => return Err(format!("the host asks for patience (HTTP {status})")),
        Fetched::Failed(failure) => return Err(failure.message),
    };
    match tokio::task::spawn_blocking(move || read_page(&body)).await {
        Ok(result) => result,
        Err(e) => Err(format!("the reader broke off: {e}")),
    }
}

fn read_page(body: &Body) -> PageResult {
    let charset = body.content_type.as_deref().and_then(decode::charset);
    let tld = body.url.host_str().and_then(|h| h.rsplit('.').next());
    let text = decode::decode(&body.bytes, None, charset, tld).text;
    readability::read(&text, &body.url).map_err(|e| e.to_string())
}
