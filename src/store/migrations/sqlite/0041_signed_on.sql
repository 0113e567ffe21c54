-- Connections over which somebody has signed on. Events are forgotten and outlive their connection, so they do not say it.
CREATE TABLE signed_on (
    connection TEXT PRIMARY KEY NOT NULL REFERENCES connections (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO signed_on (connection) SELECT id FROM connections WHERE id IN (
    SELECT connection FROM sessions
    UNION SELECT connection FROM last_sign_ons WHERE refused IS NULL
    UNION SELECT connection FROM events WHERE kind = 'session-opened'
);
CREATE TRIGGER session_came AFTER INSERT ON sessions
WHEN NOT EXISTS (SELECT 1 FROM signed_on WHERE connection = NEW.connection)
BEGIN
    INSERT INTO signed_on (connection) VALUES (NEW.connection);
END;
