-- Whether the answer to a request came already. Such a row is kept for some minutes, so that a reload leads the person on.
ALTER TABLE pending_requests ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
