//! Feeds: subscriptions with their state, hosts that rest, and the summing-up of first polls.

use super::alerts::insert_alert;
use super::value::{Json, Ms, Span, Text};
use super::{Result, Store};
use crate::alert::Alert;
use crate::article::FeedId;
use crate::feed::{Class, Hints, Subscription, Validators};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

crate::text::claim::words! {
    /// Where a feed was born: in a file of the user's, or by a command.
    Born { File = "file", Cli = "cli" }
}

crate::text::claim::words! {
    /// How a feed is.
    Health { Waiting = "waiting", Well = "well", Failing = "failing", Gone = "gone", Paused = "paused" }
}

/// A feed with its state.
#[derive(Clone, Debug)]
pub struct FeedRow {
    pub id: FeedId,
    pub subscription: Subscription,
    pub born: Born,
    pub health: Health,
    pub title: Option<String>,
    /// Where requests go: the subscription's address, or where a permanent redirect led.
    pub address: Url,
    pub validators: Validators,
    pub interval: Duration,
    pub next_check: Timestamp,
    pub last_attempt: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub last_new: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub failures: u32,
    pub error: Option<(Class, String)>,
    /// Why `next_check` is when it is, in words.
    pub reason: String,
    pub articles: u64,
    pub added: Timestamp,
    /// The first poll has been read.
    pub baselined: bool,
    /// Permanent redirect: where to, and since when it is seen.
    pub moved: Option<(Url, Timestamp)>,
    /// What it asks of its readers, as its last 200 said.
    pub hints: Hints,
    /// Until when its server asked not to be asked.
    pub not_before: Option<Timestamp>,
    /// The mean time between polls that brought something.
    pub rhythm: Option<Duration>,
    /// How often nothing of the poll before was left, and when last.
    pub gaps: u32,
    pub outrun: Option<Outrun>,
}

/// Between these polls everything in a feed was replaced: entries may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outrun {
    /// Of gaps that follow each other within a day, the first.
    pub from: Timestamp,
    pub at: Timestamp,
    /// Between the two polls of the last gap.
    pub time: Duration,
}

/// What a reload of the file-born feeds did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    pub added: u32,
    pub changed: u32,
    pub removed: u32,
}

/// First polls that have not been summed up for the user yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstPolls {
    /// Polled, well or not, and all that came is read.
    pub feeds: Vec<FeedId>,
    pub read: u32,
    pub failing: u32,
    /// Not polled yet, or with entries still to be read.
    pub waiting: u32,
    pub articles: u64,
    /// Claims in articles of the last 48 hours.
    pub recent_claims: u64,
}

/// What of a baseline is news: claims in articles of the last 48 hours.
const RECENT: SignedDuration = SignedDuration::from_hours(48);

const ROW: &str = "SELECT id, subscription, born, paused, health, title, address, etag, last_modified, every, next_check,
    last_attempt, last_success, last_new, failing_since, failures, class, error, reason, articles, added, baselined,
    moved_to, moved_since, hints, not_before, rhythm, gaps, gap_from, gap_at, gap_time
    FROM feed WHERE NOT removed";

fn row(r: &Row) -> rusqlite::Result<FeedRow> {
    let time = |column| r.get::<_, Option<Ms>>(column).map(|t| t.map(|Ms(t)| t));
    let paused: bool = r.get("paused")?;
    let Text(health) = r.get("health")?;
    let class: Option<Text<Class>> = r.get("class")?;
    let moved: Option<Text<Url>> = r.get("moved_to")?;
    Ok(FeedRow {
        id: r.get("id")?,
        subscription: r.get::<_, Json<_>>("subscription")?.0,
        born: r.get::<_, Text<_>>("born")?.0,
        health: if paused { Health::Paused } else { health },
        title: r.get("title")?,
        address: r.get::<_, Text<_>>("address")?.0,
        validators: Validators { etag: r.get("etag")?, last_modified: r.get("last_modified")? },
        interval: r.get::<_, Span>("every")?.0,
        next_check: r.get::<_, Ms>("next_check")?.0,
        last_attempt: time("last_attempt")?,
        last_success: time("last_success")?,
        last_new: time("last_new")?,
        failing_since: time("failing_since")?,
        failures: r.get("failures")?,
        error: class.map(|Text(c)| c).zip(r.get("error")?),
        reason: r.get("reason")?,
        articles: r.get::<_, i64>("articles")?.unsigned_abs(),
        added: r.get::<_, Ms>("added")?.0,
        baselined: r.get("baselined")?,
        moved: moved.map(|Text(to)| to).zip(time("moved_since")?),
        hints: r.get::<_, Option<Json<_>>>("hints")?.map(|Json(hints)| hints).unwrap_or_default(),
        not_before: time("not_before")?,
        rhythm: r.get::<_, Option<Span>>("rhythm")?.map(|Span(s)| s),
        gaps: r.get("gaps")?,
        outrun: match (time("gap_from")?, time("gap_at")?, r.get::<_, Option<Span>>("gap_time")?) {
            (Some(from), Some(at), Some(Span(time))) => Some(Outrun { from, at, time }),
            _ => None,
        },
    })
}

impl Store {
    /// Makes the file-born feeds those of `feeds`; articles of removed ones stay. New ones are due at once, spread over `spread`.
    ///
    /// A feed is known by its address, else by its name: then its address has changed. One that was added by a command becomes
    /// file-born; one that was removed comes back with what it is known to have said.
    pub fn sync_feeds(&self, feeds: &[Subscription], every: Duration, spread: Duration, now: Timestamp) -> Result<Synced> {
        let feeds = feeds.to_vec();
        self.write(move |db| sync(db, &feeds, every, spread, now))
    }

    /// Adds a feed by command; `Err(id)` inside: known already. A name that is taken gets a number.
    pub fn add_feed(&self, feed: &Subscription, every: Duration, now: Timestamp) -> Result<std::result::Result<FeedId, FeedId>> {
        let mut feed = feed.clone();
        self.write(move |db| {
            if let Some(id) = live(db, &feed.url)? {
                return Ok(Err(id));
            }
            feed.name = free_name(db, &feed.name, FeedId(0))?;
            subscribe(db, &feed, Born::Cli, every, now, now).map(Ok)
        })
    }

    /// Replaces the subscription; with another address the feed is asked there, as if for the first time. A name that is taken
    /// gets a number.
    pub fn edit_feed(&self, id: FeedId, feed: &Subscription) -> Result<()> {
        let mut feed = feed.clone();
        self.write(move |db| {
            feed.name = free_name(db, &feed.name, id)?;
            change(db, id, &feed)
        })
    }

    /// Its articles stay, and what it has said stays known should it be added again.
    pub fn remove_feed(&self, id: FeedId) -> Result<()> {
        self.write(move |db| remove(db, id))
    }

    /// A feed that goes on is due at once.
    pub fn pause_feed(&self, id: FeedId, paused: bool, now: Timestamp) -> Result<()> {
        self.write(move |db| {
            let sql = "UPDATE feed SET paused = ?2, next_check = CASE WHEN ?2 THEN next_check ELSE ?3 END WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![id, paused, Ms(now)])?;
            Ok(())
        })
    }

    /// Makes a feed due: a poll asked for by the user.
    pub fn make_due(&self, id: FeedId, now: Timestamp) -> Result<()> {
        self.write(move |db| {
            let sql = "UPDATE feed SET next_check = min(next_check, ?2), reason = 'asked for' WHERE id = ?1";
            db.prepare_cached(sql)?.execute(params![id, Ms(now)])?;
            Ok(())
        })
    }

    /// Its next answer is a whole one.
    pub fn forget_validators(&self, id: FeedId) -> Result<()> {
        self.write(move |db| {
            db.prepare_cached("UPDATE feed SET etag = NULL, last_modified = NULL WHERE id = ?1")?.execute([id])?;
            Ok(())
        })
    }

    /// All feeds that are not removed, by name.
    pub fn feeds(&self) -> Result<Vec<FeedRow>> {
        self.read(|db| list(db, "ORDER BY name, id", params![]))
    }

    /// By number, name or address.
    pub fn feed(&self, which: &str) -> Result<Option<FeedRow>> {
        let address = Url::parse(which).map_or(which.to_owned(), String::from);
        self.read(|db| {
            let tail = "AND (name = ?1 OR url = ?2 OR address = ?2 OR id = CAST(?1 AS INTEGER) AND CAST(id AS TEXT) = ?1)
                ORDER BY name = ?1 DESC, born = 'file' DESC, url = ?2 DESC LIMIT 1";
            Ok(list(db, tail, params![which, address])?.pop())
        })
    }

    /// Feeds due at `now`, longest overdue first.
    pub fn due_feeds(&self, now: Timestamp, limit: u32) -> Result<Vec<FeedRow>> {
        let tail = "AND NOT paused AND next_check <= ?1 ORDER BY next_check, id LIMIT ?2";
        self.read(|db| list(db, tail, params![Ms(now), limit]))
    }

    /// When the next feed is due; `None` where there is no feed to ask.
    pub fn next_due(&self) -> Result<Option<Timestamp>> {
        self.first_time("SELECT min(next_check) FROM feed WHERE NOT removed AND NOT paused")
    }

    /// Hosts that asked to be left alone, until when.
    pub fn resting_hosts(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        self.read(|db| {
            let mut all = db.prepare_cached("SELECT host, until FROM resting_host WHERE until > ?1 ORDER BY host")?;
            let rows = all.query_map([Ms(now)], |r| Ok((r.get(0)?, r.get::<_, Ms>(1)?.0)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Leaves a host alone until then.
    pub fn rest_host(&self, host: &str, until: Timestamp) -> Result<()> {
        let host = host.to_owned();
        self.write(move |db| {
            db.prepare_cached("INSERT OR REPLACE INTO resting_host (host, until) VALUES (?1, ?2)")?
                .execute(params![host, Ms(until)])?;
            Ok(())
        })
    }

    /// First polls that are not summed up; `None` where there are none.
    pub fn first_polls(&self, now: Timestamp) -> Result<Option<FirstPolls>> {
        self.read(|db| first_polls(db, now))
    }

    /// Writes the summary alert and marks these feeds as summed up, in one commit. Where somebody has summed them up meanwhile, nothing
    /// is written, and the answer is false.
    pub fn sum_up(&self, feeds: &[FeedId], alert: Alert, receivers: &[String]) -> Result<bool> {
        let (feeds, receivers) = (feeds.to_vec(), receivers.to_vec());
        self.write(move |db| {
            let mut mark = db.prepare_cached("UPDATE feed SET summed_up = 1 WHERE id = ?1 AND NOT summed_up")?;
            let mut marked = 0;
            for feed in feeds {
                marked += mark.execute([feed])?;
            }
            if marked > 0 {
                insert_alert(db, &alert, &receivers)?;
            }
            Ok(marked > 0)
        })
    }
}

fn list(db: &Connection, tail: &str, given: impl rusqlite::Params) -> Result<Vec<FeedRow>> {
    let mut all = db.prepare_cached(&format!("{ROW} {tail}"))?;
    let rows = all.query_map(given, row)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

fn sync(db: &Connection, feeds: &[Subscription], every: Duration, spread: Duration, now: Timestamp) -> Result<Synced> {
    let mut synced = Synced::default();
    let mut kept = HashSet::new();
    let mut fresh = Vec::new();
    for feed in feeds {
        match live(db, &feed.url)? {
            Some(id) if !kept.insert(id) => {}
            Some(id) => synced.changed += u32::from(adopt(db, id, feed)?),
            None => fresh.push(feed),
        }
    }
    let mut unplaced = Vec::new();
    for feed in fresh {
        match file_born(db, &feed.name)?.filter(|id| !kept.contains(id)) {
            Some(id) => {
                kept.insert(id);
                synced.changed += u32::from(adopt(db, id, feed)?);
            }
            None => unplaced.push(feed),
        }
    }
    for (i, feed) in unplaced.iter().enumerate() {
        let wait = spread.mul_f64(i as f64 / unplaced.len() as f64);
        let due = now.checked_add(wait).unwrap_or(now);
        if live(db, &feed.url)?.is_none() {
            kept.insert(subscribe(db, feed, Born::File, every, now, due)?);
            synced.added += 1;
        }
    }
    for id in ids(db, "SELECT id FROM feed WHERE NOT removed AND born = 'file'")? {
        if !kept.contains(&id) {
            remove(db, id)?;
            synced.removed += 1;
        }
    }
    Ok(synced)
}

fn ids(db: &Connection, sql: &str) -> Result<Vec<FeedId>> {
    let mut all = db.prepare_cached(sql)?;
    let rows = all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// The feed of this address, unless it is removed.
fn live(db: &Connection, url: &Url) -> Result<Option<FeedId>> {
    let mut find =
        db.prepare_cached("SELECT id FROM feed WHERE NOT removed AND (url = ?1 OR address = ?1) ORDER BY url = ?1 DESC")?;
    Ok(find.query_row([url.as_str()], |r| r.get(0)).optional()?)
}

fn file_born(db: &Connection, name: &str) -> Result<Option<FeedId>> {
    let mut find = db.prepare_cached("SELECT id FROM feed WHERE NOT removed AND born = 'file' AND name = ?1")?;
    Ok(find.query_row([name], |r| r.get(0)).optional()?)
}

/// Makes a feed what a file says; `false` where it is that already.
fn adopt(db: &Connection, id: FeedId, feed: &Subscription) -> Result<bool> {
    let (Text(born), Json(before)): (Text<Born>, Json<Subscription>) = db
        .prepare_cached("SELECT born, subscription FROM feed WHERE id = ?1")?
        .query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if born == Born::File && before == *feed {
        return Ok(false);
    }
    db.prepare_cached("UPDATE feed SET born = 'file' WHERE id = ?1")?.execute([id])?;
    change(db, id, feed)?;
    Ok(true)
}

/// Puts a feed in, or brings a removed one back.
fn subscribe(
    db: &Connection,
    feed: &Subscription,
    born: Born,
    every: Duration,
    now: Timestamp,
    due: Timestamp,
) -> Result<FeedId> {
    let sql = "INSERT INTO feed (url, name, born, address, every, next_check, reason, added, subscription)
        VALUES (?1, ?2, ?3, ?1, ?4, ?5, 'new', ?7, ?6)
        ON CONFLICT (url) DO UPDATE SET name = ?2, born = ?3, removed = 0, paused = 0, health = 'waiting', address = ?1,
            etag = NULL, last_modified = NULL, every = ?4, next_check = ?5, failing_since = NULL, failures = 0, class = NULL,
            error = NULL, reason = 'new', added = ?7, summed_up = 0, subscription = ?6, last_attempt = NULL, baselined = 0,
            moved_to = NULL, moved_since = NULL, moved_polls = 0, last_window = '[]', hints = NULL, not_before = NULL,
            rhythm = NULL, news = 0, gaps = 0, gap_from = NULL, gap_at = NULL, gap_time = NULL
        RETURNING id";
    let given = params![feed.url.as_str(), feed.name, Text(born), Span(every), Ms(due), Json(feed), Ms(now)];
    Ok(db.prepare_cached(sql)?.query_row(given, |r| r.get(0))?)
}

fn change(db: &Connection, id: FeedId, feed: &Subscription) -> Result<()> {
    // A removed feed that holds the address makes room for it.
    let room = "UPDATE feed SET url = 'removed:' || id || ':' || url WHERE removed AND url = ?1";
    db.prepare_cached(room)?.execute([feed.url.as_str()])?;
    let moves = "UPDATE feed SET url = ?2, address = ?2, etag = NULL, last_modified = NULL, moved_to = NULL,
        moved_since = NULL, moved_polls = 0, last_window = '[]', hints = NULL, not_before = NULL
        WHERE id = ?1 AND url <> ?2";
    db.prepare_cached(moves)?.execute(params![id, feed.url.as_str()])?;
    db.prepare_cached("UPDATE feed SET name = ?2, subscription = ?3 WHERE id = ?1")?.execute(params![
        id,
        feed.name,
        Json(feed)
    ])?;
    Ok(())
}

fn remove(db: &Connection, id: FeedId) -> Result<()> {
    db.prepare_cached("UPDATE feed SET removed = 1 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// `name`, or with the first number that makes it free.
fn free_name(db: &Connection, name: &str, own: FeedId) -> Result<String> {
    let mut taken = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM feed WHERE NOT removed AND name = ?1 AND id <> ?2)")?;
    let mut free = name.to_owned();
    for n in 2u64.. {
        if !taken.query_row(params![free, own], |r| r.get::<_, bool>(0))? {
            break;
        }
        free = format!("{name}-{n}");
    }
    Ok(free)
}

fn first_polls(db: &Connection, now: Timestamp) -> Result<Option<FirstPolls>> {
    let sql = "SELECT id, baselined, last_attempt IS NOT NULL, articles, EXISTS (SELECT 1 FROM pending p WHERE p.feed = f.id)
        FROM feed f WHERE NOT removed AND NOT paused AND NOT summed_up";
    let mut polls = FirstPolls::default();
    let mut all = db.prepare_cached(sql)?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let (baselined, asked, pending): (bool, bool, bool) = (r.get(1)?, r.get(2)?, r.get(4)?);
        if pending || !asked {
            polls.waiting += 1;
            continue;
        }
        polls.feeds.push(r.get(0)?);
        polls.read += u32::from(baselined);
        polls.failing += u32::from(!baselined);
        polls.articles += r.get::<_, i64>(3)?.unsigned_abs();
    }
    if polls.feeds.is_empty() {
        return Ok(None);
    }
    // Counting is for the summary, which waits for the last of them.
    if polls.waiting == 0 {
        polls.recent_claims = recent_claims(db, &polls.feeds, now)?;
    }
    Ok(Some(polls))
}

fn recent_claims(db: &Connection, feeds: &[FeedId], now: Timestamp) -> Result<u64> {
    let since = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
    let sql = "SELECT count(*) FROM claim c JOIN article a ON a.id = c.article
        WHERE a.feed IN (SELECT value FROM json_each(?1)) AND coalesce(a.published, a.first_seen) >= ?2";
    let count: i64 = db.prepare_cached(sql)?.query_row(params![Json(feeds), Ms(since)], |r| r.get(0))?;
    Ok(count.unsigned_abs())
}
