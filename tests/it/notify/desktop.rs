//! Popups.

use super::bus::{Bus, Server};
use super::{alert, english, message, soon};
use orbat::alert::DeliveryId;
use orbat::notify::{Answer, Kind, Message, Notifier, Outcome, Receiver};
use std::time::Duration;
use tokio::sync::mpsc;

const RICH: &[&str] = &["body", "body-markup", "actions"];

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
    assert_eq!(
        named,
        [
            r#"category=Str("x-orbat.alert")"#,
            r#"desktop-entry=Str("orbat")"#,
            r#"sound-name=Str("message-new-instant")"#,
            "urgency=U8(1)"
        ]
    );
}

#[tokio::test]
async fn urgency_sound_and_icon_say_what_kind_it_is() {
    use orbat::alert::AlertKind::{Correction, Entity, New, Summary};
    use orbat::rule::Priority::{High, Low, Normal};
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, RICH).await;
    let (notifier, _answers) = bus.notifier();
    for (n, (kind, priority, urgency, sounds, icon)) in [
        (New, Normal, 1, true, "dialog-information"),
        (New, High, 2, true, "dialog-information"),
        (New, Low, 0, false, "dialog-information"),
        (Correction, Normal, 1, true, "dialog-warning"),
        (Entity, Normal, 1, false, "dialog-information"),
        (Summary, Normal, 0, false, "dialog-information"),
    ]
    .into_iter()
    .enumerate()
    {
        let alert = orbat::alert::Alert { kind, ..alert() };
        let message = orbat::notify::Message { priority, ..message(&alert, n as i64 + 1) };
        assert_eq!(notifier.deliver("desktop", &message).await, Outcome::Sent);
        let (_, _, shown, _, _, _, hints, _) = server.call().await;
        assert_eq!(format!("{:?}", &*hints["urgency"]), format!("U8({urgency})"), "{kind} {priority}");
        assert_eq!((hints.contains_key("sound-name"), shown.as_str()), (sounds, icon), "{kind} {priority}");
    }
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
        assert_eq!(replaced, [(0, false), (0, false), (1, true), (2, true)]);
    };
    tokio::select! {
        () = notifier.listen() => unreachable!("it listens for ever"),
        () = soon(test) => {}
    }
}

#[tokio::test]
async fn a_popup_takes_the_place_of_the_one_about_its_claim() {
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, RICH).await;
    let (notifier, _answers) = bus.notifier();
    let (alert, first) = (alert(), [DeliveryId(1)]);
    assert_eq!(soon(notifier.deliver("desktop", &message(&alert, 1))).await, Outcome::Sent);
    // A toll that has doubled is heard; brought up to date it is not.
    let doubled = Message { replaces: &first, ..message(&alert, 2) };
    assert_eq!(soon(notifier.deliver("desktop", &doubled)).await, Outcome::Sent);
    assert!(soon(notifier.revise("desktop", &message(&alert, 2))).await);
    assert!(!soon(notifier.revise("desktop", &message(&alert, 1))).await, "it is another's popup now");
    let mut calls = Vec::new();
    for _ in 0..3 {
        let call = server.call().await;
        calls.push((call.1, call.6.contains_key("sound-name")));
    }
    assert_eq!(calls, [(0, true), (1, true), (1, false)]);
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
                Some(Answer::Open(_) | Answer::Expired(DeliveryId(41))) => {}
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
    let desktop = Receiver::new("desktop", Kind::Desktop);
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
