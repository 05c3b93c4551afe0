//! What a site asks of robots (RFC 9309): read once a day per host, and obeyed for article pages. A feed is made for programs.

use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::{Position, Url};

/// Of a robots.txt, in bytes: the rest is not read (RFC 9309, section 2.5).
pub(super) const MAX_FILE: usize = 500 * 1024;
/// The rules kept of one file, and the bytes of one.
const MAX_RULES: usize = 2000;
const MAX_PATTERN: usize = 512;
/// How long a file is believed.
const KEEP: SignedDuration = SignedDuration::from_hours(24);
/// Files kept.
const MAX_HOSTS: usize = 1024;
/// Our name in a group of rules.
const US: &str = "orbat";

/// Where the file of a page's host lies.
pub(super) fn address(page: &Url) -> Option<Url> {
    Url::parse(&page[..Position::BeforePath]).ok()?.join("/robots.txt").ok().map(|mut url| {
        // For an address with a host this cannot fail.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url
    })
}

/// The rules of one site that concern us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: String,
}

impl Rules {
    /// The rules for us by name, else those for everybody. Lines that say nothing are passed over.
    pub fn read(file: &[u8]) -> Rules {
        let text = String::from_utf8_lossy(file);
        let [mut ours, mut all] = [None, None];
        let (mut for_us, mut for_all, mut in_rules) = (false, false, false);
        for (key, value) in text.trim_start_matches('\u{feff}').lines().filter_map(statement) {
            match key.as_str() {
                "user-agent" => {
                    if std::mem::take(&mut in_rules) {
                        (for_us, for_all) = (false, false);
                    }
                    let token = value.split(['/', ' ']).next().unwrap_or_default();
                    for_us |= token.eq_ignore_ascii_case(US);
                    for_all |= token == "*";
                }
                "allow" | "disallow" => {
                    in_rules = true;
                    for group in [for_us.then_some(&mut ours), for_all.then_some(&mut all)].into_iter().flatten() {
                        add(group.get_or_insert_with(Vec::new), key == "allow", value);
                    }
                }
                _ => {}
            }
        }
        Rules(ours.or(all).unwrap_or_default())
    }

    /// The longest rule that fits decides, in doubt the kinder one; what no rule fits is allowed.
    pub fn allow(&self, page: &Url) -> bool {
        let path = &page[Position::BeforePath..Position::AfterQuery];
        let fitting = self.0.iter().filter(|rule| fits(rule.pattern.as_bytes(), path.as_bytes()));
        fitting.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
    }
}

fn statement(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.split('#').next()?.split_once(':')?;
    Some((key.trim().to_ascii_lowercase(), value.trim()))
}

fn add(rules: &mut Vec<Rule>, allow: bool, pattern: &str) {
    if !pattern.is_empty() && pattern.len() <= MAX_PATTERN && rules.len() < MAX_RULES {
        rules.push(Rule { allow, pattern: encoded(pattern) });
    }
}

/// Letters as they stand in a URL.
fn encoded(pattern: &str) -> String {
    let mut url = String::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        if byte.is_ascii() { url.push(char::from(byte)) } else { url += &format!("%{byte:02X}") }
    }
    url
}

/// Does the pattern fit a beginning of the path? `*` is anything, `$` at the end is the end.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_end) = pattern.strip_suffix(b"$").map_or((pattern, false), |p| (p, true));
    let (mut p, mut s) = (0, 0);
    // Where to go on after the last `*` when what follows it does not fit.
    let mut again = None;
    loop {
        if p == pattern.len() && (!to_end || s == path.len()) {
            return true;
        }
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                again = Some((p, s));
            }
            Some(letter) if path.get(s) == Some(letter) => (p, s) = (p + 1, s + 1),
            _ => match again {
                Some((after, from)) if from < path.len() => {
                    again = Some((after, from + 1));
                    (p, s) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

/// The files read in the last day.
#[derive(Debug, Default)]
pub(super) struct Robots(Mutex<FxHashMap<String, Arc<Site>>>);

/// Locked while its file is read, so that two pages of a host cost one request.
pub(super) type Site = tokio::sync::Mutex<Option<Known>>;

#[derive(Debug)]
pub(super) struct Known {
    until: Timestamp,
    rules: Rules,
}

impl Known {
    pub fn new(rules: Rules, clock: &Clock) -> Known {
        Known { until: clock.now().saturating_add(KEEP).unwrap_or(Timestamp::MAX), rules }
    }

    pub fn fresh(&self, clock: &Clock) -> Option<&Rules> {
        (clock.now() < self.until).then_some(&self.rules)
    }
}

impl Robots {
    /// The place of a host's file.
    pub fn site(&self, host: &str) -> Arc<Site> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sites.len() >= MAX_HOSTS && !sites.contains_key(host) {
            sites.clear();
        }
        sites.entry(host.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Rules, address, fits};
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn which_pages_may_be_read() {
        const FILE: &str = "\u{feff}# ours\r\nUser-agent: other\nDisallow: /\n\nUser-Agent: *\nDisallow: /private # not you\nallow: /private/open\n\
                            Disallow: /*.pdf$\nDisallow: /nieuws*archief\nDisallow:\nCrawl-delay: 9\nDisallow: /één\nSitemap: https://a.nl/s.xml\n";
        for (file, path, allowed) in [
            (FILE, "/", true),
            (FILE, "/private", false),
            (FILE, "/private/x", false),
            (FILE, "/privateer", false),
            (FILE, "/private/open/1", true),
            (FILE, "/a/b.pdf", false),
            (FILE, "/a/b.pdf?x", true),
            (FILE, "/nieuws/2026/archief/7", false),
            (FILE, "/nieuws/2026", true),
            (FILE, "/één", false),
            ("", "/x", true),
            ("<html>not: found</html>", "/x", true),
            ("User-agent: *\nDisallow: /\n", "/x", false),
            ("User-agent: *\nDisallow: /\nUser-agent: ORBAT/1.0\nDisallow: /y", "/x", true),
            ("User-agent: *\nDisallow: /\nUser-agent: ORBAT/1.0\nDisallow: /y", "/y", false),
            ("User-agent: orbat\nUser-agent: other\nDisallow: /", "/x", false),
            ("User-agent: orbat\nDisallow: /a\nUser-agent: other\nDisallow: /x", "/x", true),
            ("User-agent: *\nAllow: /x\nDisallow: /x", "/x", true),
            ("Disallow: /", "/x", true),
        ] {
            let page = Url::parse("https://a.nl").unwrap().join(path).unwrap();
            assert_eq!(Rules::read(file.as_bytes()).allow(&page), allowed, "{path} by {file:?}");
        }
    }

    #[test]
    fn one_file_per_host() {
        let page = Url::parse("https://u:p@a.nl:8443/x/y?z#f").unwrap();
        assert_eq!(address(&page).unwrap().as_str(), "https://a.nl:8443/robots.txt");
    }

    proptest! {
        #[test]
        fn any_file_is_read(file in proptest::collection::vec(any::<u8>(), 0..400), path in "/[a-z*$?/]{0,20}") {
            let mut page = Url::parse("https://a.nl").unwrap();
            page.set_path(&path);
            Rules::read(&file).allow(&page);
        }

        /// Without `*` and `$`, a pattern fits where the path starts with it.
        #[test]
        fn plain_patterns_are_beginnings(pattern in "[ab/]{0,4}", path in "[ab/]{0,8}") {
            prop_assert_eq!(fits(pattern.as_bytes(), path.as_bytes()), path.starts_with(&pattern));
            prop_assert_eq!(fits(format!("*{pattern}").as_bytes(), path.as_bytes()), path.contains(&pattern));
            prop_assert_eq!(fits(format!("{pattern}$").as_bytes(), path.as_bytes()), path == pattern);
            prop_assert_eq!(fits(format!("*{pattern}$").as_bytes(), path.as_bytes()), path.ends_with(&pattern));
        }
    }
}
