//! Claims and articles in one line of text each, for the tables of other tests.

use jiff::{SignedDuration, Timestamp};
use orbat::article::{Article, ArticleId, FeedId};
use orbat::text::claim::{Amount, Claim, Context, Place, Relation, Role};
use orbat::text::span::Span;

/// Monday 5 January 2026, 08:00 UTC.
pub fn start() -> Timestamp {
    "2026-01-05T08:00:00Z".parse().expect("a time")
}

pub fn hours(n: i64) -> Timestamp {
    start() + SignedDuration::from_hours(n)
}

/// `US deploy planned 2000 from:US to:DE,PL at:UA/border ctx:history measure:part by:Pentagon period:day in:Sulina` with `-` for no force
/// and amounts such as `~2000..9999`, `100..`, `..500`.
pub fn claim(line: &str) -> Claim {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [force, action, status, amount, more @ ..] = words.as_slice() else { panic!("too short: {line}") };
    let mut claim = Claim {
        span: Span::default(),
        text: (*amount).to_owned(),
        amount: self::amount(amount),
        force: (*force != "-").then(|| (*force).to_owned()),
        action: action.parse().expect("an action"),
        status: status.parse().expect("a status"),
        from: vec![],
        to: vec![],
        at: vec![],
        speaker: None,
        sentence: Span::default(),
        certainty: 0.9,
        places: vec![],
        context: Context::Current,
        hedged: false,
        measure: None,
        period: None,
        when: None,
        unit: None,
    };
    more.iter().for_each(|word| add(&mut claim, word));
    claim
}

fn add(claim: &mut Claim, word: &str) {
    let (key, value) = word.split_once(':').unwrap_or_else(|| panic!("no key: {word}"));
    match key {
        "from" => place(claim, Role::From, value),
        "to" => place(claim, Role::To, value),
        "at" => place(claim, Role::At, value),
        "in" => claim.places.iter_mut().for_each(|place| place.text = value.to_owned()),
        "ctx" => claim.context = value.parse().expect("a context"),
        "measure" => claim.measure = Some(value.parse().expect("a measure")),
        "by" => claim.speaker = Some(value.to_owned()),
        "period" => claim.period = Some(value.to_owned()),
        "certainty" => claim.certainty = value.parse().expect("a number"),
        "sentence" => {
            let (start, end) = value.split_once('-').expect("a range");
            claim.sentence = Span::new(start.parse().expect("a byte"), end.parse().expect("a byte"));
        }
        _ => panic!("unknown key: {word}"),
    }
}

fn place(claim: &mut Claim, role: Role, codes: &str) {
    for code in codes.split(',') {
        let (code, relation) = code.split_once('/').map_or((code, Relation::In), |(c, r)| (c, r.parse().expect("a relation")));
        let list = match role {
            Role::From => &mut claim.from,
            Role::To => &mut claim.to,
            Role::At => &mut claim.at,
        };
        list.push(code.to_owned());
        claim.places.push(Place { role, code: code.to_owned(), text: String::new(), span: Span::default(), relation });
    }
}

pub fn amount(words: &str) -> Amount {
    let (approximate, words) = words.strip_prefix('~').map_or((false, words), |rest| (true, rest));
    let (low, high) = words.split_once("..").unwrap_or((words, words));
    Amount { low: low.parse().ok(), high: high.parse().ok(), approximate }
}

/// An article of this outlet, seen at `seen`.
pub fn article(id: i64, outlet: &str, title: &str, body: &str, seen: Timestamp) -> Article {
    Article {
        id: ArticleId(id),
        feed: FeedId(1),
        outlet: outlet.to_owned(),
        tags: vec![],
        owner: None,
        state_media: false,
        url: format!("https://{outlet}.example/{id}").parse().ok(),
        title: title.to_owned(),
        body: body.to_owned(),
        language: orbat::text::language::Language::parse("en"),
        published: Some(seen),
        first_seen: seen,
        baseline: false,
    }
}
