-- Articles whose page could not be had for the moment: when it is asked for again (null: the article waits in `pending` to be read again), and
-- how often it was asked for.
CREATE TABLE page_retry (
    article INTEGER PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE,
    due     INTEGER,
    tries   INTEGER NOT NULL
) STRICT;
CREATE INDEX page_retry_due ON page_retry (due) WHERE due IS NOT NULL;
