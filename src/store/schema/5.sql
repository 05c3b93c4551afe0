-- What the user does not want to be told loudly: `what` is 'claim', 'story', 'entity', 'rule' or 'feed', `name` its number or name. One that is
-- over stays, so that it can be said later why something was quiet.
CREATE TABLE silence (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    what   TEXT NOT NULL,
    name   TEXT NOT NULL,
    owner  TEXT,
    reason TEXT,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    ended  INTEGER
) STRICT;
CREATE INDEX silence_until ON silence (until) WHERE ended IS NULL;
INSERT INTO silence (what, name, since, until)
    SELECT CASE what WHEN 'line' THEN 'claim' ELSE what END, CAST(id AS TEXT), 0, until FROM mute;
DROP TABLE mute;

-- Passages in which something was read wrongly, as the user says: cases for the lexicon.
CREATE TABLE feedback (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    alert   INTEGER NOT NULL REFERENCES alert (id),
    at      INTEGER NOT NULL,
    note    TEXT,
    passage TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_alert ON feedback (alert);

-- The alerts that an article gave rise to.
CREATE INDEX alert_article ON alert (json_extract(alert, '$.article'));
