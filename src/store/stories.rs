//! Stories that run, the words that they are found by, how rare each word is, and why each article is in its story.

use super::value::{Json, Ms};
use super::{Result, Store};
use crate::article::{ArticleId, StoryId};
use crate::story::counts::Counts;
use crate::story::desk::{Altered, ENDED, MOST};
use crate::story::{Decision, Desk, Profile, Token};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, params};

/// After so long what was counted counts half.
const HALF_LIFE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Stories that ended are forgotten, at most so many with one commit.
const FORGOTTEN: u32 = 200;
/// Commits whose counts are kept one by one; then they are summed up.
const APART: i64 = 256;

/// What a batch of articles did to stories.
#[derive(Clone, Debug, Default)]
pub struct StoryWork {
    pub stories: Vec<Altered>,
    /// Texts that had each word.
    pub counted: Vec<(Token, u32)>,
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
    /// A desk with the stories that run and the counts of words, to go on with. It takes about 20 µs for each story.
    pub fn desk(&self, now: Timestamp) -> Result<Desk> {
        self.read(|db| {
            let mut desk = Desk::careful(counts(db, now)?);
            let sql = "SELECT id, profile, found_by FROM (SELECT * FROM story WHERE last >= ?1 ORDER BY last DESC LIMIT ?2) ORDER BY id";
            let mut running = db.prepare_cached(sql)?;
            let mut rows = running.query(params![Ms(before(now)), MOST as i64])?;
            while let Some(row) = rows.next()? {
                if let Some(profile) = Profile::from_bytes(blob(row, 1)?) {
                    desk.lay(row.get(0)?, profile, numbers(blob(row, 2)?));
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

fn link(r: &Row) -> rusqlite::Result<StoryLink> {
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

/// What was counted up to now, where each fortnight halves what was counted before it.
fn counts(db: &Connection, now: Timestamp) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut all = db.prepare_cached("SELECT fortnight, counted FROM story_count ORDER BY id")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        counts.grow_old(row.get(0)?);
        let pairs = numbers(blob(row, 1)?).collect::<Vec<_>>();
        counts.take_over(pairs.as_chunks::<2>().0.iter().map(|[token, texts]| (*token, *texts)));
    }
    counts.grow_old(fortnight(now));
    Ok(counts)
}

/// Fortnights since 1970: with each the counts of words halve.
pub fn fortnight(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HALF_LIFE.as_secs())
}

/// Stories whose last article is older than this have ended.
fn before(now: Timestamp) -> Timestamp {
    now.checked_sub(ENDED).unwrap_or(Timestamp::MIN)
}

fn blob<'r>(row: &'r Row, column: usize) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(column)?.as_blob()?)
}

/// Numbers at rest: little-endian, one behind the other.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
}

fn bytes(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(u32::to_le_bytes).collect()
}

/// Writes what a batch did.
pub(super) fn write_stories(db: &Connection, work: &StoryWork, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO story (id, last, profile, found_by) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET last = ?2, profile = ?3, found_by = CAST(found_by || ?4 AS BLOB)";
    let mut write = db.prepare_cached(sql)?;
    for Altered { story, last, profile, found_by } in &work.stories {
        write.execute(params![story, Ms(last.unwrap_or(now)), profile, bytes(found_by.iter().copied())])?;
    }
    if !work.counted.is_empty() {
        count(db, &work.counted, fortnight(now))?;
        sum_up(db, now)?;
    }
    for (article, decision) in &work.decisions {
        write_link(db, *article, decision)?;
    }
    db.prepare_cached("DELETE FROM story WHERE id IN (SELECT id FROM story WHERE last < ?1 LIMIT ?2)")?
        .execute(params![Ms(before(now)), FORGOTTEN])?;
    Ok(())
}

fn count(db: &Connection, counted: &[(Token, u32)], now: i64) -> Result<()> {
    let counted = bytes(counted.iter().flat_map(|(token, texts)| [*token, *texts]));
    db.prepare_cached("INSERT INTO story_count (fortnight, counted) VALUES (?1, ?2)")?.execute(params![now, counted])?;
    Ok(())
}

/// Makes one of the counts of many commits.
fn sum_up(db: &Connection, now: Timestamp) -> Result<()> {
    let mut apart = db.prepare_cached("SELECT (SELECT max(id) FROM story_count) - (SELECT min(id) FROM story_count)")?;
    if apart.query_row([], |r| r.get::<_, i64>(0))? < APART {
        return Ok(());
    }
    let all = counts(db, now)?.into_all();
    db.execute("DELETE FROM story_count", [])?;
    count(db, &all, fortnight(now))
}

fn write_link(db: &Connection, article: ArticleId, decision: &Decision) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO story_link (article, origin, state, score, by, shared, maybe, maybe_score, maybe_shared)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let likeness = &decision.likeness;
    let maybe = decision.maybe.as_ref();
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

#[cfg(test)]
mod tests {
    use super::{APART, HALF_LIFE, count, counts, fortnight, sum_up};
    use crate::store::schema::migrate;
    use jiff::Timestamp;
    use rusqlite::Connection;
    use std::path::Path;

    #[test]
    fn counts_are_summed_up_and_grow_old() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, Path::new("memory")).unwrap();
        let now = Timestamp::constant(1_780_000_000, 0);
        for n in 0..3 * APART as u32 {
            count(&db, &[(7, 1), (1000 + n, 1)], fortnight(now)).unwrap();
            sum_up(&db, now).unwrap();
            let rows: i64 = db.query_row("SELECT count(*) FROM story_count", [], |r| r.get(0)).unwrap();
            assert!(rows <= APART + 1);
        }
        let all = counts(&db, now).unwrap().into_all();
        assert_eq!((all[0], all[1], all.len()), ((7, 3 * APART as u32), (1000, 1), 1 + 3 * APART as usize));
        for (fortnights, left) in [(1, 3 * APART as u32 / 2), (2, 3 * APART as u32 / 4)] {
            assert_eq!(counts(&db, now + HALF_LIFE * fortnights).unwrap().into_all(), [(7, left)]);
        }
    }
}
