//! Who is away is told nothing, and everything when he is back: with logind, a screen saver and a notification server on a bus of our own.

use super::bus::{Bus, Server};
use super::{LONG, english, soon};
use jiff::{SignedDuration, Timestamp};
use orbat::alert::sample;
use orbat::clock::Clock;
use orbat::config;
use orbat::daemon::{Deliverer, Parts};
use orbat::notify::{Kind, Notifier, Receiver};
use orbat::store::{AlertFilter, DeliveryState, Store};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MessageStream, Variant, connection};

/// What logind and a screen saver say.
#[derive(Clone, Copy, Default)]
struct Said {
    locked: bool,
    idle_since: Option<Timestamp>,
    saver: bool,
}

/// Plays logind and a screen saver.
struct Seat {
    connection: Connection,
    said: Arc<Mutex<Said>>,
}

impl Seat {
    async fn on(bus: &Bus) -> Seat {
        let connection = connection::Builder::address(bus.address()).build().await.unwrap();
        let said: Arc<Mutex<Said>> = Arc::default();
        let mut calls = MessageStream::from(&connection);
        let (at, answers) = (connection.clone(), said.clone());
        tokio::spawn(async move {
            while let Some(Ok(call)) = std::future::poll_fn(|cx| Pin::new(&mut calls).poll_next(cx)).await {
                let header = call.header();
                let said = *answers.lock().unwrap();
                match header.member().map(|m| m.as_str()).unwrap_or_default() {
                    "GetActive" => at.reply(&header, &said.saver).await.unwrap(),
                    "Get" => {
                        let (_, name): (String, String) = call.body().deserialize().unwrap();
                        let micros = said.idle_since.map_or(0, |t| t.as_microsecond() as u64);
                        let value = match name.as_str() {
                            "LockedHint" => Variant::from(said.locked),
                            "IdleHint" => Variant::from(said.idle_since.is_some()),
                            _ => Variant::from(micros),
                        };
                        at.reply(&header, &value).await.unwrap();
                    }
                    _ => {}
                }
            }
        });
        connection.request_name("org.freedesktop.login1").await.unwrap();
        connection.request_name("org.freedesktop.ScreenSaver").await.unwrap();
        Seat { connection, said }
    }

    /// Says something else from now on, and tells those who listen.
    async fn say(&self, said: Said) {
        let saver = std::mem::replace(&mut *self.said.lock().unwrap(), said).saver != said.saver;
        let (path, interface, member) = if saver {
            ("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged")
        } else {
            ("/org/freedesktop/login1/session/_31", "org.freedesktop.DBus.Properties", "PropertiesChanged")
        };
        self.connection.emit_signal(None::<&str>, path, interface, member, &(said.saver,)).await.unwrap();
    }
}

#[tokio::test]
async fn who_locks_idles_or_has_a_saver_on_is_away() {
    let Some(bus) = Bus::start() else { return };
    let seat = Seat::on(&bus).await;
    let (notifier, _answers) = bus.notifier();
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let idle = now - SignedDuration::from_mins(5);
    let test = async {
        for (said, away) in [
            (Said { locked: true, ..Said::default() }, Some(now)),
            (Said::default(), None),
            (Said { saver: true, ..Said::default() }, Some(now)),
            (Said::default(), None),
            (Said { idle_since: Some(idle), ..Said::default() }, Some(idle)),
            (Said { idle_since: Some(idle), locked: true, saver: false }, Some(idle)),
            (Said::default(), None),
        ] {
            // Said again and again until it is heard: who listens may not do so yet.
            while notifier.away_since() != away {
                seat.say(said).await;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    };
    tokio::select! {
        () = notifier.watch_session(move || now) => unreachable!("it watches for ever"),
        done = tokio::time::timeout(LONG, test) => done.expect("heard in time"),
    }
}

#[tokio::test]
async fn where_nobody_says_anything_somebody_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}/none", folder.path().display());
    let (answers, _heard) = mpsc::channel(1);
    let notifier = Notifier::on_bus(vec![Receiver::new("desktop", Kind::Desktop)], english(), answers, &address);
    let watch = tokio::time::timeout(std::time::Duration::from_millis(200), notifier.watch_session(Timestamp::now));
    assert!(watch.await.is_err(), "it watches for ever");
    assert_eq!(notifier.away_since(), None);
}

/// Alerts as they come from an article.
fn alert(n: usize, now: Timestamp) -> orbat::alert::Alert {
    let alert = sample(english(), now);
    orbat::alert::Alert {
        fingerprint: format!("a{n}"),
        kind: orbat::alert::AlertKind::New,
        headline: format!("News {n}"),
        ..alert
    }
}

#[tokio::test]
async fn what_waited_is_told_at_the_return() {
    let Some(bus) = Bus::start() else { return };
    let (seat, mut server) = (Seat::on(&bus).await, Server::start(&bus, &["body", "actions"]).await);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("orbat.db")).unwrap();
    let config = config::parse(Path::new("orbat.toml"), "").unwrap();
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let (parts, _answers) = Parts::on_bus(&config, store.clone(), clock.clone(), bus.address()).unwrap();
    let mut deliverer = Deliverer::new(parts.clone());
    let tell = |n: usize| store.add_alert(alert(n, clock.now()), &["desktop".to_owned()]).unwrap();

    let test = async {
        tell(1);
        deliverer.step().await.unwrap();
        assert_eq!(server.call().await.3, "News 1");
        // The first popup goes away with nobody there: he had left a minute before it came.
        let idle = Said { idle_since: Some(clock.now() - SignedDuration::from_mins(1)), ..Said::default() };
        while parts.notifier.away_since().is_none() {
            seat.say(idle).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let first = store.alerts(&AlertFilter { limit: 9, ..AlertFilter::default() }).unwrap()[0].deliveries[0].0;
        store.expired(first, clock.now()).unwrap();
        (2..=4).for_each(|n| assert!(tell(n).is_some()));
        deliverer.step().await.unwrap();
        clock.sleep(std::time::Duration::from_secs(600)).await;
        deliverer.step().await.unwrap();
        assert!(server.is_quiet(), "nothing is shown to nobody");
        while parts.notifier.away_since().is_some() {
            seat.say(Said::default()).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        deliverer.step().await.unwrap();
        let (_, _, _, title, body, ..) = server.call().await;
        assert!(title.contains("4 items"), "{title}");
        assert!((1..=4).all(|n| body.contains(&format!("News {n}"))), "{body}");
        assert!(server.is_quiet(), "one message for all of it");
    };
    tokio::select! {
        () = parts.notifier.watch_session(|| clock.now()) => unreachable!("it watches for ever"),
        () = soon(test) => {}
    }
    let rows = store.alerts(&AlertFilter { limit: 9, ..AlertFilter::default() }).unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.deliveries[0].2).collect();
    assert_eq!(states, [[DeliveryState::Sent].as_slice(), &[DeliveryState::Joined; 4]].concat());
}

#[tokio::test]
async fn a_login_after_hours_brings_a_digest() {
    let Some(bus) = Bus::start() else { return };
    let (_seat, mut server) = (Seat::on(&bus).await, Server::start(&bus, &["body", "actions"]).await);
    for (hours, digest) in [(3, true), (0, false)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("orbat.db")).unwrap();
        let config = config::parse(Path::new("orbat.toml"), "").unwrap();
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
        let (parts, _answers) = Parts::on_bus(&config, store.clone(), clock.clone(), bus.address()).unwrap();
        // The desktop was last seen in use so many hours ago; something came for the digest since.
        store.set_note("desktop.there", &(clock.now() - SignedDuration::from_hours(hours)).to_string()).unwrap();
        let quiet = orbat::alert::Alert { channel: orbat::rule::Channel::Digest, ..alert(1, clock.now()) };
        store.add_alert(quiet, &[]).unwrap();
        let mut deliverer = Deliverer::new(parts);
        soon(async {
            deliverer.step().await.unwrap();
            deliverer.step().await.unwrap();
        })
        .await;
        assert_eq!(store.undigested().unwrap().is_empty(), digest);
        if digest {
            let (_, _, _, title, body, ..) = server.call().await;
            assert!(title == "Digest: 1 item" && body.contains("News 1"), "{title} {body}");
        }
        assert!(server.is_quiet());
    }
}
