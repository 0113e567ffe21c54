-- What the client was told of a refusal, and the names that it used and no schema has.
ALTER TABLE provisioning_log ADD COLUMN detail TEXT;
ALTER TABLE provisioning_log ADD COLUMN overlooked TEXT NOT NULL DEFAULT '[]';
CREATE INDEX provisioning_log_overlooked ON provisioning_log (connection, id) WHERE overlooked <> '[]';

-- A user whose `active` was taken away is not active, and is found and shown so.
UPDATE users SET active = 0, resource = json_set(resource, '$.active', json('false')) WHERE active IS NULL;
