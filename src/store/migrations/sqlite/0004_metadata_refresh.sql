-- `version` is the revision of the store at which the copy came; `digest` is that of the octets that were fetched.
ALTER TABLE metadata_copies ADD COLUMN digest BLOB;
ALTER TABLE metadata_copies ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- What is known of the refreshing of a connection's metadata, and of its keys, as JSON.
CREATE TABLE metadata_refreshes (
    connection TEXT PRIMARY KEY NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    history    TEXT
) STRICT;
