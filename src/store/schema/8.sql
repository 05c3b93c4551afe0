-- Stories are known by what they say: see src/story.
DROP TABLE story_key;

-- Those that still run, and what they say. `last` is when their last article was published.
CREATE TABLE story (
    id      INTEGER PRIMARY KEY,
    last    INTEGER NOT NULL,
    profile BLOB NOT NULL
) STRICT;
CREATE INDEX story_last ON story (last);

-- Telling words (as numbers) and the stories that have them.
CREATE TABLE story_token (
    token INTEGER NOT NULL,
    story INTEGER NOT NULL,
    seen  INTEGER NOT NULL,
    PRIMARY KEY (token, story)
) STRICT, WITHOUT ROWID;

-- In how many texts a word was seen, as of a fortnight; with each fortnight since then that counts half.
CREATE TABLE story_word (
    token     INTEGER PRIMARY KEY,
    texts     INTEGER NOT NULL,
    fortnight INTEGER NOT NULL
) STRICT;

-- Why an article is in its story, whose text it is (`state`: of one under the orders of a state), and which other story it may belong to.
CREATE TABLE story_link (
    article INTEGER PRIMARY KEY,
    origin  TEXT NOT NULL,
    state   INTEGER NOT NULL,
    score   REAL NOT NULL,
    by      TEXT NOT NULL,
    shared  TEXT NOT NULL,
    maybe   INTEGER,
    maybe_score  REAL,
    maybe_shared TEXT
) STRICT;
CREATE INDEX story_link_maybe ON story_link (maybe) WHERE maybe IS NOT NULL;
