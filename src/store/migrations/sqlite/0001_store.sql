-- Moments are microseconds since 1970-01-01T00:00:00Z. A table's primary key is what its hot statement looks for.

-- One row. `revision` grows with every change of a connection or of a metadata copy; `pending_requests` counts
-- the rows of that table, so that its capacity costs no scan.
CREATE TABLE counters (
    only_row         INTEGER PRIMARY KEY CHECK (only_row = 1),
    revision         INTEGER NOT NULL,
    pending_requests INTEGER NOT NULL
) STRICT;
INSERT INTO counters (only_row, revision, pending_requests) VALUES (1, 0, 0);

CREATE TABLE connections (
    id       TEXT PRIMARY KEY NOT NULL,
    document TEXT NOT NULL -- JSON
) STRICT;

-- Everything below a connection goes with it, in the same transaction.
CREATE TABLE metadata_copies (
    connection    TEXT PRIMARY KEY NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    document      BLOB NOT NULL,
    fetched       INTEGER NOT NULL,
    etag          TEXT,
    last_modified TEXT
) STRICT;

CREATE TABLE pending_requests (
    id          TEXT PRIMARY KEY NOT NULL,
    connection  TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    relay_state BLOB NOT NULL CHECK (length(relay_state) = 32),
    browser     BLOB NOT NULL CHECK (length(browser) = 32),
    return_path TEXT NOT NULL,
    expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_requests_by_expires ON pending_requests (expires);
CREATE INDEX pending_requests_by_connection ON pending_requests (connection);
CREATE TRIGGER pending_request_came AFTER INSERT ON pending_requests
BEGIN
    UPDATE counters SET pending_requests = pending_requests + 1;
END;
CREATE TRIGGER pending_request_went AFTER DELETE ON pending_requests
BEGIN
    UPDATE counters SET pending_requests = pending_requests - 1;
END;

-- No reference to a connection: an assertion stays used when its connection is removed and added again.
CREATE TABLE replay_keys (
    key     BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_keys_by_expires ON replay_keys (expires);

-- `record` is the session as JSON; the columns beside it are what is searched for.
CREATE TABLE sessions (
    token         BLOB PRIMARY KEY NOT NULL CHECK (length(token) = 32),
    id            TEXT NOT NULL UNIQUE,
    connection    TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name_id       TEXT NOT NULL,
    session_index TEXT,
    opened        INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    record        TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_expires ON sessions (expires);
CREATE INDEX sessions_by_name_id ON sessions (name_id, connection);
CREATE INDEX sessions_by_session_index ON sessions (connection, session_index);
