//! Any bytes, with any `Content-Type`: reading a feed ends, and what comes of it can be stored.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orbat::feed::{self, Origin};
use orbat::url::Url;
use std::sync::LazyLock;

static BASE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://example.org/feeds/rss").expect("an address"));

// Panics of the parsers that are caught and answered are no finding; what unwinds to here still ends the program.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let (content_type, bytes) = match data.split_first() {
        Some((0..=127, _)) | None => (None, data),
        Some((128..=199, rest)) => (Some("text/xml; charset=windows-1251"), rest),
        Some((200.., rest)) => (Some("application/rss+xml; charset=iso-2022-jp"), rest),
    };
    let origin = Origin { url: &BASE, content_type, encoding: None };
    let Ok(feed) = feed::read(bytes, &origin) else { return };
    for entry in feed.entries {
        assert!(entry.link.is_none_or(|link| matches!(link.scheme(), "http" | "https")));
        assert!(!entry.title.contains('\n') && entry.title == entry.title.trim());
        assert_eq!(entry.text, entry.text.trim());
    }
});
