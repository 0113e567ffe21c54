-- Microseconds that a session lasts without a request; NULL for as long as its lifetime. The record has it too: here the
-- sweep finds those that are over.
ALTER TABLE sessions ADD COLUMN idle INTEGER;
UPDATE sessions
SET idle = json_extract(record, '$.idle.secs') * 1000000 + json_extract(record, '$.idle.nanos') / 1000
WHERE json_extract(record, '$.idle') IS NOT NULL;
CREATE INDEX sessions_by_idle_end ON sessions (coalesce(seen, opened) + idle) WHERE idle IS NOT NULL;
