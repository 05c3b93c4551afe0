//! What to ask for, and how.

use crate::feed::{Subscription, Validators};
use url::Url;

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
    /// The address of this feed was not typed by the user: it may not lead into the local network either.
    pub foreign: bool,
}

/// A feed's host was typed by the user and may be private; a page's address comes from outside and may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Feed,
    Page,
}

impl<'a> Request<'a> {
    pub fn new(url: &'a Url, what: What) -> Request<'a> {
        let (validators, headers) = (None, &[][..]);
        Request { url, what, validators, headers, user_agent: None, auth: None, proxy: None, http1: false, foreign: false }
    }

    /// For a feed at this address, as its subscription says. `auth` is its secret.
    pub fn for_feed(feed: &'a Subscription, address: &'a Url, auth: Option<&'a str>) -> Request<'a> {
        Request {
            headers: &feed.headers,
            user_agent: feed.user_agent.as_deref(),
            auth,
            proxy: feed.proxy.as_ref(),
            http1: feed.http1,
            foreign: feed.foreign,
            ..Request::new(address, What::Feed)
        }
    }
}
