//! The outlets and articles of the demo, served as feeds and pages, and what must be told of them.

use crate::alert::{Alert, AlertKind};
use crate::store::Store;
use crate::web::{Page, Site};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::fmt::Write as _;

/// Written for the demo, compiled in.
const STORY: &str = include_str!("story.toml");
/// A summary in a feed is cut after this many characters, at a word.
const SUMMARY: usize = 120;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    outlet: Vec<Outlet>,
    article: Vec<Article>,
    popup: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    pub name: String,
    host: String,
    language: String,
    /// Its feed holds the whole text; the others only a summary.
    #[serde(default)]
    full_text: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    pub wave: u32,
    pub outlet: String,
    slug: String,
    minutes: i64,
    pub title: String,
    text: String,
}

/// A popup that must come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    wave: u32,
    kind: AlertKind,
    amount: u64,
    force: String,
    to: Vec<String>,
}

/// How the demo went.
pub struct Judgement {
    pub told: usize,
    pub missing: Vec<String>,
    pub too_many: Vec<String>,
}

pub struct Story {
    file: File,
    now: Timestamp,
}

impl Story {
    /// The story with its times relative to `now`.
    pub fn load(now: Timestamp) -> Story {
        Story { file: toml::from_str(STORY).expect("a test parses the demo's story"), now }
    }

    pub fn outlets(&self) -> usize {
        self.file.outlet.len()
    }

    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.file.outlet.iter().map(|o| o.host.as_str())
    }

    pub fn articles(&self, wave: u32) -> impl Iterator<Item = &Article> {
        self.file.article.iter().filter(move |a| a.wave == wave)
    }

    pub fn last_wave(&self) -> u32 {
        self.file.article.iter().map(|a| a.wave).max().unwrap_or(0)
    }

    /// How many popups a wave must bring; the summing up of the first polls comes with wave 0.
    pub fn expects(&self, wave: u32) -> usize {
        usize::from(wave == 0) + self.file.popup.iter().filter(|p| p.wave == wave).count()
    }

    /// Is everything up to this wave read?
    pub fn is_read(&self, wave: u32, store: &Store) -> Result<bool, String> {
        let counts = store.counts(self.now).map_err(|e| e.to_string())?;
        let published = self.file.article.iter().filter(|a| a.wave <= wave).count() as u64;
        Ok(counts.pending == 0 && counts.articles >= published)
    }

    /// The configuration that the daemon of the demo gets.
    pub fn configuration(&self, port: u16) -> String {
        let mut toml = String::from("language = \"en\"\n");
        for o in &self.file.outlet {
            let _ = writeln!(
                toml,
                "[[feed]]\nurl = \"http://{}:{port}/feed.xml\"\nname = \"{}\"\nlanguage = \"{}\"",
                o.host, o.name, o.language
            );
        }
        toml.push_str("[[entity]]\nid = \"nato\"\nname = \"NATO\"\naliases = [\"Navo\"]\nkind = \"organisation\"\n");
        toml.push_str("[[rule]]\nname = \"watch list\"\nentities = [\"nato\"]\n");
        toml
    }

    /// Puts the feeds as they stand at this wave, and the pages of its articles, on the site.
    pub fn publish(&self, wave: u32, site: &Site, port: u16) {
        for outlet in &self.file.outlet {
            let feed = Page { content_type: "application/rss+xml; charset=utf-8", body: self.feed(outlet, wave, port) };
            site.put(format!("{}/feed.xml", outlet.host), feed);
        }
        for article in self.articles(wave) {
            if let Some(outlet) = self.file.outlet.iter().find(|o| o.name == article.outlet) {
                let page = Page { content_type: "text/html; charset=utf-8", body: page(outlet, article) };
                site.put(format!("{}/{}", outlet.host, article.slug), page);
            }
        }
    }

    /// The outlet's RSS at this wave, newest first.
    fn feed(&self, outlet: &Outlet, wave: u32, port: u16) -> String {
        let mut rss = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title><language>{}</language>",
            outlet.name, outlet.language
        );
        let articles = self.file.article.iter().filter(|a| a.wave <= wave && a.outlet == outlet.name);
        for a in articles.rev() {
            let url = format!("http://{}:{port}/{}", outlet.host, a.slug);
            let published = self.now - SignedDuration::from_mins(a.minutes);
            let text = if outlet.full_text { paragraphs(&a.text) } else { format!("<p>{} …</p>", summary(&a.text)) };
            let _ = write!(
                rss,
                "<item><title>{}</title><link>{url}</link><guid>{url}</guid><pubDate>{}</pubDate><description>{}</description></item>",
                escape(&a.title),
                published.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                escape(&text),
            );
        }
        rss.push_str("</channel></rss>\n");
        rss
    }

    /// Holds what was told against what must be told.
    pub fn judge(&self, told: &[(u32, Alert)]) -> Judgement {
        let mut rest: Vec<_> = told.iter().filter(|(_, alert)| alert.kind != AlertKind::Summary).collect();
        let mut missing = Vec::new();
        for expected in &self.file.popup {
            match rest.iter().position(|(wave, alert)| expected.is(*wave, alert)) {
                Some(at) => drop(rest.remove(at)),
                None => missing.push(format!(
                    "{} {}: {} to {}",
                    expected.kind,
                    expected.force,
                    expected.amount,
                    expected.to.join(", ")
                )),
            }
        }
        if told.iter().filter(|(_, alert)| alert.kind == AlertKind::Summary).count() != 1 {
            missing.push("one summary of the first polls".to_owned());
        }
        Judgement {
            told: told.len(),
            missing,
            too_many: rest.iter().map(|(_, alert)| format!("{}: {}", alert.kind, alert.headline)).collect(),
        }
    }
}

impl Expected {
    /// Is it this alert? Its leading claim must say so.
    fn is(&self, wave: u32, alert: &Alert) -> bool {
        wave == self.wave
            && alert.kind == self.kind
            && alert
                .claims
                .first()
                .is_some_and(|c| c.amount.low == Some(self.amount) && c.force.as_deref() == Some(&self.force) && c.to == self.to)
    }
}

/// A page as outlets make them: the article between menus and a footer.
fn page(outlet: &Outlet, a: &Article) -> String {
    let title = escape(&a.title);
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title} | {name}</title><meta property=\"og:title\" content=\"{title}\"></head>\
         <body><header><a href=\"/\">{name}</a><nav><a href=\"/news\">News</a> <a href=\"/sport\">Sport</a></nav></header>\
         <main><article><h1>{title}</h1>{}</article></main><footer>© {name}</footer></body></html>\n",
        outlet.language,
        paragraphs(&a.text),
        name = outlet.name,
    )
}

fn paragraphs(text: &str) -> String {
    text.trim().split("\n\n").map(|p| format!("<p>{}</p>", escape(p))).collect()
}

fn summary(text: &str) -> String {
    let mut cut = String::new();
    for word in text.split_whitespace() {
        if cut.len() + word.len() > SUMMARY {
            break;
        }
        cut = if cut.is_empty() { word.to_owned() } else { format!("{cut} {word}") };
    }
    escape(&cut)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::Story;

    #[test]
    fn the_story_is_whole() {
        let story = Story::load(jiff::Timestamp::UNIX_EPOCH);
        for a in &story.file.article {
            assert!(story.file.outlet.iter().any(|o| o.name == a.outlet), "{} is of no outlet", a.slug);
        }
        assert!((0..=story.last_wave()).all(|wave| story.articles(wave).count() > 0));
    }
}
