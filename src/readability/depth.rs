//! How deep the elements of a page are nested, without building its tree.
//!
//! The readers of pages recurse, and some take quadratic time in the depth: a page of nested tags must be refused before they see it.
//! The count follows the rules of HTML where these make it smaller (an open `<li>` ends where the next begins) and is otherwise
//! too high rather than too low.

use super::MAX_DEPTH;

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "basefont",
    "bgsound", "frame", "keygen",
];
/// Their content is no markup.
const RAW: &[&str] = &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];
/// Elements that end where another of their kind or rank begins: no closing tag is needed.
const IMPLIED: &[(&str, u8)] = &[
    ("p", 0),
    ("li", 0),
    ("dt", 0),
    ("dd", 0),
    ("option", 0),
    ("optgroup", 1),
    ("rp", 0),
    ("rt", 0),
    ("td", 1),
    ("th", 1),
    ("tr", 2),
    ("tbody", 3),
    ("thead", 3),
    ("tfoot", 3),
    ("colgroup", 3),
    ("caption", 3),
];
/// Closing tags of these end everything that is still open inside.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "html",
    "main",
    "menu",
    "nav",
    "ol",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "ul",
    "svg",
    "math",
    "template",
    "object",
    "noscript",
];
/// No closing tag reaches out of these, but their own.
const BARRIERS: &[&str] = &["table", "td", "th", "caption", "template", "object", "svg", "math"];

/// An element that is open. What its name means is looked up once.
struct Open {
    name: String,
    /// Of an element whose end is implied.
    rank: Option<u8>,
    block: bool,
    barrier: bool,
    foreign: bool,
}

impl Open {
    fn new(name: String, within: Option<&Open>) -> Open {
        let is = |list: &[&str]| list.contains(&name.as_str());
        Open {
            rank: IMPLIED.iter().find(|(n, _)| *n == name).map(|(_, rank)| *rank),
            block: is(BLOCK),
            barrier: is(BARRIERS),
            foreign: within.is_some_and(|o| o.foreign) || is(&["svg", "math"]),
            name,
        }
    }
}

/// Is any element nested deeper than [`MAX_DEPTH`]?
pub(super) fn too_deep(html: &str) -> bool {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|n| at + n) {
        let rest = &html[start..];
        at = start + 1;
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(html.len(), |n| start + n + 3);
            continue;
        }
        let closing = rest[1..].starts_with('/');
        let name = name(&rest[1 + usize::from(closing)..]);
        if name.is_empty() {
            continue;
        }
        if closing {
            close(&mut open, &name);
        } else if RAW.contains(&name.as_str()) {
            at = past_raw(html, start + 1 + name.len(), &name);
        } else if !VOID.contains(&name.as_str()) {
            let element = Open::new(name, open.last());
            end_implied(&mut open, &element);
            open.push(element);
        }
        if open.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// A tag's name, in lower case; empty where no tag begins.
fn name(rest: &str) -> String {
    const LONGEST: usize = 16;
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return String::new();
    }
    let name = rest.bytes().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/' | b'<')).take(LONGEST);
    name.map(|b| b.to_ascii_lowercase() as char).collect()
}

/// The start of an element ends an open one of its kind, with what is inline in that; a block ends a paragraph.
fn end_implied(open: &mut Vec<Open>, element: &Open) {
    let Some(limit) = element.rank.or(element.block.then_some(0)).filter(|_| !element.foreign) else { return };
    while let Some(last) = open.iter().rposition(|o| o.rank.is_some() || o.block) {
        let ends = match open[last].rank {
            Some(_) if element.block => open[last].name == "p",
            Some(rank) => rank <= limit,
            None => false,
        };
        if !ends {
            return;
        }
        open.truncate(last);
    }
}

/// A block's or an implied element's closing tag ends all inside of it; any other ends only its own element.
fn close(open: &mut Vec<Open>, name: &str) {
    let Some(found) = open.iter().rposition(|o| o.name == name || o.barrier).filter(|i| open[*i].name == name) else { return };
    if open[found].block || open[found].rank.is_some() {
        open.truncate(found);
    } else {
        open.remove(found);
    }
}

fn past_raw(html: &str, from: usize, name: &str) -> usize {
    let bytes = html.as_bytes();
    let closes = |i: &usize| {
        bytes[*i..].starts_with(b"</")
            && bytes.get(*i + 2..*i + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
    };
    (from..bytes.len()).find(closes).unwrap_or(html.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_seen() {
        for (html, deep) in [
            ("<div>".repeat(300), true),
            ("<b>".repeat(300), true),
            ("<b><div></b>".repeat(300), true),
            ("<span><div></span>".repeat(300), true),
            ("<b></i>".repeat(300), true),
            ("<table><tr><td>".repeat(100), true),
            ("<table><tr><td></div>".repeat(100), true),
            ("<ul><li>".repeat(200), true),
            (format!("<svg>{}", "<td>".repeat(300)), true),
            ("<x-y>".repeat(300), true),
            ("<div/>".repeat(300), true),
            ("<div>text</div>".repeat(300), false),
            ("<p>one<p>two<br><img src=x>".repeat(300), false),
            (format!("<ul>{}</ul>", "<li>x".repeat(300)), false),
            (format!("<table>{}</table>", "<tr><td>1<td><font>2".repeat(300)), false),
            ("<div><span></div>".repeat(300), false),
            ("<script>if (a<b) '<div>'</script>".repeat(300), false),
            (format!("<!-- {} -->", "<div>".repeat(300)), false),
            ("1 < 2 <3 </ div>".repeat(300), false),
        ] {
            assert_eq!(too_deep(&html), deep, "{}", &html[..html.len().min(60)]);
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(html in "(<|</|>|!--|-->|div|p|td|svg|script|b|[ -~é]){0,40}") {
            too_deep(&html);
        }
    }
}
