//! Everything that is kept, row by row, for programs and spreadsheets. Secrets are left out: headers, passwords and proxies of feeds, and
//! whatever stands before the @ of an address, and values of its parameters that may be keys.

use super::value::Ms;
use super::{Result, Store};
use crate::url::{Url, without_credentials};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::Value;
use std::ops::ControlFlow;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Flag,
    /// RFC 3339, UTC.
    Time,
    /// A structure.
    Json,
    /// Without what logs in there.
    Address,
}

/// A table as it is exported.
#[derive(Debug)]
pub struct Export {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
    sql: &'static str,
}

use Kind::{Address, Flag, Json, Number, Text, Time};

impl Export {
    pub const ALL: &[Export] = &[
        Export {
            name: "feeds",
            columns: &[
                ("id", Number),
                ("name", Text),
                ("url", Address),
                ("address", Address),
                ("born", Text),
                ("removed", Flag),
                ("paused", Flag),
                ("health", Text),
                ("title", Text),
                ("tags", Json),
                ("language", Text),
                ("owner", Text),
                ("state_media", Flag),
                ("added", Time),
                ("last_attempt", Time),
                ("last_success", Time),
                ("last_new", Time),
                ("failing_since", Time),
                ("class", Text),
                ("articles", Number),
            ],
            sql: "SELECT id, name, url, address, born, removed, paused, health, title, json_extract(subscription, '$.tags'),
                json_extract(subscription, '$.language'), json_extract(subscription, '$.owner'),
                json_extract(subscription, '$.state_media'), added, last_attempt, last_success, last_new, failing_since, class, articles
                FROM feed ORDER BY id",
        },
        Export {
            name: "articles",
            columns: &[
                ("id", Number),
                ("feed", Number),
                ("outlet", Text),
                ("url", Address),
                ("title", Text),
                ("body", Text),
                ("language", Text),
                ("published", Time),
                ("first_seen", Time),
                ("read", Time),
                ("story", Number),
                ("text_from", Text),
                ("first_poll", Flag),
            ],
            sql: "SELECT a.id, a.feed, f.name, a.url, a.title, a.body, r.language, a.published, a.first_seen, r.at, r.story, r.text_from,
                a.baseline FROM article a JOIN feed f ON f.id = a.feed LEFT JOIN reading r ON r.article = a.id ORDER BY a.id",
        },
        Export {
            name: "versions",
            columns: &[
                ("article", Number),
                ("n", Number),
                ("replaced", Time),
                ("title", Text),
                ("body", Text),
                ("text_from", Text),
                ("claims", Json),
            ],
            sql: "SELECT article, n, replaced, title, body, text_from, claims FROM version ORDER BY article, n",
        },
        Export {
            name: "mentions",
            columns: &[("article", Number), ("n", Number), ("entity", Text), ("mention", Json)],
            sql: "SELECT article, n, entity, mention FROM mention ORDER BY article, n",
        },
        Export {
            name: "claims",
            columns: &[
                ("id", Number),
                ("action", Text),
                ("first_seen", Time),
                ("last_seen", Time),
                ("called_wrong", Time),
                ("claim", Json),
            ],
            sql: "SELECT id, action, first_seen, last_seen, wrong, known FROM line ORDER BY id",
        },
        Export {
            name: "appearances",
            columns: &[
                ("article", Number),
                ("n", Number),
                ("claim", Number),
                ("verdict", Text),
                ("reason", Text),
                ("maybe", Number),
                ("certainty", Number),
                ("outlet", Text),
                ("url", Address),
                ("title", Text),
                ("language", Text),
                ("seen", Time),
                ("sentence", Text),
                ("says", Json),
            ],
            // Spans count bytes. Of an article that is gone the sentence was kept.
            sql: "SELECT c.article, c.n, c.line, c.verdict, c.reason, c.maybe, c.certainty, f.name, coalesce(a.url, t.url),
                coalesce(a.title, t.title), coalesce(r.language, t.language), coalesce(a.first_seen, t.first_seen),
                CASE WHEN a.id IS NULL THEN c.sentence ELSE CAST(substr(CAST(a.title || char(10, 10) || a.body AS BLOB),
                    json_extract(c.claim, '$.sentence[0]') + 1,
                    json_extract(c.claim, '$.sentence[1]') - json_extract(c.claim, '$.sentence[0]')) AS TEXT) END, c.claim
                FROM claim c LEFT JOIN article a ON a.id = c.article LEFT JOIN tombstone t ON t.article = c.article
                LEFT JOIN feed f ON f.id = coalesce(a.feed, t.feed) LEFT JOIN reading r ON r.article = c.article
                ORDER BY c.article, c.n",
        },
        Export {
            name: "superseded",
            columns: &[
                ("article", Number),
                ("at", Time),
                ("n", Number),
                ("claim", Number),
                ("verdict", Text),
                ("certainty", Number),
                ("says", Json),
            ],
            sql: "SELECT article, at, n, line, verdict, certainty, claim FROM superseded ORDER BY article, at, n",
        },
        Export {
            name: "alerts",
            columns: &[
                ("id", Number),
                ("created", Time),
                ("rule", Text),
                ("channel", Text),
                ("kind", Text),
                ("outlet", Text),
                ("url", Address),
                ("headline", Text),
                ("sentence", Text),
                ("digest", Number),
                ("called_wrong", Time),
                ("alert", Json),
            ],
            sql: "SELECT id, created, rule, channel, json_extract(alert, '$.kind'), json_extract(alert, '$.outlet'),
                json_extract(alert, '$.url'), json_extract(alert, '$.headline'), json_extract(alert, '$.sentence'), digest, wrong, alert
                FROM alert ORDER BY id",
        },
        Export {
            name: "deliveries",
            columns: &[
                ("id", Number),
                ("alert", Number),
                ("receiver", Text),
                ("state", Text),
                ("attempts", Number),
                ("next_at", Time),
                ("sent", Time),
                ("error", Text),
                ("held", Text),
                ("joined", Number),
            ],
            sql: "SELECT id, alert, receiver, state, attempts, next_at, sent, error, held, joined FROM delivery ORDER BY id",
        },
        Export {
            name: "feedback",
            columns: &[("id", Number), ("alert", Number), ("at", Time), ("note", Text), ("passage", Json)],
            sql: "SELECT id, alert, at, note, passage FROM feedback ORDER BY id",
        },
    ];

    pub fn named(name: &str) -> Option<&'static Export> {
        Export::ALL.iter().find(|table| table.name == name)
    }
}

impl Store {
    /// Gives each row of a table, all of one moment, until `each` breaks off; how many. What is missing is null.
    pub fn export(&self, table: &Export, mut each: impl FnMut(Vec<Value>) -> ControlFlow<()>) -> Result<u64> {
        self.read(|db| {
            let mut all = db.prepare(table.sql)?;
            let mut rows = all.query([])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                let values = table.columns.iter().enumerate().map(|(i, (_, kind))| value(row, i, *kind));
                if each(values.collect::<rusqlite::Result<_>>()?).is_break() {
                    break;
                }
                count += 1;
            }
            Ok(count)
        })
    }
}

/// Parts of names of parameters that may hold a key.
const KEYS: [&str; 6] = ["token", "key", "auth", "secret", "pass", "sig"];

/// An address without what logs in there.
fn without_keys(url: &Url) -> Url {
    let mut bare = without_credentials(url);
    let secret = |name: &str| KEYS.iter().any(|key| name.to_ascii_lowercase().contains(key));
    if url.query_pairs().any(|(name, _)| secret(&name)) {
        let pairs = url.query_pairs().map(|(name, value)| if secret(&name) { (name, "".into()) } else { (name, value) });
        bare.query_pairs_mut().clear().extend_pairs(pairs);
    }
    bare
}

/// A value as the outside reads it. What is not what its column should hold is given as it is.
fn value(row: &Row, i: usize, kind: Kind) -> rusqlite::Result<Value> {
    Ok(match (row.get_ref(i)?, kind) {
        (ValueRef::Null, _) => Value::Null,
        (_, Time) => row.get::<_, Ms>(i)?.0.to_string().into(),
        (ValueRef::Integer(n), Flag) => (n != 0).into(),
        (ValueRef::Integer(n), _) => n.into(),
        (ValueRef::Real(x), _) => x.into(),
        (ValueRef::Text(text) | ValueRef::Blob(text), _) => {
            let text = String::from_utf8_lossy(text);
            match kind {
                Json => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
                Address => Url::parse(&text).map_or_else(|_| text.into(), |url| without_keys(&url).as_str().into()),
                _ => text.into(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::without_keys;
    use crate::url::Url;

    #[test]
    fn what_may_be_a_key_is_left_out() {
        for (address, shown) in [
            ("https://a.example/f?token=s3cret&page=2", "https://a.example/f?token=&page=2"),
            ("https://me:pw@a.example/f?API_KEY=x", "https://a.example/f?API_KEY="),
            ("https://a.example/f?page=2&q=a%20b", "https://a.example/f?page=2&q=a%20b"),
        ] {
            assert_eq!(without_keys(&Url::parse(address).unwrap()).as_str(), shown);
        }
    }
}
