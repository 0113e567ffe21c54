//! The board: notes and their authors in a database of their own, and how far the events of Entrada have been dealt with.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use entrada::Timestamp;
use entrada::connection::ConnectionId;
use entrada::directory::UserId;
use entrada::web::CurrentUser;
use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::types::Type;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// The database; clones are one.
#[derive(Clone)]
pub(super) struct Board {
    db: Arc<Mutex<Connection>>,
}

/// The database does not answer.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

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

/// The standing of an author in the organisation.
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
    pub(super) fn open(path: &Path) -> rusqlite::Result<Board> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.execute_batch(SCHEMA)?;
        Ok(Board {
            db: Arc::new(Mutex::new(db)),
        })
    }

    /// Works on the database, on a thread that may wait for the disk; whoever waits for the database itself has no thread yet.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let mut db = Arc::clone(&self.db).lock_owned().await;
        Ok(spawn_blocking(move || work(&mut db)).await??)
    }

    /// Puts a note on the board.
    pub(super) async fn write(&self, author: Author, text: String) -> Result<(), Failure> {
        self.with(move |db| {
            let transaction = db.transaction()?;
            // The events say whether they are here.
            transaction.execute(
                "INSERT INTO authors (id, connection, name, standing) VALUES (?1, ?2, ?3, 'here')
                ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                (&author.id, author.connection.as_str(), &author.name),
            )?;
            transaction.execute(
                "INSERT INTO notes (author, text, written) VALUES (?1, ?2, ?3)",
                (&author.id, text, Timestamp::now().to_string()),
            )?;
            transaction.commit()
        })
        .await
    }

    /// The notes on the board, or those in the archive; the newest first.
    pub(super) async fn notes(&self, archived: bool) -> Result<Vec<Note>, Failure> {
        self.with(move |db| {
            let mut notes = db.prepare_cached(
                "SELECT n.id, n.author, a.name, a.standing, n.text, n.written
                FROM notes AS n JOIN authors AS a ON a.id = n.author
                WHERE (a.standing = 'gone') = ?1 ORDER BY n.id DESC LIMIT 200",
            )?;
            notes.query_map([archived], note)?.collect()
        })
        .await
    }

    /// Takes a note off the board, if it is the author's own.
    pub(super) async fn remove(&self, id: i64, author: &Author) -> Result<(), Failure> {
        let author = author.id.clone();
        let remove = "DELETE FROM notes WHERE id = ?1 AND author = ?2";
        self.with(move |db| db.execute(remove, (id, author)).map(drop))
            .await
    }

    /// Removes everything that anybody has written; says how many notes that were.
    pub(super) async fn remove_all(&self) -> Result<usize, Failure> {
        self.with(|db| db.execute("DELETE FROM notes", [])).await
    }

    /// The number of the last event that was dealt with; 0 at first.
    pub(super) async fn last_event(&self) -> Result<u64, Failure> {
        let last = "SELECT last FROM reader";
        let last: i64 = self
            .with(move |db| db.query_row(last, [], |row| row.get(0)))
            .await?;
        Ok(last.unsigned_abs())
    }

    /// Deals with an event: writes down where an author is now, if that is what it is about, and that it was dealt with;
    /// both or neither.
    pub(super) async fn note_event(
        &self,
        id: u64,
        change: Option<(String, Standing)>,
    ) -> Result<(), Failure> {
        self.with(move |db| {
            let transaction = db.transaction()?;
            if let Some((author, standing)) = change {
                set_standing(&transaction, &author, standing)?;
            }
            transaction.execute("UPDATE reader SET last = ?1", [id.cast_signed()])?;
            transaction.commit()
        })
        .await
    }

    /// All authors who are users of the directory.
    pub(super) async fn authors(&self) -> Result<Vec<(ConnectionId, UserId)>, Failure> {
        let rows: Vec<(String, String)> = self
            .with(|db| {
                let mut authors = db.prepare_cached("SELECT connection, id FROM authors")?;
                let authors = authors.query_map([], |row| row.try_into())?;
                authors.collect()
            })
            .await?;
        let user = |(connection, id): &(String, String)| {
            Some((connection.parse().ok()?, id.parse().ok()?))
        };
        Ok(rows.iter().filter_map(user).collect())
    }

    /// Writes down where an author is now.
    pub(super) async fn set_standing(
        &self,
        author: UserId,
        standing: Standing,
    ) -> Result<(), Failure> {
        self.with(move |db| set_standing(db, author.as_str(), standing))
            .await
    }
}

fn set_standing(db: &Connection, author: &str, standing: Standing) -> rusqlite::Result<()> {
    let update = "UPDATE authors SET standing = ?1 WHERE id = ?2";
    db.execute(update, (standing.name(), author)).map(drop)
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    let written: String = row.get("written")?;
    let standing: String = row.get("standing")?;
    Ok(Note {
        id: row.get("id")?,
        author: row.get("author")?,
        name: row.get("name")?,
        standing: Standing::named(&standing),
        text: row.get("text")?,
        written: written.parse().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(5, Type::Text, Box::new(error))
        })?,
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
