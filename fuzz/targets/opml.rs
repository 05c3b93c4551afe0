//! Any text as OPML: reading ends, and what was read is written and read again as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orbat::feed::opml;

fuzz_target!(|text: &str| {
    let Ok((feeds, _)) = opml::read(text) else { return };
    let again = opml::read(&opml::write("feeds", &feeds)).map(|(feeds, _)| feeds.len());
    assert_eq!(again, Ok(feeds.len()));
});
