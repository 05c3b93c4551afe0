//! Receivers: where alerts are delivered to. One file each.

use crate::alert::{Alert, DeliveryId};
use crate::text::language::Language;
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

/// All receivers, connected when first used.
pub struct Notifier {}

impl Notifier {
    /// `answers` gets what people do with popups; `language` is that of messages.
    pub fn new(_receivers: Vec<Receiver>, _language: Language, _answers: tokio::sync::mpsc::Sender<Answer>) -> Notifier {
        todo!()
    }

    pub fn names(&self) -> Vec<&str> {
        todo!()
    }

    /// Delivers one alert to one receiver. Never panics, ends within a minute.
    pub async fn send(&self, _receiver: &str, _delivery: DeliveryId, _alert: &Alert) -> Outcome {
        todo!()
    }

    /// Shows new words in a popup that is known to be open still; says whether it was.
    pub async fn update(&self, _receiver: &str, _delivery: DeliveryId, _alert: &Alert) -> bool {
        todo!()
    }

    /// Is the desktop's notification server there? `None` where no desktop receiver is configured.
    pub async fn desktop(&self) -> Option<Result<String, String>> {
        todo!()
    }
}
