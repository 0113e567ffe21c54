-- The key by which user names are compared and looked up; the program fills it when it opens the store, since SQLite cannot
-- compute it. No unique index: users of an earlier version may share a key, and stay. `user_name_key` is the name in lower case, as
-- before; names that share it share this key as well.
ALTER TABLE users ADD COLUMN name_key TEXT;
CREATE INDEX users_by_name_key ON users (connection, name_key, id);
CREATE INDEX users_without_name_key ON users (seq) WHERE name_key IS NULL;

-- Groups by what the identity provider calls them: a GUID, which is the same in whatever case.
CREATE INDEX groups_by_object_key ON groups (connection, lower(external_id), id);
