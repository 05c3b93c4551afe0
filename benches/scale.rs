//! What a year of news costs: a million articles with 200,000 claims are generated, then looked through by fixed queries.
//!
//! ```sh
//! cargo bench --bench scale                                  # a million articles, some minutes and 4 GB of disk
//! ORBAT_BENCH_ARTICLES=50000 cargo bench --bench scale
//! ORBAT_BENCH_DB=/var/tmp/scale.db cargo bench --bench scale # made once, kept, measured again
//! ```
//!
//! Words follow Zipf's law, a fifth of the articles has a claim, each third claim begins a line of the ledger. Times are given by the wall and in
//! CPU of the asking thread, the slowest of twenty being what counts: a machine with other things to do shows in the first alone.

use jiff::{SignedDuration, Timestamp};
use orbat::article::{ArticleId, FeedId, StoryId, keys};
use orbat::feed::{Entry, FullText, Next, Subscription, Validators};
use orbat::ledger::{Decision, Known, LedgerId, Reason, Verdict};
use orbat::store::{ArticleFilter, Batch, ClaimFilter, Done, Pending, Plan, PollOutcome, PollRecord, Store, TextFrom};
use orbat::text::Annotation;
use orbat::text::claim::{Action, Amount, Claim, Context, Status};
use orbat::text::language::Language;
use orbat::text::query::Query;
use orbat::text::span::Span;
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ARTICLES: usize = 1_000_000;
const FEEDS: usize = 1_000;
/// Articles of one poll and of one commit.
const BATCH: usize = 200;
/// An article every thirty seconds: a million in a year.
const PACE: SignedDuration = SignedDuration::from_secs(30);
const WORDS: u64 = 60_000;
/// Words of one text: a longer summary.
const LENGTH: usize = 120;
/// One article in so many has a claim; one claim in so many begins a line.
const CLAIMED: usize = 5;
const PER_LINE: usize = 3;
const QUERIES: u64 = 200;
/// Rows of one answer.
const LIMIT: u32 = 20;
/// What the slowest query but one in twenty may take, and what opening may.
const ALLOWED: Duration = Duration::from_millis(50);
const START: Duration = Duration::from_secs(1);

const FORCES: [&str; 24] = [
    "US", "RU", "UA", "GB", "DE", "FR", "PL", "nato", "CN", "KP", "IL", "TR", "NL", "CA", "IT", "ES", "SE", "FI", "RO", "BE",
    "AU", "JP", "NZ", "LU",
];
const PLACES: [&str; 20] =
    ["PL", "UA", "RO", "DE", "EE", "LV", "LT", "FI", "NO", "BG", "SY", "IQ", "ML", "NE", "TW", "KR", "IL", "LB", "GL", "PE"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let articles = std::env::var("ORBAT_BENCH_ARTICLES").ok().and_then(|n| n.parse().ok()).unwrap_or(ARTICLES);
    let folder = tempfile::tempdir()?;
    let path = std::env::var_os("ORBAT_BENCH_DB").map_or_else(|| folder.path().join("orbat.db"), PathBuf::from);
    if !path.exists() {
        let (start, cpu) = (Instant::now(), cpu(ClockId::ProcessCPUTime));
        fill(&Store::open(&path)?, articles)?;
        let cpu = self::cpu(ClockId::ProcessCPUTime) - cpu;
        println!("{articles} articles stored in {:.0} s, {:.0} s of CPU", start.elapsed().as_secs_f64(), cpu.as_secs_f64());
    }
    let (start, cpu) = (Instant::now(), cpu(ClockId::ThreadCPUTime));
    let store = Store::open(&path)?;
    store.pending(Timestamp::MAX, 1)?;
    tell("open", &mut [Taken { wall: start.elapsed(), cpu: self::cpu(ClockId::ThreadCPUTime) - cpu }], START);
    measure(&store)?;
    let counts = store.counts(Timestamp::MAX)?;
    let each = counts.bytes as f64 / counts.articles as f64;
    println!("{} articles, {} claims, {} lines", counts.articles, counts.claims, counts.lines);
    println!("{:.0} MB of database, {each:.0} bytes an article; {:.0} MB of memory at most", counts.bytes as f64 / 1e6, peak()?);
    Ok(())
}

fn measure(store: &Store) -> Result<()> {
    let queries = (0..QUERIES).map(|n| Ok(Query::parse(&query(n)).map_err(|e| e.message)?)).collect::<Result<Vec<_>>>()?;
    time("search, newest first", &queries, |query| store.search(query, LIMIT))?;
    time("search, best first", &queries, |query| store.search_best(query, LIMIT))?;
    let filters: Vec<ClaimFilter> = (0..QUERIES).map(filter).collect();
    time("claims", &filters, |filter| store.ledger(filter))?;
    let filters: Vec<ArticleFilter> = (0..QUERIES).map(articles).collect();
    time("articles", &filters, |filter| store.articles(filter))?;
    Ok(())
}

/// What one question took.
#[derive(Clone, Copy)]
struct Taken {
    wall: Duration,
    cpu: Duration,
}

/// Asks each question once, so that what is read of the disk counts.
fn time<Q, A>(what: &str, questions: &[Q], ask: impl Fn(&Q) -> orbat::store::Result<Vec<A>>) -> Result<()> {
    let mut taken = Vec::new();
    let mut found = 0;
    for question in questions {
        let (start, cpu) = (Instant::now(), cpu(ClockId::ThreadCPUTime));
        found += black_box(ask(question)?).len();
        taken.push(Taken { wall: start.elapsed(), cpu: self::cpu(ClockId::ThreadCPUTime) - cpu });
    }
    tell(what, &mut taken, ALLOWED);
    println!("{:22}{found} rows", "");
    Ok(())
}

fn tell(what: &str, taken: &mut [Taken], allowed: Duration) {
    let mut of = |pick: fn(&Taken) -> Duration| {
        taken.sort_by_key(pick);
        let at = |part: usize| pick(&taken[(taken.len() * part / 100).min(taken.len() - 1)]).as_secs_f64() * 1e3;
        [at(50), at(95), at(100)]
    };
    let ([half, most, longest], [cpu_half, cpu_most, cpu_longest]) = (of(|t| t.wall), of(|t| t.cpu));
    let verdict = if cpu_most <= allowed.as_secs_f64() * 1e3 { "well" } else { "TOO SLOW" };
    println!(
        "{what:22}median {half:7.1} ms, p95 {most:7.1} ms, most {longest:7.1} ms; in CPU {cpu_half:.1}, {cpu_most:.1}, {cpu_longest:.1} ms: {verdict}"
    );
}

// -- what is asked

/// Rare and common words, together, in phrases, cut short, in titles, excluded.
fn query(n: u64) -> String {
    let mut random = fastrand::Rng::with_seed(n);
    let mut word = |most: u64| self::word(random.u64(1..most));
    match n % 8 {
        0 => word(100),
        1 => word(WORDS),
        2 => format!("{} {}", word(200), word(200)),
        3 => format!("\"{} {}\"", word(50), word(50)),
        4 => format!("{}*", &word(2_000)[..4]),
        5 => format!("{} OR {} OR {}", word(5_000), word(5_000), word(5_000)),
        6 => format!("title:{} NOT {}", word(500), word(20)),
        _ => format!("NEAR({} {}, 10)", word(300), word(300)),
    }
}

/// By force, place, region, act, time, amount, certainty.
fn filter(n: u64) -> ClaimFilter {
    let mut random = fastrand::Rng::with_seed(n);
    let force = vec![FORCES[random.usize(..FORCES.len())].to_owned()];
    let place = vec![PLACES[random.usize(..PLACES.len())].to_owned()];
    let all = ClaimFilter { limit: LIMIT, ..ClaimFilter::default() };
    match n % 8 {
        0 => ClaimFilter { force, ..all },
        1 => ClaimFilter { to: place, ..all },
        2 => ClaimFilter { to: vec!["baltics".to_owned()], force, ..all },
        3 => ClaimFilter { action: vec![Action::Withdraw], since: Some(begin() + PACE * 1_000), ..all },
        4 => ClaimFilter { at_least: Some(5_000 + random.u64(..4_900)), ..all },
        5 => ClaimFilter { min_certainty: 0.8, force, to: place, ..all },
        6 => ClaimFilter { speaker: Some("nobody".to_owned()), force, ..all },
        _ => ClaimFilter { force, to: place, action: vec![Action::Deploy], ..all },
    }
}

/// Of a feed, of a language, of a time, with claims.
fn articles(n: u64) -> ArticleFilter {
    let all = ArticleFilter { limit: LIMIT, ..ArticleFilter::default() };
    match n % 4 {
        0 => ArticleFilter { feed: Some(format!("paper{}", n * 7 % FEEDS as u64)), ..all },
        1 => ArticleFilter { language: Language::parse("nl"), ..all },
        2 => ArticleFilter { with_claims: true, ..all },
        _ => all,
    }
}

// -- what is stored

fn begin() -> Timestamp {
    Timestamp::constant(1_750_000_000, 0)
}

fn fill(store: &Store, articles: usize) -> Result<()> {
    let mut feeds = Vec::new();
    for n in 0..FEEDS {
        let url = format!("https://paper{n}.example/feed").parse()?;
        let feed = Subscription { full_text: FullText::Never, ..Subscription::new(url, format!("paper{n}")) };
        feeds.extend(store.add_feed(&feed, Duration::from_secs(900), begin())?);
    }
    for first in (0..articles).step_by(BATCH) {
        let at = begin() + PACE * i32::try_from(first)?;
        store.record_poll(poll(feeds[first / BATCH % feeds.len()], first, at))?;
        store.commit(batch(store.pending(at, BATCH as u32)?, first, at))?;
    }
    store.tidy()?;
    Ok(())
}

fn poll(feed: FeedId, first: usize, at: Timestamp) -> PollRecord {
    let entry = |n: usize| {
        let mut random = fastrand::Rng::with_seed(n as u64);
        let mut text = |words: usize| {
            (0..words).fold(String::new(), |mut text, i| {
                let end = if i == 0 {
                    ""
                } else if i % 12 == 0 {
                    ". "
                } else {
                    " "
                };
                write!(text, "{end}{}", word(zipf(&mut random))).expect("a String takes any text");
                text
            })
        };
        let (title, text) = (text(8), text(LENGTH));
        let (id, link) = (Some(n.to_string()), format!("https://paper{}.example/2026/{n}", n / BATCH % FEEDS).parse().ok());
        let keys = keys(feed, id.as_deref(), link.as_ref(), &title, &text);
        (Entry { id, link, title, text, published: Some(at), language: Language::parse("en") }, keys)
    };
    let entries: Vec<_> = (first..first + BATCH).map(entry).collect();
    let outcome = PollOutcome::Read {
        title: "Paper".to_owned(),
        validators: Validators::default(),
        baseline: vec![false; entries.len()],
        entries,
        moved_to: None,
    };
    let next = Next { check: Timestamp::MAX, interval: Duration::from_secs(900), reason: "rhythm".to_owned() };
    PollRecord { feed, at, outcome, plan: Plan::At(next) }
}

fn batch(pending: Vec<Pending>, first: usize, at: Timestamp) -> Batch {
    let mut batch = Batch { at: Some(at), ..Batch::default() };
    for (n, pending) in (first..).zip(pending) {
        let mut annotation =
            Annotation { language: Language::parse(if n % 4 == 0 { "nl" } else { "en" }), ..Annotation::default() };
        let mut decisions = Vec::new();
        if n % CLAIMED == 0 {
            let claim = claim(n / CLAIMED / PER_LINE);
            // The first claim of a line in this batch makes it anew: a line has at most three.
            let line = LedgerId(-1 - (n / CLAIMED / PER_LINE % BATCH) as i64);
            if !batch.lines.iter().any(|known| known.id == line) {
                batch.lines.push(known(line, &claim, pending.article.id, at));
            }
            annotation.claims.push(claim);
            let (verdict, reason) = (Verdict::New, Reason::First);
            decisions.push(Decision { claim: 0, verdict, reason, line, before: None, maybe: None, context: None });
        }
        let language = annotation.language;
        batch.done.push(Done {
            again: None,
            article: orbat::article::Article { language, ..pending.article },
            text_from: TextFrom::Feed,
            note: None,
            story: StoryId(1 + n as i64),
            annotation,
            decisions,
            edits: pending.edits,
            edited: None,
            page: None,
            also: None,
        });
    }
    batch
}

fn claim(line: usize) -> Claim {
    let mut random = fastrand::Rng::with_seed(line as u64);
    // Forces and places are told of unevenly, as in the news.
    let uneven =
        |random: &mut fastrand::Rng, all: &[&str]| all[random.usize(..all.len()).min(random.usize(..all.len()))].to_owned();
    let force = uneven(&mut random, &FORCES);
    Claim {
        span: Span::new(10, 14),
        text: "2,000".to_owned(),
        amount: Amount::exactly(50 * random.u64(1..200)),
        action: [Action::Deploy, Action::Present, Action::Killed, Action::Ready, Action::Withdraw][random.usize(..5)],
        status: Status::Planned,
        from: vec![force.clone()],
        to: vec![uneven(&mut random, &PLACES)],
        force: Some(force),
        at: Vec::new(),
        speaker: Some("the Pentagon".to_owned()),
        sentence: Span::new(5, 63),
        certainty: 0.6 + random.f32() * 0.4,
        places: Vec::new(),
        context: Context::Current,
        hedged: false,
        measure: None,
        period: None,
        when: None,
        unit: None,
    }
}

fn known(id: LedgerId, claim: &Claim, article: ArticleId, at: Timestamp) -> Known {
    Known {
        id,
        force: claim.force.clone(),
        action: claim.action,
        status: claim.status,
        amount: claim.amount,
        from: claim.from.clone(),
        to: claim.to.clone(),
        at: Vec::new(),
        story: StoryId(article.0),
        first_article: article,
        first_seen: at,
        last_seen: at,
        revision: 0,
        reports: 3,
        outlets: vec!["paper".to_owned(), "journal".to_owned()],
        first_outlet: "paper".to_owned(),
        speaker: claim.speaker.clone(),
        disputed: false,
        marks: orbat::ledger::Marks::default(),
    }
}

/// A word by its rank: as many letters as words of that rank have, no two alike.
fn word(rank: u64) -> String {
    const ONSETS: &[u8; 16] = b"bdfghklmnprstvwz";
    const NUCLEI: &[u8; 5] = b"aeiou";
    let (mut left, mut word) = (rank * 7 + 13, String::new());
    while left > 0 || word.len() < 4 {
        word.push(char::from(ONSETS[(left % 16) as usize]));
        left /= 16;
        word.push(char::from(NUCLEI[(left % 5) as usize]));
        left /= 5;
    }
    word
}

/// A rank by Zipf's law.
fn zipf(random: &mut fastrand::Rng) -> u64 {
    (((WORDS + 1) as f64).powf(random.f64()) as u64).clamp(1, WORDS)
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Most memory that this process has held, in MB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1e3)
}
