//! What is said in headers: ours, and what a server's mean.

use super::{Failure, Request, What};
use crate::clock::{self, http_date, seconds};
use crate::feed::{Class, Validators};
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER, USER_AGENT,
};
use std::time::Duration;

const FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";
const PAGES: &str = "text/html, application/xhtml+xml, */*;q=0.5";

/// Name, version and whom to write to.
pub(super) fn user_agent(contact: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    contact.map_or_else(|| format!("orbat/{version}"), |contact| format!("orbat/{version} (+{contact})"))
}

/// The headers of one request. `home` is false on a redirect that left the host the user meant: nothing secret goes there.
pub(super) fn of_request(request: &Request, agent: &str, home: bool) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(if request.what == What::Feed { FEEDS } else { PAGES }));
    headers.insert(USER_AGENT, value("User-Agent", request.user_agent.unwrap_or(agent))?);
    if let Some(Validators { etag, last_modified }) = request.validators {
        // As stored. One that cannot be sent is left out: the answer is then whole.
        for (name, stored) in [(IF_NONE_MATCH, etag), (IF_MODIFIED_SINCE, last_modified)] {
            if let Some(stored) = stored.as_deref().and_then(|s| HeaderValue::from_bytes(s.as_bytes()).ok()) {
                headers.insert(name, stored);
            }
        }
    }
    if home {
        for (name, given) in request.headers {
            let named = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit(name))?;
            headers.insert(named, value(name, given)?);
        }
        if let Some(bearer) = request.auth.map(str::trim).filter(|auth| is_bearer(auth)) {
            headers.insert(AUTHORIZATION, value("Authorization", bearer)?);
        }
    }
    Ok(headers)
}

/// `user` and `password`, where the secret is of that form.
pub(super) fn basic(auth: &str) -> Option<(&str, &str)> {
    let auth = auth.trim();
    if is_bearer(auth) { None } else { Some(auth.split_once(':').unwrap_or((auth, ""))) }
}

fn is_bearer(auth: &str) -> bool {
    auth.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| unfit(name))
}

fn unfit(name: &str) -> Failure {
    let message = format!("the header `{name}` cannot be sent: take line breaks and other control characters out of it");
    Failure::new(Class::Other, message)
}

/// A header as text. Validators are opaque: those that are no UTF-8 cannot be given back as they were, and count as absent.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
}

pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let get = |name| text(headers, name).filter(|v| !v.is_empty()).map(str::to_owned);
    Validators { etag: get(ETAG), last_modified: get(LAST_MODIFIED) }
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    text(headers, CONTENT_TYPE).map(str::to_owned)
}

/// A service that stands between us and the server, and wants a browser.
pub(super) fn bot_wall(headers: &HeaderMap) -> bool {
    const SIGNS: [&str; 4] = ["cf-mitigated", "x-datadome", "x-amzn-waf-action", "x-px-block"];
    SIGNS.iter().any(|sign| headers.contains_key(*sign))
}

/// Headers that may say why an answer is none, in the order of interest. None of them holds a secret of ours.
pub(super) fn telling(headers: &HeaderMap) -> Vec<(String, String)> {
    const TELLING: [&str; 9] = [
        "retry-after",
        "www-authenticate",
        "content-type",
        "server",
        "via",
        "cf-mitigated",
        "cf-ray",
        "x-ratelimit-reset",
        "x-robots-tag",
    ];
    const MAX_VALUE: usize = 200;
    let shown = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).chars().take(MAX_VALUE).collect();
    TELLING.iter().filter_map(|name| Some(((*name).to_owned(), shown(headers.get(*name)?)))).collect()
}

/// When a host that answered 429 or 503 may be asked again. `None` where it does not say.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    clock::retry_after(text(headers, RETRY_AFTER)?, now)
}

/// How long the answer stays fresh: `max-age` less `Age`, or `Expires` against the server's own `Date`.
pub(super) fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let control = headers.get_all(CACHE_CONTROL).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let directives: Vec<String> = control.map(|d| d.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|d| d == "no-cache" || d == "no-store") {
        return None;
    }
    let max_age = directives.iter().find_map(|d| d.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
    let left = match max_age {
        Some(age) => seconds(age) - seconds(text(headers, AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0)),
        None => {
            let date = text(headers, DATE).and_then(http_date).unwrap_or(now);
            http_date(text(headers, EXPIRES)?)?.duration_since(date)
        }
    };
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::{basic, fresh_for, user_agent};
    use jiff::Timestamp;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn now() -> Timestamp {
        "1994-11-06T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn freshness() {
        for (lines, seconds) in [
            (vec![("cache-control", "public, max-age=900")], Some(900)),
            (vec![("cache-control", "Max-Age=\"900\""), ("age", "300")], Some(600)),
            (vec![("cache-control", "max-age=60"), ("age", "300")], None),
            (vec![("cache-control", "no-cache, max-age=900")], None),
            (vec![("cache-control", "max-age=0"), ("expires", "Sun, 06 Nov 1994 08:10:00 GMT")], None),
            (vec![("expires", "Sun, 06 Nov 1994 08:10:00 GMT")], Some(600)),
            (vec![("expires", "Sun, 06 Nov 1994 08:10:00 GMT"), ("date", "Sun, 06 Nov 1994 08:09:00 GMT")], Some(60)),
            (vec![("expires", "0")], None),
            (vec![("cache-control", "private")], None),
        ] {
            assert_eq!(fresh_for(&headers(&lines), now()).map(|d| d.as_secs()), seconds, "{lines:?}");
        }
    }

    #[test]
    fn secrets_and_names() {
        assert_eq!(basic("analyst:pass:word\n"), Some(("analyst", "pass:word")));
        assert_eq!(basic("Bearer abc"), None);
        assert!(user_agent(Some("https://example.org")).ends_with(" (+https://example.org)"));
        assert!(!user_agent(None).contains('('));
    }
}
