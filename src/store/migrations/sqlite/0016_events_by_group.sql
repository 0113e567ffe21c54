CREATE INDEX events_by_group ON events (group_id, id) WHERE group_id IS NOT NULL;
