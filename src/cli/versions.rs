//! How an article was edited: what went and what came, word by word.

use super::articles::claim_table;
use super::screen::{Screen, clean_lines};
use super::time;
use crate::store::{ArticleRow, Version};
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};
use std::io::Write;
use std::time::Duration;

/// Words shown on both sides of a change.
const AROUND: usize = 8;
/// Longer comparisons end with what they have found: more is shown as changed than was.
const PATIENCE: Duration = Duration::from_millis(500);

/// An edition beside the one that took its place.
struct Edit<'a> {
    version: &'a Version,
    /// When it was first seen.
    seen: Timestamp,
    before: String,
    after: String,
}

/// Each older edition with what followed it.
fn edits<'a>(row: &ArticleRow, versions: &'a [Version]) -> Vec<Edit<'a>> {
    let texts = versions.iter().map(|v| format!("{}\n\n{}", v.title, v.body)).chain([row.article.text().0]);
    let texts: Vec<String> = texts.collect();
    let seen = std::iter::once(row.article.first_seen).chain(versions.iter().map(|v| v.replaced));
    let edit = |((version, seen), pair): ((&'a Version, _), &[String])| Edit {
        version,
        seen,
        before: pair[0].clone(),
        after: pair[1].clone(),
    };
    versions.iter().zip(seen).zip(texts.windows(2)).map(edit).collect()
}

/// The older editions, for programs. `changes` marks in the words around them what went as `[-…-]` and what came as `{+…+}`.
pub fn values(row: &ArticleRow, versions: &[Version]) -> Value {
    let value = |edit: Edit| {
        let claims = edit.version.claims.iter();
        let claims: Vec<_> =
            claims.map(|(claim, verdict, line)| json!({"line": line, "verdict": verdict, "claim": claim})).collect();
        json!({
            "n": edit.version.n,
            "seen": edit.seen,
            "replaced": edit.version.replaced,
            "text": edit.before,
            "text_from": edit.version.text_from,
            "claims": claims,
            "changes": changes(&edit.before, &edit.after, &Screen::default()),
        })
    };
    edits(row, versions).into_iter().map(value).collect()
}

/// The older editions, for people.
pub fn print(row: &ArticleRow, versions: &[Version], screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
    for edit in edits(row, versions) {
        let (seen, replaced) = (time::long(edit.seen, now), time::long(edit.version.replaced, now));
        let head = format!("edition {}, of {seen}, changed {replaced}", edit.version.n);
        writeln!(out, "\n{}", screen.bold(&head))?;
        writeln!(out, "{}", changes(&edit.before, &edit.after, screen))?;
        if !edit.version.claims.is_empty() {
            writeln!(out, "\nIt said:")?;
            claim_table(&edit.version.claims, &edit.before).print(out, screen)?;
        }
    }
    Ok(())
}

/// What changed, with the words around it: `sends [-2,000-]{+3,000+} soldiers`.
fn changes(before: &str, after: &str, screen: &Screen) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_words(before, after);
    let mut parts: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match parts.last_mut().filter(|(tag, _)| *tag == change.tag()) {
            Some((_, text)) => text.push_str(change.value()),
            None => parts.push((change.tag(), change.value().to_owned())),
        }
    }
    let last = parts.len().saturating_sub(1);
    let shown = parts.iter().enumerate().map(|(i, (tag, text))| match tag {
        ChangeTag::Equal => clean_lines(&shortened(text, i > 0, i < last)),
        ChangeTag::Delete => screen.bold(&format!("[-{}-]", clean_lines(text))),
        ChangeTag::Insert => screen.bold(&format!("{{+{}+}}", clean_lines(text))),
    });
    shown.collect::<String>().trim().to_owned()
}

/// The words of a text that stand next to changes: at its beginning, at its end, or both.
fn shortened(text: &str, beginning: bool, end: bool) -> String {
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    let head = if beginning { AROUND } else { 0 };
    let tail = if end { AROUND } else { 0 };
    if words.len() <= head + tail {
        return text.to_owned();
    }
    format!("{}… {}", words[..head].concat(), words[words.len() - tail..].concat())
}

#[cfg(test)]
mod tests {
    use super::{Screen, changes};

    #[test]
    fn what_changed_stands_among_its_words() {
        for (before, after, shown) in [
            ("The US sends 2,000 men.", "The US sends 3,000 men.", "The US sends [-2,000-]{+3,000+} men."),
            ("One.", "One. Two.", "One.{+ Two.+}"),
            ("a b c d e f g h i j k X", "a b c d e f g h i j k Y", "… d e f g h i j k [-X-]{+Y+}"),
            ("X a b c d e f g h i j k", "Y a b c d e f g h i j k", "[-X-]{+Y+} a b c d e f g …"),
            ("same", "same", "…"),
        ] {
            assert_eq!(changes(before, after, &Screen::default()), shown, "{before}");
        }
    }
}
