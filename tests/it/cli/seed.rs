//! A database with one article, one claim and one alert in it.

use jiff::Timestamp;
use orbat::alert::{Alert, AlertKind};
use orbat::article;
use orbat::feed::Next;
use orbat::feed::{Entry, Subscription, Validators};
use orbat::ledger::{Decision, Known, LedgerId, Marks, Reason, Verdict};
use orbat::rule::Channel;
use orbat::store::{Batch, Done, Plan, PollOutcome, PollRecord, Store, TextFrom};
use orbat::text::Annotation;
use orbat::text::claim::{Action, Amount, Claim, Context, Status};
use orbat::text::language::Language;
use orbat::text::span::Span;
use std::time::Duration;

/// A poll of feed 1, now.
pub fn record(store: &Store, outcome: PollOutcome) {
    let feed = store.feeds().unwrap()[0].id;
    let now = Timestamp::now();
    let interval = Duration::from_secs(900);
    let plan = Plan::At(Next { check: now, interval, reason: "test".to_owned() });
    store.record_poll(PollRecord { feed, at: now, outcome, plan }).unwrap();
}

/// One feed with one article, which holds one claim, of which one alert was made.
pub fn seed(store: &Store) {
    let feed = Subscription::new("https://example.org/feed".parse().unwrap(), "paper");
    let feed = store.add_feed(&feed, Duration::from_secs(900), Timestamp::now()).unwrap().unwrap();
    let entry = Entry {
        link: Some("https://example.org/1".parse().unwrap()),
        title: "Tweeduizend militairen naar Polen".to_owned(),
        text: "De VS sturen tweeduizend militairen naar Polen.".to_owned(),
        ..Entry::default()
    };
    let keys = article::keys(feed, None, entry.link.as_ref(), &entry.title, &entry.text);
    let entries = vec![(entry, keys)];
    let outcome = PollOutcome::Read {
        title: "Paper".to_owned(),
        validators: Validators::default(),
        entries,
        baseline: vec![false],
        moved_to: None,
    };
    record(store, outcome);
    let pending = store.pending(Timestamp::now(), 10).unwrap().remove(0).article;
    store.commit(batch(pending)).unwrap();
}

fn batch(mut article: article::Article) -> Batch {
    let now = Timestamp::now();
    article.language = Language::parse("nl");
    let known = Known {
        id: LedgerId(-1),
        force: Some("US".to_owned()),
        action: Action::Deploy,
        status: Status::Planned,
        amount: Amount::exactly(2000),
        from: Vec::new(),
        to: vec!["PL".to_owned()],
        at: Vec::new(),
        story: article::StoryId(1),
        first_article: article.id,
        first_seen: now,
        last_seen: now,
        revision: 0,
        reports: 1,
        outlets: vec!["paper".to_owned()],
        first_outlet: "paper".to_owned(),
        speaker: None,
        disputed: false,
        marks: Marks::default(),
    };
    let told = Alert {
        line: Some(LedgerId(-1)),
        article: Some(article.id),
        claims: vec![claim()],
        url: article.url.clone(),
        ..alert("told")
    };
    let decision = Decision {
        claim: 0,
        verdict: Verdict::New,
        line: LedgerId(-1),
        before: None,
        maybe: None,
        reason: Reason::First,
        context: None,
    };
    let done = Done {
        again: None,
        article,
        text_from: TextFrom::Feed,
        note: None,
        story: article::StoryId(1),
        annotation: Annotation {
            language: Language::parse("nl"),
            claims: vec![claim()],
            reasons: Vec::new(),
            mentions: Vec::new(),
        },
        decisions: vec![decision],
        edits: 0,
        edited: None,
        page: None,
        also: None,
    };
    Batch {
        done: vec![done],
        lines: vec![known],
        alerts: vec![(told, vec!["desktop".to_owned()])],
        at: Some(now),
        ..Batch::default()
    }
}

fn claim() -> Claim {
    Claim {
        span: Span::new(0, 11),
        text: "Tweeduizend".to_owned(),
        amount: Amount::exactly(2000),
        force: Some("US".to_owned()),
        action: Action::Deploy,
        status: Status::Planned,
        from: Vec::new(),
        to: vec!["PL".to_owned()],
        at: Vec::new(),
        speaker: None,
        sentence: Span::new(0, 33),
        certainty: 0.9,
        places: Vec::new(),
        context: Context::Current,
        hedged: false,
        measure: None,
        period: None,
        when: None,
        unit: None,
    }
}

pub fn alert(fingerprint: &str) -> Alert {
    Alert {
        fingerprint: fingerprint.to_owned(),
        rule: "troops".to_owned(),
        kind: AlertKind::New,
        channel: Channel::Popup,
        created: Timestamp::now(),
        article: None,
        story: None,
        line: None,
        lines_told: Vec::new(),
        maybe: None,
        url: None,
        outlet: "paper".to_owned(),
        language: Language::parse("nl"),
        time: None,
        headline: "Tweeduizend militairen naar Polen".to_owned(),
        sentence: "De VS sturen tweeduizend militairen naar Polen.".to_owned(),
        mark: None,
        claims: Vec::new(),
        before: None,
        mentions: Vec::new(),
        words: Vec::new(),
        reports: 1,
        independent: 1,
        lines: Vec::new(),
        notify: Vec::new(),
        except: vec![],
        held: None,
        moved: Vec::new(),
        sum: None,
    }
}
