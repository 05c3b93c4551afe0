//! What `orbat extract` reads from elsewhere: watch lists and web pages.

use crate::clock::Clock;
use crate::text::Annotator;
use crate::text::gazetteer::Entity;
use crate::text::language::Language;
use crate::{config, decode, fetch, readability};
use fetch::{Body, Fetched, Fetcher, Request, What};
use std::io::Error;
use std::path::Path;
use url::Url;

/// A text to read, and what is known about it.
pub struct Source {
    pub text: String,
    /// Bytes of the text that are its title.
    pub title: usize,
    /// As the page declares it.
    pub declared: Option<Language>,
}

impl Source {
    pub fn plain(text: String) -> Source {
        Source { text, title: 0, declared: None }
    }
}

/// The entities of a watch list.
pub fn entities(file: &Path) -> std::io::Result<Vec<Entity>> {
    config::entities(file).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        Error::other(lines.join("\n"))
    })
}

/// The annotator, with the lexicon of a file in place of the shipped one of its language.
pub fn lexicon(annotator: Annotator, file: &Path) -> std::io::Result<Annotator> {
    let told = |why: String| Error::other(format!("{}: {why}", file.display()));
    let source = std::fs::read_to_string(file).map_err(|e| told(e.to_string()))?;
    annotator.with_lexicon(&source).map_err(|fault| {
        let before = fault.span.and_then(|span| source.get(..span.start));
        let line = before.map(|text| format!("line {}: ", text.matches('\n').count() + 1)).unwrap_or_default();
        told(format!("{line}{}", fault.message))
    })
}

/// Title and main text of a web page.
pub fn article(address: &str) -> std::io::Result<Source> {
    let told = |why: &dyn std::fmt::Display| Error::other(format!("{address}: {why}"));
    let url = Url::parse(address).map_err(|e| told(&e))?;
    let body = body(&url).map_err(|e| told(&e))?;
    let charset = body.content_type.as_deref().and_then(decode::charset);
    let tld = body.url.host_str().and_then(|h| h.rsplit('.').next());
    let html = decode::decode(&body.bytes, None, charset, tld).text;
    let page = readability::read(&html, &body.url).map_err(|e| told(&e))?;
    let title = page.title.len() + 2;
    let declared = page.language.as_deref().and_then(Language::parse);
    Ok(Source { text: format!("{}\n\n{}", page.title, page.text), title, declared })
}

/// Gets a page whose host the user typed, so that it may lie in the local network.
fn body(url: &Url) -> Result<Box<Body>, String> {
    let mut settings = config::Poll::default().fetch;
    settings.allow_private.extend(url.host_str().map(str::to_owned));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let fetcher = Fetcher::new(settings, Clock::System)?;
    match runtime.block_on(fetcher.get(&Request::new(url, What::Page))) {
        Fetched::Body(body) => Ok(body),
        Fetched::NotModified { .. } => Err("the server sent nothing".to_owned()),
        Fetched::RateLimited { status, .. } => Err(format!("the host asks for patience (HTTP {status}); try again later")),
        Fetched::Failed(failure) => Err(failure.message),
    }
}
