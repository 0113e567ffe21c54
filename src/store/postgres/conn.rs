//! A connection to PostgreSQL, and statements on it. Each value is a parameter.

use std::pin::pin;

use bytes::Bytes;
use deadpool_postgres::Client;
use futures_util::SinkExt as _;
use tokio_postgres::Row as PostgresRow;
use tokio_postgres::types::ToSql;
use tokio_postgres::types::Type;

use super::error::Failure;
use super::error::failure_of;
use super::query::Query;
use super::value::type_of;
use crate::ports::TxFuture;
use crate::store::records::Cause;
use crate::store::records::Value;

/// The way in which statements go to the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Statements {
    /// Prepared once for each connection, under a name.
    Named,
    /// With their text each time, in one round and without a name: for a pooler that gives each transaction another connection.
    Unnamed,
}

/// A connection that one caller uses. One whose transaction has not ended is closed when it is dropped: it must be nobody else's.
pub(super) struct Conn {
    client: Option<Client>,
    statements: Statements,
    failure: Option<Failure>,
    is_in_transaction: bool,
}

impl Drop for Conn {
    fn drop(&mut self) {
        let is_sound = !self.is_in_transaction && self.failure != Some(Failure::Connection);
        if let Some(client) = self.client.take().filter(|_| !is_sound) {
            drop(Client::take(client));
        }
    }
}

impl Conn {
    pub(super) fn new(client: Client, statements: Statements) -> Conn {
        Conn {
            client: Some(client),
            statements,
            failure: None,
            is_in_transaction: false,
        }
    }

    /// The first failure of a statement since the transaction began. A transaction with one is never committed: PostgreSQL would undo it
    /// without an error.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    fn client(&self) -> Result<&Client, Cause> {
        self.client.as_ref().ok_or_else(|| NoClient.into())
    }

    /// Begins a transaction, and takes its lock in the same round.
    pub(super) async fn begin(
        &mut self,
        begin: &str,
        lock: Option<(&str, Value)>,
    ) -> Result<(), Cause> {
        self.is_in_transaction = true;
        let client = self.client()?;
        let Some((text, value)) = lock else {
            return self.batch(begin).await;
        };
        let values = [value];
        let begun = client.batch_execute(begin);
        let locked = rows(client, self.statements, text, &values);
        let (begun, locked) = tokio::join!(begun, locked);
        let done = begun.and(locked.map(drop));
        done.map_err(|error| self.noted(error))
    }

    /// Ends a transaction in one way or the other.
    pub(super) async fn end(&mut self, end: &str) -> Result<(), Cause> {
        self.batch(end).await?;
        self.is_in_transaction = false;
        Ok(())
    }

    fn noted(&mut self, error: tokio_postgres::Error) -> Cause {
        self.failure.get_or_insert(failure_of(&error));
        error.into()
    }

    /// Runs statements without parameters, in one round.
    pub(super) async fn batch(&mut self, text: &str) -> Result<(), Cause> {
        let done = self.client()?.batch_execute(text).await;
        done.map_err(|error| self.noted(error))
    }

    /// Runs a COPY that reads these lines.
    pub(super) async fn copy(&mut self, statement: &str, lines: String) -> Result<(), Cause> {
        let copied = copy(self.client()?, statement, lines).await;
        copied.map_err(|error| self.noted(error))
    }
}

impl Query for Conn {
    fn rows<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<Vec<PostgresRow>, Cause>> {
        Box::pin(async move {
            let found = rows(self.client()?, self.statements, text, values).await;
            found.map_err(|error| self.noted(error))
        })
    }

    fn execute<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<u64, Cause>> {
        Box::pin(async move {
            let changed = execute(self.client()?, self.statements, text, values).await;
            changed.map_err(|error| self.noted(error))
        })
    }
}

async fn rows(
    client: &Client,
    statements: Statements,
    text: &str,
    values: &[Value],
) -> Result<Vec<PostgresRow>, tokio_postgres::Error> {
    match statements {
        Statements::Named => {
            let statement = client.prepare_cached(text).await?;
            client.query(&statement, &parameters(values)).await
        }
        Statements::Unnamed => client.query_typed(text, &typed(values)).await,
    }
}

async fn execute(
    client: &Client,
    statements: Statements,
    text: &str,
    values: &[Value],
) -> Result<u64, tokio_postgres::Error> {
    match statements {
        Statements::Named => {
            let statement = client.prepare_cached(text).await?;
            client.execute(&statement, &parameters(values)).await
        }
        Statements::Unnamed => client.execute_typed(text, &typed(values)).await,
    }
}

async fn copy(
    client: &Client,
    statement: &str,
    lines: String,
) -> Result<(), tokio_postgres::Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(statement).await?);
    sink.send(Bytes::from(lines)).await?;
    sink.close().await
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    let mut parameters: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(values.len());
    for value in values {
        parameters.push(value);
    }
    parameters
}

fn typed(values: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    let parameters = parameters(values).into_iter();
    parameters.zip(values.iter().map(type_of)).collect()
}

/// A fault of ours: a connection is used after its end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection has been given back")]
struct NoClient;
