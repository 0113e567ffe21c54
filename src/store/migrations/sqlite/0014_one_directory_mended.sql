-- What has ever been the object id of a group of a connection, folded: about these the directory decides for good. A group that
-- is deleted must not come back by a claim that was made before.
CREATE TABLE group_objects (
    connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    object_key TEXT NOT NULL,
    PRIMARY KEY (connection, object_key)
) STRICT, WITHOUT ROWID;
INSERT INTO group_objects (connection, object_key)
    SELECT DISTINCT connection, lower(external_id) FROM groups WHERE external_id IS NOT NULL;
CREATE TRIGGER group_object_came AFTER INSERT ON groups WHEN NEW.external_id IS NOT NULL
BEGIN
    INSERT INTO group_objects (connection, object_key)
    VALUES (NEW.connection, lower(NEW.external_id)) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER group_object_changed AFTER UPDATE OF external_id ON groups
WHEN NEW.external_id IS NOT NULL AND NEW.external_id IS NOT OLD.external_id
BEGIN
    INSERT INTO group_objects (connection, object_key)
    VALUES (NEW.connection, lower(NEW.external_id)) ON CONFLICT DO NOTHING;
END;
DROP INDEX groups_by_object_id;

-- Users by what the identity provider calls them: a GUID, which is the same in whatever case.
CREATE INDEX users_by_object_id ON users (connection, lower(external_id));

CREATE INDEX events_by_at ON events (at);
