-- Sign-ons under way are bounded by what they take, too: 300 bytes each, and twice the page to return to.
ALTER TABLE counters ADD COLUMN pending_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE counters SET pending_bytes = (SELECT coalesce(sum(300 + 2 * length(return_path)), 0) FROM pending_requests);
CREATE TRIGGER pending_bytes_came AFTER INSERT ON pending_requests
BEGIN
    UPDATE counters SET pending_bytes = pending_bytes + 300 + 2 * length(NEW.return_path);
END;
CREATE TRIGGER pending_bytes_went AFTER DELETE ON pending_requests
BEGIN
    UPDATE counters SET pending_bytes = pending_bytes - 300 - 2 * length(OLD.return_path);
END;
