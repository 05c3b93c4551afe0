-- Stories and the counts of words lie in memory while the service runs: here is what it begins with at its next start.
DROP TABLE story_token;
DROP TABLE story_word;
DELETE FROM story;
-- Telling words (as numbers of 32 bits) that a story can be found by.
ALTER TABLE story ADD COLUMN found_by BLOB NOT NULL DEFAULT x'';

-- In how many texts words were seen by the articles of a commit, as pairs of numbers of 32 bits; in the first row, by all before. What was
-- counted counts half with each fortnight.
CREATE TABLE story_count (
    id        INTEGER PRIMARY KEY,
    fortnight INTEGER NOT NULL,
    counted   BLOB NOT NULL
) STRICT;

-- Is anything of the ledger taken out or put back? Asked with each commit.
CREATE INDEX line_wrong ON line (wrong) WHERE wrong IS NOT NULL;
-- Which lines were told since.
CREATE INDEX alert_line_alert ON alert_line (alert);
-- The ledger is read from here on, whatever is done.
DROP INDEX line_action;
CREATE INDEX line_seen ON line (last_seen);
