//! The speed of the disk: one row in each transaction, each durable, through sqlx, with the settings of Entrada's
//! store.

use std::path::Path;
use std::time::Instant;

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqliteSynchronous;

use crate::Outcome;
use crate::client::user;

pub(crate) async fn rows_per_second(folder: &Path, turn: usize, rows: usize) -> Outcome<f64> {
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.join(format!("raw-{turn}.db")))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    let create = "CREATE TABLE users (id INTEGER PRIMARY KEY, resource TEXT NOT NULL) STRICT";
    sqlx::query(create).execute(&mut connection).await?;
    let users: Vec<String> = (0..rows).map(|number| user(number).to_string()).collect();
    let began = Instant::now();
    for user in &users {
        let mut transaction = connection.begin().await?;
        let insert = sqlx::query("INSERT INTO users (resource) VALUES (?)").bind(user);
        insert.execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    let rate = rows as f64 / began.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(rate)
}
