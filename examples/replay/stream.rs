//! A stream of articles: one feed per outlet that holds the last 24 hours, and a page for each article at its own URL.

use crate::Result;
use flate2::read::MultiGzDecoder;
use html_escape::encode_text;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use orbat::feed::Subscription;
use orbat::web::{Page, Site};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use url::Url;

/// How long an article stands in its feed.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Feeds are added this long before the first article.
const LEAD: SignedDuration = SignedDuration::from_mins(10);
/// The longest time between two polls, with its jitter: after that everything has been seen.
const TAIL: SignedDuration = SignedDuration::from_hours(14);
/// Characters of an article that its feed gives.
const SUMMARY: usize = 200;

/// One article, as a line of the file has it.
#[derive(Deserialize)]
struct Item {
    id: String,
    published: Timestamp,
    outlet: String,
    url: Url,
    title: String,
    text: String,
    lang: Option<String>,
    first_seen: Option<Timestamp>,
}

impl Item {
    /// When it appears.
    fn appears(&self) -> Timestamp {
        self.first_seen.unwrap_or(self.published)
    }
}

pub struct Stream {
    outlets: Vec<Outlet>,
    start: Timestamp,
    end: Timestamp,
}

/// An outlet with its articles in order of appearance.
struct Outlet {
    name: String,
    items: Vec<Item>,
    /// Those that stand in the feed at the moment; `None` before there is a feed.
    window: Option<Range<usize>>,
}

impl Stream {
    pub fn read(path: &Path, limit: usize) -> Result<Stream> {
        let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let packed = path.extension().is_some_and(|e| e == "gz");
        let reader: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut outlets: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for (n, line) in BufReader::new(reader).lines().enumerate().take(limit) {
            let item: Item = serde_json::from_str(&line?).map_err(|e| format!("{}:{}: {e}", path.display(), n + 1))?;
            if item.url.domain().is_none() {
                return Err(format!("{}:{}: {} has no host name that could be played", path.display(), n + 1, item.url).into());
            }
            outlets.entry(item.outlet.clone()).or_default().push(item);
        }
        let outlets: Vec<Outlet> = outlets.into_iter().map(Outlet::new).collect();
        let times = || outlets.iter().flat_map(|o| &o.items).map(Item::appears);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Err(format!("{}: holds no articles", path.display()).into());
        };
        Ok(Stream { start: first.checked_sub(LEAD)?, end: last.checked_add(TAIL)?, outlets })
    }

    pub fn subscriptions(&self) -> Result<Vec<Subscription>> {
        self.outlets.iter().map(|o| Ok(Subscription::new(o.feed()?, o.name.clone()))).collect()
    }

    pub fn hosts(&self) -> BTreeSet<String> {
        let items = self.outlets.iter().flat_map(|o| &o.items);
        items.filter_map(|item| item.url.host_str().map(str::to_owned)).collect()
    }

    pub fn start(&self) -> Timestamp {
        self.start
    }

    pub fn next(&self, due: Timestamp) -> Option<Timestamp> {
        (due <= self.end).then_some(due)
    }

    pub fn set(&mut self, site: &Site, now: Timestamp) -> Result<()> {
        self.outlets.iter_mut().try_for_each(|outlet| outlet.set(site, now))
    }
}

impl Outlet {
    fn new((name, mut items): (String, Vec<Item>)) -> Outlet {
        items.sort_by_key(Item::appears);
        Outlet { name, items, window: None }
    }

    /// The feed stands on the host of the outlet's first article.
    fn feed(&self) -> Result<Url> {
        Ok(self.items[0].url.join("/replay/feed.xml")?)
    }

    /// Brings feed and pages up to the moment.
    fn set(&mut self, site: &Site, now: Timestamp) -> Result<()> {
        let since = now.checked_sub(WINDOW)?;
        let window = self.items.partition_point(|i| i.appears() <= since)..self.items.partition_point(|i| i.appears() <= now);
        if self.window.as_ref() == Some(&window) {
            return Ok(());
        }
        for item in &self.items[self.window.as_ref().map_or(0, |w| w.end)..window.end] {
            site.put(address(&item.url), Page { content_type: "text/html; charset=utf-8", body: page(item, &self.name)? });
        }
        let body = feed(&self.name, &self.items[window.clone()])?;
        site.put(address(&self.feed()?), Page { content_type: "application/rss+xml; charset=utf-8", body });
        self.window = Some(window);
        Ok(())
    }
}

/// Where the site keeps what stands at this URL.
fn address(url: &Url) -> String {
    let query = url.query().map_or(String::new(), |q| format!("?{q}"));
    format!("{}{}{query}", url.host_str().unwrap_or_default(), url.path())
}

/// An RSS feed, the newest first.
fn feed(outlet: &str, items: &[Item]) -> Result<String> {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title>\
         <link>http://localhost/</link><description>Replayed</description>\n",
        encode_text(outlet)
    );
    if let Some(language) =
        items.first().and_then(|i| i.lang.as_ref()).filter(|l| items.iter().all(|i| i.lang.as_ref() == Some(l)))
    {
        writeln!(xml, "<language>{}</language>", encode_text(language))?;
    }
    for item in items.iter().rev() {
        writeln!(
            xml,
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate><description>{}</description></item>",
            encode_text(&item.title),
            encode_text(item.url.as_str()),
            encode_text(&item.id),
            rfc2822::to_string(&item.published.to_zoned(TimeZone::UTC))?,
            encode_text(&summary(&item.text)),
        )?;
    }
    Ok(xml + "</channel></rss>\n")
}

/// The first characters, cut at a word.
fn summary(text: &str) -> String {
    match text.char_indices().nth(SUMMARY) {
        None => text.to_owned(),
        Some((end, _)) => {
            let cut = text[..end].rfind(char::is_whitespace).unwrap_or(end);
            format!("{} …", text[..cut].trim_end())
        }
    }
}

/// A page as news sites have them, in its bare bones.
fn page(item: &Item, outlet: &str) -> Result<String> {
    let paragraphs = item.text.lines().filter(|line| !line.trim().is_empty());
    let body: String = paragraphs.map(|p| format!("<p>{}</p>\n", encode_text(p))).collect();
    let (title, outlet) = (encode_text(&item.title), encode_text(outlet));
    let language =
        item.lang.as_ref().map_or(String::new(), |l| format!(" lang=\"{}\"", html_escape::encode_double_quoted_attribute(l)));
    let published = item.published;
    Ok(format!(
        "<!DOCTYPE html>\n<html{language}><head><meta charset=\"utf-8\"><title>{title} | {outlet}</title>\n\
         <meta property=\"og:title\" content=\"{}\"><meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"article:published_time\" content=\"{published}\"></head>\n\
         <body><header><a href=\"/\">{outlet}</a><nav><ul><li><a href=\"/\">Home</a></li><li><a href=\"/sport\">Sport</a></li>\
         <li><a href=\"/video\">Video</a></li></ul></nav></header>\n\
         <main><article><h1>{title}</h1><time datetime=\"{published}\">{published}</time>\n{body}</article></main>\n\
         <footer><p>© {outlet}</p><ul><li><a href=\"/contact\">Contact</a></li><li><a href=\"/privacy\">Privacy</a></li></ul></footer>\
         </body></html>\n",
        html_escape::encode_double_quoted_attribute(&item.title)
    ))
}
