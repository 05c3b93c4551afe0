-- What a rule has told of a line (JSON): its next alert is compared with that. Of what was told before, the newest alert about it says so.
ALTER TABLE told ADD COLUMN told TEXT;
UPDATE told SET told = (
    SELECT json_object('revision', told.revision, 'last', json(state), 'loud', json(state)) FROM (
        SELECT json_object('low', json_extract(a.alert, '$.claims[0].low'), 'high', json_extract(a.alert, '$.claims[0].high'),
            'approx', json(iif(json_extract(a.alert, '$.claims[0].approx'), 'true', 'false')),
            'status', json_extract(a.alert, '$.claims[0].status'), 'channel', a.channel) AS state
        FROM alert a JOIN alert_line l ON l.alert = a.id
        WHERE l.line = told.line AND a.rule = told.rule AND json_extract(a.alert, '$.claims[0].status') IS NOT NULL
        ORDER BY a.id DESC LIMIT 1));

-- What keys of deliveries begin with, so that receivers of several databases tell them apart. Older deliveries keep the keys they had.
INSERT INTO note (key, value) VALUES ('origin.name', lower(hex(randomblob(8))));
INSERT INTO note (key, value) SELECT 'origin.since', coalesce(max(id), 0) FROM delivery;
