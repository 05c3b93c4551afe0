//! Links that lead to an article only by way of an aggregator's own page.
//!
//! Some carry the article's address in themselves: it is taken out, so that the article is known by its own address. Others hide it behind
//! a page that only a browser can follow: nothing is to be fetched there.

use super::element::base64;
use crate::url::{Url, resolve};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To an article, as far as its address says.
    Itself,
    /// To this article, by way of an aggregator.
    Behind(Url),
    /// To a page of an aggregator that tells the article's address to browsers only.
    Hidden,
}

/// Host (or its end), beginning of the path, and the parameter that holds the article's address.
const CARRIERS: &[(&str, &str, &str)] = &[
    ("google.com", "/url", "url"),
    ("google.com", "/url", "q"),
    ("bing.com", "/news/apiclick.aspx", "url"),
    ("l.facebook.com", "/l.php", "u"),
    ("out.reddit.com", "/", "url"),
    ("t.umblr.com", "/redirect", "z"),
    ("href.li", "/", ""),
];
/// Paths of Google News whose last segment stands for an article.
const GOOGLE_NEWS: &[&str] = &["/rss/articles/", "/articles/", "/read/", "/__i/rss/rd/articles/"];

/// Looks at the address alone.
pub fn target(link: &Url) -> Target {
    let host = link.host_str().unwrap_or_default();
    if host == "news.google.com" {
        let id = GOOGLE_NEWS.iter().find_map(|path| link.path().strip_prefix(path));
        return id.map_or(Target::Itself, |id| inside(id).map_or(Target::Hidden, Target::Behind));
    }
    let carriers = CARRIERS.iter().filter(|(at, path, _)| is_at(host, at) && link.path().starts_with(path));
    carriers.filter_map(|(_, _, name)| carried(link, name)).next().map_or(Target::Itself, Target::Behind)
}

fn is_at(host: &str, at: &str) -> bool {
    host.strip_suffix(at).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The address in a parameter; with no name the whole query is one.
fn carried(link: &Url, name: &str) -> Option<Url> {
    let value = match name {
        "" => link.query()?.to_owned(),
        name => link.query_pairs().find(|(n, _)| n == name)?.1.into_owned(),
    };
    value.starts_with("http").then(|| resolve(link, &value)).flatten()
}

/// Ids of Google News until 2024 are a record in base64 in which the address stands in clear.
fn inside(id: &str) -> Option<Url> {
    let record = base64(id)?;
    let start = record.windows(4).position(|w| w == b"http")?;
    let text = record[start..].split(|b| !b.is_ascii_graphic()).next()?;
    Url::parse(std::str::from_utf8(text).ok()?).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_they_say() {
        let behind = |url: &str| Target::Behind(Url::parse(url).unwrap());
        for (link, target_) in [
            ("https://example.org/url?url=https://example.com/", Target::Itself),
            (
                "https://www.google.com/url?rct=j&sa=t&url=https://example.org/a%3Fb%3D1&ct=ga",
                behind("https://example.org/a?b=1"),
            ),
            ("https://www.google.com/url?q=https://example.org/a", behind("https://example.org/a")),
            ("https://notgoogle.com/url?q=https://example.org/a", Target::Itself),
            ("https://www.google.com/url?q=javascript:alert(1)", Target::Itself),
            (
                "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fa",
                behind("https://example.org/a"),
            ),
            ("https://news.google.com/rss/articles/CBMiFWh0dHBzOi8vZXhhbXBsZS5vcmcvYdIBAA?oc=5", behind("https://example.org/a")),
            ("https://news.google.com/rss/articles/CBMiYkFVX3lxTE5fMTIzNDU2?oc=5", Target::Hidden),
            ("https://news.google.com/topics/x", Target::Itself),
            ("https://href.li/?https://example.org/a", behind("https://example.org/a")),
        ] {
            assert_eq!(target(&Url::parse(link).unwrap()), target_, "{link}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(id in "[A-Za-z0-9_=-]{0,80}") {
            target(&Url::parse(&format!("https://news.google.com/articles/{id}")).unwrap());
        }
    }
}
