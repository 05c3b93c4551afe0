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

/// Reads a JSON feed and says its format.
pub(super) fn read(text: &str) -> Result<(DraftFeed, String), Refusal> {
    let feed: Value = serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&text.replace(|c: char| c.is_ascii_control(), " ")))
        .map_err(|e| Refusal::Broken(e.to_string()))?;
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
    Ok((drafts, format!("json feed {}", if number == "1" { "1.0" } else { number }).trim_end().to_owned()))
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
