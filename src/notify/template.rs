//! A user's own wording of messages: text with `{names}` in it. Pure.

use super::{Message, popup};
use crate::alert::Words;

/// What may stand in braces.
pub const NAMES: [&str; 11] = ["title", "text", "lines", "sentence", "footer", "url", "outlet", "headline", "rule", "kind", "id"];

/// Where nothing is given, orbat's own words stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub title: Option<String>,
    pub text: Option<String>,
    /// The whole body of a webhook, JSON with names inside its strings.
    pub json: Option<String>,
}

impl Template {
    /// The words of a message as the user wants them.
    pub(super) fn words(&self, message: &Message) -> Words {
        let own = &message.words;
        let title = self.title.as_ref().map_or_else(|| own.title.clone(), |title| fill(title, message, str::to_owned));
        match &self.text {
            None => Words { title, ..own.clone() },
            Some(text) => {
                let text = fill(text, message, str::to_owned);
                let lines = text.lines().map(str::to_owned).collect();
                Words { title, lines, sentence: None, footer: String::new() }
            }
        }
    }

    /// The body of a webhook, where the user gives one.
    pub(super) fn json(&self, message: &Message) -> Option<Vec<u8>> {
        Some(fill(self.json.as_ref()?, message, in_json).into_bytes())
    }
}

/// The names in braces that mean nothing; `{` before anything else is itself.
pub fn unknown(template: &str) -> Option<&str> {
    names(template).map(|(_, name)| name).find(|name| !NAMES.contains(name))
}

/// Is a template of JSON JSON, whatever its names stand for?
pub fn is_json(template: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(template).is_ok()
}

/// Each `{name}` of lower-case letters: where it begins, and the name.
fn names(template: &str) -> impl Iterator<Item = (usize, &str)> {
    template.match_indices('{').filter_map(move |(at, _)| {
        let (name, _) = template[at + 1..].split_once('}')?;
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())).then_some((at, name))
    })
}

fn fill(template: &str, message: &Message, write: impl Fn(&str) -> String) -> String {
    let (mut filled, mut done) = (String::with_capacity(template.len()), 0);
    for (at, name) in names(template) {
        let Some(value) = value(name, message) else { continue };
        filled.push_str(&template[done..at]);
        filled.push_str(&write(&value));
        done = at + name.len() + 2;
    }
    filled + &template[done..]
}

fn value(name: &str, message: &Message) -> Option<String> {
    let (alert, words) = (message.alert, &message.words);
    Some(match name {
        "title" => words.title.clone(),
        "text" => popup::body(words, None, popup::Capabilities::default()),
        "lines" => words.lines.join("\n"),
        "sentence" => words.sentence.as_ref().map_or_else(String::new, |(text, _)| text.clone()),
        "footer" => words.footer.clone(),
        "url" => alert.url.as_ref().map_or_else(String::new, ToString::to_string),
        "outlet" => alert.outlet.clone(),
        "headline" => alert.headline.clone(),
        "rule" => alert.rule.clone(),
        "kind" => alert.kind.to_string(),
        "id" => message.delivery.to_string(),
        _ => return None,
    })
}

/// Text as it stands within a string of JSON.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{in_json, is_json, unknown};

    #[test]
    fn names_in_braces() {
        for (template, wrong) in [
            ("{title} from {outlet}", None),
            ("{titel}", Some("titel")),
            (r#"{"text": "{title}"}"#, None),
            ("{ title} {} {Title} {", None),
            ("{title} {pigeon} {crow}", Some("pigeon")),
        ] {
            assert_eq!(unknown(template), wrong, "{template}");
        }
        assert!(is_json(r#"{"text": "{title}\n{url}"}"#) && !is_json(r#"{"text": {title}}"#));
        assert_eq!(in_json("\"a\"\n\\"), r#"\"a\"\n\\"#);
    }
}
