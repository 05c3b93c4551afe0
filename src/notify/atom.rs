//! An Atom feed (RFC 4287) of the latest alerts, a file rewritten whole: any feed reader becomes a receiver.
//!
//! The file is its own memory. Its entries are read back as they were written, which is possible without a parser, because every text in
//! them is escaped: `<entry>` is always one of ours.

use super::{Message, Outcome};
use crate::clock::Clock;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

const START: &str = "<entry>";
const END: &str = "</entry>\n";
const MARK: &str = "<generator>orbat</generator>";
/// The largest file that is read back, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Puts the alert first, in the place of the entry that this delivery has written before, and keeps the `keep` latest.
pub(super) async fn send(path: &Path, keep: usize, message: &Message<'_>) -> Outcome {
    let id = format!("<id>urn:orbat:delivery:{}</id>", message.delivery);
    let entry = entry(&id, message);
    let file = path.to_owned();
    let done = tokio::task::spawn_blocking(move || rewrite(&file, keep.max(1), &id, &entry)).await;
    match done.map_err(io::Error::other).flatten() {
        Ok(()) => Outcome::Sent,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Outcome::Refused(format!("{}: {error}", path.display())),
        Err(error) => {
            Outcome::Later { at: None, absent: false, reason: format!("{} could not be written: {error}", path.display()) }
        }
    }
}

fn rewrite(path: &Path, keep: usize, id: &str, entry: &str) -> io::Result<()> {
    let old = read(path)?;
    let kept = entries(&old).filter(|entry| !entry.contains(id)).take(keep - 1);
    let feed = feed(std::iter::once(entry).chain(kept));
    replace(path, feed.as_bytes())
}

/// The file as it stands; nothing where there is none yet.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file.take(MAX_FILE).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(text),
        Err(error) => return Err(error),
    };
    if text.is_empty() || text.contains(MARK) {
        Ok(text)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "this is no feed of orbat: move it away"))
    }
}

/// The entries of a feed of ours, the latest first.
fn entries(feed: &str) -> impl Iterator<Item = &str> {
    feed.split(START).skip(1).filter_map(|rest| rest.split_once(END)).map(|(entry, _)| entry)
}

fn feed<'a>(entries: impl Iterator<Item = &'a str>) -> String {
    let now = Clock::System.now();
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>orbat</title>\n\
         <id>urn:orbat:alerts</id>\n<updated>{now:.0}</updated>\n<author><name>orbat</name></author>\n{MARK}\n"
    );
    for entry in entries {
        feed.extend([START, entry, END]);
    }
    feed + "</feed>\n"
}

fn entry(id: &str, message: &Message) -> String {
    let (alert, words) = (message.alert, &message.words);
    let link = alert.url.as_ref().map_or(String::new(), |url| format!("<link href=\"{}\"/>\n", escape(url.as_str())));
    format!(
        "\n{id}\n<title>{}</title>\n<published>{:.0}</published>\n<updated>{:.0}</updated>\n{link}<content>{}</content>\n",
        escape(&words.title),
        alert.created,
        Clock::System.now(),
        escape(&message.text()),
    )
}

/// Text as XML holds it; characters that it cannot hold are dropped.
fn escape(text: &str) -> String {
    let fits = |c: &char| matches!(c, '\t' | '\n' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(fits).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Readers see the old file or the new one, also after a crash.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = write(&new, bytes).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
