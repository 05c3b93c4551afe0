//! Alerts and deliveries: told once, delivered once, digested once.

use super::{Place, alert, at};
use crate::claims::claim;
use orbat::alert::{Alert, AlertId, State, Told};
use orbat::article::{ArticleId, StoryId};
use orbat::ledger::LedgerId;
use orbat::rule::Channel;
use orbat::store::{AlertFilter, AllTold, Batch, DeliveryResult, DeliveryState};
use orbat::text::claim::{Amount, Status};

fn receivers(names: &[&str]) -> Vec<String> {
    names.iter().map(|&n| n.to_owned()).collect()
}

fn add(place: &Place, alert: Alert, to: &[&str]) -> Option<AlertId> {
    place.store.add_alert(alert, &receivers(to)).unwrap()
}

#[test]
fn a_fingerprint_is_told_once() {
    let mut place = Place::new();
    let id = add(&place, alert("a", Channel::Popup), &["desktop", "desktop", "mail"]).unwrap();
    place.reopen();
    assert_eq!(add(&place, alert("a", Channel::List), &["mail"]), None);
    let row = place.store.alert(id).unwrap().unwrap();
    assert_eq!(row.alert, alert("a", Channel::Popup));
    let to: Vec<_> = row.deliveries.iter().map(|d| (d.1.as_str(), d.2)).collect();
    assert_eq!(to, [("desktop", DeliveryState::Due), ("mail", DeliveryState::Due)]);
    assert!(place.store.alert(AlertId(99)).unwrap().is_none());
}

#[test]
fn deliveries_end_as_recorded() {
    let mut place = Place::new();
    add(&place, alert("a", Channel::Popup), &["desktop", "mail", "ntfy"]).unwrap();
    let due = place.store.due_deliveries(at(0), 9).unwrap();
    let [desktop, mail, ntfy] = [0, 1, 2].map(|n| due[n].id);
    assert_eq!(place.store.next_delivery().unwrap(), Some(at(0)));
    let retry = |counts| DeliveryResult::Retry { at: at(5), counts, reason: "no session".into() };
    place.store.record_delivery(desktop, &retry(false), at(0)).unwrap();
    place.store.record_delivery(mail, &retry(true), at(0)).unwrap();
    place.store.record_delivery(ntfy, &DeliveryResult::Refused { reason: "401".into() }, at(0)).unwrap();
    place.reopen();
    assert_eq!(place.store.due_deliveries(at(4), 9).unwrap().len(), 0);
    assert_eq!(place.store.next_delivery().unwrap(), Some(at(5)));
    let due: Vec<_> = place.store.due_deliveries(at(5), 9).unwrap().iter().map(|d| (d.id, d.attempts)).collect();
    assert_eq!(due, [(desktop, 0), (mail, 1)]);
    let counts = place.store.counts(at(5)).unwrap();
    assert_eq!((counts.deliveries_due, counts.deliveries_refused, counts.oldest_due), (2, 1, Some(at(0))));
    assert_eq!(counts.waiting, [("desktop", 1), ("mail", 1)].map(|(r, n)| (r.to_owned(), n, "no session".to_owned())));

    place.store.record_delivery(desktop, &DeliveryResult::Sent, at(6)).unwrap();
    // A late word about what is sent changes nothing.
    place.store.record_delivery(desktop, &retry(true), at(7)).unwrap();
    place.store.record_delivery(ntfy, &DeliveryResult::Sent, at(7)).unwrap();
    let row = place.store.alert(AlertId(1)).unwrap().unwrap();
    let states: Vec<_> = row.deliveries.iter().map(|d| (d.2, d.3, d.4.as_deref(), d.5)).collect();
    assert_eq!(
        states,
        [
            (DeliveryState::Sent, 1, None, Some(at(6))),
            (DeliveryState::Due, 1, Some("no session"), None),
            (DeliveryState::Refused, 1, Some("401"), None),
        ]
    );
    assert_eq!(place.store.delivery(desktop).unwrap().unwrap().receiver, "desktop");
}

#[test]
fn lists_of_alerts() {
    let place = Place::new();
    for (n, channel) in [Channel::Popup, Channel::Digest, Channel::List, Channel::Popup].into_iter().enumerate() {
        let rule = if n < 2 { "troops" } else { "names" };
        let made = Alert { rule: rule.into(), created: at(n as i64), ..alert(&n.to_string(), channel) };
        add(&place, made, &[]).unwrap();
    }
    let all = AlertFilter::default;
    for (what, filter, found) in [
        ("all", all(), vec![4, 3, 2, 1]),
        ("channel", AlertFilter { channel: Some(Channel::Popup), ..all() }, vec![4, 1]),
        ("rule", AlertFilter { rule: Some("names".into()), ..all() }, vec![4, 3]),
        ("since", AlertFilter { since: Some(at(1)), ..all() }, vec![4, 3, 2]),
        ("limit", AlertFilter { limit: 2, ..all() }, vec![4, 3]),
        ("after", AlertFilter { after: Some(AlertId(1)), limit: 2, ..all() }, vec![2, 3]),
    ] {
        let ids: Vec<_> = place.store.alerts(&filter).unwrap().iter().map(|a| a.id.0).collect();
        assert_eq!(ids, found, "{what}");
    }
}

#[test]
fn a_digest_holds_an_alert_once() {
    let mut place = Place::new();
    let [a, b] = ["a", "b"].map(|f| add(&place, alert(f, Channel::Digest), &[]).unwrap());
    add(&place, alert("loud", Channel::Popup), &[]).unwrap();
    let undigested = |place: &Place| place.store.undigested().unwrap().iter().map(|(id, _)| *id).collect::<Vec<_>>();
    assert_eq!(undigested(&place), [a, b]);
    place.store.close_digest(&[a], alert("digest 1", Channel::Digest), &receivers(&["mail"])).unwrap();
    place.reopen();
    assert_eq!(undigested(&place), [b], "a digest is in no digest");
    assert_eq!(place.store.due_deliveries(at(0), 9).unwrap().len(), 1);
    // The same digest once more, after a kill between commit and answer.
    place.store.close_digest(&[a], alert("digest 1", Channel::Digest), &receivers(&["mail"])).unwrap();
    assert_eq!(place.store.due_deliveries(at(0), 9).unwrap().len(), 1);
    place.store.wrong(b, at(1)).unwrap();
    assert_eq!(undigested(&place), []);
}

#[test]
fn mutes_end() {
    let place = Place::new();
    let about = Alert {
        line: Some(LedgerId(3)),
        lines_told: vec![(LedgerId(3), 0), (LedgerId(4), 2)],
        story: Some(StoryId(5)),
        ..alert("a", Channel::Popup)
    };
    let id = add(&place, about, &[]).unwrap();
    place.store.mute(id, at(9), at(0)).unwrap();
    assert_eq!(place.store.muted(at(8)).unwrap(), (vec![LedgerId(3), LedgerId(4)], vec![]), "the claims, not all of their story");
    assert_eq!(place.store.muted(at(9)).unwrap(), (vec![], vec![]));
    place.store.mute(AlertId(99), at(9), at(0)).unwrap();
}

#[test]
fn what_was_told_is_kept_per_rule() {
    let place = Place::new();
    let lines = vec![super::commit::known(-1, 1, ArticleId(1))];
    let line = place.store.commit(Batch { lines, ..Batch::default() }).unwrap().numbers.0[&LedgerId(-1)];
    let told = |revision, channel| Alert {
        lines_told: vec![(line, revision)],
        claims: vec![claim(&format!("US deploy planned {} to:PL", 2000 + 500 * revision))],
        ..alert(&format!("r{revision}"), channel)
    };
    let mut all = AllTold::default();
    for (revision, channel) in [(0, Channel::Popup), (2, Channel::Digest), (1, Channel::List)] {
        add(&place, told(revision, channel), &[]).unwrap();
        // What is added to what was heard before is the same as what is heard at once.
        let mut anew = AllTold::default();
        place.store.hear_of(&mut all, at(0)).unwrap();
        place.store.hear_of(&mut anew, at(0)).unwrap();
        assert_eq!(all.of("troops", line), anew.of("troops", line));
    }
    add(&place, Alert { rule: "other".into(), fingerprint: "o".into(), ..told(0, Channel::List) }, &[]).unwrap();
    place.store.hear_of(&mut all, at(0)).unwrap();
    let of = |rule: &str| all.of(rule, line).unwrap();
    let state = |n, channel| State { amount: Amount::exactly(n), status: Status::Planned, channel };
    let (last, loud) = (state(2500, Channel::List), state(2000, Channel::Popup));
    assert_eq!(of("troops"), Told { revision: 2, last, loud });
    let only = state(2000, Channel::List);
    assert_eq!(of("other"), Told { revision: 0, last: only, loud: only });
    assert_eq!(all.of("troops", LedgerId(line.0 + 1)), None);
}

#[test]
fn only_sent_alerts_are_brought_up_to_date() {
    let place = Place::new();
    let about = |name: &str, line| Alert { line: Some(LedgerId(line)), ..alert(name, Channel::Popup) };
    let id = add(&place, about("a", 1), &["desktop"]).unwrap();
    add(&place, about("b", 1), &["desktop"]).unwrap();
    add(&place, about("c", 2), &["desktop"]).unwrap();
    let first = place.store.due_deliveries(at(0), 1).unwrap().remove(0);
    place.store.record_delivery(first.id, &DeliveryResult::Sent, at(0)).unwrap();
    let found: Vec<_> = place.store.alerts_of(&[LedgerId(1), LedgerId(2)]).unwrap().iter().map(|a| a.id).collect();
    assert_eq!(found, [id]);
}
