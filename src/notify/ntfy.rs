//! A push message through an ntfy server, published as JSON: unlike its headers, that holds any letter.

use super::{Message, Origin, Outcome, Secret, http, popup};
use crate::alert::AlertKind;
use crate::rule::{Channel, Priority};
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Serialize;
use url::Url;

/// In characters: ntfy makes a message of more than 4096 bytes an attachment.
const MAX_TEXT: usize = 1300;

#[derive(Serialize)]
struct Published<'a> {
    topic: &'a str,
    title: &'a str,
    message: &'a str,
    /// From 1 to 5.
    priority: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<&'a str>,
    /// What a server from 2.16 on tells a message by when it comes again, or another takes its place.
    sequence_id: String,
}

pub(super) async fn send(client: &Client, url: &Url, token: Option<&Secret>, message: &Message<'_>, origin: &Origin) -> Outcome {
    let Some((server, topic)) = split(url) else {
        return Outcome::Refused("the url of an ntfy receiver ends in its topic, as in https://ntfy.sh/my-topic".into());
    };
    let text = message.text();
    let published = Published {
        topic: &topic,
        title: &message.words.title,
        message: &popup::cut(&text, MAX_TEXT),
        priority: loudness(message),
        click: message.alert.url.as_ref().map(Url::as_str),
        sequence_id: origin.key(message.replaces.first().copied().unwrap_or(message.delivery)),
    };
    let mut headers = HeaderMap::new();
    headers.insert(http::DELIVERY, HeaderValue::from(message.delivery.0));
    if let Some(Secret(token)) = token {
        match HeaderValue::from_str(&format!("Bearer {}", token.trim())) {
            Ok(bearer) => drop(headers.insert(AUTHORIZATION, bearer)),
            Err(_) => return Outcome::Refused("the token of the ntfy receiver holds characters that cannot be sent".into()),
        }
    }
    http::post(client, &server, headers, serde_json::to_vec(&published).unwrap_or_default()).await
}

/// From 1 to 5; 3 is what ntfy takes for usual.
fn loudness(message: &Message) -> u8 {
    match (message.alert.channel, message.priority) {
        _ if message.alert.kind == AlertKind::Summary => 2,
        (Channel::Popup, Priority::High) => 5,
        (Channel::Popup, Priority::Normal) => 4,
        (Channel::Popup, Priority::Low) => 3,
        _ => 2,
    }
}

/// `https://ntfy.sh/topic` is the topic `topic` at `https://ntfy.sh/`.
fn split(url: &Url) -> Option<(Url, String)> {
    let topic = url.path_segments()?.next_back().filter(|topic| !topic.is_empty())?.to_owned();
    let mut server = url.clone();
    server.path_segments_mut().ok()?.pop().push("");
    server.set_query(None);
    Some((server, topic))
}

#[cfg(test)]
mod tests {
    use super::split;
    use url::Url;

    #[test]
    fn topics() {
        for (url, parts) in [
            ("https://ntfy.sh/desk", Some(("https://ntfy.sh/", "desk"))),
            ("https://example.org/ntfy/desk?x", Some(("https://example.org/ntfy/", "desk"))),
            ("https://ntfy.sh/", None),
        ] {
            let split = split(&Url::parse(url).unwrap());
            assert_eq!(split.as_ref().map(|(server, topic)| (server.as_str(), topic.as_str())), parts, "{url}");
        }
    }
}
