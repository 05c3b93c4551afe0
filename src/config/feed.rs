//! `[[feed]]`: a subscribed source.

use super::files;
use super::names::Known;
use super::read::{Table, Text, Wrong};
use crate::feed::{FullText, Subscription};
use crate::text::language::Language;
use std::path::PathBuf;
use url::Url;

/// Beginnings of host names that tell nothing.
const UNTOLD: [&str; 7] = ["www.", "feeds.", "feeds2.", "feed.", "rss.", "api.", "m."];
/// Names are columns of tables: at most this many characters.
const MAX_NAME: usize = 60;

/// A feed; its name is empty where none is written.
pub(super) fn read(mut table: Table, known: &mut Known) -> Option<Subscription> {
    let url = address(&mut table, known);
    let name = name(&mut table);
    if let Some(name) = &name {
        known.feeds.give("feed", name, &table);
    }
    let tags = table.list("tags");
    tags.iter().for_each(|tag| known.tags.add(tag));
    let language = table.read("language", language);
    let every = table.duration("every", "1m", "30d");
    let full_text = table.read("full_text", full_text).unwrap_or_default();
    let owner = table.owned("owner");
    let state_media = table.flag("state_media").unwrap_or(false);
    let alert_backlog = table.duration("alert_backlog", "0s", "365d");
    let headers = headers(&mut table);
    let user_agent = table.read("user_agent", header_value);
    let auth_file = auth_file(&mut table);
    let proxy = table.read("proxy", proxy);
    let encoding = table.read("encoding", encoding);
    let http1 = table.flag("http1").unwrap_or(false);
    table.finish();
    let name = name.map_or(String::new(), |n| n.value.to_owned());
    Some(Subscription {
        url: url?,
        name,
        tags,
        language,
        every,
        full_text,
        owner,
        state_media,
        alert_backlog,
        headers,
        user_agent,
        auth_file,
        proxy,
        encoding,
        http1,
        foreign: false,
    })
}

/// The name for a feed that has none: its host without what tells nothing.
pub fn named_after(url: &Url) -> &str {
    let host = url.host_str().unwrap_or("feed");
    UNTOLD.iter().find_map(|prefix| host.strip_prefix(prefix)).filter(|rest| rest.contains('.')).unwrap_or(host)
}

fn address(table: &mut Table, known: &mut Known) -> Option<Url> {
    let Some(text) = table.text("url") else {
        if !table.has("url") {
            table.lacks("url", "url = \"https://…\", the address of the feed itself");
        }
        return None;
    };
    let url = table.check(&text, web_address(text.value))?;
    known.urls.give("feed with the address", &Text { value: url.as_str(), span: text.span }, table);
    Some(url)
}

/// A name as people type it: short and on one line.
pub(super) fn name<'a>(table: &mut Table<'a>) -> Option<Text<'a>> {
    let text = table.text("name")?;
    let good =
        text.value.chars().count() <= MAX_NAME && !text.value.contains(char::is_control) && text.value.trim() == text.value;
    let wrong = || Wrong::new("not usable as a name", format!("at most {MAX_NAME} characters on one line, no space around them"));
    table.check(&text, good.then_some(()).ok_or_else(wrong))?;
    Some(text)
}

/// An http or https address.
pub(super) fn web_address(text: &str) -> Result<Url, Wrong> {
    const HOW: &str = "write the whole address: https://example.org/feed.xml";
    let url = Url::parse(text.trim()).map_err(|why| Wrong::new(format!("`{text}` is not a URL: {why}"), HOW))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        other => Err(Wrong::new(format!("only http and https addresses can be asked, not {other}:"), HOW)),
    }
}

pub(super) fn language(text: &str) -> Result<Language, Wrong> {
    Language::parse(text)
        .ok_or_else(|| Wrong::new(format!("`{text}` is not a language code"), "two letters (ISO 639-1): nl, en, uk (Ukrainian)"))
}

fn full_text(text: &str) -> Result<FullText, String> {
    match text {
        "auto" => Ok(FullText::Auto),
        "always" => Ok(FullText::Always),
        "never" => Ok(FullText::Never),
        _ => Err(format!("`{text}` is none of auto, always, never")),
    }
}

/// Where requests go through: a proxy of HTTP or SOCKS.
pub(super) fn proxy(text: &str) -> Result<Url, Wrong> {
    const HOW: &str = "write it as http://host:port or socks5h://host:port";
    let url = Url::parse(text.trim()).map_err(|why| Wrong::new(format!("`{text}` is not a URL: {why}"), HOW))?;
    match url.scheme() {
        "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h" if url.has_host() => Ok(url),
        other => Err(Wrong::new(format!("a proxy speaks http, https or socks5, not {other}:"), HOW)),
    }
}

/// The name of an encoding, as the web spells it.
pub(super) fn encoding(text: &str) -> Result<String, Wrong> {
    let known = encoding_rs::Encoding::for_label(text.trim().as_bytes());
    let wrong =
        || Wrong::new(format!("`{text}` is not an encoding of the web"), "for example utf-8, windows-1251, iso-8859-1, koi8-u");
    known.map(|e| e.name().to_owned()).ok_or_else(wrong)
}

/// A proxy as typed in a command.
pub fn typed_proxy(text: &str) -> Result<Url, String> {
    proxy(text).map_err(Wrong::in_one_line)
}

/// An encoding as typed in a command.
pub fn typed_encoding(text: &str) -> Result<String, String> {
    encoding(text).map_err(Wrong::in_one_line)
}

fn header_value(text: &str) -> Result<String, String> {
    let good = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if good { Ok(text.to_owned()) } else { Err("only printable ASCII may stand in a header".to_owned()) }
}

fn header_name(text: &str) -> Result<String, String> {
    let good = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if good && !text.is_empty() { Ok(text.to_owned()) } else { Err(format!("`{text}` is not the name of a header")) }
}

fn headers(table: &mut Table) -> Vec<(String, String)> {
    let Some(headers) = table.table("headers", "headers = { Accept-Language = \"nl\" }") else { return Vec::new() };
    let pair = |(name, value): (Text, Option<Text>)| {
        let Some(value) = value else {
            headers.reader.problem(name.span, format!("the header `{}` must be text in quotes", name.value), None);
            return None;
        };
        Some((headers.check(&name, header_name(name.value))?, headers.check(&value, header_value(value.value))?))
    };
    headers.pairs().into_iter().filter_map(pair).collect()
}

fn auth_file(table: &mut Table) -> Option<PathBuf> {
    let file = table.reader.file;
    table.read("auth_file", |written| {
        let path = files::beside(file, written);
        let hint = "a file with `user:password` or `Bearer token`; relative names are looked for beside this file";
        files::secret(&path).map(|_| path).map_err(|why| Wrong::new(why, hint))
    })
}
