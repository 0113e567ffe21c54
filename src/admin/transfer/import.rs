//! An import of users from rows.

use std::io::Read;
use std::mem;

use super::format::Format;
use super::format::MatchBy;
use super::group_names::GroupNames;
use super::rows::Row;
use super::rows::Rows;
use super::unreadable::UnreadableRows;
use super::upsert::RowDone;
use super::upsert::RowOutcome;
use super::upsert::Upsert;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::Done;
use crate::admin::connections;
use crate::admin::effects::Effects;
use crate::admin::people::inner_view;
use crate::admin::provisioning;
use crate::admin::provisioning::Beginning;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::Scope;

/// The way in which rows are read and brought in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportOptions {
    /// The form of the input.
    pub format: Format,
    /// The attribute by which a row finds its user.
    pub by: MatchBy,
    /// True if nothing is kept.
    pub dry_run: bool,
}

/// An import on its way. Each batch of rows is on disk when it is returned; a dry run forgets it before the next one.
pub struct Import<'a> {
    admin: &'a Admin,
    upsert: Upsert,
    rows: Rows,
    foreseen: Beginning,
    begun: Option<Connection>,
    /// Rows that were read ahead.
    ahead: Vec<Row>,
    /// The error that ended the input, once the rows before it are done.
    broken_off: Option<UnreadableRows>,
}

/// Rows of one transaction: its cost is shared by so many, and few have to be done again after a failure.
const BATCH_ROWS: usize = 100;

/// Bytes after which a transaction has no more rows: one such row is as much as a SCIM request may have.
const BATCH_BYTES: u64 = 1024 * 1024;

impl<'a> Import<'a> {
    /// Begins to read an input in UTF-8; of a table, its heading. Fails on an unknown connection, an input that cannot be read,
    /// columns that no user has, and where the store does.
    pub async fn begin(
        admin: &'a Admin,
        id: &ConnectionId,
        input: Box<dyn Read + Send>,
        how: ImportOptions,
    ) -> Done<Import<'a>> {
        let connection = connections::one(admin, id).await?;
        let view = inner_view(&connection);
        let rows = Rows::open(
            input,
            how.format,
            how.by,
            view.schemas().clone(),
            GroupNames::Unread,
        );
        Ok(Import {
            admin,
            upsert: Upsert {
                scope: Scope::of(&connection, admin.now()).by(admin.actor()),
                view,
                by: how.by,
                dry_run: how.dry_run,
            },
            rows: rows.map_err(AdminError::Rows)?,
            foreseen: provisioning::foresee(admin, &connection).await?,
            begun: None,
            ahead: Vec::new(),
            broken_off: None,
        })
    }

    /// Brings in the next batch; `None` after the last row. If the input breaks off, the rows before that are brought in first.
    ///
    /// After an error, nothing of the batch is kept.
    pub async fn next(&mut self) -> Done<Option<Vec<RowDone>>> {
        let batch = match (mem::take(&mut self.ahead), self.broken_off.take()) {
            (ahead, broken_off) if !ahead.is_empty() => {
                self.broken_off = broken_off;
                ahead
            }
            (_, Some(error)) => return Err(AdminError::Rows(error)),
            (_, None) => self.read(),
        };
        match (batch.is_empty(), self.broken_off.take()) {
            (true, Some(error)) => return Err(AdminError::Rows(error)),
            (true, None) => return Ok(None),
            (false, broken_off) => self.broken_off = broken_off,
        }
        if self.foreseen.is_first && self.begun.is_none() && !self.upsert.dry_run {
            self.begin_provisioning(&batch).await?;
        }
        let mut done = self.upsert.batch(self.admin, batch).await?;
        if self.upsert.dry_run {
            done.iter_mut().for_each(|row| row.id = None);
        }
        Ok(Some(done))
    }

    /// Readies the connection, if a user would come with these rows.
    async fn begin_provisioning(&mut self, batch: &[Row]) -> Done<()> {
        let done = self.upsert.rehearse(self.admin, batch).await?;
        if done.iter().any(|row| row.outcome == RowOutcome::Created) {
            let (admin, id) = (self.admin, &self.upsert.scope.connection);
            let (connection, beginning) = provisioning::begin(admin, id).await?;
            self.upsert.scope = Scope::of(&connection, admin.now()).by(admin.actor());
            self.foreseen = beginning;
            self.begun = Some(connection);
        }
        Ok(())
    }

    /// Reads ahead; true if no row is left, and the input has not broken off.
    pub(crate) fn is_through(&mut self) -> bool {
        if self.ahead.is_empty() && self.broken_off.is_none() {
            self.ahead = self.read();
        }
        self.ahead.is_empty() && self.broken_off.is_none()
    }

    /// Counts what the batch that is next takes away; writes nothing. Fails where the store does.
    pub(crate) async fn would_next(&mut self) -> Done<Effects> {
        self.is_through();
        let done = self.upsert.rehearse(self.admin, &self.ahead);
        Ok(sum(&done.await?))
    }

    /// Counts what all rows take away, up to where the input breaks off; writes nothing. Fails where the store does.
    pub(crate) async fn would(mut self) -> Done<Effects> {
        self.upsert.dry_run = true;
        let mut would = self.foreseen.effects();
        loop {
            match self.next().await {
                Ok(Some(done)) => would += sum(&done),
                Ok(None) | Err(AdminError::Rows(_)) => return Ok(would),
                Err(error) => return Err(error),
            }
        }
    }

    /// The effects that the first user of the connection has on those who use the app already, if it has none yet.
    pub fn beginning(&self) -> Beginning {
        self.foreseen
    }

    /// The connection from its first user on, if this has created that one.
    pub fn begun(&self) -> Option<&Connection> {
        self.begun.as_ref()
    }

    /// Bytes of the input that were read.
    pub fn position(&self) -> u64 {
        self.rows.position()
    }

    fn read(&mut self) -> Vec<Row> {
        let mut batch = Vec::new();
        let begun = self.rows.position();
        while batch.len() < BATCH_ROWS && self.rows.position() - begun < BATCH_BYTES {
            match self.rows.next() {
                None => break,
                Some(Ok(row)) => batch.push(row),
                Some(Err(error)) => {
                    self.broken_off = Some(error);
                    break;
                }
            }
        }
        batch
    }
}

/// The numbers of what rows take away.
pub(crate) fn sum(rows: &[RowDone]) -> Effects {
    let mut sum = Effects::default();
    rows.iter().for_each(|row| sum += row.takes);
    sum
}
