//! What an analyst asks about what was told: why, why not, what would have been, what became of it; and mutes what he has had enough of.

use super::{Home, seed};
use orbat::alert::AlertId;
use orbat::ledger::LedgerId;
use orbat::store::{AlertFilter, DeliveryResult, DeliveryState};
use serde_json::json;

const RULES: &str = r#"
[[rule]]
name = "flank"
figure = { action = ["deploy"], to = ["baltics"], at_least = 500 }
[[rule]]
name = "poland"
figure = { action = ["deploy"], to = ["PL"] }
[[receiver]]
name = "cat"
type = "command"
command = ["cat"]
[[receiver]]
name = "gone"
type = "command"
command = ["/nonexistent/orbat-receiver"]
"#;

/// A home with the seeded article, two rules, and two receivers.
fn told() -> Home {
    let home = Home::new();
    seed::seed(&home.store());
    std::fs::write(home.path("orbat.toml"), RULES).unwrap();
    home
}

#[test]
fn an_alert_is_walked_from_fetch_to_delivery() {
    let home = told();
    let why = home.run(&["why", "1"]);
    for part in ["claim 1 is new", "first brought by paper", "text", "2,000 US deploy", "`poland` holds", "waits for desktop"] {
        why.is(0, part);
    }
    let why = home.run(&["why", "1"]).out.replace("  ", " ");
    assert!(why.contains("`flank` nearly holds: to is PL, asked is baltics"), "{why}");
    let value = home.json(&["why", "1"]);
    assert_eq!(
        value["rules"][1],
        json!({"rule": "flank", "enabled": true, "holds": false, "near": true, "lacks": ["to is PL, asked is baltics"]})
    );
    assert_eq!(value["steps"][0]["step"], "fetch");
    home.run(&["why", "99"]).is(1, "orbat alerts");
}

#[test]
fn an_article_is_found_by_address_or_number() {
    let home = told();
    for article in ["1", "https://example.org/1", "https://example.org/1?utm_source=x"] {
        home.run(&["why-not", article]).is(0, "it was told: alert 1");
    }
    home.run(&["why-not", "https://www.example.org/2"]).is(0, "no feed has brought it; of example.org there are:");
    home.run(&["why-not", "https://elsewhere.test/2"]).is(0, "orbat feed add");
    home.run(&["why-not", "77"]).is(1, "no article 77");
    home.run(&["why-not", "nonsense"]).is(2, "https://");
}

#[test]
fn a_rule_is_tried_on_the_archive() {
    let home = told();
    let rules = home.json(&["rule", "list"]);
    assert_eq!(
        rules.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["troops", "flank", "poland"]
    );
    assert_eq!(rules[0]["popups"], 1);
    home.run(&["rule", "test", "poland"]).is(0, "1 popup");
    let tested = home.json(&["rule", "test", "flank", "--since", "7d"]);
    assert_eq!((&tested["articles"], &tested["alerts"]), (&json!(1), &json!([])));
    assert_eq!(tested["near"][0]["lack"], "to is PL, asked is baltics");
    home.run(&["rule", "test", "nothing"]).is(1, "`poland`");
}

#[test]
fn claims_go_out_in_every_shape() {
    let home = told();
    for (filter, found) in [
        (&["--status", "planned"][..], true),
        (&["--status", "fact,denied"], false),
        (&["--at-least", "2000", "--at-most", "2000"], true),
        (&["--at-least", "2001"], false),
        (&["--speaker", "pentagon"], false),
        (&["--doubtful"], false),
    ] {
        let claims = home.json(&[&["claims"], filter].concat());
        assert_eq!(claims.as_array().unwrap().len(), usize::from(found), "{filter:?}");
    }
    home.run(&["claims", "--format", "csv"]).is(0, "\r\n1,");
    let map = home.json_as(&["claims", "--format", "geojson"]);
    assert_eq!(map["features"][0]["geometry"], json!({"type": "Point", "coordinates": [19.4, 52.1]}));
    assert_eq!(
        map["features"][0]["properties"]["places"][0],
        json!({"role": "to", "code": "PL", "name": null, "precision": "country"})
    );
    let whole = home.json(&["claims", "show", "1"]);
    assert_eq!(
        (&whole["history"][0]["verdict"], &whole["contested"], &whole["alerts"][0]["id"]),
        (&json!("new"), &json!([]), &json!(1))
    );
}

#[test]
fn what_is_muted_is_listed_and_ended() {
    let home = told();
    home.run(&["mute", "claim", "1", "--for", "2h", "--reason", "known", "--owner", "desk"]).is(0, "orbat mute end 1");
    home.run(&["mute", "claim", "1", "--for", "1h"]).is(0, "orbat mute end 1");
    home.run(&["mute", "rule", "poland"]).is(0, "muted rule poland");
    home.run(&["mute", "feed", "paper"]).is(0, "muted feed paper");
    let silences = home.json(&["mute", "list"]);
    assert_eq!(silences.as_array().unwrap().len(), 3);
    assert_eq!(silences[2]["what"], "claim");
    assert_eq!((&silences[2]["owner"], &silences[2]["reason"]), (&json!("desk"), &json!("known")));
    for (wrong, hint) in [
        (["claim", "99"], "orbat claims"),
        (["story", "99"], "orbat articles show"),
        (["alert", "99"], "orbat alerts"),
        (["rule", "none"], "orbat rule list"),
        (["feed", "none"], "orbat feed list"),
        (["entity", "none"], "orbat entity list"),
    ] {
        home.run(&[&["mute"], &wrong[..]].concat()).is(1, hint);
    }
    home.run(&["mute", "end", "1", "2"]).is(0, "silence 2 is over");
    home.run(&["mute", "end", "1"]).is(1, "orbat mute list");
    assert_eq!(home.json(&["mute", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(home.json(&["mute", "list", "--all"]).as_array().unwrap().len(), 3);
}

#[test]
fn what_was_refused_is_sent_again() {
    let home = told();
    let store = home.store();
    let now = jiff::Timestamp::now();
    let due = store.due_deliveries(now, 9).unwrap().remove(0);
    store.record_delivery(due.id, &DeliveryResult::Refused { reason: "no such user".to_owned() }, now).unwrap();
    home.run(&["deliveries", "list", "--state", "refused"]).is(0, "no such user");
    let listed = home.json(&["deliveries", "list", "--receiver", "desktop"]);
    assert_eq!((&listed[0]["state"], &listed[0]["alert"]), (&json!("refused"), &json!(1)));
    let again = home.run(&["deliveries", "retry", "--refused"]);
    again.is(0, "1 delivery to be sent again");
    assert!(again.err.contains("not running"), "{again:?}");
    assert_eq!(store.deliveries(&Default::default()).unwrap()[0].state, DeliveryState::Due);
    store.record_delivery(due.id, &DeliveryResult::Sent, now).unwrap();
    home.run(&["deliveries", "retry", &due.id.to_string()]).is(1, "orbat deliveries list");
    home.run(&["deliveries", "retry"]).is(2, "--refused");
}

#[test]
fn a_receiver_gets_a_sample() {
    let home = told();
    let names: Vec<_> = home.json(&["receiver", "list"]).as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(names, ["desktop", "cat", "gone"]);
    home.run(&["receiver", "test", "cat"]).is(0, "has taken the sample");
    home.run(&["receiver", "test", "gone"]).is(1, "gone");
    home.run(&["receiver", "test", "nobody"]).is(2, "desktop, cat, gone");
}

#[test]
fn what_is_wrong_leaves_the_ledger_and_becomes_a_case() {
    let home = told();
    home.run(&["feedback", "list"]).is(0, "Nothing was called wrong.");
    home.run(&["alerts", "wrong", "1", "--claim", "7"]).is(1, "orbat alerts show 1");
    home.run(&["alerts", "wrong", "1", "--note", "these are firefighters"]).is(0, "left the ledger");
    assert_eq!(home.json(&["claims"]), json!([]));
    assert!(home.store().ledger_lines(jiff::Timestamp::UNIX_EPOCH).unwrap().is_empty(), "a later report is new");
    home.run(&["alerts", "wrong", "1"]).is(0, "called wrong");
    let listed = home.json(&["feedback", "list"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["note"]), (1, &json!("these are firefighters")));
    let line: serde_json::Value = serde_json::from_str(&home.run(&["feedback", "export"]).out).unwrap();
    assert_eq!(line["text"], "Tweeduizend militairen naar Polen");
    assert_eq!((&line["lang"], &line["figures"], &line["ignore"]), (&json!("nl"), &json!([]), &json!([])));
    let figure = json!({
        "num": "Tweeduizend", "occ": 1, "low": 2000, "high": 2000, "approx": false, "force": "US", "action": "deploy",
        "status": "planned", "from": [], "to": ["PL"], "at": [], "source": null,
    });
    assert_eq!(line["wrong"], json!([figure]));
    home.run(&["alerts", "wrong", "1", "--undo"]).is(0, "counts again");
    assert_eq!(home.json(&["feedback", "list"]), json!([]));
    assert_eq!(home.json(&["claims"]).as_array().unwrap().len(), 1);
    home.run(&["alerts", "wrong", "1", "--undo"]).is(1, "nobody called");
    assert_eq!(home.store().alerts_about(LedgerId(1)).unwrap()[0].id, AlertId(1));
    assert!(home.store().alerts(&AlertFilter::default()).unwrap()[0].wrong.is_none());
}

#[test]
fn a_brief_is_text_or_markdown() {
    let home = told();
    home.run(&["brief"]).is(0, "US to Poland: 2,000 planned on ");
    let page = home.run(&["brief", "--format", "markdown"]);
    page.is(0, "# Since ");
    page.is(0, "## Coverage\n\n- feeds: ");
    page.is(0, "- US to Poland: 2,000 planned on ");
    let value = home.json(&["brief"]);
    assert_eq!((&value["claims"][0]["history"][0]["verdict"], &value["repeated"]), (&json!("new"), &json!(0)));
}
