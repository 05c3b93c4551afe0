//! Feeds: every format and every way to break one (`tests/feeds`, written for this), and real ones where they are at hand.

use orbat::feed::{self, Feed, Origin};
use orbat::url::Url;
use std::path::Path;

fn read(bytes: &[u8], url: &str) -> Result<Feed, feed::FeedError> {
    let url = Url::parse(url).unwrap();
    feed::read(bytes, &Origin { url: &url, content_type: None, encoding: None })
}

/// A folder of real feeds with what they hold, where there is one beside the project.
#[test]
fn real_feeds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/feeds");
    let Ok(index) = std::fs::read(folder.join("index.json")) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    let index: Vec<serde_json::Value> = serde_json::from_slice(&index).unwrap();
    let mut wrong = Vec::new();
    for feed in &index {
        let name = feed["file"].as_str().unwrap();
        let items = feed["items"].as_u64().unwrap() as usize;
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let read = read(&bytes, &format!("https://{}/feed", feed["host"].as_str().unwrap()));
        match read {
            Ok(read) if read.entries.len() == items => {}
            Ok(read) => wrong.push(format!("{name}: {} entries, not {items}; {:?}", read.entries.len(), read.repairs)),
            Err(error) => wrong.push(format!("{name}: {error}, not {items} entries")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), index.len(), wrong.join("\n"));
}
