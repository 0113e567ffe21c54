-- The highest number of an event that was forgotten: a reader who goes on behind a lower one has missed something.
ALTER TABLE counters ADD COLUMN forgotten_events INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER event_was_forgotten AFTER DELETE ON events
BEGIN
    UPDATE counters SET forgotten_events = max(forgotten_events, OLD.id);
END;
