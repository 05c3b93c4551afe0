-- Of a first poll: read after what may be told. The queue is taken from its beginning, however long it is.
ALTER TABLE pending ADD COLUMN later INTEGER NOT NULL DEFAULT 0;
UPDATE pending SET later = (SELECT baseline FROM article a WHERE a.id = pending.article) WHERE article NOT IN (SELECT article FROM edit);
CREATE INDEX pending_order ON pending (later, article);
