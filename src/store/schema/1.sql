-- Version 1. Times are milliseconds since 1970 UTC; what is only shown stands as JSON beside the columns that are searched.

-- Rows are never deleted: a removed feed keeps its number, so that its articles and what it has been seen to say stay known.
CREATE TABLE feed (
    id            INTEGER PRIMARY KEY,
    url           TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    born          TEXT NOT NULL,
    removed       INTEGER NOT NULL DEFAULT 0,
    paused        INTEGER NOT NULL DEFAULT 0,
    health        TEXT NOT NULL DEFAULT 'waiting',
    title         TEXT,
    address       TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    every         INTEGER NOT NULL,
    next_check    INTEGER NOT NULL,
    last_attempt  INTEGER,
    last_success  INTEGER,
    last_new      INTEGER,
    failing_since INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    class         TEXT,
    error         TEXT,
    reason        TEXT NOT NULL,
    articles      INTEGER NOT NULL DEFAULT 0,
    added         INTEGER NOT NULL,
    baselined     INTEGER NOT NULL DEFAULT 0,
    summed_up     INTEGER NOT NULL DEFAULT 0,
    moved_to      TEXT,
    moved_since   INTEGER,
    moved_polls   INTEGER NOT NULL DEFAULT 0,
    subscription  TEXT NOT NULL
) STRICT;
CREATE INDEX feed_due ON feed (next_check) WHERE NOT removed AND NOT paused;

CREATE TABLE resting_host (host TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Numbered in the order in which they were first seen. The marks are digests of title and text as the feed gave them.
CREATE TABLE article (
    id         INTEGER PRIMARY KEY,
    feed       INTEGER NOT NULL REFERENCES feed (id),
    first_seen INTEGER NOT NULL,
    published  INTEGER,
    baseline   INTEGER NOT NULL,
    title_mark INTEGER NOT NULL,
    text_mark  INTEGER NOT NULL,
    url        TEXT,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;

-- The queue: articles that wait to be read. `language` is what the feed declared.
CREATE TABLE pending (
    article  INTEGER PRIMARY KEY REFERENCES article (id),
    feed     INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    language TEXT
) STRICT;
CREATE INDEX pending_due ON pending (due);
CREATE INDEX pending_feed ON pending (feed);

-- What came out of reading an article.
CREATE TABLE reading (
    article   INTEGER PRIMARY KEY REFERENCES article (id),
    at        INTEGER NOT NULL,
    story     INTEGER NOT NULL,
    language  TEXT,
    text_from TEXT NOT NULL,
    note      TEXT
) STRICT;

-- Keys by which an entry is known, as digests; they outlive what they stand for.
CREATE TABLE identity (
    key     BLOB PRIMARY KEY,
    article INTEGER NOT NULL,
    feed    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE merge (
    feed    INTEGER NOT NULL,
    article INTEGER NOT NULL,
    by      TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (feed, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_at ON merge (at);

-- A story has the number of the first article that told it.
CREATE TABLE story_key (
    key   INTEGER NOT NULL,
    story INTEGER NOT NULL,
    PRIMARY KEY (key, story)
) STRICT, WITHOUT ROWID;

CREATE TABLE mention (
    article INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    entity  TEXT NOT NULL,
    mention TEXT NOT NULL,
    PRIMARY KEY (article, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_entity ON mention (entity, article);

CREATE TABLE line (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    action     TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    wrong      INTEGER,
    known      TEXT NOT NULL
) STRICT;
CREATE INDEX line_action ON line (action, last_seen);

CREATE TABLE claim (
    article   INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    verdict   TEXT NOT NULL,
    certainty REAL NOT NULL,
    claim     TEXT NOT NULL,
    PRIMARY KEY (article, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_line ON claim (line, article);

-- Numbers are not used twice: receivers know alerts by them.
CREATE TABLE alert (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    channel     TEXT NOT NULL,
    rule        TEXT NOT NULL,
    created     INTEGER NOT NULL,
    digest      INTEGER REFERENCES alert (id),
    wrong       INTEGER,
    alert       TEXT NOT NULL
) STRICT;
CREATE INDEX alert_undigested ON alert (id) WHERE channel = 'digest' AND digest IS NULL;
CREATE INDEX alert_digest ON alert (digest) WHERE digest IS NOT NULL;

CREATE TABLE alert_line (
    line  INTEGER NOT NULL,
    alert INTEGER NOT NULL REFERENCES alert (id),
    PRIMARY KEY (line, alert)
) STRICT, WITHOUT ROWID;

CREATE TABLE told (
    rule     TEXT NOT NULL,
    line     INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (line, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    alert    INTEGER NOT NULL REFERENCES alert (id),
    receiver TEXT NOT NULL,
    state    TEXT NOT NULL DEFAULT 'due',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at  INTEGER NOT NULL,
    sent     INTEGER,
    error    TEXT,
    UNIQUE (alert, receiver)
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'due';

-- `what` is 'line' or 'story', `id` its number.
CREATE TABLE mute (
    what  TEXT NOT NULL,
    id    INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (what, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The words of title and body, folded before they get here; the text itself stands in `article`.
CREATE VIRTUAL TABLE search USING fts5 (title, body, content = '', contentless_delete = 1, tokenize = 'ascii', detail = full);
-- Fewer and larger merges than by default (4): a tenth less work in a first fill of 40,000 articles.
INSERT INTO search (search, rank) VALUES ('automerge', 8);
