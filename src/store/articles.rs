//! Articles: the queue of those still to be read, and those that are.

use super::value::{Json, Ms, Text, rows};
use super::{Result, Store};
use crate::article::{Article, ArticleId, FeedId, StoryId};
use crate::feed::{FullText, Subscription, Validators};
use crate::ledger::Said;
use crate::text::gazetteer::Mention;
use crate::text::language::Language;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;
use url::Url;

/// An entry that waits to be read.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its language is the one that the subscription prescribes.
    pub article: Article,
    pub full_text: FullText,
    /// How the feed is asked, and so its pages; its headers and secrets are for the feed alone.
    pub user_agent: Option<String>,
    pub proxy: Option<Url>,
    pub http1: bool,
    /// What the feed declared.
    pub entry_language: Option<Language>,
    /// How often its words have changed since it was first seen.
    pub edits: u32,
    /// How often its page was asked for in vain, and is asked for again.
    pub page_tries: u32,
    /// What it said when it was read before: this is an edition of it.
    pub before: Option<Before>,
}

/// An article as it was read, which is to be read again.
#[derive(Clone, Debug)]
pub struct Before {
    /// When the feed was first seen to show the edition that waits, or when its page was to be asked for again.
    pub edited: Timestamp,
    pub body: String,
    pub text_from: TextFrom,
    pub story: StoryId,
    /// Those of the page, where it was read.
    pub page: Validators,
    pub said: Vec<Said>,
}

crate::text::claim::words! {
    /// Which text was used.
    TextFrom { Feed = "feed", Page = "page" }
}

/// A stored article with what was found in it.
#[derive(Clone, Debug)]
pub struct ArticleRow {
    pub article: Article,
    pub story: Option<StoryId>,
    pub text_from: TextFrom,
    pub note: Option<String>,
    pub pending: bool,
    /// When it was read.
    pub read: Option<Timestamp>,
    /// In the order of the text.
    pub claims: Vec<Said>,
    pub mentions: Vec<Mention>,
    /// What it said before was kept so often (see [`Store::versions`]).
    pub versions: u32,
}

/// Which articles; what is not set asks nothing, a limit of 0 asks for as many as there may be.
#[derive(Clone, Debug, Default)]
pub struct ArticleFilter {
    pub feed: Option<String>,
    pub tag: Option<String>,
    pub language: Option<Language>,
    pub since: Option<Timestamp>,
    pub entity: Option<String>,
    /// Only articles with claims.
    pub with_claims: bool,
    pub limit: u32,
}

/// What every list of articles selects; `p` is null for one that is read, `r` for one that waits.
pub(super) const ROW: &str = "SELECT a.id, a.feed, a.url, a.title, a.body, a.published, a.first_seen, a.baseline,
        coalesce(r.language, p.language) AS language, r.story, r.at AS read, r.text_from, r.note, p.article AS waits,
        (SELECT count(*) FROM version v WHERE v.article = a.id) AS versions
    FROM article a LEFT JOIN reading r ON r.article = a.id LEFT JOIN pending p ON p.article = a.id";

/// The plus keeps the index away: a backlog is walked in its own order, not sorted.
const PENDING: &str = "SELECT a.id, a.feed, coalesce(e.url, a.url) AS url, coalesce(e.title, a.title) AS title,
        coalesce(e.body, a.body) AS body, a.published, a.first_seen, a.baseline, a.edits, p.language, r.story, r.text_from,
        coalesce(e.at, p.due) AS edited, CASE WHEN r.article IS NOT NULL THEN a.body END AS said, g.etag, g.last_modified, coalesce(t.tries, 0) AS tries
    FROM pending p JOIN article a ON a.id = p.article LEFT JOIN edit e ON e.article = a.id
        LEFT JOIN reading r ON r.article = a.id LEFT JOIN page g ON g.article = a.id
        LEFT JOIN page_retry t ON t.article = a.id
    WHERE +p.due <= ?1 ORDER BY p.later, p.article LIMIT ?2";

/// The subscriptions that a list has met, each read once.
#[derive(Default)]
pub(super) struct Outlets(HashMap<FeedId, Subscription>);

impl Outlets {
    /// The outlet of a feed, removed or not.
    pub(super) fn of(&mut self, db: &Connection, feed: FeedId) -> rusqlite::Result<&Subscription> {
        use std::collections::hash_map::Entry;
        match self.0.entry(feed) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let mut find = db.prepare_cached("SELECT subscription FROM feed WHERE id = ?1")?;
                let Json(subscription) = find.query_row([feed], |r| r.get(0))?;
                Ok(new.insert(subscription))
            }
        }
    }
}

/// An article as it stands in a row of [`ROW`].
fn article(r: &Row, outlet: &Subscription) -> rusqlite::Result<Article> {
    Ok(Article {
        id: r.get("id")?,
        feed: r.get("feed")?,
        outlet: outlet.name.clone(),
        tags: outlet.tags.clone(),
        owner: outlet.owner.clone(),
        state_media: outlet.state_media,
        url: r.get::<_, Option<Text<_>>>("url")?.map(|Text(url)| url),
        title: r.get("title")?,
        body: r.get("body")?,
        language: r.get("language")?,
        published: r.get::<_, Option<Ms>>("published")?.map(|Ms(t)| t),
        first_seen: r.get::<_, Ms>("first_seen")?.0,
        baseline: r.get("baseline")?,
    })
}

impl Store {
    /// The oldest pending entries whose time has come: what may be told first, then what a first poll brought.
    pub fn pending(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>> {
        self.read(|db| {
            let mut outlets = Outlets::default();
            let mut all = db.prepare_cached(PENDING)?;
            let found = all.query_map(params![Ms(now), limit], |r| pending(db, r, outlets.of(db, r.get("feed")?)?))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// When the next pending entry is due; `None` where nothing waits.
    pub fn next_pending(&self) -> Result<Option<Timestamp>> {
        self.first_time("SELECT min(due) FROM pending")
    }

    /// Newest first.
    pub fn articles(&self, filter: &ArticleFilter) -> Result<Vec<ArticleRow>> {
        self.read(|db| {
            let feeds = filter.feed.as_ref().map(|name| named(db, name)).transpose()?;
            let one = feeds.as_ref().and_then(|feeds| if let [one] = feeds[..] { Some(one) } else { None });
            // What is not asked is not there: each condition that is brings its index. A plus keeps away one that would have to be sorted.
            let asked = [
                (one.is_some(), "a.feed = ?1"),
                (feeds.is_some() && one.is_none(), "+a.feed IN (SELECT id FROM feed WHERE name = ?1)"),
                (
                    filter.tag.is_some(),
                    "+a.feed IN (SELECT f.id FROM feed f, json_each(f.subscription, '$.tags') t WHERE t.value = ?2)",
                ),
                (filter.language.is_some(), "coalesce(r.language, p.language) = ?3"),
                (filter.since.is_some(), "a.first_seen >= ?4"),
                (filter.entity.is_some(), "a.id IN (SELECT article FROM mention WHERE entity = ?5)"),
                (filter.with_claims, "EXISTS (SELECT 1 FROM claim c WHERE c.article = a.id)"),
            ];
            let asked: Vec<&str> = asked.into_iter().filter_map(|(asked, sql)| asked.then_some(sql)).collect();
            let asked = if asked.is_empty() { "TRUE".to_owned() } else { asked.join(" AND ") };
            let sql = format!("{ROW} WHERE {asked} ORDER BY a.id DESC LIMIT ?6");
            let feed: &dyn rusqlite::ToSql = if one.is_some() { &one } else { &filter.feed };
            let since = filter.since.map(Ms);
            article_rows(db, &sql, params![feed, filter.tag, filter.language, since, filter.entity, rows(filter.limit)])
        })
    }

    pub fn article(&self, id: ArticleId) -> Result<Option<ArticleRow>> {
        let sql = format!("{ROW} WHERE a.id = ?1");
        self.read(|db| Ok(article_rows(db, &sql, params![id])?.pop()))
    }
}

/// The feeds of this name, removed or not.
fn named(db: &Connection, name: &str) -> Result<Vec<FeedId>> {
    let mut find = db.prepare_cached("SELECT id FROM feed WHERE name = ?1")?;
    let found = find.query_map([name], |r| r.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn pending(db: &Connection, r: &Row, outlet: &Subscription) -> rusqlite::Result<Pending> {
    Ok(Pending {
        entry_language: r.get("language")?,
        edits: r.get("edits")?,
        page_tries: r.get("tries")?,
        before: before(db, r)?,
        article: Article { language: outlet.language, ..article(r, outlet)? },
        full_text: outlet.full_text,
        user_agent: outlet.user_agent.clone(),
        proxy: outlet.proxy.clone(),
        http1: outlet.http1,
    })
}

/// What an article said that was read before.
fn before(db: &Connection, r: &Row) -> rusqlite::Result<Option<Before>> {
    let Some(story) = r.get("story")? else { return Ok(None) };
    Ok(Some(Before {
        edited: r.get::<_, Ms>("edited")?.0,
        body: r.get("said")?,
        text_from: r.get::<_, Text<_>>("text_from")?.0,
        story,
        page: Validators { etag: r.get("etag")?, last_modified: r.get("last_modified")? },
        said: claims(db, r.get("id")?)?,
    }))
}

/// The articles that a query over [`ROW`] gives, with claims and mentions.
pub(super) fn article_rows(db: &Connection, sql: &str, given: impl rusqlite::Params) -> Result<Vec<ArticleRow>> {
    let mut outlets = Outlets::default();
    let mut all = db.prepare_cached(sql)?;
    let found = all.query_map(given, |r| {
        let text_from: Option<Text<TextFrom>> = r.get("text_from")?;
        let article = article(r, outlets.of(db, r.get("feed")?)?)?;
        Ok(ArticleRow {
            story: r.get("story")?,
            text_from: text_from.map_or(TextFrom::Feed, |Text(from)| from),
            note: r.get("note")?,
            pending: r.get::<_, Option<i64>>("waits")?.is_some(),
            read: r.get::<_, Option<Ms>>("read")?.map(|Ms(t)| t),
            claims: claims(db, article.id)?,
            mentions: mentions(db, article.id)?,
            versions: r.get("versions")?,
            article,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn claims(db: &Connection, article: ArticleId) -> rusqlite::Result<Vec<Said>> {
    let mut all = db.prepare_cached("SELECT claim, verdict, line FROM claim WHERE article = ?1 ORDER BY n")?;
    all.query_map([article], |r| Ok((r.get::<_, Json<_>>(0)?.0, r.get::<_, Text<_>>(1)?.0, r.get(2)?)))?.collect()
}

fn mentions(db: &Connection, article: ArticleId) -> rusqlite::Result<Vec<Mention>> {
    let mut all = db.prepare_cached("SELECT mention FROM mention WHERE article = ?1 ORDER BY n")?;
    all.query_map([article], |r| Ok(r.get::<_, Json<_>>(0)?.0))?.collect()
}
