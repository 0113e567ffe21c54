-- Names ending in `_key` are folded: they are compared without regard to case. Each index on an attribute ends in the
-- id, so that what it finds is in the order of lists.
CREATE TABLE users (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT, -- what other tables refer to; never used again
    connection       TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id               TEXT NOT NULL,
    user_name_key    TEXT NOT NULL,
    display_name     TEXT,
    display_name_key TEXT,
    external_id      TEXT,
    active           INTEGER CHECK (active IN (0, 1)),
    origin           TEXT NOT NULL CHECK (origin IN ('provisioned', 'just-in-time')),
    created          INTEGER NOT NULL,
    modified         INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    resource         TEXT NOT NULL -- JSON
) STRICT;
CREATE UNIQUE INDEX users_by_id ON users (connection, id);
CREATE UNIQUE INDEX users_by_user_name ON users (connection, user_name_key);
CREATE INDEX users_by_external_id ON users (connection, external_id, id);
CREATE INDEX users_by_display_name ON users (connection, display_name_key, id);
CREATE INDEX users_by_active ON users (connection, active, id);
CREATE INDEX users_by_created ON users (connection, created, id);
CREATE INDEX users_by_modified ON users (connection, modified, id);

CREATE TABLE user_emails (
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    email_key  TEXT NOT NULL,
    user_seq   INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
    PRIMARY KEY (connection, email_key, user_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_emails_by_user ON user_emails (user_seq);

CREATE TABLE groups (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    connection       TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id               TEXT NOT NULL,
    display_name     TEXT,
    display_name_key TEXT,
    external_id      TEXT,
    created          INTEGER NOT NULL,
    modified         INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    resource         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX groups_by_id ON groups (connection, id);
CREATE INDEX groups_by_external_id ON groups (connection, external_id, id);
CREATE INDEX groups_by_display_name ON groups (connection, display_name_key, id);
CREATE INDEX groups_by_created ON groups (connection, created, id);
CREATE INDEX groups_by_modified ON groups (connection, modified, id);

-- Members: users in one table, groups in the other, so that each reference is one that the database holds true.
CREATE TABLE group_users (
    group_seq INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    user_seq  INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
    PRIMARY KEY (group_seq, user_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_by_user ON group_users (user_seq, group_seq);

CREATE TABLE group_groups (
    group_seq  INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    member_seq INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    PRIMARY KEY (group_seq, member_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_groups_by_member ON group_groups (member_seq, group_seq);

-- How many there are, so that the total of a list costs no scan.
CREATE TABLE directory_counts (
    connection TEXT PRIMARY KEY NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    users      INTEGER NOT NULL DEFAULT 0,
    groups     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TRIGGER user_came AFTER INSERT ON users
BEGIN
    INSERT INTO directory_counts (connection, users) VALUES (NEW.connection, 1)
    ON CONFLICT (connection) DO UPDATE SET users = users + 1;
END;
CREATE TRIGGER user_went AFTER DELETE ON users
BEGIN
    UPDATE directory_counts SET users = users - 1 WHERE connection = OLD.connection;
END;
CREATE TRIGGER group_came AFTER INSERT ON groups
BEGIN
    INSERT INTO directory_counts (connection, groups) VALUES (NEW.connection, 1)
    ON CONFLICT (connection) DO UPDATE SET groups = groups + 1;
END;
CREATE TRIGGER group_went AFTER DELETE ON groups
BEGIN
    UPDATE directory_counts SET groups = groups - 1 WHERE connection = OLD.connection;
END;

CREATE TABLE scim_credentials (
    id         TEXT PRIMARY KEY NOT NULL,
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('bearer', 'basic')),
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    label      TEXT,
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    revoked    INTEGER,
    last_used  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX scim_credentials_by_connection ON scim_credentials (connection, created, id);

-- A credential may be gone long before the log of its deeds. `changed` is a JSON array of attribute names.
CREATE TABLE provisioning_log (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    connection    TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    at            INTEGER NOT NULL,
    credential    TEXT,
    operation     TEXT NOT NULL,
    resource_kind TEXT,
    resource      TEXT,
    subject       TEXT,
    subject_key   TEXT,
    status        INTEGER NOT NULL,
    scim_type     TEXT,
    changed       TEXT NOT NULL,
    request_id    TEXT,
    duration      INTEGER NOT NULL
) STRICT;
CREATE INDEX provisioning_log_by_connection ON provisioning_log (connection, id);
CREATE INDEX provisioning_log_by_subject ON provisioning_log (connection, subject_key, id);
CREATE INDEX provisioning_log_by_at ON provisioning_log (at);
