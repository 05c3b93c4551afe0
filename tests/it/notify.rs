//! Receivers against the real other side: a notification server on a private bus, web servers on loopback, programs, files.

use jiff::Timestamp;
use orbat::alert::{Alert, AlertKind, DeliveryId, Words};
use orbat::notify::{Answer, Kind, Message, Notifier, Outcome, Receiver};
use orbat::rule::Channel;
use orbat::text::language::Language;
use orbat::text::span::Span;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::mpsc;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MessageStream, OwnedVariant, connection};

/// Nothing here takes longer, unless it hangs.
const LONG: Duration = Duration::from_secs(20);

fn english() -> Language {
    Language::parse("en").unwrap()
}

fn alert() -> Alert {
    Alert {
        fingerprint: "troops/7/1".into(),
        rule: "troops".into(),
        kind: AlertKind::New,
        channel: Channel::Popup,
        created: Timestamp::UNIX_EPOCH,
        article: None,
        story: None,
        line: None,
        url: Some("https://news.example/a?x=1&y=2".parse().unwrap()),
        outlet: "News".into(),
        language: Language::parse("nl"),
        time: None,
        headline: "Troepen".into(),
        sentence: "Er gaan 2000 man naar Duitsland & Polen.".into(),
        mark: Some(Span::new(8, 12)),
        claims: Vec::new(),
        before: None,
        mentions: Vec::new(),
        words: Vec::new(),
        reports: 1,
        independent: 1,
        lines: Vec::new(),
        notify: Vec::new(),
    }
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
    Message { delivery: DeliveryId(delivery), alert, words: words() }
}

/// A session bus of our own, which starts nobody by itself.
struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    /// `None`, and a word about it, where dbus-daemon is not installed.
    fn start() -> Option<Bus> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        let listen = folder.path().display();
        std::fs::write(
            &config,
            format!(
                "<busconfig><type>session</type><listen>unix:tmpdir={listen}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
                 <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        )
        .unwrap();
        let config = format!("--config-file={}", config.display());
        let spawned = Command::new("dbus-daemon")
            .args([&config, "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = spawned else {
            // Past the harness, which keeps what a passing test prints to itself.
            let aloud = "SKIPPED: dbus-daemon is not installed, so popups are not tested here (install the package dbus)\n";
            std::io::stderr().write_all(aloud.as_bytes()).unwrap();
            return None;
        };
        let mut address = String::new();
        std::io::BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Bus { daemon, address: address.trim().to_owned(), _folder: folder })
    }

    fn notifier(&self) -> (Notifier, mpsc::Receiver<Answer>) {
        let (answers, heard) = mpsc::channel(8);
        let desktop = Receiver { name: "desktop".into(), kind: Kind::Desktop };
        (Notifier::on_bus(vec![desktop], english(), answers, &self.address), heard)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

type NotifyCall = (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedVariant>, i32);

/// A notification server that records what it is asked to show.
struct Server {
    connection: Connection,
    calls: mpsc::UnboundedReceiver<NotifyCall>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(bus: &Bus, capabilities: &'static [&'static str]) -> Server {
        let connection = connection::Builder::address(bus.address.as_str()).build().await.unwrap();
        let mut stream = MessageStream::from(&connection);
        let (record, calls) = mpsc::unbounded_channel();
        let at = connection.clone();
        let task = tokio::spawn(async move {
            let mut last = 0;
            while let Some(Ok(call)) = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
                let header = call.header();
                match header.member().map(|m| m.as_str()).unwrap_or_default() {
                    "GetCapabilities" => at.reply(&header, &capabilities).await.unwrap(),
                    "GetServerInformation" => at.reply(&header, &("double", "orbat", "1.0", "1.2")).await.unwrap(),
                    "Notify" => {
                        let asked: NotifyCall = call.body().deserialize().unwrap();
                        last = if asked.1 == 0 { last + 1 } else { asked.1 };
                        record.send(asked).unwrap();
                        at.reply(&header, &last).await.unwrap();
                    }
                    _ => {}
                }
            }
        });
        connection.request_name("org.freedesktop.Notifications").await.unwrap();
        Server { connection, calls, task }
    }

    async fn call(&mut self) -> NotifyCall {
        tokio::time::timeout(LONG, self.calls.recv()).await.expect("a call of Notify in time").unwrap()
    }

    async fn signal<B: serde::Serialize + zbus::zvariant::DynamicType>(&self, name: &str, body: &B) {
        let interface = "org.freedesktop.Notifications";
        self.connection.emit_signal(None::<&str>, "/org/freedesktop/Notifications", interface, name, body).await.unwrap();
    }

    async fn stop(self) {
        self.task.abort();
        self.connection.close().await.unwrap();
    }
}

const RICH: &[&str] = &["body", "body-markup", "actions"];

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, work).await.expect("an end in time")
}

#[tokio::test]
async fn a_popup_with_all_it_says() {
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, RICH).await;
    let (notifier, _answers) = bus.notifier();
    assert_eq!(soon(notifier.desktop()).await, Some(Ok("double 1.0".into())));
    let alert = alert();
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    let (app, replaces, icon, title, body, actions, hints, timeout) = server.call().await;
    assert_eq!((app.as_str(), replaces, icon.as_str(), timeout), ("orbat", 0, "dialog-information", -1));
    assert_eq!(title, "US: 2,000 to Germany and Poland (planned)");
    assert_eq!(
        body,
        "Also: 1,000 Germany to Romania\nEr gaan <b>2000</b> man naar Duitsland &amp; Polen.\nNews, Dutch, first report"
    );
    assert_eq!(actions, ["default", "Open", "mute", "Mute", "wrong", "Wrong"]);
    let mut named: Vec<String> = hints.iter().map(|(name, value)| format!("{name}={:?}", &**value)).collect();
    named.sort();
    assert_eq!(named, [r#"category=Str("x-orbat.alert")"#, r#"desktop-entry=Str("orbat")"#, "urgency=U8(1)"]);
}

#[tokio::test]
async fn a_plain_server_gets_plain_text_and_the_link() {
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, &["body"]).await;
    let (notifier, _answers) = bus.notifier();
    let alert = alert();
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    let (.., body, actions, _, _) = server.call().await;
    assert!(body.contains("Er gaan 2000 man naar Duitsland & Polen.\n"), "{body}");
    assert!(body.ends_with("\nhttps://news.example/a?x=1&y=2"), "{body}");
    assert!(actions.is_empty());
}

#[tokio::test]
async fn an_open_popup_is_updated_in_place() {
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, RICH).await;
    let (notifier, mut answers) = bus.notifier();
    let alert = alert();
    let test = async {
        assert!(!notifier.revise("desktop", &message(&alert, 1)).await, "nothing was shown yet");
        // The listener is at work as soon as an answer comes through.
        assert_eq!(notifier.deliver("desktop", &message(&alert, 1)).await, Outcome::Sent);
        assert_eq!(notifier.deliver("desktop", &message(&alert, 2)).await, Outcome::Sent);
        loop {
            server.signal("ActionInvoked", &(2u32, "mute")).await;
            if tokio::time::timeout(Duration::from_millis(50), answers.recv()).await.is_ok() {
                break;
            }
        }
        assert!(notifier.revise("desktop", &message(&alert, 1)).await);
        assert_eq!(notifier.deliver("desktop", &message(&alert, 2)).await, Outcome::Sent, "the same delivery again");
        server.signal("NotificationClosed", &(1u32, 2u32)).await;
        server.signal("ActionInvoked", &(2u32, "wrong")).await;
        while answers.recv().await != Some(Answer::Wrong(DeliveryId(2))) {}
        assert!(!notifier.revise("desktop", &message(&alert, 1)).await, "it was closed");
        let mut replaced = Vec::new();
        for _ in 0..4 {
            let call = server.call().await;
            replaced.push((call.1, call.6.contains_key("suppress-sound")));
        }
        assert_eq!(replaced, [(0, false), (0, false), (1, true), (2, false)]);
    };
    tokio::select! {
        () = notifier.listen() => unreachable!("it listens for ever"),
        () = soon(test) => {}
    }
}

#[tokio::test]
async fn clicks_are_answers() {
    let Some(bus) = Bus::start() else { return };
    let server = Server::start(&bus, RICH).await;
    let (notifier, mut answers) = bus.notifier();
    let alert = alert();
    let test = async {
        assert_eq!(notifier.deliver("desktop", &message(&alert, 41)).await, Outcome::Sent);
        let first = loop {
            server.signal("ActivationToken", &(1u32, "token-1")).await;
            server.signal("ActionInvoked", &(1u32, "default")).await;
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(50), answers.recv()).await {
                break answer;
            }
        };
        assert_eq!(first, Some(Answer::Open(DeliveryId(41))));
        assert_eq!(notifier.activation_token(DeliveryId(41)).await.as_deref(), Some("token-1"));
        // One that was closed already may be clicked in the server's history; strangers and unknown buttons are nothing.
        server.signal("NotificationClosed", &(1u32, 1u32)).await;
        server.signal("ActionInvoked", &(99u32, "default")).await;
        server.signal("ActionInvoked", &(1u32, "dance")).await;
        server.signal("ActionInvoked", &(1u32, "mute")).await;
        let next = loop {
            match answers.recv().await {
                Some(Answer::Open(_)) => {}
                other => break other,
            }
        };
        assert_eq!(next, Some(Answer::Mute(DeliveryId(41))));
    };
    tokio::select! {
        () = notifier.listen() => unreachable!("it listens for ever"),
        () = soon(test) => {}
    }
}

#[tokio::test]
async fn a_server_that_leaves_and_returns() {
    let Some(bus) = Bus::start() else { return };
    let (notifier, _answers) = bus.notifier();
    let alert = alert();
    let absent = |outcome: Outcome| match outcome {
        Outcome::Later { absent: true, at: None, reason } => reason,
        other => panic!("{other:?}"),
    };
    let reason = absent(soon(notifier.deliver("desktop", &message(&alert, 1))).await);
    assert!(reason.contains("no notification server"), "{reason}");

    let mut server = Server::start(&bus, RICH).await;
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    assert_eq!(server.call().await.1, 0);
    server.stop().await;
    absent(soon(notifier.deliver("desktop", &message(&alert, 1))).await);
    assert!(soon(notifier.desktop()).await.unwrap().is_err());

    // Another one: it knows nothing of the first one's popups, and can do less.
    let mut server = Server::start(&bus, &["body"]).await;
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    let call = server.call().await;
    assert_eq!((call.1, call.5.len()), (0, 0));
}

#[tokio::test]
async fn a_bus_that_leaves() {
    let Some(bus) = Bus::start() else { return };
    let _server = Server::start(&bus, RICH).await;
    let (notifier, _answers) = bus.notifier();
    let alert = alert();
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    drop(bus);
    let outcome = soon(notifier.deliver("desktop", &message(&alert, 2))).await;
    assert!(matches!(outcome, Outcome::Later { absent: true, .. }), "{outcome:?}");
}

#[tokio::test]
async fn no_bus() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}/none", folder.path().display());
    let (answers, _heard) = mpsc::channel(1);
    let desktop = Receiver { name: "desktop".into(), kind: Kind::Desktop };
    let notifier = Notifier::on_bus(vec![desktop], english(), answers, &address);
    let alert = alert();
    match soon(notifier.deliver("desktop", &message(&alert, 1))).await {
        Outcome::Later { absent: true, reason, .. } => assert!(reason.contains("no desktop session"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(!soon(notifier.revise("desktop", &message(&alert, 1))).await);
    assert!(soon(notifier.desktop()).await.unwrap().is_err());
    assert!(matches!(notifier.deliver("pigeon", &message(&alert, 1)).await, Outcome::Refused(_)));
}
