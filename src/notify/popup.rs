//! The body of a popup: the words of an alert as the notification server at hand can show them. Pure.

use crate::alert::Words;
use crate::text::span::Span;
use url::Url;

/// The longest sentence shown, in characters: beyond it the part around the number is.
const MAX_SENTENCE: usize = 320;
/// Lines shown of a long summary, and characters of each.
const MAX_LINES: usize = 20;
const MAX_LINE: usize = 240;

/// What a notification server can do (`GetCapabilities` of the Desktop Notifications Specification).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub markup: bool,
    pub actions: bool,
    pub hyperlinks: bool,
}

impl Capabilities {
    pub fn of(names: &[String]) -> Capabilities {
        let has = |name: &str| names.iter().any(|n| n == name);
        Capabilities { markup: has("body-markup"), actions: has("actions"), hyperlinks: has("body-hyperlinks") }
    }
}

/// What else is said, the evidence with its number marked, where it is from, and the link where there are no buttons.
pub(super) fn body(words: &Words, link: Option<&Url>, can: Capabilities) -> String {
    let write = |text: &str| if can.markup { escape(text) } else { text.to_owned() };
    let mut lines: Vec<String> = words.lines.iter().take(MAX_LINES).map(|line| write(&cut(&clean(line), MAX_LINE))).collect();
    if words.lines.len() > MAX_LINES {
        lines.push(format!("… {} more", words.lines.len() - MAX_LINES));
    }
    if let Some((text, mark)) = &words.sentence {
        let [before, marked, after] = excerpt(text, *mark).map(|part| write(&part));
        lines.push(if can.markup && !marked.is_empty() {
            format!("{before}<b>{marked}</b>{after}")
        } else {
            before + &marked + &after
        });
    }
    lines.push(write(&cut(&clean(&words.footer), MAX_LINE)));
    if let Some(link) = link.filter(|_| !can.actions) {
        let address = write(link.as_str());
        lines.push(if can.markup && can.hyperlinks { format!("<a href=\"{address}\">{address}</a>") } else { address });
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Plain text as markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One line: runs of blanks and line ends are one space, other control characters nothing.
pub(super) fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if c.is_whitespace() && line.ends_with(char::is_whitespace) => {}
            _ if c.is_whitespace() => line.push(' '),
            _ if c.is_control() => {}
            _ => line.push(c),
        }
    }
    line
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The sentence before, in and after its mark; a long one is cut at both ends.
fn excerpt(text: &str, mark: Option<Span>) -> [String; 3] {
    let fits = |m: &Span| text.get(m.start as usize..m.end as usize).is_some();
    let Some(mark) = mark.filter(fits) else {
        return [cut(clean(text).trim(), MAX_SENTENCE), String::new(), String::new()];
    };
    let marked = clean(mark.of(text));
    let [before, after] = [clean(&text[..mark.start as usize]), clean(&text[mark.end as usize..])];
    let [before, after] = [before.trim_start(), after.trim_end()];
    let room = MAX_SENTENCE.saturating_sub(marked.chars().count());
    let (lead, tail) = (before.chars().count(), after.chars().count());
    // Each side gets half, and what the other leaves over.
    let keep_lead = lead.min((room / 2).max(room.saturating_sub(tail)));
    let start = before.char_indices().nth(lead - keep_lead).map_or(before.len(), |(at, _)| at);
    let dots = if keep_lead < lead { "…" } else { "" };
    [format!("{dots}{}", &before[start..]), cut(&marked, MAX_SENTENCE), cut(after, room - keep_lead)]
}

#[cfg(test)]
mod tests {
    use super::{Capabilities, MAX_SENTENCE, body, clean, excerpt};
    use crate::alert::Words;
    use crate::text::span::Span;
    use proptest::prelude::*;
    use url::Url;

    const RICH: Capabilities = Capabilities { markup: true, actions: true, hyperlinks: true };

    fn words() -> Words {
        Words {
            title: "US: 2,000 to Germany and Poland (planned)".into(),
            lines: vec!["Also: 1,000 Germany to Romania; <8,500> on alert".into()],
            sentence: Some(("Er gaan 2000 man naar Duitsland & Polen.".into(), Some(Span::new(8, 12)))),
            footer: "NOS, Dutch, 09:12, first report".into(),
        }
    }

    #[test]
    fn what_a_server_can_show() {
        let link = Url::parse("https://nos.nl/a?x=1&y=2").unwrap();
        let head = "Also: 1,000 Germany to Romania; <8,500> on alert\nEr gaan 2000 man naar Duitsland & Polen.\nNOS, Dutch, 09:12, first report";
        let marked = "Also: 1,000 Germany to Romania; &lt;8,500&gt; on alert\nEr gaan <b>2000</b> man naar Duitsland &amp; Polen.\n\
                      NOS, Dutch, 09:12, first report";
        for (can, expected) in [
            (RICH, marked.to_owned()),
            (Capabilities { actions: true, ..Capabilities::default() }, head.to_owned()),
            (Capabilities::default(), format!("{head}\nhttps://nos.nl/a?x=1&y=2")),
            (Capabilities { markup: true, ..Capabilities::default() }, format!("{marked}\nhttps://nos.nl/a?x=1&amp;y=2")),
            (
                Capabilities { actions: false, ..RICH },
                format!("{marked}\n<a href=\"https://nos.nl/a?x=1&amp;y=2\">https://nos.nl/a?x=1&amp;y=2</a>"),
            ),
        ] {
            assert_eq!(body(&words(), Some(&link), can), expected, "{can:?}");
        }
    }

    #[test]
    fn a_long_sentence_is_cut_around_its_number() {
        let text = format!("{}2000 {}", "voor ".repeat(200), "na ".repeat(200));
        let [before, marked, after] = excerpt(&text, Some(Span::new(1000, 1004)));
        assert!(before.starts_with('…') && before.ends_with("voor ") && after.starts_with(" na") && after.ends_with('…'));
        assert_eq!(marked, "2000");
        assert!(before.chars().count() + after.chars().count() <= MAX_SENTENCE + 2);
    }

    #[test]
    fn one_line() {
        assert_eq!(clean("a\r\n\t b\u{7}\u{a0}c"), "a b c");
    }

    proptest! {
        /// Whatever the text holds, the only markup is ours, and it is closed.
        #[test]
        fn markup_is_well_formed(text in "[<>&\"a-zé… \n]{0,400}", a in 0usize..400, b in 0usize..400) {
            let mut words = words();
            words.sentence = Some((text, Some(Span::new(a.min(b), a.max(b)))));
            let shown = body(&words, None, RICH).replacen("<b>", "", 1).replacen("</b>", "", 1);
            prop_assert!(!shown.contains(['<', '>', '"']));
            prop_assert!(shown.split('&').skip(1).all(|rest| ["amp;", "lt;", "gt;", "quot;"].iter().any(|e| rest.starts_with(e))));
        }
    }
}
