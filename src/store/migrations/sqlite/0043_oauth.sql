-- Credentials of OAuth clients: secrets, of which a client may have several, and federations, which have none. `client` is the name of the
-- client, `token_lifetime` the time that its access tokens hold, in microseconds, and `federation` the tokens that are believed, as JSON.
CREATE TABLE credentials_of_all_kinds (
    id             TEXT PRIMARY KEY NOT NULL,
    connection     TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    hash           BLOB CHECK (length(hash) = 32),
    label          TEXT,
    created        INTEGER NOT NULL,
    expires        INTEGER NOT NULL,
    revoked        INTEGER,
    last_used      INTEGER,
    successor      TEXT,
    client         TEXT,
    token_lifetime INTEGER,
    federation     TEXT,
    CHECK (CASE kind
        WHEN 'bearer' THEN hash IS NOT NULL AND client IS NULL
        WHEN 'basic' THEN hash IS NOT NULL AND client IS NULL
        WHEN 'client-secret' THEN hash IS NOT NULL AND client IS NOT NULL
        WHEN 'federation' THEN hash IS NULL AND client IS NOT NULL AND federation IS NOT NULL
        ELSE 0 END),
    CHECK ((client IS NULL) = (token_lifetime IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO credentials_of_all_kinds
    (id, connection, kind, hash, label, created, expires, revoked, last_used, successor)
    SELECT id, connection, kind, hash, label, created, expires, revoked, last_used, successor FROM scim_credentials;
DROP TABLE scim_credentials;
ALTER TABLE credentials_of_all_kinds RENAME TO scim_credentials;
CREATE INDEX scim_credentials_by_connection ON scim_credentials (connection, created, id);

-- Access tokens. They end with the credential that they were issued for.
CREATE TABLE scim_access_tokens (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    credential TEXT NOT NULL REFERENCES scim_credentials (id) ON DELETE CASCADE,
    client     TEXT NOT NULL,
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL
) STRICT;
CREATE INDEX scim_access_tokens_by_client ON scim_access_tokens (client, seq);
CREATE INDEX scim_access_tokens_by_credential ON scim_access_tokens (credential);
CREATE INDEX scim_access_tokens_by_expires ON scim_access_tokens (expires);
