//! Reading from the web: one client, polite and guarded.
//!
//! A [`Fetcher`] is made once. It sends conditional GETs, waits its turn at each host, follows few redirects, unpacks within a size
//! limit, and refuses addresses inside the local network unless the user typed that host himself.

use crate::clock::Clock;
use crate::feed::{Class, Validators};
use jiff::Timestamp;
use std::time::Duration;
use url::Url;

/// Limits and manners, from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Requests under way at one host, and the pause between their starts.
    pub per_host: usize,
    pub pause: Duration,
    /// Requests under way altogether.
    pub in_all: usize,
    /// Goes into the User-Agent: `orbat/0.1 (+contact)`.
    pub contact: Option<String>,
    pub connect_timeout: Duration,
    /// For a whole request.
    pub timeout: Duration,
    /// Of an unpacked feed and page, in bytes.
    pub feed_limit: usize,
    pub page_limit: usize,
    /// Hosts that may lie in the local network.
    pub allow_private: Vec<String>,
    /// Names that resolve to a fixed address: for replay and tests on loopback, empty otherwise.
    pub resolve: Vec<(String, std::net::SocketAddr)>,
}

/// What to get.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub url: &'a Url,
    pub what: What,
    pub validators: Option<&'a Validators>,
    pub headers: &'a [(String, String)],
    pub user_agent: Option<&'a str>,
    /// `user:password` or `Bearer token`, read from the user's secret file.
    pub auth: Option<&'a str>,
    pub proxy: Option<&'a Url>,
    pub http1: bool,
}

impl<'a> Request<'a> {
    pub fn new(url: &'a Url, what: What) -> Request<'a> {
        Request { url, what, validators: None, headers: &[], user_agent: None, auth: None, proxy: None, http1: false }
    }
}

/// A feed's host was typed by the user and may be private; a page's address comes from outside and may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Feed,
    Page,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Fetched {
    NotModified {
        /// `max-age` or `Expires`, from now.
        fresh_for: Option<Duration>,
    },
    Body(Box<Body>),
    /// 429 or 503: the whole host is to be left alone, until then where it says so.
    RateLimited {
        until: Option<Timestamp>,
        status: u16,
    },
    Failed(Failure),
}

#[derive(Clone, Debug)]
pub struct Body {
    pub bytes: Vec<u8>,
    /// After redirects.
    pub url: Url,
    /// The new address where every redirect on the way was permanent (301, 308).
    pub moved_to: Option<Url>,
    pub content_type: Option<String>,
    pub validators: Validators,
    pub fresh_for: Option<Duration>,
}

/// A failed request, classed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub class: Class,
    pub status: Option<u16>,
    /// A sentence for the user, without credentials.
    pub message: String,
}

/// The one client.
#[derive(Clone, Debug)]
pub struct Fetcher {
    #[allow(dead_code)]
    clock: Clock,
}

impl Fetcher {
    /// Fails where TLS cannot be set up.
    pub fn new(_settings: Settings, _clock: Clock) -> Result<Fetcher, String> {
        todo!()
    }

    /// Waits for a turn at the host, then asks once. Never fails otherwise than by value.
    pub async fn get(&self, _request: &Request<'_>) -> Fetched {
        todo!()
    }

    /// The name that pacing goes by: hosts on one address are one where that is known.
    pub fn leave_alone(&self, _host: &str, _until: Timestamp) {
        todo!()
    }
}
