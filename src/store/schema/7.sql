-- Edited articles. `edits` counts the editions that the feed has shown after the first.
ALTER TABLE article ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;

-- What the feed shows now of an article that waits to be read again.
CREATE TABLE edit (
    article INTEGER PRIMARY KEY REFERENCES article (id),
    at      INTEGER NOT NULL,
    url     TEXT,
    title   TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;

-- What an article said before; what it says now stands in `article`. `replaced` is when the next edition was first seen.
CREATE TABLE version (
    article   INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    replaced  INTEGER NOT NULL,
    title     TEXT NOT NULL,
    body      TEXT NOT NULL,
    text_from TEXT NOT NULL,
    claims    TEXT NOT NULL,
    PRIMARY KEY (article, n)
) STRICT;

-- The validators of a page that was read, for the one look after an edit.
CREATE TABLE page (article INTEGER PRIMARY KEY, etag TEXT, last_modified TEXT) STRICT;

-- What is left of articles that were removed: by this a mark that is used again is told from one that returns.
CREATE TABLE tombstone (
    article    INTEGER PRIMARY KEY,
    feed       INTEGER NOT NULL,
    published  INTEGER,
    title_mark INTEGER NOT NULL,
    text_mark  INTEGER NOT NULL
) STRICT;
