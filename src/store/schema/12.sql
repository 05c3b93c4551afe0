-- What is left of an article that was removed while claims of it are kept: where it stood, and with each claim its sentence. The claims are
-- kept as long as the tombstone has a title.
ALTER TABLE tombstone ADD COLUMN first_seen INTEGER;
ALTER TABLE tombstone ADD COLUMN url TEXT;
ALTER TABLE tombstone ADD COLUMN title TEXT;
ALTER TABLE tombstone ADD COLUMN language TEXT;
ALTER TABLE claim ADD COLUMN sentence TEXT;
CREATE INDEX tombstone_held ON tombstone (first_seen) WHERE title IS NOT NULL;

-- The oldest and the newest articles of a feed; who else brought an article; which versions are old.
CREATE INDEX article_feed ON article (feed);
CREATE INDEX merge_article ON merge (article);
CREATE INDEX version_replaced ON version (replaced);

-- Claims that a later reading of the same words took the place of, and lines of which no claim is left.
CREATE TABLE superseded (
    article   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    verdict   TEXT NOT NULL,
    certainty REAL NOT NULL,
    claim     TEXT NOT NULL,
    reason    TEXT,
    maybe     INTEGER,
    PRIMARY KEY (article, at, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE superseded_line (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, wrong INTEGER, known TEXT NOT NULL) STRICT;
