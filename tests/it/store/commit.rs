//! One commit of a batch: all of it or nothing, with real numbers in every place.

use super::{Place, alert, at, batch};
use orbat::alert::Alert;
use orbat::article::{Article, ArticleId, StoryId};
use orbat::ledger::{Decision, Known, LedgerId, Reason, Verdict};
use orbat::rule::Channel;
use orbat::store::{AllTold, ArticleFilter, Batch, ClaimFilter, StoreError, TextFrom};
use orbat::text::claim::{Action, Amount, Claim, Context, Status};
use orbat::text::gazetteer::Mention;
use orbat::text::span::Span;

fn claim(low: u64) -> Claim {
    Claim {
        span: Span::new(10, 14),
        text: low.to_string(),
        amount: Amount::exactly(low),
        force: Some("US".into()),
        action: Action::Deploy,
        status: Status::Planned,
        from: vec!["US".into()],
        to: vec!["DE".into(), "PL".into()],
        at: Vec::new(),
        speaker: None,
        sentence: Span::new(5, 23),
        certainty: 0.75,
        places: Vec::new(),
        context: Context::Current,
        hedged: false,
        measure: None,
        period: None,
        when: None,
        unit: None,
    }
}

pub fn known(id: i64, story: i64, article: ArticleId) -> Known {
    Known {
        id: LedgerId(id),
        force: Some("US".into()),
        action: Action::Deploy,
        status: Status::Planned,
        amount: Amount::exactly(2000),
        from: vec!["US".into()],
        to: vec!["DE".into(), "PL".into()],
        at: Vec::new(),
        story: StoryId(story),
        first_article: article,
        first_seen: at(0),
        last_seen: at(0),
        revision: 0,
        reports: 1,
        outlets: vec!["paper".into()],
        first_outlet: "paper".into(),
        speaker: None,
        disputed: false,
        marks: Default::default(),
    }
}

fn decision(claim: usize, line: i64) -> Decision {
    Decision {
        claim,
        verdict: Verdict::New,
        line: LedgerId(line),
        before: None,
        maybe: None,
        reason: Reason::First,
        context: None,
    }
}

/// A place with one entry, and the batch in which it says that 2,000 go.
fn one_claim() -> (Place, Batch) {
    let place = Place::new();
    let feed = place.feed("paper");
    place.poll(feed, 0, &[("1", "a", "One", "The 2000 men go. Yes.", 0)]);
    let mut batch = batch(&place.store, 1);
    let done = &mut batch.done[0];
    done.annotation.claims.push(claim(2000));
    done.annotation.mentions.push(Mention { entity: "nato".into(), span: Span::new(0, 3), text: "One".into() });
    done.decisions.push(decision(0, -7));
    let told = Alert {
        line: Some(LedgerId(-7)),
        lines_told: vec![(LedgerId(-7), 0)],
        story: Some(StoryId(1)),
        article: Some(done.article.id),
        claims: vec![claim(2000)],
        ..alert("troops|line#-7|0", Channel::Popup)
    };
    batch.lines.push(known(-7, 1, done.article.id));
    batch.alerts.push((told, vec!["desktop".into(), "mail".into()]));
    (place, batch)
}

#[test]
fn everything_gets_its_number() {
    let (mut place, batch) = one_claim();
    let fresh = place.store.commit(batch).unwrap();
    place.reopen();
    let (_, told) = &fresh.alerts[0];
    let (line, story) = (told.line.unwrap(), told.story.unwrap());
    assert!(line.0 > 0 && story.0 > 0);
    assert_eq!(told.fingerprint, format!("troops|line#{line}|0"));
    assert_eq!(told.lines_told, [(line, 0)]);
    assert_eq!(place.store.alerts(&Default::default()).unwrap()[0].alert, *told);
    let mut all = AllTold::default();
    place.store.hear_of(&mut all, at(0)).unwrap();
    assert_eq!(all.of("troops", line).map(|told| told.revision), Some(0));
    assert_eq!(place.store.due_deliveries(at(0), 9).unwrap().len(), 2);

    let (stored, appearances) = place.store.line(line).unwrap().unwrap();
    assert_eq!(stored, Known { id: line, story, ..known(0, 0, stored.first_article) });
    assert_eq!((appearances.len(), appearances[0].sentence.as_str()), (1, "The 2000 men go. Y"));
    assert_eq!((appearances[0].claim.clone(), appearances[0].outlet.as_str()), (claim(2000), "paper"));
    assert_eq!(place.store.ledger_lines(at(0)).unwrap(), [stored]);

    let row = place.store.article(appearances[0].article).unwrap().unwrap();
    assert_eq!(
        (row.story, row.read, row.pending, row.claims),
        (Some(story), Some(at(1)), false, vec![(claim(2000), Verdict::New, line)])
    );
    assert_eq!(row.mentions[0].entity, "nato");
    let counts = place.store.counts(at(1)).unwrap();
    assert_eq!((counts.articles, counts.pending, counts.claims, counts.lines, counts.alerts), (1, 0, 1, 1, 1));
}

#[test]
fn all_or_nothing() {
    type Break = (&'static str, fn(&mut Batch));
    let breaks: &[Break] = &[
        ("a claim that is not there", |b| b.done[0].decisions[0].claim = 9),
        ("a line that is not there", |b| b.done[0].decisions[0].line = LedgerId(-8)),
        ("an alert about no line", |b| b.alerts[0].0.line = Some(LedgerId(-8))),
    ];
    for (what, spoil) in breaks {
        let (mut place, batch) = one_claim();
        let mut spoilt = batch.clone();
        spoil(&mut spoilt);
        assert!(matches!(place.store.commit(spoilt), Err(StoreError::Unresolved(_))), "{what}");
        place.reopen();
        let counts = place.store.counts(at(1)).unwrap();
        assert_eq!((counts.pending, counts.claims, counts.lines, counts.alerts, counts.deliveries_due), (1, 0, 0, 0, 0));
        assert_eq!(place.store.commit(batch).unwrap().alerts.len(), 1, "{what}: it still can be done");
    }
}

#[test]
fn a_killed_batch_waits_again() {
    let (mut place, batch) = one_claim();
    drop(batch);
    place.reopen();
    assert_eq!(place.store.pending(at(1), 9).unwrap().len(), 1);
    assert_eq!(place.read_all(1), 1);
    assert_eq!(place.store.next_pending().unwrap(), None);
}

#[test]
fn a_known_fingerprint_is_dropped() {
    let (place, mut batch) = one_claim();
    place.store.add_alert(alert("known", Channel::Popup), &[]).unwrap();
    batch.alerts.push((alert("known", Channel::Popup), vec!["desktop".into()]));
    batch.alerts.push((alert("twice|story#1", Channel::List), vec![]));
    batch.alerts.push((alert("twice|story#1", Channel::List), vec![]));
    let fresh: Vec<_> = place.store.commit(batch).unwrap().alerts.into_iter().map(|(_, a)| a.fingerprint).collect();
    assert_eq!(fresh, ["troops|line#1|0", "twice|story#1"]);
    assert_eq!(place.store.due_deliveries(at(0), 9).unwrap().len(), 2);
}

#[test]
fn the_page_replaces_the_text_of_the_feed() {
    let place = Place::new();
    let feed = place.feed("paper");
    place.poll(feed, 0, &[("1", "a", "One", "Summary …", 0), ("2", "b", "Two", "Whole.", 0)]);
    let mut batch = batch(&place.store, 1);
    let done = &mut batch.done[0];
    done.article = Article {
        body: "The whole text.".into(),
        published: Some(at(-9)),
        language: orbat::text::language::Language::parse("nl"),
        ..done.article.clone()
    };
    (done.text_from, done.note) = (TextFrom::Page, Some("too slow once".into()));
    let (id, expected) = (done.article.id, done.article.clone());
    place.store.commit(batch).unwrap();
    let row = place.store.article(id).unwrap().unwrap();
    assert_eq!((row.article.body, row.article.published), (expected.body, expected.published));
    assert_eq!(
        (row.article.language, row.text_from, row.note.as_deref()),
        (expected.language, TextFrom::Page, Some("too slow once"))
    );
    // The marks are still those of the feed's words: nothing is taken for a guid used again.
    assert_eq!(place.poll(feed, 9, &[("1", "a", "One, later", "Summary …", 9)]).new, 0);
}

#[test]
fn lists_of_articles_and_lines() {
    let (place, batch) = one_claim();
    place.store.commit(batch).unwrap();
    let feed = place.feed("other");
    place.poll(feed, 3, &[("2", "b", "Two", "Nothing.", 0)]);
    let all = ArticleFilter::default;
    for (what, filter, titles) in [
        ("all", all(), &["Two", "One"][..]),
        ("feed", ArticleFilter { feed: Some("paper".into()), ..all() }, &["One"]),
        ("tag", ArticleFilter { tag: Some("nl".into()), ..all() }, &[]),
        ("since", ArticleFilter { since: Some(at(1)), ..all() }, &["Two"]),
        ("entity", ArticleFilter { entity: Some("nato".into()), ..all() }, &["One"]),
        ("claims", ArticleFilter { with_claims: true, ..all() }, &["One"]),
        ("limit", ArticleFilter { limit: 1, ..all() }, &["Two"]),
    ] {
        let found: Vec<_> = place.store.articles(&filter).unwrap().into_iter().map(|a| a.article.title).collect();
        assert_eq!(found, titles, "{what}");
    }
    let all = ClaimFilter::default;
    for (what, filter, found) in [
        ("all", all(), true),
        ("force", ClaimFilter { force: vec!["RU".into(), "US".into()], ..all() }, true),
        ("another force", ClaimFilter { force: vec!["RU".into()], ..all() }, false),
        ("to", ClaimFilter { to: vec!["PL".into()], ..all() }, true),
        ("to a region", ClaimFilter { to: vec!["eastern-europe".into()], ..all() }, true),
        ("at", ClaimFilter { at: vec!["PL".into()], ..all() }, false),
        ("action", ClaimFilter { action: vec![Action::Killed], ..all() }, false),
        ("sure", ClaimFilter { min_certainty: 0.75, ..all() }, true),
        ("surer", ClaimFilter { min_certainty: 0.8, ..all() }, false),
        ("since", ClaimFilter { since: Some(at(1)), ..all() }, false),
    ] {
        assert_eq!(place.store.ledger(&filter).unwrap().len(), usize::from(found), "{what}");
    }
}

#[test]
fn a_wrong_alert_takes_its_lines_along() {
    let (place, batch) = one_claim();
    let (id, told) = place.store.commit(batch).unwrap().alerts.remove(0);
    place.store.wrong(id, at(2)).unwrap();
    assert!(place.store.ledger_lines(at(0)).unwrap().is_empty());
    assert!(place.store.ledger(&ClaimFilter::default()).unwrap().is_empty());
    assert!(place.store.line(told.line.unwrap()).unwrap().is_some(), "it still can be looked at");
    assert_eq!(place.store.alert(id).unwrap().unwrap().wrong, Some(at(2)));
}

#[test]
fn an_old_line_is_updated() {
    let (place, batch) = one_claim();
    place.store.commit(batch).unwrap();
    let grown = Known { revision: 1, amount: Amount::exactly(3000), last_seen: at(9), ..known(1, 1, ArticleId(1)) };
    place.store.commit(Batch { lines: vec![grown.clone()], ..Batch::default() }).unwrap();
    assert_eq!(place.store.ledger(&ClaimFilter::default()).unwrap(), [grown]);
    // The next new line does not take its number.
    let second = Batch { lines: vec![known(-1, 1, ArticleId(1))], ..Batch::default() };
    place.store.commit(second).unwrap();
    assert_eq!(place.store.ledger(&ClaimFilter::default()).unwrap()[0].id, LedgerId(2));
}
