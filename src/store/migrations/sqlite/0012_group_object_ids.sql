-- Groups by what the identity provider calls them: a GUID, which is the same in whatever case.
CREATE INDEX groups_by_object_id ON groups (connection, lower(external_id));
