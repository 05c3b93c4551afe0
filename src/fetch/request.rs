//! What to ask for, and how.

use super::hop::same_place;
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

    /// For a feed at this address, as its subscription says. `auth` is its secret. Where the feed moved to another host, scheme or port, that
    /// one is nobody that the user named: it gets neither the secret nor his headers, and may not lie in the local network.
    pub fn for_feed(feed: &'a Subscription, address: &'a Url, auth: Option<&'a str>) -> Request<'a> {
        let typed = same_place(&feed.url, address);
        Request {
            headers: if typed { &feed.headers } else { &[] },
            user_agent: feed.user_agent.as_deref(),
            auth: auth.filter(|_| typed),
            proxy: feed.proxy.as_ref(),
            http1: feed.http1,
            foreign: feed.foreign || !typed,
            ..Request::new(address, What::Feed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_where_the_user_sent_them() {
        for (typed, address, lent) in [
            ("https://a.nl/rss", "https://a.nl/new", true),
            ("http://a.nl/rss", "https://a.nl/rss", true),
            ("https://a.nl/rss", "http://a.nl/rss", false),
            ("https://a.nl/rss", "https://b.nl/rss", false),
            ("https://a.nl/rss", "https://a.nl:8443/rss", false),
        ] {
            let mut feed = Subscription::new(Url::parse(typed).unwrap(), "a");
            feed.headers = vec![("X-Key".to_owned(), "secret".to_owned())];
            let address = Url::parse(address).unwrap();
            let request = Request::for_feed(&feed, &address, Some("user:secret"));
            assert_eq!(
                (request.auth.is_some(), request.headers.len(), request.foreign),
                (lent, usize::from(lent), !lent),
                "{address}"
            );
        }
    }
}
