//! The board: notes and their authors in a database of their own, and how far the events of Entrada have been dealt with.

use std::path::Path;

use entrada::connection::ConnectionId;
use entrada::directory::UserId;
use entrada::web::CurrentUser;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqliteRow;

/// The database; clones are one.
#[derive(Clone)]
pub(super) struct Board {
    db: SqlitePool,
}

/// Somebody who writes notes, as the board remembers them: by the id of the user, which outlives every name.
pub(super) struct Author {
    id: String,
    connection: ConnectionId,
    name: String,
}

/// A note as it is shown.
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) author: String,
    pub(super) name: String,
    pub(super) standing: Standing,
    pub(super) text: String,
    pub(super) written: Timestamp,
}

/// Where an author is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// In the organisation.
    Here,
    /// Deactivated: they may come back, and their notes stay.
    Away,
    /// Deleted: their notes are in the archive.
    Gone,
}

impl Standing {
    fn name(self) -> &'static str {
        match self {
            Standing::Here => "here",
            Standing::Away => "away",
            Standing::Gone => "gone",
        }
    }

    fn named(name: &str) -> Standing {
        match name {
            "away" => Standing::Away,
            "gone" => Standing::Gone,
            _ => Standing::Here,
        }
    }
}

impl Author {
    /// The author that a person who is signed in is. Where nobody is provisioned, there are no ids, and the name that the
    /// identity provider gave stands for one.
    pub(super) fn of(user: &CurrentUser, name: &str) -> Author {
        let id = user.user().map(ToString::to_string);
        Author {
            id: id.unwrap_or_else(|| format!("{} {}", user.connection(), user.name_id())),
            connection: user.connection().clone(),
            name: name.to_owned(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Board {
    /// Opens the database, made if it is not there.
    pub(super) async fn open(path: &Path) -> Result<Board, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .create_if_missing(true);
        let db = SqlitePool::connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&db).await?;
        Ok(Board { db })
    }

    /// Puts a note on the board.
    pub(super) async fn write(&self, author: &Author, text: &str) -> Result<(), sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        // Whether they are here is what the events say.
        sqlx::query(
            "INSERT INTO authors (id, connection, name, standing) VALUES (?, ?, ?, 'here')
            ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        )
        .bind(&author.id)
        .bind(author.connection.as_str())
        .bind(&author.name)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("INSERT INTO notes (author, text, written) VALUES (?, ?, ?)")
            .bind(&author.id)
            .bind(text)
            .bind(Timestamp::now().to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// The notes on the board, or those in the archive; the newest first.
    pub(super) async fn notes(&self, archived: bool) -> Result<Vec<Note>, sqlx::Error> {
        let notes = sqlx::query(
            "SELECT n.id, n.author, a.name, a.standing, n.text, n.written
            FROM notes AS n JOIN authors AS a ON a.id = n.author
            WHERE (a.standing = 'gone') = ? ORDER BY n.id DESC LIMIT 200",
        )
        .bind(archived)
        .fetch_all(&self.db)
        .await?;
        notes.iter().map(note).collect()
    }

    /// Takes a note off the board, if it is the author's own.
    pub(super) async fn remove(&self, id: i64, author: &str) -> Result<(), sqlx::Error> {
        let remove = sqlx::query("DELETE FROM notes WHERE id = ? AND author = ?");
        let removed = remove.bind(id).bind(author).execute(&self.db).await;
        removed.map(drop)
    }

    /// Removes everything that anybody has written; says how many notes that were.
    pub(super) async fn remove_all(&self) -> Result<u64, sqlx::Error> {
        let removed = sqlx::query("DELETE FROM notes").execute(&self.db).await?;
        Ok(removed.rows_affected())
    }

    /// The number of the last event that was dealt with; 0 at first.
    pub(super) async fn last_event(&self) -> Result<u64, sqlx::Error> {
        let last: i64 = sqlx::query_scalar("SELECT last FROM reader")
            .fetch_one(&self.db)
            .await?;
        Ok(last.unsigned_abs())
    }

    /// Deals with an event: writes down where an author is now, if that is what it is about, and that it was dealt with;
    /// both or neither.
    pub(super) async fn note_event(
        &self,
        id: u64,
        change: Option<(&str, Standing)>,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.db.begin().await?;
        if let Some((author, standing)) = change {
            set_standing(&mut transaction, author, standing).await?;
        }
        sqlx::query("UPDATE reader SET last = ?")
            .bind(id.cast_signed())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// All authors who are users of the directory.
    pub(super) async fn authors(&self) -> Result<Vec<(ConnectionId, UserId)>, sqlx::Error> {
        let rows = sqlx::query("SELECT connection, id FROM authors")
            .fetch_all(&self.db)
            .await?;
        let user = |row: &SqliteRow| {
            let connection: String = row.get("connection");
            let id: String = row.get("id");
            Some((connection.parse().ok()?, id.parse().ok()?))
        };
        Ok(rows.iter().filter_map(user).collect())
    }

    /// Writes down where an author is now.
    pub(super) async fn set_standing(
        &self,
        author: &UserId,
        standing: Standing,
    ) -> Result<(), sqlx::Error> {
        let mut db = self.db.acquire().await?;
        set_standing(&mut db, author.as_str(), standing).await
    }
}

async fn set_standing(
    db: &mut SqliteConnection,
    author: &str,
    standing: Standing,
) -> Result<(), sqlx::Error> {
    let update = sqlx::query("UPDATE authors SET standing = ? WHERE id = ?");
    let updated = update.bind(standing.name()).bind(author).execute(db).await;
    updated.map(drop)
}

fn note(row: &SqliteRow) -> Result<Note, sqlx::Error> {
    let written: String = row.try_get("written")?;
    let standing: String = row.try_get("standing")?;
    Ok(Note {
        id: row.try_get("id")?,
        author: row.try_get("author")?,
        name: row.try_get("name")?,
        standing: Standing::named(&standing),
        text: row.try_get("text")?,
        written: written
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
    })
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS authors (
        id TEXT PRIMARY KEY, connection TEXT NOT NULL, name TEXT NOT NULL, standing TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY, author TEXT NOT NULL REFERENCES authors (id), text TEXT NOT NULL, written TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS reader (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO reader (only, last) VALUES (1, 0);";
