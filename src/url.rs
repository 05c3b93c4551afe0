//! Canonical URLs: when two addresses are one article.

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
    "amp",
    "outputtype",
    "rss",
    "feature",
    "share",
    "partner",
];
/// Parameters that are tracking only when they say that a feed was read.
const REFERRERS: &[&str] = &["ref", "source", "src", "from", "via", "origin", "channel"];
const INDEX_PAGES: &[&str] = &["index.html", "index.htm", "index.php", "index.shtml", "default.aspx", "default.html"];
const HOST_PREFIXES: &[&str] = &["www.", "m.", "mobile.", "amp."];

/// The form in which two addresses of one article are equal: scheme `https`, lower-case host without `www.`, `m.`, `amp.`, no default port,
/// no tracking parameters, a fragment only where it names an item of a page, no index page, no trailing slash, other parameters in order. For comparing only, never for fetching.
pub fn canonical(url: &Url) -> String {
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
        || TRACKING_PREFIXES.iter().any(|p| key.starts_with(p))
        || (REFERRERS.contains(&key.as_str()) && (value.contains("rss") || value.contains("feed")))
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
            ("https://example.org/a?ref=12", &["https://example.org/a?ref=12"][..]),
        ] {
            for url in urls {
                assert_eq!(canonical(&Url::parse(url).unwrap()), form, "{url}");
            }
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
        fn canonical_is_stable(rest in "[a-z0-9./?&=#%_-]{0,30}") {
            if let Ok(url) = Url::parse(&format!("http://www.example.org/{rest}")) {
                let once = canonical(&url);
                let again = canonical(&Url::parse(&once).unwrap());
                proptest::prop_assert_eq!(once, again);
            }
        }
    }
}
