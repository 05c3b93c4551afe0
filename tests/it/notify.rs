//! Receivers against the real other side: a notification server on a private bus, web servers on loopback, programs, files.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use orbat::alert::{Alert, AlertKind, DeliveryId, Words};
use orbat::notify::{Answer, Kind, Message, Notifier, Outcome, Receiver, Secret};
use orbat::rule::Channel;
use orbat::text::language::Language;
use orbat::text::span::Span;
use sha2::Sha256;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
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
        lines_told: Vec::new(),
        maybe: None,
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

fn receiving(kind: Kind) -> Notifier {
    let (answers, _heard) = mpsc::channel(1);
    Notifier::new(vec![Receiver { name: "r".into(), kind }], english(), answers)
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

/// Answers every request on a connection of its own with `response`; gives the requests as text.
async fn web(response: String) -> (std::net::SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (record, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut held = Vec::new();
            while !whole(&held) {
                assert_ne!(stream.read_buf(&mut held).await.unwrap(), 0);
            }
            record.send(String::from_utf8(held).unwrap()).unwrap();
            stream.write_all(format!("{response}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        }
    });
    (address, requests)
}

/// Are the head of a request and as much as its `content-length` says there?
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn json(request: &str) -> serde_json::Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn webhook() {
    let (address, mut requests) = web("HTTP/1.1 204 Fine".into()).await;
    let url: url::Url = format!("http://{address}/hook?x=1").parse().unwrap();
    let notifier = receiving(Kind::Webhook { url: url.clone(), secret: Some(Secret("key".into())) });
    for _ in 0..2 {
        assert_eq!(send(&notifier, 7).await, Outcome::Sent);
        let request = requests.recv().await.unwrap();
        assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
        assert_eq!(header(&request, "x-orbat-delivery"), Some("7"));
        assert_eq!(header(&request, "content-type"), Some("application/json"));
        assert!(header(&request, "user-agent").unwrap().starts_with("orbat/"));
        let body = request.split_once("\r\n\r\n").unwrap().1;
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        mac.update(body.as_bytes());
        let digest: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(header(&request, "x-orbat-signature"), Some(format!("sha256={digest}").as_str()));
        let json = json(&request);
        assert_eq!((&json["id"], &json["title"], &json["mark"]), (&7.into(), &words().title.into(), &serde_json::json!([8, 12])));
        assert_eq!(json["alert"]["fingerprint"], "troops/7/1");
    }
    let unsigned = receiving(Kind::Webhook { url, secret: None });
    assert_eq!(send(&unsigned, 8).await, Outcome::Sent);
    assert_eq!(header(&requests.recv().await.unwrap(), "x-orbat-signature"), None);
}

#[tokio::test]
async fn what_a_webhook_may_answer() {
    for (response, expected) in [
        ("HTTP/1.1 200 OK", "sent"),
        ("HTTP/1.1 429 Slow\r\nretry-after: 60", "at"),
        ("HTTP/1.1 503 Busy\r\nretry-after: 60", "at"),
        ("HTTP/1.1 503 Busy", "later"),
        ("HTTP/1.1 408 Slow", "later"),
        ("HTTP/1.1 500 Oops", "later"),
        ("HTTP/1.1 400 No", "refused"),
        ("HTTP/1.1 401 Who", "refused"),
        ("HTTP/1.1 302 There\r\nlocation: http://127.0.0.1:1/", "refused"),
    ] {
        let (address, _requests) = web(response.into()).await;
        let url = format!("http://hush:hush@{address}/hush").parse().unwrap();
        let outcome = send(&receiving(Kind::Webhook { url, secret: None }), 1).await;
        let word = match &outcome {
            Outcome::Sent => "sent",
            Outcome::Later { at: Some(_), absent: false, .. } => "at",
            Outcome::Later { at: None, absent: false, .. } => "later",
            Outcome::Later { .. } => "absent",
            Outcome::Refused(_) => "refused",
        };
        assert_eq!(word, expected, "{response}");
        assert!(!format!("{outcome:?}").contains("hush"), "{outcome:?}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://hush:hush@{nobody}/hush").parse().unwrap();
    let reason = reason(send(&receiving(Kind::Webhook { url, secret: None }), 1).await);
    assert!(reason.contains("127.0.0.1 could not be reached") && !reason.contains("hush"), "{reason}");
}

#[tokio::test]
async fn ntfy() {
    let (address, mut requests) = web("HTTP/1.1 200 OK".into()).await;
    let url = format!("http://{address}/push/desk").parse().unwrap();
    let notifier = receiving(Kind::Ntfy { url, token: Some(Secret("tk\n".into())) });
    assert_eq!(send(&notifier, 7).await, Outcome::Sent);
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /push/ HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "authorization"), Some("Bearer tk"));
    let expected = serde_json::json!({
        "topic": "desk", "title": words().title, "priority": 4, "click": "https://news.example/a?x=1&y=2", "sequence_id": "orbat-7",
        "message": "Also: 1,000 Germany to Romania\nEr gaan 2000 man naar Duitsland & Polen.\nNews, Dutch, first report",
    });
    assert_eq!(json(&request), expected);
}

fn shell(script: &str, timeout: Duration) -> Notifier {
    receiving(Kind::Command { argv: ["sh", "-c", script].map(str::to_owned).to_vec(), timeout })
}

#[cfg(unix)]
#[tokio::test]
async fn commands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script = format!("cat > {0}; echo \" $ORBAT_DELIVERY\" >> {0}", out.display());
    assert_eq!(send(&shell(&script, LONG), 7).await, Outcome::Sent);
    let text = std::fs::read_to_string(&out).unwrap();
    let (json, delivery) = text.rsplit_once(' ').unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["title"], words().title);
    assert_eq!(delivery, "7\n");

    // Its input unread, its output without end, something left running.
    assert_eq!(send(&shell("exit 0", LONG), 1).await, Outcome::Sent);
    assert_eq!(send(&shell("yes | head -c 1000000 >&2", LONG), 1).await, Outcome::Sent);
    assert_eq!(send(&shell("sleep 3 & exit 0", LONG), 1).await, Outcome::Sent);
    assert!(reason(send(&shell("echo one; echo two >&2; exit 3", LONG), 1).await).ends_with("exit status: 3): two"));
    let missing = receiving(Kind::Command { argv: vec!["/no/such/program".into()], timeout: LONG });
    assert!(reason(send(&missing, 1).await).contains("/no/such/program could not be started"));
    let empty = receiving(Kind::Command { argv: Vec::new(), timeout: LONG });
    assert!(matches!(send(&empty, 1).await, Outcome::Refused(_)));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_that_hangs_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!("sleep 1000 & echo $! $$ > {}; wait", pids.display());
    let notifier = shell(&script, Duration::from_secs(1));
    assert!(reason(send(&notifier, 1).await).contains("did not end within 1s"));
    let pids = std::fs::read_to_string(&pids).unwrap();
    for pid in pids.split_whitespace() {
        soon(async {
            while runs(pid) {
                tokio::time::sleep(Duration::from_millis(10)).await
            }
        })
        .await;
    }
}

/// Is this process there, and not just waiting to be buried by its parent?
#[cfg(target_os = "linux")]
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

#[tokio::test]
async fn atom_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.xml");
    let notifier = receiving(Kind::Atom { path: path.clone(), keep: 3 });
    for delivery in [1, 2, 3, 4, 3, 1] {
        assert_eq!(send(&notifier, delivery).await, Outcome::Sent);
    }
    let mut hostile = words();
    hostile.title = "</entry>\n<entry> & \u{1}\"é".into();
    let hostile_alert = alert();
    let hostile = Message { delivery: DeliveryId(5), alert: &hostile_alert, words: hostile };
    assert_eq!(soon(notifier.deliver("r", &hostile)).await, Outcome::Sent);

    let feed = feed_rs::parser::parse(std::fs::read(&path).unwrap().as_slice()).unwrap();
    assert_eq!(feed.feed_type, feed_rs::model::FeedType::Atom);
    let ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["urn:orbat:delivery:5", "urn:orbat:delivery:1", "urn:orbat:delivery:3"]);
    assert_eq!(feed.entries[0].title.as_ref().unwrap().content, "</entry>\n<entry> & \"é");
    assert_eq!(feed.entries[1].links[0].href, "https://news.example/a?x=1&y=2");
    assert!(feed.entries[1].content.as_ref().unwrap().body.as_ref().unwrap().contains("Duitsland & Polen."));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing left beside it");

    std::fs::write(&path, "<html>").unwrap();
    assert!(matches!(send(&notifier, 6).await, Outcome::Refused(_)), "a stranger's file stays");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "<html>");
    let nowhere = receiving(Kind::Atom { path: folder.path().join("none/alerts.xml"), keep: 3 });
    assert!(reason(send(&nowhere, 1).await).contains("could not be written"));
}

/// A mail server that takes one mail, or answers its recipient with `verdict`; gives what it heard.
async fn mail_server(verdict: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = tokio::io::BufReader::new(stream);
        let (mut heard, mut data) = (String::new(), false);
        stream.write_all(b"220 here\r\n").await.unwrap();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return heard;
            }
            heard += &line;
            let answer = match line.get(..4).unwrap_or(&line) {
                ".\r\n" => "250 taken",
                _ if data => continue,
                "DATA" => "354 go on",
                "RCPT" => verdict,
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            data = answer.starts_with("354");
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
    });
    (port, heard)
}

fn mail(port: u16, to: &str) -> Notifier {
    let from = "orbat <orbat@desk.example>".to_owned();
    receiving(Kind::Mail { server: "127.0.0.1".into(), port, tls: false, user: None, password: None, from, to: vec![to.into()] })
}

#[tokio::test]
async fn mails() {
    let (port, heard) = mail_server("250 fine").await;
    let notifier = mail(port, "analyst@desk.example");
    assert_eq!(send(&notifier, 7).await, Outcome::Sent);
    drop(notifier);
    let heard = soon(heard).await.unwrap();
    for part in [
        "MAIL FROM:<orbat@desk.example>",
        "RCPT TO:<analyst@desk.example>",
        "Subject: US: 2,000 to Germany and Poland (planned)\r\n",
        "Message-ID: <orbat-7-0@desk.example>\r\n",
        "Er gaan 2000 man naar Duitsland & Polen.\r\n",
        "https://news.example/a?x=1&y=2\r\n",
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    let (port, _heard) = mail_server("550 no such user").await;
    assert!(matches!(send(&mail(port, "a@b.example"), 1).await, Outcome::Refused(_)));
    let (port, _heard) = mail_server("451 try again").await;
    reason(send(&mail(port, "a@b.example"), 1).await);
    assert!(matches!(send(&mail(port, "nobody"), 1).await, Outcome::Refused(_)));
}
