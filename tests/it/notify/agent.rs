//! Popups by way of an agent: a service, a socket, an agent, and a notification server on a private bus.

use super::bus::{Bus, Server};
use super::{alert, english, message, soon};
use orbat::alert::{Alert, DeliveryId};
use orbat::notify::agent::{Place, attend};
use orbat::notify::{Answer, Kind, Notifier, Outcome, Receiver};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const ACTIONS: &[&str] = &["body", "actions"];

/// The service's side, listening at `socket`.
struct Service {
    notifier: Arc<Notifier>,
    answers: mpsc::Receiver<Answer>,
    listening: JoinHandle<()>,
}

impl Service {
    fn start(socket: &Path) -> Service {
        let (tell, answers) = mpsc::channel(8);
        let receiver = Receiver { agent: Some(socket.to_owned()), ..Receiver::new("desktop", Kind::Desktop) };
        let notifier = Arc::new(Notifier::new(vec![receiver], english(), tell));
        let at = notifier.clone();
        Service { notifier, answers, listening: tokio::spawn(async move { at.listen().await }) }
    }

    /// Waits until an agent that can show something is there.
    async fn ready(&self) {
        soon(async {
            while !matches!(self.notifier.desktop().await, Some(Ok(_))) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    async fn send(&self, delivery: i64) -> Outcome {
        soon(self.notifier.deliver("desktop", &message(&alert(), delivery))).await
    }

    /// As a kill would.
    async fn end(self) {
        self.listening.abort();
        let _ = self.listening.await;
    }
}

fn agent(bus: &Bus, folder: &Path) -> JoinHandle<()> {
    let (socket, memory) = (folder.join("sock"), Some(folder.join("memory.json")));
    let place = Place { bus: Some(bus.address().to_owned()), memory };
    tokio::spawn(async move { attend(&socket, place, jiff::Timestamp::now).await })
}

fn is_absent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Later { absent: true, .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_popup_goes_there_and_its_buttons_come_back() {
    let Some(bus) = Bus::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(&folder.path().join("sock"));
    let outcome = service.send(1).await;
    assert!(is_absent(&outcome), "nobody is there: {outcome:?}");

    let agent = agent(&bus, folder.path());
    let mut server = Server::start(&bus, ACTIONS).await;
    service.ready().await;
    let mode = std::fs::metadata(folder.path().join("sock")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o660, "for its user and group alone");
    assert_eq!(service.send(1).await, Outcome::Sent);
    let (_, replaces, _, title, body, actions, ..) = server.call().await;
    assert_eq!((replaces, title.as_str()), (0, "US: 2,000 to Germany and Poland (planned)"));
    assert!(body.contains("Er gaan 2000 man") && actions.contains(&"mute".to_owned()), "{body} {actions:?}");

    // The service lost what came of it, and sends it again.
    assert_eq!(service.send(1).await, Outcome::Sent);
    assert!(server.is_quiet(), "nothing is shown twice");
    // What says something else by now is shown in its place.
    let newer = Alert { created: jiff::Timestamp::now(), ..alert() };
    assert_eq!(soon(service.notifier.deliver("desktop", &message(&newer, 1))).await, Outcome::Sent);
    assert_eq!(server.call().await.1, 1);
    assert!(soon(service.notifier.revise("desktop", &message(&newer, 1))).await, "an open popup gets new words");
    assert_eq!(server.call().await.1, 1);

    server.signal("ActionInvoked", &(1_u32, "mute")).await;
    assert_eq!(soon(service.answers.recv()).await, Some(Answer::Mute(DeliveryId(1))));
    server.signal("ActionInvoked", &(1_u32, "wrong")).await;
    assert_eq!(soon(service.answers.recv()).await, Some(Answer::Wrong(DeliveryId(1))));
    // It goes away unseen: that is told, and when it comes again it is shown again.
    server.signal("NotificationClosed", &(1_u32, 1_u32)).await;
    assert_eq!(soon(service.answers.recv()).await, Some(Answer::Expired(DeliveryId(1))));
    assert_eq!(soon(service.notifier.deliver("desktop", &message(&newer, 1))).await, Outcome::Sent);
    server.call().await;
    agent.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarts_of_both_sides_show_nothing_twice_and_lose_no_answer() {
    let Some(bus) = Bus::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&bus, ACTIONS).await;
    let service = Service::start(&folder.path().join("sock"));
    let first = agent(&bus, folder.path());
    service.ready().await;
    assert_eq!(service.send(1).await, Outcome::Sent);
    server.call().await;

    // While the service is away, its user does something.
    service.end().await;
    server.signal("ActionInvoked", &(1_u32, "wrong")).await;
    let mut service = Service::start(&folder.path().join("sock"));
    assert_eq!(soon(service.answers.recv()).await, Some(Answer::Wrong(DeliveryId(1))));
    service.ready().await;
    assert_eq!(service.send(1).await, Outcome::Sent);
    assert!(server.is_quiet());

    // The agent is started anew.
    first.abort();
    let _ = first.await;
    soon(async {
        while matches!(service.notifier.desktop().await, Some(Ok(_))) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    let outcome = service.send(2).await;
    assert!(is_absent(&outcome), "{outcome:?}");
    let second = agent(&bus, folder.path());
    service.ready().await;
    assert_eq!(service.send(1).await, Outcome::Sent);
    assert!(server.is_quiet(), "the next agent knows what the first has shown");
    assert_eq!(service.send(2).await, Outcome::Sent);
    server.call().await;
    second.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_sent_away_and_hold_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sock");
    let service = Service::start(&socket);
    let connect = async || {
        soon(async {
            loop {
                match UnixStream::connect(&socket).await {
                    Ok(stream) => return stream,
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                }
            }
        })
        .await
    };
    for words in ["{\"say\":\"hello\",\"version\":2}\n", "GET / HTTP/1.1\r\n\r\n", "\n"] {
        let mut stream = connect().await;
        stream.write_all(words.as_bytes()).await.unwrap();
        let mut said = String::new();
        soon(stream.read_to_string(&mut said)).await.unwrap();
        assert_eq!(said, "{\"say\":\"hello\",\"version\":1}\n", "after {words:?} the connection ends");
    }
    // One that takes a popup and breaks off: the delivery waits.
    let stream = connect().await;
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from).lines();
    to.write_all(b"{\"say\":\"hello\",\"version\":1}\n{\"say\":\"presence\",\"away\":null,\"server\":{\"Ok\":\"own\"}}\n")
        .await
        .unwrap();
    service.ready().await;
    let both = async {
        from.next_line().await.unwrap();
        let order = from.next_line().await.unwrap().unwrap();
        drop((from, to));
        order
    };
    let (outcome, order) = tokio::join!(service.send(7), soon(both));
    assert!(order.starts_with("{\"say\":\"show\",\"popup\":{\"delivery\":7,"), "{order}");
    assert!(is_absent(&outcome), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sock");
    std::fs::write(&socket, "precious").unwrap();
    let service = Service::start(&socket);
    let told = soon(async {
        loop {
            match service.notifier.desktop().await {
                Some(Err(why)) if why.contains("something else") => return why,
                _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        }
    })
    .await;
    assert!(told.contains("cannot be opened"), "{told}");
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "precious");
}
