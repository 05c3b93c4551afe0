//! The page of an article: when it is asked for, and what is read of it.

use super::ask::heed;
use super::offline::may_be_the_network;
use super::{Parts, after};
use crate::decode;
use crate::feed::{self, Class, Entry, FullText, Validators};
use crate::fetch::{Body, Failure, Fetched, Request, What};
use crate::readability::{self, Page};
use crate::store::{Pending, TextFrom};
use crate::url::{self, Redirector, Url};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tracing::error;

/// A page that cannot be had for the moment is asked for again after these waits, as far as its host does not say when.
const RETRIES: [Duration; 3] = [Duration::from_secs(15 * 60), Duration::from_secs(3600), Duration::from_secs(6 * 3600)];

/// What came of asking for an article's page.
pub(super) type PageResult = Result<PageText, NoPage>;

/// Why there is no text of the page.
pub(super) struct NoPage {
    /// In words, the class of the failure first.
    pub note: String,
    /// When it is asked for again, where that may help.
    pub again: Option<Timestamp>,
}

impl From<String> for NoPage {
    /// It will be the same tomorrow.
    fn from(note: String) -> NoPage {
        NoPage { note, again: None }
    }
}

/// What the page of an article says.
pub(super) enum PageText {
    /// Its text, the validators that came with it, and the address that it was found at.
    Read(Box<Page>, Validators, Url),
    /// What it said when it was read before.
    Same,
}

/// Does this article need its page? Not those of a first poll: a new feed would ask for all of its pages at once, and nothing of it is told.
/// An article that was read from its page is read from there again when the feed shows an edit.
pub(super) fn wants_page(pending: &Pending) -> bool {
    let a = &pending.article;
    if reads_page_again(pending) {
        return a.url.is_some() && pending.full_text != FullText::Never;
    }
    if a.baseline && pending.full_text != FullText::Always {
        return false;
    }
    let entry = Entry { link: a.url.clone(), title: a.title.clone(), text: a.body.clone(), ..Entry::default() };
    feed::wants_page(pending.full_text, &entry)
}

fn reads_page_again(pending: &Pending) -> bool {
    pending.before.as_ref().is_some_and(|before| before.text_from == TextFrom::Page)
}

/// Fetches and reads the page of an article. Whatever goes wrong, the feed's own text serves.
pub(super) async fn page(parts: &Arc<Parts>, pending: &Pending) -> PageResult {
    let Some(link) = &pending.article.url else { return Err("no link".to_owned().into()) };
    let url = match url::redirector(link) {
        None => link.clone(),
        Some(Redirector::To(url)) => url,
        Some(Redirector::Closed) => return Err(closed(link).into()),
    };
    let validators = pending.before.as_ref().filter(|_| reads_page_again(pending)).map(|before| &before.page);
    let request = Request {
        validators,
        user_agent: pending.user_agent.as_deref(),
        proxy: pending.proxy.as_ref(),
        http1: pending.http1,
        ..Request::new(&url, What::Page)
    };
    let fetched = parts.fetcher.get(&request).await;
    if let Err(e) = heed(parts, &fetched).await {
        error!("that a host wants rest could not be stored: {e}");
    }
    let now = parts.clock.now();
    let later = |why: String, until| postponed(why, pending.page_tries, until, now);
    let body = match fetched {
        Fetched::Body(body) => body,
        Fetched::NotModified { .. } => return Ok(PageText::Same),
        Fetched::RateLimited { status, until, host, .. } => {
            return Err(later(format!("{}: {host} asks for patience (HTTP {status})", Class::RateLimited), until));
        }
        Fetched::Failed(failure) if passes(&failure) => {
            return Err(later(format!("{}: {}", failure.class, failure.message), None));
        }
        Fetched::Failed(failure) => return Err(format!("{}: {}", failure.class, failure.message).into()),
    };
    if let Some(Redirector::Closed) = url::redirector(&body.url) {
        return Err(closed(&body.url).into());
    }
    let (title, text) = (pending.article.title.clone(), pending.article.body.clone());
    match tokio::task::spawn_blocking(move || read_page(*body, &title, &text)).await {
        Ok(result) => result.map_err(NoPage::from),
        Err(e) => Err(format!("the reader broke off: {e}").into()),
    }
}

/// Is it of the moment? A status of the 4xx, but for those that speak of time, is not.
fn passes(failure: &Failure) -> bool {
    may_be_the_network(failure.class) || failure.status.is_some_and(|status| matches!(status, 408 | 425 | 500..=599))
}

/// To be asked for again, unless it was too often.
fn postponed(why: String, tries: u32, until: Option<Timestamp>, now: Timestamp) -> NoPage {
    match RETRIES.get(tries as usize) {
        Some(wait) => {
            let again = until.unwrap_or(after(now, *wait));
            NoPage { note: format!("{why}; asked for again on {}", again.strftime("%Y-%m-%d at %H:%M UTC")), again: Some(again) }
        }
        None => NoPage { note: format!("{why}; given up after {} attempts", tries + 1), again: None },
    }
}

fn closed(link: &Url) -> String {
    let host = link.host_str().unwrap_or_default();
    format!("{}: {host} leads to the article in a browser only; the outlet's own feed has the whole text", Class::Redirector)
}

/// The text of the page, where it is the article that the feed announced and says no less than the feed.
fn read_page(body: Body, title: &str, known: &str) -> Result<PageText, String> {
    let charset = body.content_type.as_deref().and_then(decode::charset);
    let tld = body.url.host_str().and_then(|h| h.rsplit('.').next());
    let text = decode::decode(&body.bytes, None, charset, tld).text;
    let page = readability::read(&text, &body.url).map_err(|e| e.to_string())?;
    if !readability::tells_of(&page, title) {
        return Err(format!("the page \u{201c}{}\u{201d} is not about this article", page.title));
    }
    if page.text.len() < known.len() {
        return Err("the page says less than the feed".to_owned());
    }
    Ok(PageText::Read(Box::new(page), body.validators, body.url))
}
