//! Popups on the desktop, over one connection to the session bus (Desktop Notifications Specification 1.2).
//!
//! The session may come and go: a popup that cannot be shown is the outbox's to keep, and each call tries anew. Of notify-rust only the
//! values are used here; what it does over the bus blocks.

use super::popup::{Capabilities, body, clean};
use super::{Answer, Message, Outcome};
use crate::alert::{AlertKind, DeliveryId};
use crate::rule::{Channel, Priority};
use notify_rust::{Hint, Timeout, Urgency};
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, mpsc::Sender};
use zbus::export::futures_core::Stream;
use zbus::message::{Message as Call, Type};
use zbus::zvariant::DynamicType;
use zbus::{Connection, MessageStream, Variant, connection, fdo};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// How long the bus or the notification server may take for one call.
const CALL: Duration = Duration::from_secs(10);
/// How often a session bus that is not there is looked for.
const LOOK: Duration = Duration::from_secs(10);
/// Why a popup was closed: nobody did it (Desktop Notifications Specification, NotificationClosed).
const EXPIRED: u32 = 1;
/// Popups remembered for their answers; servers keep old ones in a history.
const MAX_SHOWN: usize = 256;

/// The desktop of the user's session.
pub(super) struct Desktop {
    /// Of the bus; `None`: the session's own.
    address: Option<String>,
    answers: Sender<Answer>,
    /// Locked while a call runs, so that an answer to a popup is never heard before the popup is known.
    state: Mutex<State>,
    connected: Notify,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    server: Option<Server>,
    /// The latest last.
    shown: VecDeque<Shown>,
}

/// The notification server that was there at the last look.
struct Server {
    /// Its unique name on the bus: another one means that popups and capabilities are others, too.
    owner: String,
    /// Name and version, for people.
    name: String,
    can: Capabilities,
}

struct Shown {
    id: u32,
    delivery: DeliveryId,
    open: bool,
    /// Lets the window that a click opens come to the front (Wayland).
    token: Option<String>,
}

/// Why nothing was shown.
enum Trouble {
    /// No session, or nothing in it that shows popups.
    Absent(String),
    /// The server is there and did not do it.
    Failed(String),
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Outcome {
        let (absent, reason) = match trouble {
            Trouble::Absent(reason) => (true, reason),
            Trouble::Failed(reason) => (false, reason),
        };
        Outcome::Later { at: None, absent, reason }
    }
}

impl From<zbus::Error> for Trouble {
    fn from(error: zbus::Error) -> Trouble {
        use zbus::Error as E;
        match &error {
            E::FDO(known) if nobody_there(known) => no_server(),
            E::MethodError(name, ..) if name.as_str().starts_with("org.freedesktop.DBus.Error.Spawn") => no_server(),
            E::Connection(cause, _) => {
                Trouble::Absent(format!("there is no desktop session to show it in (session bus: {cause})"))
            }
            E::InputOutput(cause) if cause.kind() != std::io::ErrorKind::TimedOut => {
                Trouble::Absent(format!("the desktop session has ended (session bus: {cause})"))
            }
            E::Address(_) | E::Handshake(_) => Trouble::Absent(format!("the session bus cannot be spoken to: {error}")),
            _ => Trouble::Failed(format!("the notification server did not show it: {error}")),
        }
    }
}

fn nobody_there(error: &fdo::Error) -> bool {
    matches!(
        error,
        fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_) | fdo::Error::NoReply(_) | fdo::Error::Disconnected(_)
    )
}

fn no_server() -> Trouble {
    Trouble::Absent(
        "the desktop session has no notification server: start one, such as dunst, mako or that of the desktop".into(),
    )
}

impl Desktop {
    pub fn new(address: Option<String>, answers: Sender<Answer>) -> Desktop {
        Desktop { address, answers, state: Mutex::default(), connected: Notify::new() }
    }

    /// Shows a popup, in the place of the one that has shown this delivery before where that is still open.
    pub async fn send(&self, message: &Message<'_>, sound: bool) -> Outcome {
        match self.show(message, false, sound).await {
            Ok(_) => Outcome::Sent,
            Err(trouble) => trouble.into(),
        }
    }

    /// Replaces the words of a popup that is open, without a sound; says whether it was open.
    pub async fn update(&self, message: &Message<'_>) -> bool {
        matches!(self.show(message, true, false).await, Ok(true))
    }

    /// Name and version of the notification server, or why there is none.
    pub async fn server(&self) -> Result<String, String> {
        let mut state = self.state.lock().await;
        match self.in_time(self.meet(&mut state)).await {
            Ok(()) => Ok(state.server.as_ref().map_or_else(String::new, |server| server.name.clone())),
            Err(Trouble::Absent(reason) | Trouble::Failed(reason)) => Err(reason),
        }
    }

    pub async fn token(&self, delivery: DeliveryId) -> Option<String> {
        let mut state = self.state.lock().await;
        state.shown.iter_mut().rev().find(|shown| shown.delivery == delivery)?.token.take()
    }

    /// Hears what people do with popups. Never ends.
    pub async fn listen(&self) {
        loop {
            if let Ok(mut signals) = self.signals().await {
                while let Some(Ok(signal)) = std::future::poll_fn(|cx| Pin::new(&mut signals).poll_next(cx)).await {
                    self.hear(&signal).await;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.connected.notified() => {}
            }
        }
    }

    async fn show(&self, message: &Message<'_>, update: bool, sound: bool) -> Result<bool, Trouble> {
        let mut state = self.state.lock().await;
        self.in_time(self.meet(&mut state)).await?;
        let own = state.open(&[message.delivery]);
        let known = own.or_else(|| state.open(message.replaces));
        if update && own.is_none() {
            return Ok(false);
        }
        let State { connection: Some(connection), server: Some(server), .. } = &*state else { return Err(no_server()) };
        let replaces = known.unwrap_or(0);
        let text = body(&message.words, message.alert.url.as_ref(), server.can);
        let actions: &[&str] = if server.can.actions { actions(message) } else { &[] };
        let hints = hints(message, sound && own.is_none());
        let hints: HashMap<&str, Variant> = hints.iter().map(Into::into).collect();
        let title = clean(&message.words.title);
        let call = (
            "orbat",
            replaces,
            icon(message.alert.kind),
            title.as_str(),
            text.as_str(),
            actions,
            hints,
            i32::from(Timeout::Default),
        );
        let reply = self.in_time(ask(connection, "Notify", &call)).await?;
        let id: u32 = reply.body().deserialize()?;
        state.remember(id, message.delivery);
        Ok(true)
    }

    /// Sees to it that `state` holds a live connection and the server that is there now.
    async fn meet(&self, state: &mut State) -> zbus::Result<()> {
        let connection = self.connect(state).await?;
        let owner = owner(&connection).await?;
        if owner.is_some() && state.server.as_ref().map(|server| &server.owner) == owner.as_ref() {
            return Ok(());
        }
        state.forget_server();
        // Where nobody owns the name, the bus may start somebody on this call.
        let capabilities: Vec<String> = ask(&connection, "GetCapabilities", &()).await?.body().deserialize()?;
        let (name, _vendor, version, _spec): (String, String, String, String) =
            ask(&connection, "GetServerInformation", &()).await?.body().deserialize()?;
        let owner = owner_of(&connection, owner).await?;
        state.server =
            Some(Server { owner, name: format!("{name} {version}").trim().to_owned(), can: Capabilities::of(&capabilities) });
        Ok(())
    }

    async fn connect(&self, state: &mut State) -> zbus::Result<Connection> {
        if let Some(connection) = state.connection.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        *state = State::default();
        let builder = self.address.as_deref().map_or_else(connection::Builder::session, connection::Builder::address);
        let connection = builder.method_timeout(CALL).build().await?;
        state.connection = Some(connection.clone());
        self.connected.notify_one();
        Ok(connection)
    }

    /// No call holds up a delivery for longer than a few times [`CALL`].
    async fn in_time<T>(&self, work: impl Future<Output = zbus::Result<T>>) -> Result<T, Trouble> {
        match tokio::time::timeout(2 * CALL, work).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Trouble::Failed("the session bus does not answer".into())),
        }
    }

    async fn signals(&self) -> zbus::Result<MessageStream> {
        let connection = {
            let mut state = self.state.lock().await;
            match tokio::time::timeout(CALL, self.connect(&mut state)).await {
                Ok(connection) => connection?,
                Err(_) => return Err(zbus::Error::Unsupported),
            }
        };
        let signals = MessageStream::from(&connection);
        for rule in [
            format!("type='signal',interface='{NAME}'"),
            format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{NAME}'"),
        ] {
            connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule).await?;
        }
        Ok(signals)
    }

    async fn hear(&self, signal: &Call) {
        let header = signal.header();
        if signal.message_type() != Type::Signal {
            return;
        }
        let body = signal.body();
        let mut state = self.state.lock().await;
        match header.member().map(|member| member.as_str()) {
            Some("NotificationClosed") => {
                let Ok((id, reason)) = body.deserialize::<(u32, u32)>() else { return };
                let Some(shown) = state.shown(id) else { return };
                let was_open = std::mem::replace(&mut shown.open, false);
                let expired = (was_open && reason == EXPIRED).then_some(Answer::Expired(shown.delivery));
                drop(state);
                self.answer(expired).await;
            }
            Some("ActivationToken") => {
                if let Ok((id, token)) = body.deserialize::<(u32, String)>() {
                    state.shown(id).into_iter().for_each(|shown| shown.token = Some(token.clone()));
                }
            }
            Some("ActionInvoked") => {
                let Ok((id, key)) = body.deserialize::<(u32, String)>() else { return };
                let answer = state.shown(id).and_then(|shown| answer(&key, shown.delivery));
                drop(state);
                self.answer(answer).await;
            }
            Some("NameOwnerChanged") => state.forget_server(),
            _ => {}
        }
    }

    async fn answer(&self, answer: Option<Answer>) {
        if let Some(answer) = answer {
            // Nobody listens any more only when the daemon is about to end.
            let _ = self.answers.send(answer).await;
        }
    }
}

impl State {
    /// The popup of the latest of these deliveries that is open.
    fn open(&self, deliveries: &[DeliveryId]) -> Option<u32> {
        let is_open = |shown: &&Shown| shown.open && deliveries.contains(&shown.delivery);
        self.shown.iter().rev().find(is_open).map(|shown| shown.id)
    }

    fn shown(&mut self, id: u32) -> Option<&mut Shown> {
        self.shown.iter_mut().rev().find(|shown| shown.id == id)
    }

    fn remember(&mut self, id: u32, delivery: DeliveryId) {
        self.shown.retain(|shown| shown.id != id);
        self.shown.push_back(Shown { id, delivery, open: true, token: None });
        if self.shown.len() > MAX_SHOWN {
            self.shown.pop_front();
        }
    }

    /// Another server knows none of the popups, and gives their numbers anew.
    fn forget_server(&mut self) {
        self.server = None;
        self.shown.clear();
    }
}

async fn ask<B: serde::Serialize + DynamicType>(connection: &Connection, method: &'static str, body: &B) -> zbus::Result<Call> {
    connection.call_method(Some(NAME), PATH, Some(NAME), method, body).await
}

/// The unique name of the notification server, `None` where there is none.
async fn owner(connection: &Connection) -> zbus::Result<Option<String>> {
    match connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &NAME).await {
        Ok(reply) => Ok(Some(reply.body().deserialize()?)),
        Err(zbus::Error::FDO(error)) if nobody_there(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn owner_of(connection: &Connection, known: Option<String>) -> zbus::Result<String> {
    match known {
        Some(owner) => Ok(owner),
        None => Ok(owner(connection).await?.unwrap_or_default()),
    }
}

fn answer(key: &str, delivery: DeliveryId) -> Option<Answer> {
    match key {
        "default" => Some(Answer::Open(delivery)),
        "mute" => Some(Answer::Mute(delivery)),
        "wrong" => Some(Answer::Wrong(delivery)),
        _ => None,
    }
}

/// Keys and labels. What tells of no article cannot be muted or wrong.
fn actions(message: &Message) -> &'static [&'static str] {
    match message.alert.kind {
        AlertKind::Summary | AlertKind::Health | AlertKind::Test => &["default", "Open"],
        _ => &["default", "Open", "mute", "Mute", "wrong", "Wrong"],
    }
}

/// Icons of the freedesktop icon naming specification: what every theme has.
fn icon(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Correction | AlertKind::Disputed | AlertKind::Health => "dialog-warning",
        AlertKind::New | AlertKind::Change | AlertKind::Series | AlertKind::Entity | AlertKind::Summary | AlertKind::Test => {
            "dialog-information"
        }
    }
}

/// Only what is new, changed or corrected may be heard.
fn sounds(message: &Message) -> bool {
    let news = matches!(message.alert.kind, AlertKind::New | AlertKind::Change | AlertKind::Correction | AlertKind::Test);
    news && message.alert.channel == Channel::Popup && message.priority > Priority::Low
}

fn urgency(message: &Message) -> Urgency {
    match message.priority {
        Priority::High => Urgency::Critical,
        Priority::Normal if message.alert.channel == Channel::Popup && message.alert.kind != AlertKind::Summary => {
            Urgency::Normal
        }
        _ => Urgency::Low,
    }
}

fn hints(message: &Message, sound: bool) -> Vec<Hint> {
    let sound = if sound && sounds(message) { Hint::SoundName("message-new-instant".into()) } else { Hint::SuppressSound(true) };
    vec![Hint::Urgency(urgency(message)), Hint::Category("x-orbat.alert".into()), Hint::DesktopEntry("orbat".into()), sound]
}
