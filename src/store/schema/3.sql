-- What polls leave behind beside entries: the articles of the last answer (a JSON list of their numbers), what the feed asks of its
-- readers (JSON), until when its server asked not to be asked, the mean time between polls that brought something and how many there
-- were, and where entries may have been missed: how often, between which two polls last, and the time between those of the last gap.
ALTER TABLE feed ADD COLUMN last_window TEXT NOT NULL DEFAULT '[]';
ALTER TABLE feed ADD COLUMN hints TEXT;
ALTER TABLE feed ADD COLUMN not_before INTEGER;
ALTER TABLE feed ADD COLUMN rhythm INTEGER;
ALTER TABLE feed ADD COLUMN news INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN gap_from INTEGER;
ALTER TABLE feed ADD COLUMN gap_at INTEGER;
ALTER TABLE feed ADD COLUMN gap_time INTEGER;

-- When nobody could be asked: the network was away, or the machine asleep. `until` is null while that lasts.
CREATE TABLE absence (since INTEGER PRIMARY KEY, until INTEGER, why TEXT NOT NULL) STRICT;
