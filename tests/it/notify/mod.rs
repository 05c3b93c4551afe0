//! Receivers against the real other side: a notification server on a private bus, web and mail servers on loopback, programs, files.

mod agent;
pub mod bus;
mod desktop;
mod files;
mod outbox;
mod presence;
mod services;
mod tls;

use orbat::alert::{Alert, DeliveryId, Words};
use orbat::notify::{Kind, Message, Notifier, Outcome, Receiver};
use orbat::rule::Priority;
use orbat::text::language::Language;
use orbat::text::span::Span;
use std::time::Duration;
use tokio::sync::mpsc;

/// Nothing here takes longer, unless it hangs.
const LONG: Duration = Duration::from_secs(20);

fn english() -> Language {
    Language::parse("en").unwrap()
}

fn alert() -> Alert {
    let alert = serde_json::json!({
        "fingerprint": "troops/7/1", "rule": "troops", "kind": "new", "channel": "popup", "created": "1970-01-01T00:00:00Z",
        "url": "https://news.example/a?x=1&y=2", "outlet": "News", "language": "nl", "headline": "Troepen",
        "sentence": "Er gaan 2000 man naar Duitsland & Polen.", "mark": [8, 12],
        "claims": [], "mentions": [], "words": [], "reports": 1, "independent": 1, "lines": [], "notify": [],
    });
    serde_json::from_value(alert).unwrap()
}

fn words() -> Words {
    Words {
        title: "US: 2,000 to Germany and Poland (planned)".into(),
        lines: vec!["Also: 1,000 Germany to Romania".into()],
        sentence: Some(("Er gaan 2000 man naar Duitsland & Polen.".into(), Some(Span::new(8, 12)))),
        footer: "News, Dutch, first report".into(),
    }
}

fn message(alert: &Alert, delivery: i64) -> Message<'_> {
    Message { delivery: DeliveryId(delivery), alert, words: words(), priority: Priority::Normal, replaces: &[] }
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, work).await.expect("an end in time")
}

fn receiving(kind: Kind) -> Notifier {
    let (answers, _heard) = mpsc::channel(1);
    Notifier::new(vec![Receiver::new("r", kind)], english(), answers)
}

async fn send(notifier: &Notifier, delivery: i64) -> Outcome {
    soon(notifier.deliver("r", &message(&alert(), delivery))).await
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Later { absent: false, reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}
