-- The fields of an event by their names, as a JSON object; NULL where user, group and session say all, and in rows of earlier
-- versions, which have a text in `detail` instead.
ALTER TABLE events ADD COLUMN fields TEXT;

-- Of the events of a connection with one key only the first is kept.
ALTER TABLE events ADD COLUMN repeat_key TEXT;
UPDATE events SET repeat_key = replace(replace(replace(detail, ' on ', ' '), ', within ', ' '), ' days', '')
WHERE id IN (
    SELECT min(id) FROM events
    WHERE kind = 'expiring' AND detail GLOB '* * on *, within * days'
    GROUP BY connection, detail
);
CREATE UNIQUE INDEX events_by_repeat_key ON events (connection, repeat_key) WHERE repeat_key IS NOT NULL;
