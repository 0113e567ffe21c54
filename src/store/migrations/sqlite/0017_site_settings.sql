-- What holds for the site as a whole, by name: `base-url`.
CREATE TABLE site_settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
