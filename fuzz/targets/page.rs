//! Any bytes as an article page: reading it ends, and gives plain text or a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orbat::url::Url;
use orbat::{decode, html, readability};
use std::sync::LazyLock;

static ADDRESS: LazyLock<Url> = LazyLock::new(|| Url::parse("https://example.org/article").expect("an address"));

// Panics of the readers that are caught and answered are no finding; what unwinds to here still ends the program.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let page = decode::decode(data, None, None, Some("org")).text;
    html::text(&page);
    let _ = readability::read(&page, &ADDRESS);
});
