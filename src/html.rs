//! HTML to plain text: paragraphs, lists and quotes kept apart, entities read, scripts and markup left out.

/// The text of an HTML fragment or page. Paragraphs are parted by an empty line, lines by one line break.
/// Linear in the length; any input is accepted, plain text included.
pub fn text(_html: &str) -> String {
    todo!()
}

/// `text` on one line: for titles.
pub fn line(_html: &str) -> String {
    todo!()
}
