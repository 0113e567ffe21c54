-- A session of a user is live while the user is active and the epochs agree. Whatever takes `active` away, by whichever
-- statement, makes the next epoch: what was opened before it never comes back.
ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER user_was_deactivated AFTER UPDATE OF active ON users
WHEN OLD.active = 1 AND NEW.active IS NOT 1
BEGIN
    UPDATE users SET epoch = epoch + 1 WHERE seq = NEW.seq;
END;

-- From this moment on the person must have proven anew who they are, since their groups have changed.
ALTER TABLE users ADD COLUMN authn_since INTEGER;

ALTER TABLE sessions ADD COLUMN user_seq INTEGER REFERENCES users (seq) ON DELETE CASCADE;
ALTER TABLE sessions ADD COLUMN epoch INTEGER;
-- The latest request that was noted; NULL until then.
ALTER TABLE sessions ADD COLUMN seen INTEGER;
CREATE INDEX sessions_by_user ON sessions (user_seq) WHERE user_seq IS NOT NULL;

-- Who is who: what an identity provider calls a person for ever, and their user. A user has one at most.
CREATE TABLE links (
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    subject    TEXT NOT NULL,
    user_seq   INTEGER NOT NULL UNIQUE REFERENCES users (seq) ON DELETE CASCADE,
    rule       TEXT NOT NULL,
    made       INTEGER NOT NULL,
    PRIMARY KEY (connection, subject)
) STRICT, WITHOUT ROWID;

-- The last sign-on of each person, refused ones included, for whoever asks what went wrong. `claims` is JSON.
CREATE TABLE last_sign_ons (
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name_key   TEXT NOT NULL, -- the NameID, folded
    user_seq   INTEGER REFERENCES users (seq) ON DELETE SET NULL,
    at         INTEGER NOT NULL,
    refused    TEXT, -- the code of the reason
    claims     TEXT NOT NULL,
    PRIMARY KEY (connection, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX last_sign_ons_by_user ON last_sign_ons (user_seq);
CREATE INDEX last_sign_ons_by_at ON last_sign_ons (at);

-- The outbox. It outlives what it tells of.
CREATE TABLE events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    user       TEXT,
    group_id   TEXT,
    session    TEXT,
    detail     TEXT
) STRICT;
CREATE INDEX events_by_user ON events (user, id) WHERE user IS NOT NULL;

-- Seats: how many users are active.
ALTER TABLE directory_counts ADD COLUMN active_users INTEGER NOT NULL DEFAULT 0;
UPDATE directory_counts SET active_users =
    (SELECT count(*) FROM users WHERE users.connection = directory_counts.connection AND active = 1);
DROP TRIGGER user_came;
CREATE TRIGGER user_came AFTER INSERT ON users
BEGIN
    INSERT INTO directory_counts (connection, users, active_users)
    VALUES (NEW.connection, 1, NEW.active IS 1)
    ON CONFLICT (connection) DO UPDATE SET users = users + 1,
        active_users = active_users + (NEW.active IS 1);
END;
DROP TRIGGER user_went;
CREATE TRIGGER user_went AFTER DELETE ON users
BEGIN
    UPDATE directory_counts SET users = users - 1, active_users = active_users - (OLD.active IS 1)
    WHERE connection = OLD.connection;
END;
CREATE TRIGGER user_active_changed AFTER UPDATE OF active ON users
WHEN (OLD.active IS 1) <> (NEW.active IS 1)
BEGIN
    UPDATE directory_counts
    SET active_users = active_users + (NEW.active IS 1) - (OLD.active IS 1)
    WHERE connection = NEW.connection;
END;
