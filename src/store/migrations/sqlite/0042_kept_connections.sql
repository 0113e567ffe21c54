-- Connections that were removed, for 30 days. Their rows are JSON by the names of the columns, so that a later version can read them.
CREATE TABLE kept_connections (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL,
    removed    INTEGER NOT NULL,
    users      INTEGER NOT NULL,
    groups     INTEGER NOT NULL,
    tokens     INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_connections_by_removed ON kept_connections (removed);
CREATE TABLE kept_rows (
    seq     INTEGER PRIMARY KEY,
    kept    INTEGER NOT NULL REFERENCES kept_connections (id) ON DELETE CASCADE,
    origin  TEXT NOT NULL, -- the table
    content TEXT NOT NULL  -- JSON
) STRICT;
CREATE INDEX kept_rows_by_kept ON kept_rows (kept, seq);
