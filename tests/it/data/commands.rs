//! The commands, as they are typed.

use super::{Place, article, day, names};
use serde_json::Value;
use std::process::{Command, Output};

const SAID: &str = "200 American soldiers will go to Poland.";

fn place() -> Place {
    let place = Place::new();
    let feed = place.feed("paper", &["wire"]);
    let db = place.sql();
    article(&db, 1, feed, 0, SAID, 1);
    article(&db, 2, feed, 0, "=1+1, \"quoted\"", 0);
    db.execute_batch(
        "UPDATE feed SET url = 'https://u:hush@paper.example/feed', subscription = json_set(subscription, '$.headers',
            json('[[\"Cookie\", \"hush\"]]'), '$.url', 'https://u:hush@paper.example/feed');
        INSERT INTO alert (id, fingerprint, channel, rule, created, alert) SELECT 1, 'troops|line#1|0', 'popup', 'troops', 0, json_object(
            'fingerprint', 'troops|line#1|0', 'rule', 'troops', 'kind', 'new', 'channel', 'popup', 'created', '2026-05-29T00:00:00Z',
            'article', 1, 'line', 1, 'lines_told', json('[[1, 0]]'), 'url', 'https://paper.example/1', 'outlet', 'paper', 'language', 'en',
            'headline', 'Title 1', 'sentence', '200 American soldiers will go to Poland.', 'claims', json_array(json(claim)),
            'mentions', json('[]'), 'words', json('[]'), 'reports', 1, 'independent', 1, 'lines', json('[]'), 'notify', json('[]'))
            FROM claim;
        INSERT INTO delivery (alert, receiver, state, next_at, sent) VALUES (1, 'desktop', 'sent', 0, 5);",
    )
    .unwrap();
    place
}

/// What a command says, and whether it ended well.
fn orbat(place: &Place, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(args).env_clear().env("TZ", "UTC").env("HOME", place.dir.path()).env("ORBAT_DATA", place.dir.path());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

#[test]
fn an_alert_says_why_when_its_article_is_gone() {
    let place = place();
    place.store.purge_articles(day(9)).unwrap();
    let (well, said) = orbat(&place, &["why", "1"]);
    assert!(well, "{said}");
    for part in
        ["“200 American soldiers will go to Poland.”", "https://paper.example/1", "from paper", "rule `troops`", "desktop has it"]
    {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    let (_, json) = orbat(&place, &["why", "1", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["alert"]["outlet"], "paper");
    let (well, said) = orbat(&place, &["claims", "show", "1"]);
    assert!(well && said.contains(SAID), "{said}");
}

#[test]
fn everything_is_exported_but_secrets() {
    let place = place();
    let dir = place.dir.path().join("out");
    let (well, said) = orbat(&place, &["export", dir.to_str().unwrap()]);
    assert!(well, "{said}");
    assert_eq!(names(&dir).len(), 10, "{:?}", names(&dir));
    let mut lines = 0;
    for name in names(&dir) {
        let text = std::fs::read_to_string(dir.join(&name)).unwrap();
        assert!(!text.contains("hush"), "{name}: {text}");
        for line in text.lines() {
            serde_json::from_str::<Value>(line).unwrap();
            lines += 1;
        }
    }
    // A feed, two articles, two versions, a line, an appearance, an alert, a delivery.
    assert_eq!(lines, 9);
    let (_, said) = orbat(&place, &["export", "--table", "appearances"]);
    let row: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&row["sentence"], &row["seen"]), (&SAID.into(), &"2026-05-28T20:26:40Z".into()));
    let (_, said) = orbat(&place, &["export", "--table", "articles", "--format", "csv"]);
    assert!(said.contains("\"'=1+1, \"\"quoted\"\"\""), "{said}");
    assert!(said.starts_with("id,feed,outlet,url,title,body,language,published,first_seen,read,story,text_from,first_poll\r\n"));
    let (well, said) = orbat(&place, &["export", "--table", "secrets"]);
    assert!(!well && said.contains("appearances"), "{said}");
}

#[test]
fn copies_are_made_and_put_back() {
    let place = place();
    let file = place.dir.path().join("copy.db");
    let file = file.to_str().unwrap();
    let (well, said) = orbat(&place, &["backup", file]);
    assert!(well && said.contains("2 articles, 1 alerts"), "{said}");
    let (well, said) = orbat(&place, &["db", "check"]);
    assert!(well && said.contains("is in order"), "{said}");

    let lock = orbat::cli::Lock::take(place.dir.path(), day(0)).unwrap();
    for args in [&["restore", file][..], &["db", "repair"]] {
        let (well, said) = orbat(&place, args);
        assert!(!well && said.contains("stop it first"), "{said}");
    }
    drop(lock);
    place.store.purge_articles(day(9)).unwrap();
    let Place { dir, store } = place;
    drop(store);
    let place = Place { store: orbat::store::Store::open(&dir.path().join("else.db")).unwrap(), dir };
    let (well, said) = orbat(&place, &["restore", file]);
    assert!(well && said.contains("2 articles, 1 alerts") && said.contains("orbat.db.replaced-"), "{said}");
    let (well, said) = orbat(&place, &["articles"]);
    assert!(well && said.contains("Title 1"), "{said}");
    let (well, said) = orbat(&place, &["db", "repair"]);
    assert!(well && said.contains("2 articles are in the new index"), "{said}");
}
