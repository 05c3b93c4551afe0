//! Is the database in order? What SQLite says of its pages, and what must hold between the tables, with the SQL that mends it.

use super::backup::complaints;
use super::error::{Result, StoreError};
use super::{reader, schema};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What must hold between tables: rows for which it does not, and what to do with them.
pub(super) struct Law {
    /// What is wrong, said of some rows.
    pub broken: &'static str,
    /// The rows, as all that follows SELECT count(*) or may follow it.
    rows: &'static str,
    /// Empty: making the index anew mends it.
    mend: &'static str,
}

/// In the order in which they are mended: what is taken away by one may break the next.
pub(super) const LAWS: &[Law] = &[
    Law {
        broken: "articles of feeds that are not there",
        rows: "FROM article WHERE feed NOT IN (SELECT id FROM feed)",
        mend: "INSERT INTO feed (id, url, name, born, removed, address, every, next_check, reason, added, subscription)
            SELECT DISTINCT feed, 'https://lost.invalid/' || feed, 'lost-' || feed, 'cli', 1, 'https://lost.invalid/' || feed, 900000, 0, '', 0,
                json_object('url', 'https://lost.invalid/' || feed, 'name', 'lost-' || feed)
            FROM article WHERE feed NOT IN (SELECT id FROM feed)",
    },
    Law {
        broken: "entries in the queue whose article is not there",
        rows: "FROM pending WHERE article NOT IN (SELECT id FROM article)",
        mend: "DELETE FROM pending WHERE article NOT IN (SELECT id FROM article)",
    },
    Law {
        broken: "edited texts whose article does not wait",
        rows: "FROM edit WHERE article NOT IN (SELECT article FROM pending)",
        mend: "DELETE FROM edit WHERE article NOT IN (SELECT article FROM pending)",
    },
    Law {
        broken: "readings of articles that are not there",
        rows: "FROM reading WHERE article NOT IN (SELECT id FROM article)",
        mend: "DELETE FROM reading WHERE article NOT IN (SELECT id FROM article)",
    },
    Law {
        broken: "articles that neither wait nor were read",
        rows: "FROM article a WHERE NOT EXISTS (SELECT 1 FROM pending p WHERE p.article = a.id)
            AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.article = a.id)",
        mend: "INSERT INTO pending (article, feed, due, later) SELECT id, feed, first_seen, baseline FROM article a
            WHERE NOT EXISTS (SELECT 1 FROM pending p WHERE p.article = a.id)
            AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.article = a.id)",
    },
    Law {
        broken: "names found in articles that are not there",
        rows: "FROM mention WHERE article NOT IN (SELECT id FROM article)",
        mend: "DELETE FROM mention WHERE article NOT IN (SELECT id FROM article)",
    },
    Law {
        broken: "older versions of articles that are not there",
        rows: "FROM version WHERE article NOT IN (SELECT id FROM article)",
        mend: "DELETE FROM version WHERE article NOT IN (SELECT id FROM article)",
    },
    Law {
        broken: "claims of articles of which nothing is left",
        rows: "FROM claim WHERE article NOT IN (SELECT id FROM article)
            AND article NOT IN (SELECT article FROM tombstone WHERE title IS NOT NULL)",
        mend: "DELETE FROM claim WHERE article NOT IN (SELECT id FROM article)
            AND article NOT IN (SELECT article FROM tombstone WHERE title IS NOT NULL)",
    },
    Law {
        broken: "claims of lines that are not there",
        rows: "FROM claim WHERE line NOT IN (SELECT id FROM line)",
        mend: "DELETE FROM claim WHERE line NOT IN (SELECT id FROM line)",
    },
    Law {
        broken: "deliveries without their alert",
        rows: "FROM delivery WHERE alert NOT IN (SELECT id FROM alert)",
        mend: "DELETE FROM delivery WHERE alert NOT IN (SELECT id FROM alert)",
    },
    Law {
        broken: "deliveries within others that are not there",
        rows: "FROM delivery WHERE joined NOT IN (SELECT id FROM delivery)",
        mend: "UPDATE delivery SET joined = NULL WHERE joined NOT IN (SELECT id FROM delivery)",
    },
    Law {
        broken: "deliveries that were sent, nobody knows when",
        rows: "FROM delivery WHERE state = 'sent' AND sent IS NULL",
        mend: "UPDATE delivery SET sent = next_at WHERE state = 'sent' AND sent IS NULL",
    },
    Law {
        broken: "alerts in digests that are not there",
        rows: "FROM alert WHERE digest NOT IN (SELECT id FROM alert)",
        mend: "UPDATE alert SET digest = NULL WHERE digest NOT IN (SELECT id FROM alert)",
    },
    Law {
        broken: "ties between a claim and an alert that is not there",
        rows: "FROM alert_line WHERE alert NOT IN (SELECT id FROM alert)",
        mend: "DELETE FROM alert_line WHERE alert NOT IN (SELECT id FROM alert)",
    },
    Law {
        broken: "passages called wrong whose alert is not there",
        rows: "FROM feedback WHERE alert NOT IN (SELECT id FROM alert)",
        mend: "DELETE FROM feedback WHERE alert NOT IN (SELECT id FROM alert)",
    },
    Law {
        broken: "claims told to a rule that are not there",
        rows: "FROM told WHERE line NOT IN (SELECT id FROM line)",
        mend: "DELETE FROM told WHERE line NOT IN (SELECT id FROM line)",
    },
    Law {
        broken: "numbers that would be given twice",
        rows: "FROM sqlite_sequence s WHERE seq < CASE name WHEN 'alert' THEN (SELECT max(id) FROM alert)
            WHEN 'delivery' THEN (SELECT max(id) FROM delivery) WHEN 'line' THEN (SELECT max(id) FROM line) ELSE 0 END",
        mend: "UPDATE sqlite_sequence SET seq = max(seq, CASE name WHEN 'alert' THEN (SELECT coalesce(max(id), 0) FROM alert)
            WHEN 'delivery' THEN (SELECT coalesce(max(id), 0) FROM delivery)
            WHEN 'line' THEN (SELECT coalesce(max(id), 0) FROM line) ELSE 0 END)",
    },
    Law {
        broken: "articles that were read and that a search does not find",
        rows: "FROM reading WHERE article NOT IN (SELECT id FROM search_docsize)",
        mend: "",
    },
    Law {
        broken: "articles that a search finds and that are not there",
        rows: "FROM search_docsize WHERE id NOT IN (SELECT article FROM reading)",
        mend: "",
    },
];

impl Law {
    /// How many rows break it.
    pub fn count(&self, db: &Connection) -> Result<u64> {
        let n: i64 = db.query_row(&format!("SELECT count(*) {}", self.rows), [], |r| r.get(0))?;
        Ok(n.unsigned_abs())
    }

    /// Mends the rows that break it.
    pub fn mend(&self, db: &Connection) -> Result<()> {
        Ok(db.execute_batch(self.mend)?)
    }
}

/// What is wrong with a database, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The version of its tables.
    pub schema: u32,
    /// What SQLite says of its pages: only salvaging helps.
    pub damaged: Vec<String>,
    /// What is wrong with the full-text index.
    pub index: Option<String>,
    /// Laws that do not hold, and how many rows break each.
    pub broken: Vec<(&'static str, u64)>,
    /// Free room is given back to the file system as it goes.
    pub gives_back: bool,
}

impl Findings {
    pub fn is_well(&self) -> bool {
        self.damaged.is_empty() && self.index.is_none() && self.broken.is_empty()
    }
}

/// Looks through the whole database at `path`. Nothing is changed; a daemon may run.
///
/// # Errors
/// It cannot be opened at all, or is not one of ours.
pub fn check(path: &Path) -> Result<Findings> {
    let db = reader::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let schema = schema::known_version(&db, path)?;
    let gives_back = db.pragma_query_value(None, "auto_vacuum", |r| r.get::<_, i64>(0))? != 0;
    let mut findings = Findings { schema, damaged: complaints(&db)?, gives_back, ..Findings::default() };
    if !findings.damaged.is_empty() || schema < schema::NEWEST {
        return Ok(findings);
    }
    findings.index = index(&db)?;
    let tx = db.unchecked_transaction()?;
    for law in LAWS {
        let rows = law.count(&tx)?;
        if rows > 0 {
            findings.broken.push((law.broken, rows));
        }
    }
    Ok(findings)
}

/// What FTS5 says of its index. The question is put as a write, which changes nothing.
fn index(db: &Connection) -> Result<Option<String>> {
    match db.execute_batch("INSERT INTO search (search) VALUES ('integrity-check')").map_err(StoreError::from) {
        Ok(()) => Ok(None),
        Err(StoreError::Damaged(why)) => Ok(Some(why)),
        Err(error) => Err(error),
    }
}
