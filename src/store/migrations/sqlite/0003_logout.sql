-- Whether `session_index` is the ID of the assertion that opened the session, so that it names the session by itself.
-- Of sessions that are open already nobody knows.
ALTER TABLE sessions ADD COLUMN index_is_assertion_id INTEGER NOT NULL DEFAULT 0;
