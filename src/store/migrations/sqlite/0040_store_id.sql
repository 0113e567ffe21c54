-- The id of the store, by which readers of events and servers tell a restored store from the one that it was.
INSERT INTO site_settings (name, value) VALUES ('store-id', lower(hex(randomblob(16))));
