//! Receivers: where alerts are delivered to. One file each.

#[cfg(all(unix, not(target_os = "macos")))]
mod desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "native.rs"]
mod desktop;
pub mod link;
mod popup;

use crate::alert::{Alert, DeliveryId, Words};
use crate::text::language::Language;
use desktop::Desktop;
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A configured destination.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Desktop,
    Webhook {
        url: Url,
        secret: Option<Secret>,
    },
    /// An argument list without a shell; the alert as JSON on standard input.
    Command {
        argv: Vec<String>,
        timeout: Duration,
    },
    Mail {
        server: String,
        port: u16,
        tls: bool,
        user: Option<String>,
        password: Option<Secret>,
        from: String,
        to: Vec<String>,
    },
    Ntfy {
        url: Url,
        token: Option<Secret>,
    },
    /// An Atom feed of the latest alerts, rewritten whole.
    Atom {
        path: PathBuf,
        keep: usize,
    },
}

/// Read when the configuration is loaded; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What came of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// Not now: the receiver is not there (no desktop session) or asks to wait. Not counted as an attempt where `absent`.
    Later {
        at: Option<Timestamp>,
        absent: bool,
        reason: String,
    },
    /// Never: the receiver refuses this delivery.
    Refused(String),
}

/// What a person did with a popup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Open(DeliveryId),
    Mute(DeliveryId),
    Wrong(DeliveryId),
}

/// One alert on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What the receiver tells this delivery by, when it comes again.
    pub delivery: DeliveryId,
    pub alert: &'a Alert,
    pub words: Words,
}

/// All receivers, connected when first used.
pub struct Notifier {
    receivers: Vec<Receiver>,
    language: Language,
    desktop: Desktop,
}

impl Notifier {
    /// `answers` gets what people do with popups; `language` is that of messages.
    pub fn new(receivers: Vec<Receiver>, language: Language, answers: tokio::sync::mpsc::Sender<Answer>) -> Notifier {
        Notifier { receivers, language, desktop: Desktop::new(None, answers) }
    }

    /// The same with the bus at `address` in the place of the session's, for tests: its desktop is another one.
    pub fn on_bus(
        receivers: Vec<Receiver>,
        language: Language,
        answers: tokio::sync::mpsc::Sender<Answer>,
        address: &str,
    ) -> Notifier {
        Notifier { receivers, language, desktop: Desktop::new(Some(address.to_owned()), answers) }
    }

    pub fn names(&self) -> Vec<&str> {
        self.receivers.iter().map(|receiver| receiver.name.as_str()).collect()
    }

    /// Delivers one alert to one receiver. Never panics, ends within a minute.
    pub async fn send(&self, receiver: &str, delivery: DeliveryId, alert: &Alert) -> Outcome {
        let words = crate::alert::words(alert, self.language);
        self.deliver(receiver, &Message { delivery, alert, words }).await
    }

    /// [`Notifier::send`] in given words.
    pub async fn deliver(&self, receiver: &str, message: &Message<'_>) -> Outcome {
        let Some(receiver) = self.receivers.iter().find(|r| r.name == receiver) else {
            return Outcome::Refused(format!("there is no receiver `{receiver}` in the configuration"));
        };
        match &receiver.kind {
            Kind::Desktop => self.desktop.send(message).await,
            _ => todo!(),
        }
    }

    /// Shows new words in a popup that is known to be open still; says whether it was.
    pub async fn update(&self, receiver: &str, delivery: DeliveryId, alert: &Alert) -> bool {
        let words = crate::alert::words(alert, self.language);
        self.revise(receiver, &Message { delivery, alert, words }).await
    }

    /// [`Notifier::update`] in given words.
    pub async fn revise(&self, receiver: &str, message: &Message<'_>) -> bool {
        let desktop = self.receivers.iter().any(|r| r.name == receiver && matches!(r.kind, Kind::Desktop));
        desktop && self.desktop.update(message).await
    }

    /// Is the desktop's notification server there? `None` where no desktop receiver is configured.
    pub async fn desktop(&self) -> Option<Result<String, String>> {
        if self.has_desktop() { Some(self.desktop.server().await) } else { None }
    }

    /// Hears what people do with popups and sends it as answers. Never ends: to be run beside the deliveries, and dropped.
    pub async fn listen(&self) {
        if self.has_desktop() { self.desktop.listen().await } else { std::future::pending().await }
    }

    /// What the desktop gave with the last click on this popup, so that the window it opens comes to the front: to be passed on to the
    /// program that opens the link as `XDG_ACTIVATION_TOKEN`.
    pub async fn activation_token(&self, delivery: DeliveryId) -> Option<String> {
        self.desktop.token(delivery).await
    }

    fn has_desktop(&self) -> bool {
        self.receivers.iter().any(|r| matches!(r.kind, Kind::Desktop))
    }
}
