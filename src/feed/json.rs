//! JSON Feed 1.0 and 1.1, by hand: feed-rs refuses numeric ids, absent titles and one bad attachment, and drops languages.

use super::date;
use super::draft::{Draft, DraftFeed};
use serde_json::Value;

/// Why a JSON text gives no feed.
pub(super) enum Refusal {
    /// Broken JSON of something that may be a feed.
    Broken(String),
    /// JSON of something else.
    Other,
}

/// A feed that was read.
pub(super) struct Found {
    pub drafts: DraftFeed,
    pub format: String,
    pub repair: Option<String>,
}

/// Reads a JSON feed. Of one that breaks off the whole items are kept.
pub(super) fn read(text: &str) -> Result<Found, Refusal> {
    let (feed, repair) = match parsed(text) {
        Ok(feed) => (feed, None),
        Err(error) => {
            let whole = whole_items(text).and_then(|head| parsed(&format!("{head}]}}")).ok());
            let reason = error.to_string();
            (whole.ok_or(Refusal::Broken(reason.clone()))?, Some(format!("only its beginning was read: {reason}")))
        }
    };
    let version = string(&feed, "version").unwrap_or_default();
    let items = match feed.get("items") {
        Some(Value::Array(items)) => items.as_slice(),
        None | Some(Value::Null) if version.contains("jsonfeed.org") => &[],
        _ => return Err(Refusal::Other),
    };
    let number = version.rsplit('/').next().unwrap_or_default();
    let drafts = DraftFeed {
        title: string(&feed, "title").unwrap_or_default(),
        language: string(&feed, "language"),
        entries: items.iter().filter(|i| i.is_object()).map(draft).collect(),
    };
    let format = format!("json feed {}", if number == "1" { "1.0" } else { number }).trim_end().to_owned();
    Ok(Found { drafts, format, repair })
}

fn parsed(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace(|c: char| c.is_ascii_control(), " ")))
}

/// A text that breaks off, up to the end of the last object that is whole in a list of the outermost object.
fn whole_items(text: &str) -> Option<&str> {
    let (mut depth, mut quoted, mut escaped, mut end) = (0usize, false, false, None);
    for (i, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if b == b'}' && depth == 2 {
                    end = Some(i + 1);
                }
            }
            _ => {}
        }
    }
    text.get(..end?)
}

fn draft(item: &Value) -> Draft {
    let moment = |key| string(item, key).as_deref().and_then(date::read);
    Draft {
        id: string(item, "id"),
        link: string(item, "url").or_else(|| string(item, "external_url")),
        title: string(item, "title").unwrap_or_default(),
        bodies: ["content_html", "content_text", "summary"].into_iter().filter_map(|key| string(item, key)).collect(),
        published: moment("date_published"),
        created: None,
        updated: moment("date_modified"),
        language: string(item, "language"),
    }
}

/// A string or a number.
fn string(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
