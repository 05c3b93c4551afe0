//! Silences: what the user has muted, for how long, and why.

use super::alerts::{find, lines_of};
use super::value::{Json, Ms, rows};
use super::{Result, Store};
use crate::alert::{AlertId, Matcher, Silence, SilenceId};
use crate::article::StoryId;
use crate::ledger::LedgerId;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Who is named as the owner of what the button of a popup mutes.
const BUTTON: &str = "popup";

const ROW: &str = "SELECT id, what, name, owner, reason, since, until, ended FROM silence";

impl Store {
    /// Mutes; the number of `silence` is not looked at. What is muted already gets the later end, the new owner and reason.
    pub fn add_silence(&self, silence: Silence) -> Result<SilenceId> {
        self.write(move |db| insert(db, &silence))
    }

    /// Those that are on at `at`, else all; the newest first.
    pub fn silences(&self, at: Option<Timestamp>) -> Result<Vec<Silence>> {
        self.read(|db| {
            let on =
                "WHERE (?1 IS NULL OR since <= ?1 AND until > ?1 AND (ended IS NULL OR ended > ?1)) ORDER BY id DESC LIMIT ?2";
            let mut all = db.prepare_cached(&format!("{ROW} {on}"))?;
            let found = all.query_map(params![at.map(Ms), rows(0)], silence)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    pub fn silence_of(&self, id: SilenceId) -> Result<Option<Silence>> {
        self.read(|db| Ok(db.prepare_cached(&format!("{ROW} WHERE id = ?1"))?.query_row([id], silence).optional()?))
    }

    /// Ends a silence before its time. False: there is none of this number that is on.
    pub fn end_silence(&self, id: SilenceId, now: Timestamp) -> Result<bool> {
        self.write(move |db| {
            let sql = "UPDATE silence SET ended = ?2 WHERE id = ?1 AND ended IS NULL AND until > ?2";
            Ok(db.prepare_cached(sql)?.execute(params![id, Ms(now)])? > 0)
        })
    }

    /// Mutes until then what an alert is about, as its popup's button does: its claims; where it tells none, its story.
    pub fn mute(&self, alert: AlertId, until: Timestamp, now: Timestamp) -> Result<()> {
        self.write(move |db| {
            let Some(Json(found)) = find(db, alert)? else { return Ok(()) };
            let story = found.story.filter(|_| found.line.is_none() && found.lines_told.is_empty());
            let claims = lines_of(&found).map(Matcher::Claim);
            for matcher in claims.chain(story.map(Matcher::Story)) {
                let (owner, reason) = (Some(BUTTON.to_owned()), Some(format!("alert {alert}")));
                insert(db, &Silence { id: SilenceId(0), matcher, owner, reason, since: now, until, ended: None })?;
            }
            Ok(())
        })
    }

    /// Claims and stories muted at `now`.
    pub fn muted(&self, now: Timestamp) -> Result<(Vec<LedgerId>, Vec<StoryId>)> {
        let (mut claims, mut stories) = (Vec::new(), Vec::new());
        for silence in self.silences(Some(now))? {
            match silence.matcher {
                Matcher::Claim(id) => claims.push(id),
                Matcher::Story(id) => stories.push(id),
                Matcher::Entity(_) | Matcher::Rule(_) | Matcher::Feed(_) => {}
            }
        }
        claims.sort_unstable();
        stories.sort_unstable();
        Ok((claims, stories))
    }
}

fn insert(db: &Connection, silence: &Silence) -> Result<SilenceId> {
    let Silence { matcher, owner, reason, since, until, .. } = silence;
    let (what, name) = (matcher.what(), matcher.name());
    let again = "UPDATE silence SET until = max(until, ?3), owner = coalesce(?4, owner), reason = coalesce(?5, reason)
        WHERE what = ?1 AND name = ?2 AND ended IS NULL AND until > ?6 RETURNING id";
    let given = params![what, name, Ms(*until), owner, reason, Ms(*since)];
    if let Some(id) = db.prepare_cached(again)?.query_row(given, |r| r.get(0)).optional()? {
        return Ok(id);
    }
    let sql = "INSERT INTO silence (what, name, until, owner, reason, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.prepare_cached(sql)?.execute(given)?;
    Ok(SilenceId(db.last_insert_rowid()))
}

fn silence(r: &Row) -> rusqlite::Result<Silence> {
    let (what, name): (String, String) = (r.get(1)?, r.get(2)?);
    let unknown = || rusqlite::Error::FromSqlConversionFailure(1, Type::Text, format!("a silence of `{what} {name}`").into());
    Ok(Silence {
        id: r.get(0)?,
        matcher: Matcher::new(&what, &name).ok_or_else(unknown)?,
        owner: r.get(3)?,
        reason: r.get(4)?,
        since: r.get::<_, Ms>(5)?.0,
        until: r.get::<_, Ms>(6)?.0,
        ended: r.get::<_, Option<Ms>>(7)?.map(|Ms(t)| t),
    })
}
