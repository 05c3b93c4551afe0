//! Receivers: where alerts are delivered to. One file each.

#[cfg(unix)]
pub mod agent;
#[cfg(not(unix))]
#[path = "no_agent.rs"]
pub mod agent;
mod atom;
mod command;
#[cfg(all(unix, not(target_os = "macos")))]
mod desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "native.rs"]
mod desktop;
mod http;
pub mod link;
mod mail;
mod ntfy;
mod popup;
#[cfg(all(unix, not(target_os = "macos")))]
mod session;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "no_session.rs"]
mod session;
pub mod template;
mod webhook;

use crate::alert::flow::{Flow, LIMITS};
use crate::alert::{Alert, DeliveryId, Words};
use crate::rule::Priority;
use crate::text::language::Language;
use crate::text::span::Span;
use agent::Agents;
use desktop::Desktop;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use session::Session;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use template::Template;
use tokio::sync::{Mutex, OnceCell, mpsc::Sender};
use url::Url;

/// A configured destination.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub name: String,
    pub kind: Kind,
    /// What it bears, and when.
    pub flow: Flow,
    pub template: Template,
    /// May a popup sound?
    pub sound: bool,
    /// A socket by which agents take the popups of a desktop receiver; `None`: they are shown in the session of this process.
    pub agent: Option<PathBuf>,
}

impl Receiver {
    /// As it is where nothing is said about it: popups and pushes are limited, programs get everything.
    pub fn new(name: impl Into<String>, kind: Kind) -> Receiver {
        let for_people = matches!(kind, Kind::Desktop | Kind::Ntfy { .. } | Kind::Mail { .. });
        let limits = if matches!(kind, Kind::Desktop | Kind::Ntfy { .. }) { LIMITS.to_vec() } else { Vec::new() };
        let flow = Flow { for_people, limits, ..Flow::default() };
        Receiver { name: name.into(), kind, flow, template: Template::default(), sound: true, agent: None }
    }

    /// Can it put a message in the place of one that it has taken, long after? The desktop only while that is open, which is seen to elsewhere.
    pub fn replaces(&self) -> bool {
        matches!(self.kind, Kind::Ntfy { .. } | Kind::Webhook { .. } | Kind::Command { .. })
    }

    pub fn is_desktop(&self) -> bool {
        matches!(self.kind, Kind::Desktop)
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Open(DeliveryId),
    Mute(DeliveryId),
    Wrong(DeliveryId),
    /// Nothing: the popup went away by itself.
    Expired(DeliveryId),
}

/// Which database deliveries come from: two that tell one receiver number theirs alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Drawn once for a database; empty: none is said.
    pub name: String,
    /// Deliveries up to this one had keys without a name, and keep them.
    pub since: i64,
}

impl Origin {
    /// What a delivery is told by when it comes again: `orbat-9f86d081884c7d65-42`. Letters, digits and hyphens, at most 64.
    pub fn key(&self, id: DeliveryId) -> String {
        if self.name.is_empty() || (1..=self.since).contains(&id.0) {
            return format!("orbat-{id}");
        }
        format!("orbat-{}-{id}", self.name)
    }
}

/// One alert on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What the receiver tells this delivery by, when it comes again.
    pub delivery: DeliveryId,
    pub alert: &'a Alert,
    pub words: Words,
    pub priority: Priority,
    /// Deliveries of its receiver whose place it takes, the oldest first.
    pub replaces: &'a [DeliveryId],
}

impl Message<'_> {
    /// The alert as programs get it.
    fn json(&self, origin: &Origin) -> Vec<u8> {
        let Words { title, lines, sentence, footer } = &self.words;
        let (sentence, mark) = sentence.as_ref().map_or((None, None), |(text, mark)| (Some(text.as_str()), *mark));
        let (id, alert, replaces) = (self.delivery, self.alert, self.replaces.last().copied());
        let (key, url) = (origin.key(id), alert.url.as_ref());
        let payload = Payload { id, key, replaces, title, lines, sentence, mark, footer, url, alert };
        // Maps with keys that are no text are the only thing that JSON cannot hold, and there is none.
        serde_json::to_vec(&payload).unwrap_or_default()
    }

    /// The words below the title as plain text.
    fn text(&self) -> String {
        popup::body(&self.words, None, popup::Capabilities::default())
    }
}

/// What a webhook and a command get.
#[derive(Serialize)]
struct Payload<'a> {
    /// The same when a delivery comes again.
    id: DeliveryId,
    /// The same, and no other database's.
    key: String,
    /// The delivery whose place it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<DeliveryId>,
    title: &'a str,
    lines: &'a [String],
    sentence: Option<&'a str>,
    /// Bytes of `sentence`.
    mark: Option<Span>,
    footer: &'a str,
    url: Option<&'a Url>,
    alert: &'a Alert,
}

/// How popups reach people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desk {
    /// In the session of this process.
    Session,
    /// Through agents that come by this socket.
    Agents(PathBuf),
}

/// The longest a delivery may take.
const LIMIT: Duration = Duration::from_secs(58);

/// All receivers, connected when first used.
pub struct Notifier {
    receivers: Vec<Receiver>,
    language: Language,
    origin: Origin,
    desktop: Arc<Desktop>,
    session: Arc<Session>,
    agents: Arc<Agents>,
    /// Of the receivers that are web services; made when first needed.
    client: Arc<OnceCell<reqwest::Client>>,
    /// One at a time rewrites a file.
    files: Arc<Mutex<()>>,
}

impl Notifier {
    /// `answers` gets what people do with popups; `language` is that of messages.
    pub fn new(receivers: Vec<Receiver>, language: Language, answers: Sender<Answer>) -> Notifier {
        let agents = Agents::new(answers.clone());
        Notifier::with(receivers, language, Desktop::new(None, answers), Session::new(None, None), agents)
    }

    /// The same with the bus at `address` in the place of the session's and the system's, for tests: its desktop is another one.
    pub fn on_bus(receivers: Vec<Receiver>, language: Language, answers: Sender<Answer>, address: &str) -> Notifier {
        let bus = || Some(address.to_owned());
        let agents = Agents::new(answers.clone());
        Notifier::with(receivers, language, Desktop::new(bus(), answers), Session::new(bus(), bus()), agents)
    }

    fn with(receivers: Vec<Receiver>, language: Language, desktop: Desktop, session: Session, agents: Agents) -> Notifier {
        Notifier {
            receivers,
            language,
            origin: Origin::default(),
            desktop: Arc::new(desktop),
            session: Arc::new(session),
            agents: Arc::new(agents),
            client: Arc::default(),
            files: Arc::default(),
        }
    }

    /// The same for deliveries of this database.
    pub fn of(self, origin: Origin) -> Notifier {
        Notifier { origin, ..self }
    }

    /// The same with other receivers, after a reload: popups that are open stay known, and connections are kept.
    pub fn with_receivers(&self, receivers: Vec<Receiver>, language: Language) -> Notifier {
        Notifier {
            receivers,
            language,
            origin: self.origin.clone(),
            desktop: self.desktop.clone(),
            session: self.session.clone(),
            agents: self.agents.clone(),
            client: self.client.clone(),
            files: self.files.clone(),
        }
    }

    pub fn names(&self) -> Vec<&str> {
        self.receivers.iter().map(|receiver| receiver.name.as_str()).collect()
    }

    pub fn receivers(&self) -> &[Receiver] {
        &self.receivers
    }

    /// Delivers one alert to one receiver. Never panics, ends within a minute.
    pub async fn send(&self, receiver: &str, delivery: DeliveryId, alert: &Alert) -> Outcome {
        self.send_as(receiver, delivery, alert, Priority::default()).await
    }

    /// [`Notifier::send`] with the priority of its rule.
    pub async fn send_as(&self, receiver: &str, delivery: DeliveryId, alert: &Alert, priority: Priority) -> Outcome {
        self.send_in_place_of(&[], receiver, delivery, alert, priority).await
    }

    /// [`Notifier::send_as`] in the place of earlier deliveries to this receiver, the oldest first.
    pub async fn send_in_place_of(
        &self,
        replaces: &[DeliveryId],
        receiver: &str,
        delivery: DeliveryId,
        alert: &Alert,
        priority: Priority,
    ) -> Outcome {
        let words = crate::alert::words(alert, self.language);
        self.deliver(receiver, &Message { delivery, alert, words, priority, replaces }).await
    }

    /// [`Notifier::send`] in given words.
    pub async fn deliver(&self, receiver: &str, message: &Message<'_>) -> Outcome {
        let Some(receiver) = self.receivers.iter().find(|r| r.name == receiver) else {
            return Outcome::Refused(format!("there is no receiver `{receiver}` in the configuration"));
        };
        let message = Message { words: receiver.template.words(message), ..message.clone() };
        match tokio::time::timeout(LIMIT, self.hand_over(receiver, &message)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(e)) => {
                Outcome::Later { at: None, absent: false, reason: format!("encrypted connections cannot be set up: {e}") }
            }
            Err(_) => {
                Outcome::Later { at: None, absent: false, reason: format!("`{}` did not take the alert in time", receiver.name) }
            }
        }
    }

    async fn hand_over(&self, receiver: &Receiver, message: &Message<'_>) -> reqwest::Result<Outcome> {
        let client = || self.client.get_or_try_init(async || http::client());
        Ok(match &receiver.kind {
            Kind::Desktop if receiver.agent.is_some() => self.agents.send(message, receiver.sound).await,
            Kind::Desktop => self.desktop.send(message, receiver.sound).await,
            Kind::Webhook { url, secret } => {
                let json = receiver.template.json(message).unwrap_or_else(|| message.json(&self.origin));
                let key = self.origin.key(message.delivery);
                webhook::send(client().await?, url, secret.as_ref(), (message.delivery, &key), json).await
            }
            Kind::Ntfy { url, token } => ntfy::send(client().await?, url, token.as_ref(), message, &self.origin).await,
            Kind::Command { argv, timeout } => {
                let key = self.origin.key(message.delivery);
                command::send(argv, *timeout, (message.delivery, &key), message.json(&self.origin)).await
            }
            Kind::Mail { server, port, tls, user, password, from, to } => {
                let (user, password) = (user.as_deref(), password.as_ref());
                let account = mail::Account { server, port: *port, tls: *tls, user, password, from, to };
                mail::send(&account, message, &self.origin.key(message.delivery)).await
            }
            Kind::Atom { path, keep } => {
                let _one = self.files.lock().await;
                atom::send(path, *keep, message).await
            }
        })
    }

    /// Shows new words in a popup that is known to be open still; says whether it was.
    pub async fn update(&self, receiver: &str, delivery: DeliveryId, alert: &Alert) -> bool {
        let words = crate::alert::words(alert, self.language);
        self.revise(receiver, &Message { delivery, alert, words, priority: Priority::default(), replaces: &[] }).await
    }

    /// [`Notifier::update`] in given words.
    pub async fn revise(&self, receiver: &str, message: &Message<'_>) -> bool {
        let Some(receiver) = self.receivers.iter().find(|r| r.name == receiver && r.is_desktop()) else { return false };
        let message = Message { words: receiver.template.words(message), ..message.clone() };
        if receiver.agent.is_some() { self.agents.update(&message).await } else { self.desktop.update(&message).await }
    }

    /// Is the desktop's notification server there? `None` where no desktop receiver is configured.
    pub async fn desktop(&self) -> Option<Result<String, String>> {
        match self.desk()? {
            Desk::Session => Some(self.desktop.server().await),
            Desk::Agents(_) => Some(self.agents.server()),
        }
    }

    /// Hears what people do with popups and sends it as answers. Never ends: to be run beside the deliveries, and dropped.
    pub async fn listen(&self) {
        match self.desk() {
            Some(Desk::Session) => self.desktop.listen().await,
            Some(Desk::Agents(path)) => self.agents.listen(&path).await,
            None => std::future::pending().await,
        }
    }

    /// What the desktop gave with the last click on this popup, so that the window it opens comes to the front: to be passed on to the
    /// program that opens the link as `XDG_ACTIVATION_TOKEN`.
    pub async fn activation_token(&self, delivery: DeliveryId) -> Option<String> {
        self.desktop.token(delivery).await
    }

    /// Since when nobody sits at the desktop, as far as its session says: it is locked or idle.
    pub fn away_since(&self) -> Option<Timestamp> {
        if matches!(self.desk(), Some(Desk::Agents(_))) { self.agents.away_since() } else { self.session.away_since() }
    }

    /// Ends when somebody has left the desktop or come back to it.
    pub async fn presence_changed(&self) {
        if matches!(self.desk(), Some(Desk::Agents(_))) {
            self.agents.changed().await;
        } else {
            self.session.changed().await;
        }
    }

    /// Looks after the desktop's session. Never ends: to be run beside the deliveries, and dropped.
    pub async fn watch_session(&self, now: impl Fn() -> Timestamp) {
        if self.desk() == Some(Desk::Session) { self.session.watch(now).await } else { std::future::pending().await }
    }

    /// How popups reach people; `None` where no receiver shows any. All desktop receivers go the way of the first.
    pub fn desk(&self) -> Option<Desk> {
        let first = self.receivers.iter().find(|receiver| receiver.is_desktop())?;
        Some(first.agent.clone().map_or(Desk::Session, Desk::Agents))
    }

    pub fn has_desktop(&self) -> bool {
        self.receivers.iter().any(Receiver::is_desktop)
    }
}
