//! Is anybody there? What logind and the screen savers say of the user's session.
//!
//! Hears of changes and asks again now and then. Where neither the system bus nor a screen saver says anything, somebody is there.

use jiff::Timestamp;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MessageStream, OwnedVariant, connection};

const LOGIND: &str = "org.freedesktop.login1";
const LOGIND_SESSION: &str = "org.freedesktop.login1.Session";
/// The session of who asks, else that of the user's display.
const OWN_SESSION: &str = "/org/freedesktop/login1/session/auto";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// Screen savers by their names, which are those of their interfaces, and their objects.
const SAVERS: [(&str, &str); 5] = [
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
];
/// For one question.
const CALL: Duration = Duration::from_secs(5);
/// How often they are asked although nothing was heard.
const LOOK: Duration = Duration::from_secs(30);

/// Two buses, by address; `None`: those of this machine and session.
pub(super) struct Session {
    system: Option<String>,
    session: Option<String>,
    /// Since when nobody is there; `None` while somebody is.
    away: watch::Sender<Option<Timestamp>>,
}

/// What logind knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hints {
    locked: bool,
    idle_since: Option<Timestamp>,
}

impl Session {
    pub fn new(system: Option<String>, session: Option<String>) -> Session {
        Session { system, session, away: watch::Sender::new(None) }
    }

    pub fn away_since(&self) -> Option<Timestamp> {
        *self.away.borrow()
    }

    /// Ends when somebody has left or come.
    pub async fn changed(&self) {
        // Fails only when the sender is gone, which is ours.
        let _ = self.away.subscribe().changed().await;
    }

    /// Looks after the session. Never ends.
    pub async fn watch(&self, now: impl Fn() -> Timestamp) {
        loop {
            let system = open(self.system.as_deref(), connection::Builder::system).await;
            let session = open(self.session.as_deref(), connection::Builder::session).await;
            if system.is_none() && session.is_none() {
                self.note(None);
            } else {
                self.follow(system, session, &now).await;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Until a bus ends.
    async fn follow(&self, system: Option<Connection>, session: Option<Connection>, now: &impl Fn() -> Timestamp) {
        let (mut hints, mut savers) = (system.as_ref().map(MessageStream::from), session.as_ref().map(MessageStream::from));
        if let Some(bus) = &system {
            let rule = format!("type='signal',sender='{LOGIND}',interface='org.freedesktop.DBus.Properties'");
            subscribe(bus, &rule).await;
        }
        if let Some(bus) = &session {
            subscribe(bus, "type='signal',member='ActiveChanged'").await;
        }
        loop {
            self.note(away(system.as_ref(), session.as_ref(), self.away_since(), now()).await);
            let over = tokio::select! {
                over = next(&mut hints) => over,
                over = next(&mut savers) => over,
                () = tokio::time::sleep(LOOK) => false,
            };
            if over {
                return;
            }
        }
    }

    fn note(&self, away: Option<Timestamp>) {
        self.away.send_if_modified(|known| std::mem::replace(known, away).is_some() != away.is_some());
    }
}

/// Since when nobody is there. Who locks the screen leaves at that moment; who is idle has left when he last touched something.
async fn away(
    system: Option<&Connection>,
    session: Option<&Connection>,
    known: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let hints = match system {
        Some(bus) => hints(bus).await.unwrap_or_default(),
        None => Hints::default(),
    };
    let saving = match session {
        Some(bus) => saving(bus).await,
        None => false,
    };
    let since = hints.idle_since.unwrap_or(now).min(now);
    (hints.locked || saving || hints.idle_since.is_some()).then(|| known.unwrap_or(since).min(since))
}

async fn hints(bus: &Connection) -> zbus::Result<Hints> {
    let locked = flag(property(bus, "LockedHint").await?);
    let idle = flag(property(bus, "IdleHint").await?);
    let since = if idle { u64::try_from(property(bus, "IdleSinceHint").await?).unwrap_or(0) } else { 0 };
    let idle_since = Timestamp::from_microsecond(i64::try_from(since).unwrap_or(i64::MAX)).ok().filter(|_| idle);
    Ok(Hints { locked, idle_since })
}

async fn property(bus: &Connection, name: &str) -> zbus::Result<OwnedVariant> {
    let which = (LOGIND_SESSION, name);
    let call = bus.call_method(Some(LOGIND), OWN_SESSION, Some("org.freedesktop.DBus.Properties"), "Get", &which);
    in_time(call).await?.body().deserialize()
}

fn flag(value: OwnedVariant) -> bool {
    bool::try_from(value).unwrap_or(false)
}

/// Is a screen saver on? Only those that run are asked: a question to others would start them.
async fn saving(bus: &Connection) -> bool {
    for (name, path) in SAVERS {
        let there = in_time(bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "NameHasOwner", &name)).await;
        if !there.and_then(|reply| reply.body().deserialize::<bool>()).unwrap_or(false) {
            continue;
        }
        let active = in_time(bus.call_method(Some(name), path, Some(name), "GetActive", &())).await;
        if active.and_then(|reply| reply.body().deserialize::<bool>()).unwrap_or(false) {
            return true;
        }
    }
    false
}

async fn open<'a>(address: Option<&'a str>, usual: impl FnOnce() -> connection::Builder<'a>) -> Option<Connection> {
    let builder = address.map_or_else(usual, connection::Builder::address);
    tokio::time::timeout(CALL, builder.method_timeout(CALL).build()).await.ok()?.ok()
}

async fn subscribe(bus: &Connection, rule: &str) {
    // Where it is refused, they are asked now and then all the same.
    let _ = in_time(bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "AddMatch", &rule)).await;
}

async fn in_time<T>(work: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    tokio::time::timeout(CALL, work).await.unwrap_or(Err(zbus::Error::Unsupported))
}

/// Waits for a signal; true where the bus has ended. Replies to calls come by here as well.
async fn next(stream: &mut Option<MessageStream>) -> bool {
    let Some(stream) = stream else { return std::future::pending().await };
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await {
            Some(Ok(message)) if message.message_type() == zbus::message::Type::Signal => return false,
            Some(Ok(_)) => {}
            _ => return true,
        }
    }
}
