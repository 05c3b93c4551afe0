//! Stories that run, the words that they are found by, how rare each word is, and why each article is in its story.

use super::value::{Json, Ms};
use super::{Numbers, Result, Store};
use crate::article::{ArticleId, StoryId};
use crate::story::counts::{Counts, tokens};
use crate::story::desk::{ASKED, CANDIDATES, PER_WORD, ranked};
use crate::story::{Decision, Desk, Print, Profile, Token, WINDOW};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::{FxHashMap, FxHashSet};

/// After so long what was counted counts half.
const HALF_LIFE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Stories that ended are forgotten, at most so many with one commit.
const ENDED: u32 = 200;
/// Each article sweeps this part of all tokens of what nobody asks for any more: about once in so many articles every token is looked at.
const SWEEP: i64 = 20_000;

/// What a batch of articles did to stories. New ones have negative numbers.
#[derive(Clone, Debug, Default)]
pub struct StoryWork {
    /// Stories that changed, and words that they are to be found under.
    pub stories: Vec<(StoryId, Profile, Vec<Token>)>,
    /// Texts that had each word.
    pub counted: FxHashMap<Token, u32>,
    pub decisions: Vec<(ArticleId, Decision)>,
}

/// Why an article is in its story, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryLink {
    pub article: ArticleId,
    /// The independent source of its text: an owner or an agency.
    pub origin: String,
    /// That source is under the orders of a state.
    pub state: bool,
    /// 0: it began the story. From 1 on it was one with it.
    pub score: f64,
    pub by: String,
    pub shared: Vec<String>,
    /// Another story that it may belong to, how like they are, by which words.
    pub maybe: Option<(StoryId, f64, Vec<String>)>,
}

impl Store {
    /// A desk with all that is needed to put these articles to stories: how rare their words are, and the stories that they may belong to.
    /// What is read for an article is bounded, however many are stored.
    pub fn desk(&self, prints: &[&Print], now: Timestamp) -> Result<Desk> {
        self.read(|db| {
            let counts = Counts::with(counted(db, prints, fortnight(now))?);
            let mut found: FxHashMap<StoryId, FxHashSet<Token>> = FxHashMap::default();
            for print in prints {
                for (story, words) in candidates(db, print, &counts)? {
                    found.entry(story).or_default().extend(words);
                }
            }
            let mut found: Vec<_> = found.into_iter().collect();
            found.sort_unstable_by_key(|(story, _)| *story);
            let mut desk = Desk::careful(counts);
            let mut profile = db.prepare_cached("SELECT profile FROM story WHERE id = ?1")?;
            for (story, words) in found {
                let bytes: Option<Vec<u8>> = profile.query_row([story], |r| r.get(0)).optional()?;
                if let Some(profile) = bytes.and_then(|bytes| Profile::from_bytes(&bytes)) {
                    desk.lay(story, profile, words);
                }
            }
            Ok(desk)
        })
    }

    /// Why the articles of a story are in it, oldest first.
    pub fn story_links(&self, story: StoryId) -> Result<Vec<StoryLink>> {
        self.read(|db| {
            let sql = "SELECT l.* FROM reading r JOIN story_link l ON l.article = r.article WHERE r.story = ?1 ORDER BY l.article LIMIT ?2";
            let mut all = db.prepare_cached(sql)?;
            let found = all.query_map(params![story, super::value::MAX_ROWS], link)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn link(r: &rusqlite::Row) -> rusqlite::Result<StoryLink> {
    let maybe: Option<StoryId> = r.get("maybe")?;
    let maybe = match maybe {
        Some(story) => Some((story, r.get("maybe_score")?, r.get::<_, Json<_>>("maybe_shared")?.0)),
        None => None,
    };
    Ok(StoryLink {
        article: r.get("article")?,
        origin: r.get("origin")?,
        state: r.get("state")?,
        score: r.get("score")?,
        by: r.get("by")?,
        shared: r.get::<_, Json<_>>("shared")?.0,
        maybe,
    })
}

/// In how many texts each word of the prints was seen.
fn counted(db: &Connection, prints: &[&Print], now: i64) -> Result<FxHashMap<Token, u32>> {
    let mut find = db.prepare_cached("SELECT texts >> (?2 - fortnight) FROM story_word WHERE token = ?1")?;
    let mut seen = FxHashMap::default();
    for token in prints.iter().flat_map(|print| tokens(print)) {
        if let std::collections::hash_map::Entry::Vacant(entry) = seen.entry(token) {
            entry.insert(find.query_row(params![token, now], |r| r.get(0)).optional()?.unwrap_or(0));
        }
    }
    Ok(seen)
}

/// The stories that share telling words with an article, each with these words.
fn candidates(db: &Connection, print: &Print, counts: &Counts) -> Result<Vec<(StoryId, Vec<Token>)>> {
    let sql = "SELECT story FROM story_token WHERE token = ?1 AND seen >= ?2 ORDER BY story DESC LIMIT ?3";
    let mut find = db.prepare_cached(sql)?;
    let since = print.at.and_then(|at| at.checked_sub(WINDOW).ok()).unwrap_or(Timestamp::MIN);
    let (words, signs) = counts.weigh(print);
    let mut rough: FxHashMap<StoryId, (f32, Vec<Token>)> = FxHashMap::default();
    for (token, weight) in ranked(print, &words, &signs, ASKED) {
        let mut rows = find.query(params![token, Ms(since), PER_WORD as i64])?;
        while let Some(row) = rows.next()? {
            let (sum, words) = rough.entry(row.get(0)?).or_default();
            *sum += weight * weight;
            words.push(token);
        }
    }
    let mut rough: Vec<_> = rough.into_iter().collect();
    rough.sort_unstable_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(&b.0)));
    rough.truncate(CANDIDATES);
    Ok(rough.into_iter().map(|(story, (_, words))| (story, words)).collect())
}

/// Fortnights since 1970.
fn fortnight(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HALF_LIFE.as_secs())
}

/// Writes what a batch did, with the real numbers of its stories.
pub(super) fn write_stories(db: &Connection, work: &StoryWork, numbers: &Numbers, now: Timestamp) -> Result<()> {
    for (story, profile, words) in &work.stories {
        let story = numbers.story(*story)?;
        let last = Ms(profile.last().unwrap_or(now));
        let sql = "INSERT INTO story (id, last, profile) VALUES (?1, ?2, ?3)
            ON CONFLICT (id) DO UPDATE SET last = ?2, profile = ?3";
        db.prepare_cached(sql)?.execute(params![story, last, profile.to_bytes()])?;
        let sql = "INSERT INTO story_token (token, story, seen) VALUES (?1, ?2, ?3)
            ON CONFLICT (token, story) DO UPDATE SET seen = ?3";
        let mut file = db.prepare_cached(sql)?;
        for word in words {
            file.execute(params![word, story, last])?;
        }
    }
    count(db, &work.counted, fortnight(now))?;
    for (article, decision) in &work.decisions {
        write_link(db, *article, decision, numbers)?;
    }
    forget(db, work.decisions.len() as i64, now)
}

fn count(db: &Connection, counted: &FxHashMap<Token, u32>, now: i64) -> Result<()> {
    let sql = "INSERT INTO story_word (token, texts, fortnight) VALUES (?1, ?2, ?3)
        ON CONFLICT (token) DO UPDATE SET texts = (texts >> (?3 - fortnight)) + ?2, fortnight = ?3";
    let mut add = db.prepare_cached(sql)?;
    let mut counted: Vec<_> = counted.iter().collect();
    // In the order of the table: neighbours lie on one page.
    counted.sort_unstable();
    for (token, texts) in counted {
        add.execute(params![token, texts, now])?;
    }
    Ok(())
}

fn write_link(db: &Connection, article: ArticleId, decision: &Decision, numbers: &Numbers) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO story_link (article, origin, state, score, by, shared, maybe, maybe_score, maybe_shared)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let likeness = &decision.likeness;
    let maybe = match &decision.maybe {
        Some((story, other)) => Some((numbers.story(*story)?, other)),
        None => None,
    };
    db.prepare_cached(sql)?.execute(params![
        article,
        decision.origin,
        decision.state,
        likeness.score,
        likeness.by.as_str(),
        Json(&likeness.shared),
        maybe.map(|(story, _)| story),
        maybe.map(|(_, other)| other.score),
        maybe.map(|(_, other)| Json(&other.shared)),
    ])?;
    Ok(())
}

/// Forgets stories that ended, and of a part of all words what is out of use: so much with each article that the tables stay bounded.
fn forget(db: &Connection, articles: i64, now: Timestamp) -> Result<()> {
    let ended = now.checked_sub(WINDOW * 2).unwrap_or(Timestamp::MIN);
    db.prepare_cached("DELETE FROM story WHERE id IN (SELECT id FROM story WHERE last < ?1 LIMIT ?2)")?
        .execute(params![Ms(ended), ENDED])?;
    let span = (1 << 32) / SWEEP;
    let newest: i64 = db.prepare_cached("SELECT coalesce(max(article), 0) FROM story_link")?.query_row([], |r| r.get(0))?;
    for turn in newest - articles..newest {
        let from = turn.rem_euclid(SWEEP + 1) * span;
        let part = params![from, from + span - 1, Ms(ended)];
        db.prepare_cached("DELETE FROM story_token WHERE token BETWEEN ?1 AND ?2 AND seen < ?3")?.execute(part)?;
        let part = params![from, from + span - 1, fortnight(now)];
        db.prepare_cached("DELETE FROM story_word WHERE token BETWEEN ?1 AND ?2 AND texts >> (?3 - fortnight) = 0")?
            .execute(part)?;
    }
    Ok(())
}
