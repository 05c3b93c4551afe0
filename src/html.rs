//! HTML to plain text: paragraphs, lists and quotes kept apart, entities read, scripts and markup left out.
//!
//! One scan from left to right, no tree: every byte is looked at a bounded number of times. Text without markup passes as it is,
//! but for white space: "a < b" and "AT&T" are no markup.

use std::borrow::Cow;

/// The longest name of an entity, `&CounterClockwiseContourIntegral;`, with its signs.
const MAX_ENTITY: usize = 33;

/// The text of an HTML fragment or page. Paragraphs are parted by an empty line, lines by one line break.
/// Linear in the length; any input is accepted, plain text included.
pub fn text(html: &str) -> String {
    let html = unwrap_escaped(html);
    let mut page = Page { plain: !has_markup(&html), ..Page::default() };
    page.out.reserve(html.len());
    scan(&html, &mut page);
    page.out
}

/// `text` on one line: for titles.
pub fn line(html: &str) -> String {
    let html = unwrap_escaped(html);
    let mut page = Page { one_line: true, ..Page::default() };
    scan(&html, &mut page);
    page.out
}

/// The beginning of a text: at most so many bytes, and whole characters.
pub fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Markup that was escaped once too often ("&lt;p&gt;…") is read as the markup it was.
fn unwrap_escaped(html: &str) -> Cow<'_, str> {
    let escaped = html.contains("&lt;/") || html.contains("&lt;p") || html.contains("&lt;br") || html.contains("&lt;img");
    if escaped && !has_markup(html) { html_escape::decode_html_entities(html) } else { Cow::Borrowed(html) }
}

fn has_markup(html: &str) -> bool {
    html.match_indices('<').any(|(i, _)| opens_tag(&html.as_bytes()[i..])) && html.contains('>')
}

/// Does a tag, comment or declaration begin here? "<" before a space, a digit or another sign is a sign itself.
fn opens_tag(rest: &[u8]) -> bool {
    match rest {
        [b'<', b'/', c, ..] | [b'<', c, ..] if c.is_ascii_alphabetic() => true,
        [b'<', b'!', c, ..] => c.is_ascii_alphabetic() || matches!(c, b'-' | b'['),
        [b'<', b'?', c, ..] => c.is_ascii_alphabetic(),
        _ => false,
    }
}

/// What stands between two words.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

/// The text so far.
#[derive(Default)]
struct Page {
    out: String,
    gap: Gap,
    /// Titles: all white space is a space.
    one_line: bool,
    /// No markup at all: empty lines part paragraphs.
    plain: bool,
    /// The line break of plain text that may become an empty line.
    newline: bool,
    /// A no-break or thin space after a digit, which is kept between digits: "2 000".
    thin: Option<char>,
}

impl Page {
    fn part(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// A second `<br>` in a row makes an empty line.
    fn break_line(&mut self) {
        self.part(if self.gap == Gap::Line { Gap::Paragraph } else { Gap::Line });
    }

    fn flush(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if !self.out.is_empty() {
            self.out.push_str(match gap {
                Gap::None => "",
                _ if self.one_line => " ",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.newline = false;
    }

    /// Text without white space and signs that need a look.
    fn word(&mut self, word: &str) {
        let digit = self.gap == Gap::Space && word.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if let Some(space) = self.thin.take().filter(|_| digit) {
            self.gap = Gap::None;
            self.out.push(space);
        }
        self.flush();
        self.out.push_str(word);
    }

    /// `&#146;` is meant as a sign of Windows-1252.
    fn windows_1252(&mut self, c: char) {
        let byte = [u8::try_from(u32::from(c)).unwrap_or(b'?')];
        let meant = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0;
        if !meant.contains(char::is_control) {
            self.word(&meant);
        }
    }

    fn char(&mut self, c: char) {
        match c {
            '\n' if self.plain && self.newline => self.part(Gap::Paragraph),
            '\n' => {
                self.newline = true;
                self.part(Gap::Space);
            }
            '\u{a0}' | '\u{202f}' | '\u{2009}' if self.gap == Gap::None && self.out.ends_with(|c: char| c.is_ascii_digit()) => {
                self.part(Gap::Space);
                self.thin = Some(c);
            }
            '\u{80}'..='\u{9f}' => self.windows_1252(c),
            c if c.is_whitespace() => {
                self.thin = None;
                self.part(Gap::Space);
            }
            c if is_invisible(c) => {}
            c => self.word(c.encode_utf8(&mut [0; 4])),
        }
    }
}

/// Soft hyphens, joiners, marks of direction, byte order marks, controls and non-characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
        || c.is_control()
}

/// Bytes that can be copied as they are. The lead bytes of white space and invisible characters cannot.
fn is_simple(b: u8) -> bool {
    !matches!(b, 0..=b' ' | b'<' | b'&' | 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef)
}

fn scan(html: &str, page: &mut Page) {
    let bytes = html.as_bytes();
    let mut tags = Tags { html, last: html.rfind('>').unwrap_or(0), careless: false, unclosed: Vec::new() };
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' => {
                page.char(' ');
                at += 1;
            }
            b'<' => at = tags.read(at, page).unwrap_or_else(|| literal(at, '<', page)),
            b'&' => {
                at = entity(&html[at..], page).map_or_else(|| literal(at, '&', page), |length| at + length);
            }
            b if is_simple(b) => {
                let end = bytes[at..].iter().position(|b| !is_simple(*b)).map_or(bytes.len(), |n| at + n);
                page.word(&html[at..end]);
                at = end;
            }
            _ => {
                let c = html[at..].chars().next().unwrap_or(' ');
                page.char(c);
                at += c.len_utf8();
            }
        }
    }
}

fn literal(at: usize, sign: char, page: &mut Page) -> usize {
    page.char(sign);
    at + 1
}

/// Reads the entity at the head of `rest`, also one that was escaped twice (`&amp;eacute;`); returns its length.
fn entity(rest: &str, page: &mut Page) -> Option<usize> {
    let (mut text, mut length) = one_entity(rest)?;
    if text == "&" {
        let tail = rest[length..].bytes().take(MAX_ENTITY).take_while(|b| b.is_ascii_alphanumeric() || b"#;".contains(b)).count();
        if let Some((inner, read)) = one_entity(&format!("&{}", &rest[length..length + tail])) {
            (text, length) = (inner, length + read - 1);
        }
    }
    text.chars().for_each(|c| page.char(c));
    Some(length)
}

/// The entity at the head of `rest`, with its length. Those of Latin-1 that are often written without `;` are read too.
fn one_entity(rest: &str) -> Option<(String, usize)> {
    let body = rest.as_bytes().iter().skip(1).take(MAX_ENTITY);
    let name = body.take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
    if rest.as_bytes().get(name + 1) == Some(&b';') {
        let length = name + 2;
        let whole = &rest[..length];
        let text = html_escape::decode_html_entities(whole);
        return (text != whole).then(|| (text.into_owned(), length));
    }
    ["&nbsp", "&quot", "&amp"].into_iter().find(|known| rest[..=name] == **known).map(|known| {
        let text = html_escape::decode_html_entities(&format!("{known};")).into_owned();
        (text, known.len())
    })
}

/// Where tags end, and what is known about those that do not.
struct Tags<'a> {
    html: &'a str,
    /// The last `>` of all: nothing behind it is a tag.
    last: usize,
    /// A quote was found unclosed: from there on the first `>` ends a tag.
    careless: bool,
    /// Elements of which no closing tag is left.
    unclosed: Vec<&'static str>,
}

impl Tags<'_> {
    /// Reads the tag at `at` and returns where it ends; `None` where it is no tag.
    fn read(&mut self, at: usize, page: &mut Page) -> Option<usize> {
        let rest = &self.html[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            return Some(comment.find("-->").map_or(self.html.len(), |n| at + 4 + n + 3));
        }
        if at > self.last || !opens_tag(rest.as_bytes()) {
            return None;
        }
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let end = data.find("]]>");
            page.char(' ');
            data[..end.unwrap_or(data.len())].chars().for_each(|c| page.char(c));
            return Some(end.map_or(self.html.len(), |n| at + 9 + n + 3));
        }
        let end = self.end(at)?;
        let closing = rest.as_bytes()[1] == b'/';
        let name = &self.html[at + 1 + usize::from(closing)..end];
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let mut lower = [0u8; 12];
        let name = name.as_bytes().get(..length.min(12)).unwrap_or_default();
        lower[..name.len()].copy_from_slice(name);
        lower.make_ascii_lowercase();
        match element(&lower[..name.len()]) {
            Element::Inline => {}
            Element::Break => page.break_line(),
            Element::Part(gap) => page.part(gap),
            Element::Quote => page.word(if closing { "”" } else { "“" }),
            Element::Dropped(name) if !closing && self.html.as_bytes()[end - 2] != b'/' => {
                return Some(self.skip(name, end, page));
            }
            Element::Dropped(_) => {}
        }
        Some(end)
    }

    /// The end of the tag that begins at `at`: past the first `>` outside of quoted values.
    fn end(&mut self, at: usize) -> Option<usize> {
        let bytes = &self.html.as_bytes()[at..];
        if !self.careless {
            let mut quote = None;
            let mut before = b' ';
            for (i, b) in bytes.iter().enumerate() {
                match quote {
                    Some(q) if *b == q => quote = None,
                    Some(_) => continue,
                    None if *b == b'>' => return Some(at + i + 1),
                    None if before == b'=' && matches!(b, b'"' | b'\'') => quote = Some(*b),
                    None => {}
                }
                if !b.is_ascii_whitespace() {
                    before = *b;
                }
            }
            self.careless = true;
        }
        Some(at + self.html[at..].find('>')? + 1)
    }

    /// Past the closing tag of an element that is left out. Unclosed scripts reach to the end, of others only the tag is left out.
    fn skip(&mut self, name: &'static str, from: usize, page: &mut Page) -> usize {
        page.part(Gap::Space);
        if self.unclosed.contains(&name) {
            return from;
        }
        let bytes = self.html.as_bytes();
        let closes = |i: &usize| {
            let after = &bytes[*i + 2..];
            bytes[*i + 1] == b'/'
                && after[..name.len()].eq_ignore_ascii_case(name.as_bytes())
                && !after.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        };
        let close = (from..bytes.len().saturating_sub(name.len() + 1)).filter(|i| bytes[*i] == b'<').find(closes);
        match close.and_then(|i| self.html[i..].find('>').map(|n| i + n + 1)) {
            Some(end) => end,
            None if matches!(name, "script" | "style") => bytes.len(),
            None => {
                self.unclosed.push(name);
                from
            }
        }
    }
}

/// What an element does to the text.
enum Element {
    Inline,
    Break,
    Part(Gap),
    Quote,
    Dropped(&'static str),
}

fn element(name: &[u8]) -> Element {
    const DROPPED: [&str; 10] =
        ["script", "style", "svg", "noscript", "template", "iframe", "object", "head", "select", "textarea"];
    match name {
        b"p" | b"div" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote" | b"ul" | b"ol" | b"dl" | b"table"
        | b"section" | b"article" | b"header" | b"footer" | b"figure" | b"figcaption" | b"pre" | b"hr" | b"address"
        | b"aside" | b"main" | b"nav" | b"form" | b"fieldset" | b"center" | b"details" | b"summary" | b"title" | b"body" => {
            Element::Part(Gap::Paragraph)
        }
        b"br" => Element::Break,
        b"li" | b"tr" | b"dt" | b"dd" | b"option" | b"caption" => Element::Part(Gap::Line),
        b"td" | b"th" | b"img" | b"button" | b"input" | b"video" | b"audio" => Element::Part(Gap::Space),
        b"q" => Element::Quote,
        _ => DROPPED.iter().find(|d| d.as_bytes() == name).map_or(Element::Inline, |d| Element::Dropped(d)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (html, plain) in [
            ("", ""),
            ("a < b", "a < b"),
            ("AT&T and R&D; <3", "AT&T and R&D; <3"),
            ("5 <10 & 20> 3", "5 <10 & 20> 3"),
            ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
            ("One<br/>\n<br />Two", "One\n\nTwo"),
            ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
            ("He said:<blockquote>No.</blockquote>He left.", "He said:\n\nNo.\n\nHe left."),
            ("a<b>b</b>c <i>d</i>", "abc d"),
            ("x<script>if (a < b) '<p>'</script>y<style>p{}</style><!-- <p>no</p> -->z", "x y z"),
            ("<svg><title>t</title></svg>a<noscript>please</noscript>b", "a b"),
            ("<head><title>t</title></head><header>Kop</header>tekst", "Kop\n\ntekst"),
            ("a <svg> b", "a b"),
            ("a <script> b", "a"),
            ("<img alt=\"a > b\" src=x>c", "c"),
            ("<a href=\"x>y</a> z", "y z"),
            ("<q>No</q>, he said", "“No”, he said"),
            ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
            ("&eacute;&amp;eacute;&#233;&#xe9;&amp;#233;", "ééééé"),
            ("&amp;amp; &amp;lt;b&amp;gt;", "& <b>"),
            ("don&#146;t &unknown; &nbsp&quot", "don’t &unknown; \""),
            ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\n\nTwo"),
            ("sol\u{ad}diers\u{200b} \u{feff}and\u{2028}men\u{2}", "soldiers and men"),
            ("2&nbsp;000&nbsp;soldiers, 3\u{202f}500", "2\u{a0}000 soldiers, 3\u{202f}500"),
            ("First paragraph\nwrapped.\n\nSecond.\r\n\r\nThird.", "First paragraph wrapped.\n\nSecond.\n\nThird."),
            ("<p>a\n\nb</p>", "a b"),
            ("<a<a<a", "<a<a<a"),
            ("<![CDATA[a & b]]> c", "a & b c"),
            ("<?php x ?><!DOCTYPE html>a", "a"),
            ("safe<!--", "safe"),
            ("<!' <b>c</b> <? d", "<!' c <? d"),
            ("x<o:p></o:p><my-own-element-name>y</my-own-element-name>", "xy"),
        ] {
            assert_eq!(text(html), plain, "{html}");
        }
    }

    #[test]
    fn heads_are_whole_characters() {
        for (bytes, head_) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (9, "aé")] {
            assert_eq!(head("aé", bytes), head_);
        }
    }

    #[test]
    fn titles_are_one_line() {
        for (html, plain) in [
            ("  US sends\n 2,000 <b>troops</b><br>to Poland ", "US sends 2,000 troops to Poland"),
            ("Zelensky: &amp;quot;No&amp;quot;", "Zelensky: \"No\""),
            ("&lt;i&gt;Kursk&lt;/i&gt;", "Kursk"),
            ("Q&amp;A: a &lt; b", "Q&A: a < b"),
        ] {
            assert_eq!(line(html), plain, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails_and_is_tidy(html in "([ -~\u{80}-\u{2100}]|<|</|>|&|;|p|br|script|svg|\"|\n|<!--|-->){0,60}") {
            for plain in [text(&html), line(&html)] {
                proptest::prop_assert_eq!(plain.trim(), &plain);
                proptest::prop_assert!(!plain.contains("  ") && !plain.contains("\n\n\n"));
            }
            proptest::prop_assert!(!line(&html).contains('\n'));
        }

        #[test]
        fn words_pass(words in "[a-zé0-9]{1,8}( [a-zé0-9,.!?'-]{1,8}){0,8}") {
            proptest::prop_assert_eq!(text(&words), words.clone());
            proptest::prop_assert_eq!(line(&words), words);
        }
    }
}
