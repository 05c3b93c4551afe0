//! Canonical URLs: when two addresses are one article, and where services lead that stand before it.

pub use url::Url;

/// Beginnings of parameters that only tell where a reader came from.
const TRACKING_PREFIXES: &[&str] = &["utm_", "at_", "ns_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "wt_", "wt.", "__twitter"];
/// Such parameters in full, lower case.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "cmpid",
    "cmp",
    "cmpn",
    "icid",
    "ocid",
    "ito",
    "ftag",
    "smid",
    "smtyp",
    "emc",
    "xtor",
    "maca",
    "sref",
    "sr_share",
    "s_cid",
    "s_kwcid",
    "taid",
    "traffic_source",
    "spm",
    "outputtype",
];
/// Parameters that are tracking where they are only set: `?share`, `?rss=1`. With another value they may choose what is shown.
const SWITCHES: &[&str] = &["amp", "rss", "feature", "share", "partner"];
/// Parameters that are tracking only when they say that a feed was read.
const REFERRERS: &[&str] = &["ref", "source", "src", "from", "via", "origin", "channel"];
const INDEX_PAGES: &[&str] = &["index.html", "index.htm", "index.php", "index.shtml", "default.aspx", "default.html"];
const HOST_PREFIXES: &[&str] = &["www.", "m.", "mobile.", "touch.", "amp."];

/// Redirectors that stand one before the other are looked through so far.
const MAX_REDIRECTORS: usize = 5;

/// The form in which two addresses of one article are equal: scheme `https`, lower-case host without `www.`, `m.`, `amp.`, no default port,
/// no tracking parameters, a fragment only where it names an item of a page, no index page, no trailing slash, other parameters in order; the
/// address behind a [`Redirector`] that names it. For comparing only, never for fetching.
pub fn canonical(url: &Url) -> String {
    let behind = behind_redirectors(url);
    let url = behind.as_ref().unwrap_or(url);
    let mut out = format!("https://{}", host(url));
    if let Some(port) = url.port().filter(|p| !matches!(p, 80 | 443)) {
        out.push_str(&format!(":{port}"));
    }
    out.push_str(path(url.path()));
    let kept = url.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair));
    for (i, pair) in kept.enumerate() {
        out.push(if i == 0 { '?' } else { '&' });
        out.push_str(pair);
    }
    if let Some(item) = url.fragment().filter(|f| names_item(f)) {
        out.push('#');
        out.push_str(item);
    }
    out
}

/// The address that one or more redirectors name; a longer chain is followed so far.
fn behind_redirectors(url: &Url) -> Option<Url> {
    let behind = |url: &Url| match redirector(url) {
        Some(Redirector::To(behind)) => Some(behind),
        Some(Redirector::Closed) | None => None,
    };
    std::iter::successors(behind(url), behind).take(MAX_REDIRECTORS).last()
}

/// `#a060647` is one of the items of a day's page, `#comments` a part of an article, `#xtor=RSS-1` tracks. Decided by a digit and no value.
fn names_item(fragment: &str) -> bool {
    fragment.contains(|c: char| c.is_ascii_digit()) && !fragment.contains('=')
}

fn host(url: &Url) -> &str {
    let mut host = url.host_str().unwrap_or("").trim_end_matches('.');
    // What is left must still be a name with a dot: `m.nl` is a host of its own.
    while let Some(rest) = HOST_PREFIXES.iter().find_map(|p| host.strip_prefix(p)).filter(|r| r.contains('.')) {
        host = rest;
    }
    host
}

fn path(path: &str) -> &str {
    let mut path = path.trim_end_matches('/');
    if path.starts_with("/amp/") {
        path = &path["/amp".len()..];
    }
    let shorter = |path: &str| {
        let index = INDEX_PAGES.iter().filter_map(|i| path.strip_suffix(i)).find(|p| p.ends_with('/'));
        Some(index.or_else(|| path.strip_suffix("/amp")).or_else(|| path.strip_suffix(".amp"))?.len())
    };
    while let Some(length) = shorter(path) {
        path = path[..length].trim_end_matches('/');
    }
    path
}

fn is_tracking(pair: &str) -> bool {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
    TRACKING.contains(&key.as_str())
        || (SWITCHES.contains(&key.as_str()) && matches!(value.as_str(), "" | "1" | "true" | "rss"))
        || TRACKING_PREFIXES.iter().any(|p| key.starts_with(p))
        || (REFERRERS.contains(&key.as_str()) && (value.contains("rss") || value.contains("feed")))
}

/// A service that stands between a link and the article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirector {
    /// Its address holds the address of the article.
    To(Url),
    /// It leads there by a script, in a browser only.
    Closed,
}

/// Services whose address holds the article's in a parameter: host, beginning of the path, parameters; without one the whole query is the address.
const FORWARDERS: &[(&str, &str, &[&str])] = &[
    ("google.com", "/url", &["url", "q"]),
    ("bing.com", "/news/apiclick.aspx", &["url"]),
    ("l.facebook.com", "/l.php", &["u"]),
    ("out.reddit.com", "/", &["url"]),
    ("t.umblr.com", "/redirect", &["z"]),
    ("href.li", "/", &[]),
];
/// Services that lead on by a script alone: host, beginning of the path.
const CLOSED: &[(&str, &str)] = &[("news.google.com", "/"), ("consent.google.com", "/"), ("apple.news", "/")];
/// Where the number of an article stands in an address of Google News.
const GOOGLE_NEWS: &[&str] = &["/rss/articles/", "/articles/", "/read/", "/__i/rss/rd/articles/"];

/// Where a redirecting service leads; `None` where the address is none of those that are known.
pub fn redirector(url: &Url) -> Option<Redirector> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let behind = in_query(url, host).or_else(|| amp_cache(url, host)).or_else(|| google_news(url, host));
    let closed = || CLOSED.iter().any(|(of, path)| host == *of && url.path().starts_with(path));
    behind.map(Redirector::To).or_else(|| closed().then_some(Redirector::Closed))
}

fn in_query(url: &Url, host: &str) -> Option<Url> {
    let (_, _, names) = FORWARDERS.iter().find(|(of, path, _)| host == *of && url.path().starts_with(path))?;
    if names.is_empty() {
        return web(url.query()?);
    }
    names.iter().find_map(|name| web(&url.query_pairs().find(|(key, _)| key == name)?.1))
}

/// `www-paper-org.cdn.ampproject.org/c/s/www.paper.org/x`, `google.com/amp/s/www.paper.org/x`; `s` stands for TLS.
fn amp_cache(url: &Url, host: &str) -> Option<Url> {
    let path = match host {
        "google.com" => url.path().strip_prefix("/amp/")?,
        _ if host.ends_with(".cdn.ampproject.org") => {
            url.path().strip_prefix("/c/").or_else(|| url.path().strip_prefix("/v/"))?
        }
        _ => return None,
    };
    match path.strip_prefix("s/") {
        Some(rest) => web(&format!("https://{rest}")),
        None => web(&format!("http://{path}")),
    }
}

/// The older numbers of Google News are a record in Base64 that holds the address; the newer ones hold a key to it.
fn google_news(url: &Url, host: &str) -> Option<Url> {
    let number = GOOGLE_NEWS.iter().find_map(|start| url.path().strip_prefix(start)).filter(|_| host == "news.google.com")?;
    let bytes = base64(number);
    let start = bytes.windows(4).position(|four| four == b"http")?;
    let end = bytes[start..].iter().position(|byte| !byte.is_ascii_graphic()).map_or(bytes.len(), |length| start + length);
    web(std::str::from_utf8(&bytes[start..end]).ok()?)
}

/// Base64 with the letters of addresses (RFC 4648, section 5), as far as it goes.
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for six in text.bytes().map_while(|letter| LETTERS.iter().position(|l| *l == letter)) {
        bits = (bits << 6 | six as u32) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// An address that can be asked.
fn web(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The address without user name and password: what may be shown, logged and exported.
pub fn without_credentials(url: &Url) -> Url {
    let mut bare = url.clone();
    // Refused only for addresses that cannot have credentials.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare
}

/// `base` joined with `link`; `None` where that gives no http(s) address.
pub fn resolve(base: &Url, link: &str) -> Option<Url> {
    let link = link.trim();
    let url = match link {
        "" => return None,
        host if host.starts_with("www.") => Url::parse(&format!("https://{host}")),
        link => base.join(link),
    };
    url.ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.host_str().is_some_and(|h| !h.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_article_one_form() {
        for (form, urls) in [
            (
                "https://nos.nl/artikel/1",
                &[
                    "https://nos.nl/artikel/1",
                    "http://www.nos.nl/artikel/1/",
                    "https://m.nos.nl/artikel/1#reacties",
                    "https://NOS.nl:443/artikel/1/?utm_source=rss&utm_medium=feed",
                    "http://nos.nl:80/artikel/1/amp/",
                    "https://amp.nos.nl/artikel/1.amp",
                    "https://www.m.nos.nl./artikel/1/index.html",
                    "https://user:secret@nos.nl/artikel/1?fbclid=abc&gclid=x",
                    "https://nos.nl/artikel/1?at_medium=RSS&at_campaign=KARANGA&ns_mchannel=rss&cmpid=1&CMP=share",
                    "https://nos.nl/artikel/1?ref=rss&xtor=RSS-3208&amp",
                    "https://nos.nl/amp/artikel/1",
                    "https://nos-nl.cdn.ampproject.org/c/s/nos.nl/artikel/1",
                    "https://www.google.com/url?rct=j&url=https%3A%2F%2Fnos.nl%2Fartikel%2F1&ct=ga",
                    "https://www.google.com/amp/s/nos.nl/artikel/1",
                    "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fnos.nl%2fartikel%2f1&c=9",
                ][..],
            ),
            (
                "https://example.org/a?id=7&page=2",
                &["https://example.org/a/?id=7&utm_term=x&page=2", "http://example.org/a?&id=7&page=2&"][..],
            ),
            ("https://example.org?p=12", &["https://example.org/?p=12"][..]),
            ("https://example.org:8080/x", &["http://example.org:8080/x"][..]),
            ("https://example.org/day.html#a060647", &["http://www.example.org/day.html?utm_source=x#a060647"][..]),
            ("https://example.org/b", &["https://example.org/b#comments", "https://example.org/b#xtor=RSS-1"][..]),
            ("https://m.nl", &["https://m.nl/", "https://www.m.nl"][..]),
            ("https://example.org/camp", &["https://example.org/camp"][..]),
            ("https://example.org/a", &["https://example.org/a?share&rss=1&partner=rss&amp=true"][..]),
            ("https://example.org/a?feature=7&partner=nos", &["https://example.org/a?feature=7&partner=nos"][..]),
            ("https://example.org/a?ref=12", &["https://example.org/a?ref=12"][..]),
        ] {
            for url in urls {
                assert_eq!(canonical(&Url::parse(url).unwrap()), form, "{url}");
            }
        }
    }

    #[test]
    fn long_chains_of_redirectors_are_followed_so_far() {
        for (before, times, end, whole) in [
            ("https://href.li/?", 3, "http://a.nl/x", true),
            ("https://href.li/?", 20_000, "http://a.nl/x", false),
            ("https://www.google.com/amp/s/www.google.com/amp/", 10_000, "a.nl/x", false),
        ] {
            let link = format!("{}{end}", before.repeat(times)).replace("amp/https://", "amp/s/");
            assert_eq!(canonical(&Url::parse(&link).unwrap()) == "https://a.nl/x", whole, "{before} {times}");
        }
    }

    #[test]
    fn redirecting_services() {
        let to = |url: &str| Some(Redirector::To(Url::parse(url).unwrap()));
        for (link, leads) in [
            (
                "https://news.google.com/rss/articles/CBMiGGh0dHBzOi8vbm9zLm5sL2FydGlrZWwvMdIBAA?oc=5",
                to("https://nos.nl/artikel/1"),
            ),
            ("https://news.google.com/rss/articles/CBMiZkFVX3lxTE9mRzR3?oc=5", Some(Redirector::Closed)),
            ("https://consent.google.com/m?continue=https://news.google.com/x", Some(Redirector::Closed)),
            ("https://news.google.com/articles/CBMiFWh0dHBzOi8vZXhhbXBsZS5vcmcvYdIBAA?oc=5", to("https://example.org/a")),
            ("https://www.google.com/url?rct=j&url=https://example.org/a%3Fb%3D1&ct=ga", to("https://example.org/a?b=1")),
            ("https://t.umblr.com/redirect?z=https%3A%2F%2Fexample.org%2Fa&t=x", to("https://example.org/a")),
            ("https://href.li/?https://example.org/a", to("https://example.org/a")),
            ("https://href.li/?javascript:alert(1)", None),
            ("https://notgoogle.com/url?q=https://example.org/a", None),
            ("https://www.google.com/url?q=javascript:alert(1)", None),
            ("https://www.google.com/search?q=https://nos.nl/", None),
            ("https://nos.nl/url?q=https://example.org/", None),
        ] {
            assert_eq!(redirector(&Url::parse(link).unwrap()), leads, "{link}");
        }
    }

    #[test]
    fn links_are_made_absolute() {
        let base = Url::parse("https://example.org/feeds/rss.xml").unwrap();
        for (link, whole) in [
            ("/story/1", Some("https://example.org/story/1")),
            (" story/1\n", Some("https://example.org/feeds/story/1")),
            ("//cdn.example.org/x", Some("https://cdn.example.org/x")),
            ("www.example.com/x", Some("https://www.example.com/x")),
            ("http://other.example/y?a=1&b=2", Some("http://other.example/y?a=1&b=2")),
            ("mailto:a@b.c", None),
            ("javascript:void(0)", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(resolve(&base, link).as_ref().map(Url::as_str), whole, "{link}");
        }
    }

    #[test]
    fn credentials_go() {
        let url = Url::parse("https://user:secret@example.org/rss?key=1").unwrap();
        assert_eq!(without_credentials(&url).as_str(), "https://example.org/rss?key=1");
    }

    proptest::proptest! {
        #[test]
        fn numbers_of_google_news_do_no_harm(number in "[A-Za-z0-9_=-]{0,80}") {
            redirector(&Url::parse(&format!("https://news.google.com/articles/{number}")).unwrap());
        }

        #[test]
        fn canonical_is_stable(rest in "[a-z0-9./?&=#%_-]{0,30}") {
            if let Ok(url) = Url::parse(&format!("http://www.example.org/{rest}")) {
                let once = canonical(&url);
                let again = canonical(&Url::parse(&once).unwrap());
                proptest::prop_assert_eq!(once, again);
            }
        }
    }
}
