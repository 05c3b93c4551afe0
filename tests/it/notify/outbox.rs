//! The outbox and several receivers: one that is out, one that is not there, the user's own wording.

use super::services::{header, json, web};
use super::{alert, english, receiving, send, soon, words};
use crate::crash::{Desk, Mood};
use jiff::Timestamp;
use orbat::alert::{Alert, AlertKind, Held};
use orbat::clock::Clock;
use orbat::config;
use orbat::daemon::{Deliverer, Parts};
use orbat::ledger::LedgerId;
use orbat::notify::template::Template;
use orbat::notify::{Kind, Notifier, Outcome, Receiver};
use orbat::rule::Channel;
use orbat::store::{AlertFilter, Store};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

fn news(n: usize, now: Timestamp) -> Alert {
    Alert { fingerprint: format!("news {n}"), created: now, ..alert() }
}

fn healths(desk: &Desk) -> Vec<String> {
    let told = desk.told();
    let health = told.applied.values().filter(|json| json["alert"]["kind"] == "health");
    health.map(|json| json["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_outage_of_one_receiver_is_told_through_another() {
    let (out, other) = (Desk::open().await, Desk::open().await);
    let folder = tempfile::tempdir().unwrap();
    let off = "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n";
    let toml = format!("{off}{}{}", out.receiver("webhook", "out"), other.receiver("webhook", "other"));
    let config = config::parse(Path::new("orbat.toml"), &toml).unwrap();
    let clock = Clock::simulated(Timestamp::now());
    let store = Store::open(&folder.path().join("orbat.db")).unwrap();
    let (parts, _answers) = Parts::new(&config, store.clone(), clock.clone()).unwrap();
    let mut deliverer = Deliverer::new(parts);
    let title = "Receiver out takes nothing".to_owned();
    for outage in 1..=2 {
        out.set(Mood::Fails);
        store.add_alert(news(outage, clock.now()), &["out".to_owned()]).unwrap();
        for _ in 0..60 {
            deliverer.step().await.unwrap();
            clock.sleep(Duration::from_secs(60)).await;
        }
        assert_eq!(healths(&other), vec![title.clone(); outage], "once for each outage");
        let written = store.outage("out").unwrap().unwrap();
        assert!(written.failures > 3 && written.error.contains("fault"), "{written:?}");
        out.set(Mood::Takes);
        clock.sleep(Duration::from_secs(90_000)).await;
        deliverer.step().await.unwrap();
        assert_eq!(out.told().applied.len(), outage, "and it was kept for it");
        assert_eq!(healths(&out), [] as [String; 0]);
        assert_eq!(store.outage("out").unwrap(), None);
    }
}

/// What a desk was told: number of the delivery, which one it replaces, title.
fn heard(desk: &Desk) -> Vec<(i64, Option<i64>, String)> {
    let one =
        |(id, json): (&i64, &serde_json::Value)| (*id, json["replaces"].as_i64(), json["title"].as_str().unwrap().to_owned());
    desk.told().applied.iter().map(one).collect()
}

#[tokio::test]
async fn what_moves_on_says_whose_place_it_takes() {
    let (desk, phone) = (Desk::open().await, Desk::open().await);
    let folder = tempfile::tempdir().unwrap();
    let off = "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n";
    let toml = format!("{off}{}{}", desk.receiver("webhook", "desk"), phone.receiver("ntfy", "phone"));
    let config = config::parse(Path::new("orbat.toml"), &toml).unwrap();
    let clock = Clock::simulated(Timestamp::now());
    let store = Store::open(&folder.path().join("orbat.db")).unwrap();
    let (parts, _answers) = Parts::new(&config, store.clone(), clock.clone()).unwrap();
    let mut deliverer = Deliverer::new(parts);
    // Other lines than its own may be told in what stays.
    for (n, kind, held, lines) in [
        (1, AlertKind::New, None, &[3][..]),
        (2, AlertKind::New, None, &[3, 4]),
        (3, AlertKind::Change, Some(Held::Toll), &[3]),
        (4, AlertKind::Correction, None, &[3]),
        (5, AlertKind::New, None, &[3]),
        (6, AlertKind::Change, None, &[5]),
    ] {
        let channel = if held.is_some() { Channel::Digest } else { Channel::Popup };
        let line = Some(LedgerId(lines[0]));
        let lines_told = lines.iter().map(|&line| (LedgerId(line), n as u32)).collect();
        let alert = Alert { kind, held, channel, line, lines_told, ..news(n, clock.now()) };
        store.add_alert(alert, &["desk".to_owned(), "phone".to_owned()]).unwrap();
        deliverer.step().await.unwrap();
        clock.sleep(Duration::from_secs(1200)).await;
    }
    let replaced: Vec<_> = heard(&desk).into_iter().map(|(id, replaces, _)| (id, replaces)).collect();
    assert_eq!(replaced, [(1, None), (3, None), (5, Some(1)), (7, Some(5)), (9, None), (11, None)]);
    let pushed = phone.told().applied;
    let sequence = |id: i64| pushed[&id]["sequence_id"].as_str().unwrap().rsplit('-').next().unwrap().to_owned();
    assert_eq!([2, 4, 6, 8, 10].map(sequence), ["2", "4", "2", "2", "10"]);
    assert_eq!([2, 6, 8].map(|id| pushed[&id]["priority"].as_u64()), [Some(4), Some(2), Some(4)], "growth makes no noise");
}

#[tokio::test]
async fn what_was_said_last_is_heard_last() {
    let (desk, phone) = (Desk::open().await, Desk::open().await);
    let folder = tempfile::tempdir().unwrap();
    let off = "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n";
    let toml = format!("{off}{}{}", desk.receiver("webhook", "desk"), phone.receiver("ntfy", "phone"));
    let config = config::parse(Path::new("orbat.toml"), &toml).unwrap();
    let clock = Clock::simulated(Timestamp::now());
    let store = Store::open(&folder.path().join("orbat.db")).unwrap();
    let (parts, _answers) = Parts::new(&config, store.clone(), clock.clone()).unwrap();
    let mut deliverer = Deliverer::new(parts);
    for (n, kind, line, mood) in [
        (1, AlertKind::New, 3, Mood::Fails),
        (2, AlertKind::Correction, 3, Mood::Takes),
        // Another line waits for nothing.
        (3, AlertKind::New, 4, Mood::Takes),
    ] {
        desk.set(mood);
        phone.set(mood);
        let alert =
            Alert { kind, line: Some(LedgerId(line)), lines_told: vec![(LedgerId(line), n)], ..news(n as usize, clock.now()) };
        store.add_alert(alert, &["desk".to_owned(), "phone".to_owned()]).unwrap();
        deliverer.step().await.unwrap();
    }
    let applied = |desk: &Desk| desk.told().applied.keys().copied().collect::<Vec<_>>();
    assert_eq!(applied(&desk), [5], "the correction waits for what it corrects");
    assert_eq!(applied(&phone), [4, 6], "people need not hear what was wrong");
    clock.sleep(Duration::from_secs(120)).await;
    deliverer.step().await.unwrap();
    assert_eq!(applied(&desk), [1, 3, 5]);
    assert_eq!(applied(&phone), [4, 6]);
}

#[tokio::test]
async fn a_desktop_that_is_not_there_keeps_nobody_waiting() {
    let desk = Desk::open().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config::parse(Path::new("orbat.toml"), &desk.receiver("webhook", "desk")).unwrap();
    let clock = Clock::simulated(Timestamp::now());
    let store = Store::open(&folder.path().join("orbat.db")).unwrap();
    let nowhere = format!("unix:path={}/none", folder.path().display());
    let (parts, _answers) = Parts::on_bus(&config, store.clone(), clock.clone(), &nowhere).unwrap();
    for n in 0..1200 {
        store.add_alert(news(n, clock.now()), &["desktop".to_owned()]).unwrap();
    }
    store.add_alert(news(9999, clock.now()), &["desk".to_owned()]).unwrap();
    let mut deliverer = Deliverer::new(parts);
    soon(deliverer.step()).await.unwrap();
    assert_eq!(desk.told().applied.len(), 1);
    let rows = store.alerts(&AlertFilter { limit: 10_000, ..AlertFilter::default() }).unwrap();
    let attempts: u32 = rows.iter().flat_map(|row| &row.deliveries).filter(|d| d.1 == "desktop").map(|d| d.3).sum();
    assert_eq!((rows.len(), attempts), (1201, 0), "all wait, and none was tried in vain");
    assert!(rows.iter().all(|row| row.alert.kind == AlertKind::New));
}

#[tokio::test]
async fn a_users_own_wording() {
    let (address, mut requests) = web("HTTP/1.1 200 OK".into()).await;
    let (answers, _heard) = mpsc::channel(1);
    let url = format!("http://{address}/hook").parse().unwrap();
    let json_template = r#"{"text": "{title}\n{sentence}", "n": [1, {"rule": "{rule}"}]}"#;
    let template = Template { json: Some(json_template.to_owned()), ..Template::default() };
    let webhook = Receiver { template, ..Receiver::new("r", Kind::Webhook { url, secret: None }) };
    let notifier = Notifier::new(vec![webhook], english(), answers);
    assert_eq!(send(&notifier, 7).await, Outcome::Sent);
    let request = requests.recv().await.unwrap();
    assert_eq!(header(&request, "idempotency-key"), Some("\"orbat-7\""));
    let text = format!("{}\nEr gaan 2000 man naar Duitsland & Polen.", words().title);
    assert_eq!(json(&request), serde_json::json!({"text": text, "n": [1, {"rule": "troops"}]}));

    let url = format!("http://{address}/topic").parse().unwrap();
    let mut notifier = receiving(Kind::Ntfy { url, token: None }).receivers().to_vec();
    notifier[0].template = Template { title: Some("{outlet}: {title}".into()), text: Some("{lines}\n{url}".into()), json: None };
    let (answers, _heard) = mpsc::channel(1);
    assert_eq!(send(&Notifier::new(notifier, english(), answers), 8).await, Outcome::Sent);
    let pushed = json(&requests.recv().await.unwrap());
    assert_eq!(pushed["title"], format!("News: {}", words().title));
    assert_eq!(pushed["message"], "Also: 1,000 Germany to Romania\nhttps://news.example/a?x=1&y=2");
}
