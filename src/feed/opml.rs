//! OPML: lists of feeds from and for other readers.
//!
//! Titles, addresses and folders are OPML's own; what only orbat knows stands in attributes of its namespace, which other readers
//! pass over. Secrets are never written: of addresses no user names and passwords, of headers none that may hold a key, of a secret file its name.

use super::{FullText, Subscription};
use crate::url::{Url, without_credentials};
use quick_xml::events::{BytesStart, Event};
use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

/// The namespace of our attributes.
const NAMESPACE: &str = "https://orbat.example/opml";
/// Feeds read from one file, and folders above one feed.
const MAX_FEEDS: usize = 20_000;
const MAX_FOLDERS: usize = 16;

/// Reads the feeds of an OPML file; folders become tags. The second list says what was left out and why.
pub fn read(text: &str) -> Result<(Vec<Subscription>, Vec<String>), String> {
    let mut import = Import::default();
    let mut reader = super::salvage::lenient(text.trim_start_matches('\u{feff}'));
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if is_outline(&tag) => import.open(&tag),
            Ok(Event::Empty(tag)) if is_outline(&tag) => import.outline(&tag, true),
            Ok(Event::Start(tag)) if tag.local_name().as_ref().eq_ignore_ascii_case("opml") => import.is_opml = true,
            Ok(Event::End(tag)) if tag.local_name().as_ref().eq_ignore_ascii_case("outline") => drop(import.folders.pop()),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                import.left_out.push(format!("everything after byte {}: {error}", reader.error_position()));
                break;
            }
        }
    }
    if !import.is_opml && import.feeds.is_empty() {
        return Err("this is no OPML file: it has neither <opml> nor <outline xmlUrl=\"…\">".to_owned());
    }
    Ok((import.feeds, import.left_out))
}

fn is_outline(tag: &BytesStart) -> bool {
    tag.local_name().as_ref().eq_ignore_ascii_case("outline")
}

#[derive(Default)]
struct Import {
    is_opml: bool,
    /// The outlines that are open: the name of a folder, none for a feed.
    folders: Vec<Option<String>>,
    feeds: Vec<Subscription>,
    left_out: Vec<String>,
    urls: HashSet<Url>,
    names: HashSet<String>,
}

impl Import {
    /// An outline with children, which may be a feed all the same.
    fn open(&mut self, tag: &BytesStart) {
        let folder = attribute(tag, "xmlUrl").is_none().then(|| title(tag));
        self.outline(tag, false);
        self.folders.push(folder.flatten().filter(|_| self.folders.len() < MAX_FOLDERS));
    }

    /// `alone`: without children, so that it must be a feed.
    fn outline(&mut self, tag: &BytesStart, alone: bool) {
        let name = title(tag);
        let shown = || name.clone().unwrap_or_else(|| "an outline without a title".to_owned());
        let Some(address) = attribute(tag, "xmlUrl") else {
            if alone {
                self.left_out.push(format!("{}: it has no feed address (xmlUrl)", shown()));
            }
            return;
        };
        let address = address.replacen("feed://", "http://", 1);
        let url = match Url::parse(&address) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
            _ => return self.left_out.push(format!("{}: `{address}` is not an http(s) address", shown())),
        };
        if self.feeds.len() == MAX_FEEDS {
            return self.left_out.push(format!("{}: more than {MAX_FEEDS} feeds", shown()));
        }
        if !self.urls.insert(url.clone()) {
            return self.left_out.push(format!("{}: {} is in the list already", shown(), without_credentials(&url)));
        }
        let name = self.unique(name.unwrap_or_else(|| url.host_str().unwrap_or("feed").to_owned()));
        self.feeds.push(subscription(tag, url, name, &self.folders));
    }

    fn unique(&mut self, name: String) -> String {
        let numbered = (2..).map(|n| format!("{name} {n}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|n| !self.names.contains(n)).unwrap_or(name);
        self.names.insert(free.clone());
        free
    }
}

fn subscription(tag: &BytesStart, url: Url, name: String, folders: &[Option<String>]) -> Subscription {
    let categories = attribute(tag, "category").unwrap_or_default();
    let categories = categories.split([',', '/']).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty());
    let mut tags: Vec<String> = Vec::new();
    for tag in folders.iter().flatten().cloned().chain(categories) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let ours = |name: &str| attribute(tag, &format!("orbat:{name}"));
    let seconds = |name: &str| ours(name).and_then(|s| s.parse().ok()).map(Duration::from_secs);
    Subscription {
        tags,
        language: attribute(tag, "language").as_deref().and_then(super::draft::language),
        every: seconds("every").filter(|every| super::INTERVALS.contains(every)),
        full_text: match ours("fullText").as_deref() {
            Some("always") => FullText::Always,
            Some("never") => FullText::Never,
            _ => FullText::Auto,
        },
        owner: ours("owner"),
        state_media: ours("stateMedia").as_deref() == Some("true"),
        alert_backlog: seconds("alertBacklog"),
        user_agent: ours("userAgent"),
        headers: ours("headers").and_then(|pairs| serde_json::from_str(&pairs).ok()).unwrap_or_default(),
        auth_file: ours("authFile").map(Into::into),
        proxy: ours("proxy").and_then(|proxy| Url::parse(&proxy).ok()),
        encoding: ours("encoding"),
        http1: ours("http1").as_deref() == Some("true"),
        ..Subscription::new(url, name)
    }
}

/// Readers write `title`, `text` or both.
fn title(tag: &BytesStart) -> Option<String> {
    attribute(tag, "title").or_else(|| attribute(tag, "text")).map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn attribute(tag: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.as_ref().eq_ignore_ascii_case(name))?;
    let value = html_escape::decode_html_entities(&found.value).trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// Writes feeds as OPML 2.0, our own settings as attributes of the namespace `orbat`. Never with credentials.
pub fn write(title: &str, feeds: &[Subscription]) -> String {
    let title = escape(title);
    let outlines: String = feeds.iter().map(outline).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\" xmlns:orbat=\"{NAMESPACE}\">\n  \
         <head>\n    <title>{title}</title>\n  </head>\n  <body>\n{outlines}  </body>\n</opml>\n"
    )
}

/// Tags are written as categories: a feed may have several, and stands in one folder only.
fn outline(feed: &Subscription) -> String {
    let seconds = |d: Option<Duration>| d.map(|d| d.as_secs().to_string());
    let yes = |b: bool| b.then(|| "true".to_owned());
    let full_text = match feed.full_text {
        FullText::Auto => None,
        FullText::Always => Some("always".to_owned()),
        FullText::Never => Some("never".to_owned()),
    };
    let attributes = [
        ("type", Some("rss".to_owned())),
        ("text", Some(feed.name.clone())),
        ("title", Some(feed.name.clone())),
        ("xmlUrl", Some(without_credentials(&feed.url).to_string())),
        ("category", Some(feed.tags.join(",")).filter(|t| !t.is_empty())),
        ("language", feed.language.map(|l| l.code().to_owned())),
        ("orbat:every", seconds(feed.every)),
        ("orbat:fullText", full_text),
        ("orbat:owner", feed.owner.clone()),
        ("orbat:stateMedia", yes(feed.state_media)),
        ("orbat:alertBacklog", seconds(feed.alert_backlog)),
        ("orbat:userAgent", feed.user_agent.clone()),
        ("orbat:headers", headers(&feed.headers)),
        ("orbat:authFile", feed.auth_file.as_ref().map(|path| path.to_string_lossy().into_owned())),
        ("orbat:proxy", feed.proxy.as_ref().map(|url| without_credentials(url).to_string())),
        ("orbat:encoding", feed.encoding.clone()),
        ("orbat:http1", yes(feed.http1)),
    ];
    let mut out = String::from("    <outline");
    for (name, value) in attributes.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let _ = write!(out, " {name}=\"{}\"", escape(&value));
    }
    out + "/>\n"
}

/// What of a feed is left out where it is written down for others, in words. `headers`: those are not, as in one's own files.
pub fn secrets(feed: &Subscription, headers: bool) -> Vec<String> {
    let hidden = |url: &Url| *url != without_credentials(url);
    let address = hidden(&feed.url).then(|| "the user name and password in its address".to_owned());
    let proxy = feed.proxy.as_ref().filter(|proxy| hidden(proxy)).map(|_| "the user name and password of its proxy".to_owned());
    let secret = feed.headers.iter().filter(|(name, _)| !headers && may_hold_a_key(name));
    address.into_iter().chain(proxy).chain(secret.map(|(name, _)| format!("the header {name}"))).collect()
}

fn may_hold_a_key(header: &str) -> bool {
    const SECRET: [&str; 7] = ["auth", "cookie", "key", "token", "secret", "session", "pass"];
    SECRET.iter().any(|word| header.to_ascii_lowercase().contains(word))
}

/// Headers without those that may hold a key: what may be given to others.
pub fn open_headers(all: &[(String, String)]) -> Vec<&(String, String)> {
    all.iter().filter(|(name, _)| !may_hold_a_key(name)).collect()
}

/// Headers as a list of pairs in JSON.
fn headers(all: &[(String, String)]) -> Option<String> {
    let open = open_headers(all);
    serde_json::to_string(&open).ok().filter(|_| !open.is_empty())
}

fn escape(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    quick_xml::escape::escape(clean.as_str()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: &str = r#"<?xml version="1.0"?>
<opml version="1.0"><head><title>x</title></head><body>
<outline text="News &amp; defence">
  <outline text="Dutch">
    <outline type="rss" text="NOS Buitenland" xmlUrl="https://feeds.nos.nl/nosnieuwsbuitenland" htmlUrl="https://nos.nl"/>
    <outline title="Caf&eacute; & co" xmlUrl="feed://example.org/rss?a=1&amp;b=2" category="/politics,europe"></outline>
  </outline>
  <OUTLINE XMLURL='https://user:secret@example.com/atom'/>
</outline>
<outline text="NOS Buitenland" xmlUrl="https://example.net/other"/>
<outline text="twice" xmlUrl="https://example.net/other"/>
<outline text="a note"/>
<outline text="ftp" xmlUrl="ftp://example.net/"/>
</body></opml>"#;

    #[test]
    fn others_lists_are_read() {
        let (feeds, left_out) = read(OTHERS).unwrap();
        let lines: Vec<String> = feeds.iter().map(|f| format!("{} | {} | {}", f.name, f.url, f.tags.join(" "))).collect();
        assert_eq!(
            lines,
            [
                "NOS Buitenland | https://feeds.nos.nl/nosnieuwsbuitenland | News & defence Dutch",
                "Café & co | http://example.org/rss?a=1&b=2 | News & defence Dutch politics europe",
                "example.com | https://user:secret@example.com/atom | News & defence",
                "NOS Buitenland 2 | https://example.net/other | ",
            ]
        );
        assert_eq!(
            left_out,
            [
                "twice: https://example.net/other is in the list already",
                "a note: it has no feed address (xmlUrl)",
                "ftp: `ftp://example.net/` is not an http(s) address",
            ]
        );
        assert!(read("<html></html>").is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn settings_come_back() {
        let mut feed = Subscription::new(Url::parse("https://example.org/rss?a=1&b=2").unwrap(), "Q&A \"daily\" <x>");
        feed.tags = vec!["nl".into(), "state media".into()];
        feed.language = super::super::draft::language("uk");
        feed.every = Some(Duration::from_secs(900));
        feed.full_text = FullText::Never;
        feed.owner = Some("Owner & Sons".into());
        feed.state_media = true;
        feed.alert_backlog = Some(Duration::from_secs(86_400));
        feed.user_agent = Some("agent/1".into());
        feed.encoding = Some("windows-1251".into());
        feed.http1 = true;
        feed.headers = vec![("Accept-Language".into(), "nl, \"en\";q=0.5".into())];
        feed.auth_file = Some("/etc/orbat/paper.auth".into());
        feed.proxy = Some(Url::parse("socks5h://127.0.0.1:9050").unwrap());
        let text = write("All <feeds>", std::slice::from_ref(&feed));
        assert_eq!(read(&text), Ok((vec![feed], vec![])));
    }

    #[test]
    fn credentials_stay_here() {
        let mut feed = Subscription::new(Url::parse("https://user:secret@example.org/rss").unwrap(), "x");
        feed.headers = vec![("Cookie".into(), "secret".into())];
        feed.headers.push(("X-Api-Key".into(), "secret".into()));
        feed.proxy = Some(Url::parse("http://user:secret@proxy.example/").unwrap());
        let text = write("t", std::slice::from_ref(&feed));
        assert_eq!(secrets(&feed, false).len(), 4);
        assert_eq!(secrets(&feed, true).len(), 2, "headers stay in one's own files");
        assert!(!text.contains("secret") && text.contains("https://example.org/rss"), "{text}");
    }

    #[test]
    fn writing_again_changes_nothing() {
        let (feeds, _) = read(OTHERS).unwrap();
        let once = write("t", &feeds);
        let (again, left_out) = read(&once).unwrap();
        assert_eq!((write("t", &again), left_out), (once, vec![]));
    }

    proptest::proptest! {
        #[test]
        fn never_fails(text in "(<opml>|<outline |</outline>|/>|>|xmlUrl=|text=|\"|'|https://a.b/|[ -~é]){0,30}") {
            let _ = read(&text);
        }
    }
}
