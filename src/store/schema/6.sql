-- Why a delivery waits although its time has come, the delivery that told it in its place, and when its popup went away with nobody
-- having touched it.
ALTER TABLE delivery ADD COLUMN held TEXT;
ALTER TABLE delivery ADD COLUMN joined INTEGER REFERENCES delivery (id);
ALTER TABLE delivery ADD COLUMN expired INTEGER;
CREATE INDEX delivery_queue ON delivery (receiver, next_at, id) WHERE state = 'due';
CREATE INDEX delivery_told ON delivery (receiver, sent) WHERE state = 'sent';
CREATE INDEX delivery_joined ON delivery (joined) WHERE joined IS NOT NULL;

-- Receivers that take nothing at the moment. `since` is the first failure of the row of failures.
CREATE TABLE outage (
    receiver TEXT PRIMARY KEY,
    since    INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    error    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
