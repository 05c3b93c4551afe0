-- Entities that were added by command; those of files are the files'.
CREATE TABLE entity (id TEXT PRIMARY KEY, entity TEXT NOT NULL) STRICT, WITHOUT ROWID;
