//! OPML: lists of feeds from and for other readers.

use super::Subscription;

/// Reads the feeds of an OPML file; folders become tags. The second list says what was left out and why.
pub fn read(_text: &str) -> Result<(Vec<Subscription>, Vec<String>), String> {
    todo!()
}

/// Writes feeds as OPML 2.0, our own settings as attributes of the namespace `orbat`. Never with credentials.
pub fn write(_title: &str, _feeds: &[Subscription]) -> String {
    todo!()
}
