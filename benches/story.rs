//! How long it takes to decide the story of an article where a million are stored: looking up, deciding, and what it adds to a commit.
//!
//! ```sh
//! cargo bench --bench story -- [ARTICLES]
//! ```
//!
//! The articles are generated: six to an event, a new event every half minute, words by Zipf's law, names and numbers of the event's own.

use jiff::{SignedDuration, Timestamp};
use orbat::article::{ArticleId, StoryId};
use orbat::store::{Batch, Store, StoryWork};
use orbat::story::{Byline, Desk, Print};
use orbat::text::Annotation;
use orbat::text::fold::Tokens;
use orbat::text::language::Language;
use std::error::Error;
use std::time::{Duration, Instant};

const ARTICLES: usize = 1_000_000;
/// Articles of one event; those of some thirty events come mixed.
const PER_EVENT: usize = 6;
const MIXED: usize = 30;
/// An article every five seconds, as thousands of feeds bring them: a million in two months.
const PACE: SignedDuration = SignedDuration::from_secs(5);
const BATCH: usize = 200;
const WORDS: u64 = 60_000;
/// Articles that are measured, one by one and as a batch.
const MEASURED: usize = 2_000;
/// What the decision of one article may take.
const ALLOWED: Duration = Duration::from_millis(5);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let articles = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(ARTICLES);
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("orbat.db"))?;
    let (mut desk, start) = (store.desk(time(0))?, Instant::now());
    for first in (0..articles).step_by(BATCH) {
        let prints: Vec<Print> = (first..first + BATCH).map(print).collect();
        let (batch, _) = decide(&mut desk, first, &prints);
        store.commit(batch)?;
    }
    println!("{articles} articles stored in {:.0} s", start.elapsed().as_secs_f64());
    drop(desk);
    measure(&store, articles)
}

/// One by one, as they come in quiet hours: the dearest way.
fn measure(store: &Store, stored: usize) -> Result<()> {
    let (mut decided, mut committed) = (Vec::new(), Vec::new());
    let mut joined = 0;
    let start = Instant::now();
    let mut desk = store.desk(time(stored))?;
    println!("{:.0} ms to take over what is stored, once at each start", start.elapsed().as_secs_f64() * 1e3);
    for n in stored..stored + MEASURED {
        let print = print(n);
        let start = Instant::now();
        let (batch, new) = decide(&mut desk, n, std::slice::from_ref(&print));
        decided.push(start.elapsed());
        joined += usize::from(new == 0);
        let start = Instant::now();
        store.commit(batch)?;
        committed.push(start.elapsed());
    }
    line("decision", &mut decided);
    line("commit", &mut committed);
    println!("{joined} of {MEASURED} joined a story; {} of 6 would be right", (PER_EVENT - 1) * MEASURED / PER_EVENT);
    println!("{:.0} MB of database", store.counts(Timestamp::UNIX_EPOCH)?.bytes as f64 / 1e6);
    let p99 = decided[decided.len() * 99 / 100];
    if p99 > ALLOWED {
        return Err(format!("a decision took {p99:?} at the 99th percentile, {ALLOWED:?} are allowed").into());
    }
    Ok(())
}

fn line(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("{what:<22} median {:.2} ms   p99 {:.2} ms   worst {:.2} ms", at(50), at(99), at(100));
}

/// Decides a batch as the daemon does; how many of it began a story.
fn decide(desk: &mut Desk, first: usize, prints: &[Print]) -> (Batch, usize) {
    let mut decisions = Vec::new();
    for (n, print) in (first..).zip(prints) {
        let number = n as i64 + 1;
        let by = Byline { owner: &format!("outlet {}", n % 400), ..Byline::default() };
        decisions.push((ArticleId(number), desk.take(print, &by, StoryId(number))));
    }
    let new = decisions.iter().filter(|(_, decision)| decision.new).count();
    let stories = StoryWork { stories: desk.altered(), counted: desk.counts.take_added(), decisions };
    (Batch { stories, at: Some(time(first + prints.len())), ..Batch::default() }, new)
}

fn time(n: usize) -> Timestamp {
    Timestamp::constant(1_780_000_000, 0) + PACE * n as i32
}

/// An article of its event: 150 common words, twelve of the event's own.
fn print(n: usize) -> Print {
    let block = n / (PER_EVENT * MIXED);
    let event = (block * MIXED + n % MIXED) as u64;
    let mut chance = fastrand::Rng::with_seed(n as u64);
    let mut own = fastrand::Rng::with_seed(event ^ 0x5eed);
    let names: Vec<String> = (0..12).map(|_| word(&mut own, WORDS)).collect();
    let mut text = String::new();
    for i in 0..150 {
        let common = word(&mut chance, WORDS);
        text.push_str(if i % 5 == 0 { &names[chance.usize(..names.len())] } else { &common });
        text.push(' ');
    }
    Print::new(&Tokens::of(&text), Language::parse("en"), Some(time(n)), &Annotation::default())
}

/// A made-up word; small numbers come oftener, as 1/rank.
fn word(chance: &mut fastrand::Rng, words: u64) -> String {
    let rank = (words as f64).powf(chance.f64()) as u64;
    let mut letters = rank.wrapping_mul(0x9e37_79b9) | 1;
    (0..7)
        .map(|_| {
            letters = letters.rotate_left(7).wrapping_mul(0x0100_01b3);
            (b'a' + (letters >> 24) as u8 % 26) as char
        })
        .collect()
}
