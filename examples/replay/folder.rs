//! A folder of feed files, each served as one feed at `http://<host>/<file>`; index.json beside them names the hosts.
//!
//! There are no pages, so none are asked for: nothing leaves this machine.

use crate::Result;
use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::feed::{self, FullText, Origin, Subscription};
use orbat::web::Site;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use url::Url;

/// Every feed is due again after this, also one that failed: back-off and servers' hints end at a day.
const ROUND: SignedDuration = SignedDuration::from_hours(36);

pub struct Folder {
    pub snapshots: Vec<Snapshot>,
    start: Timestamp,
    set: bool,
}

pub struct Snapshot {
    url: Url,
    bytes: Vec<u8>,
    /// Items that the index counts.
    expected: usize,
    content_type: &'static str,
}

/// A line of index.json; what else stands there is not needed.
#[derive(Deserialize)]
struct Line {
    file: String,
    host: String,
    #[serde(default)]
    items: usize,
}

impl Folder {
    pub fn read(path: &Path, limit: usize) -> Result<Folder> {
        let index: Vec<Line> = serde_json::from_slice(&std::fs::read(path.join("index.json"))?)?;
        let snapshots = index.into_iter().take(limit).map(|line| Snapshot::read(path, line)).collect::<Result<_>>()?;
        Ok(Folder { snapshots, start: Clock::System.now(), set: false })
    }

    pub fn subscriptions(&self) -> Result<Vec<Subscription>> {
        let feed = |s: &Snapshot| Subscription { full_text: FullText::Never, ..Subscription::new(s.url.clone(), s.name()) };
        Ok(self.snapshots.iter().map(feed).collect())
    }

    pub fn hosts(&self) -> BTreeSet<String> {
        self.snapshots.iter().filter_map(|s| s.url.host_str().map(str::to_owned)).collect()
    }

    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Twice is enough: the second round must bring nothing new.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let second = self.start.checked_add(ROUND).ok()?;
        (now < second).then_some(second)
    }

    pub fn set(&mut self, site: &Site) -> Result<()> {
        for s in self.snapshots.iter().filter(|_| !self.set) {
            let address = format!("{}{}", s.url.host_str().unwrap_or_default(), s.url.path());
            site.put_bytes(address, s.content_type, s.bytes.clone());
        }
        self.set = true;
        Ok(())
    }
}

impl Snapshot {
    fn read(folder: &Path, line: Line) -> Result<Snapshot> {
        let url =
            Url::parse(&format!("http://{}/{}", played(&line.host), line.file)).map_err(|e| format!("{}: {e}", line.file))?;
        let bytes = std::fs::read(folder.join(&line.file)).map_err(|e| format!("{}: {e}", line.file))?;
        let json = line.file.ends_with(".json");
        let content_type = if json { "application/feed+json" } else { "application/xml" };
        Ok(Snapshot { url, bytes, expected: line.items, content_type })
    }

    pub fn name(&self) -> &str {
        self.url.path().trim_start_matches('/')
    }

    /// Entries that the reader of feeds finds, and items that the index counts.
    pub fn entries(&self) -> (usize, usize) {
        let origin = Origin { url: &self.url, content_type: Some(self.content_type), encoding: None };
        (feed::read(&self.bytes, &origin).map_or(0, |feed| feed.entries.len()), self.expected)
    }
}

/// The name that a host is played under: only names can be, a literal address would be asked for real.
fn played(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(_) => format!("{}.example", host.replace(['.', ':'], "-")),
        Err(_) => host.to_owned(),
    }
}
