//! The outbox. Whoever changes something appends to it in the same transaction, without a number: a number that is drawn before the commit
//! could be passed over by a reader. What is committed gets its numbers in batches, from whoever reads, one after the other.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::conn::Conn;
use super::query::Query;
use super::query::values;
use super::transaction::Keeps;
use crate::event::Event;
use crate::event::EventNumbers;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::Events;
use crate::event::RecordedEvent;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::Row as _;
use crate::store::records::UnreadableRow;
use crate::store::records::Value;
use crate::store::records::event_values;
use crate::store::records::list_events;
use crate::store::records::micros;
use crate::store::records::read_event;

#[async_trait]
impl Events for PostgresStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let listing = list_events(Dialect::Postgres, query).map_err(StoreError::new)?;
        self.number_events().await?;
        let listed = self.reading().all_of(&listing, read_event).await;
        let mut events = self.own(listed)?;
        if query.part == EventPart::Latest {
            events.reverse();
        }
        Ok(events)
    }

    async fn event_numbers(&self) -> Result<EventNumbers, StoreError> {
        self.number_events().await?;
        self.own(numbers(&mut self.reading()).await)
    }
}

impl PostgresStore {
    /// Numbers all events that are committed and have none, in the order in which they were written.
    pub(super) async fn number_events(&self) -> Result<(), StoreError> {
        while self.own(self.reading().truth(ANY_WITHOUT, &[]).await)? {
            let batch = self.change(Keeps::Nothing, |conn| {
                Box::pin(async move {
                    // Those who number events come one after the other, and each sees what the one before has done.
                    conn.rows(LOCK_NUMBERS, &[]).await?;
                    conn.execute(NUMBER, &[]).await
                })
            });
            batch.await?;
        }
        Ok(())
    }

    /// Forgets events from before a moment, some at a time; says how many.
    pub(super) async fn forget_events(
        &self,
        before: Timestamp,
        most: i64,
    ) -> Result<u64, StoreError> {
        self.number_events().await?;
        let values = values![micros(before), most];
        self.change(Keeps::Nothing, move |conn| {
            let values = values.clone();
            Box::pin(async move {
                conn.rows(LOCK_NUMBERS, &[]).await?;
                let gone = conn.number(FORGET, &values).await?;
                Ok(u64::try_from(gone)?)
            })
        })
        .await
    }
}

pub(super) async fn numbers(conn: &mut impl Query) -> Result<EventNumbers, Cause> {
    let found = conn.first(NUMBERS, &[], |row| {
        Ok(EventNumbers {
            latest: row.number("events")?,
            forgotten: row.number("forgotten_events")?,
        })
    });
    Ok(found.await?.ok_or(UnreadableRow("counters"))?)
}

/// Appends events, but for those that repeat one; they are there if the transaction is.
pub(super) async fn append(conn: &mut Conn, events: &[Event]) -> Result<(), Cause> {
    let mut rest = events;
    while !rest.is_empty() {
        let size = SIZES.into_iter().find(|size| *size <= rest.len());
        let (some, behind) = rest.split_at(size.unwrap_or(1));
        let mut values: Vec<Value> = Vec::with_capacity(some.len() * COLUMNS);
        for event in some {
            values.extend(event_values(event)?);
        }
        conn.execute(&insertion(some.len()), &values).await?;
        rest = behind;
    }
    Ok(())
}

/// The statement for so many events: of few sizes, so that it is prepared already.
fn insertion(rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<_> = (1..=COLUMNS)
            .map(|place| format!("${}", row * COLUMNS + place))
            .collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("{APPEND}{}{UNLESS_REPEATED}", rows.join(", "))
}

/// Events that go with one statement.
const SIZES: [usize; 4] = [100, 20, 4, 1];

const COLUMNS: usize = 9;

const APPEND: &str = "INSERT INTO events
    (connection, at, kind, \"user\", group_id, session, detail, fields, repeat_key) VALUES ";

const UNLESS_REPEATED: &str =
    " ON CONFLICT (connection, repeat_key) WHERE repeat_key IS NOT NULL DO NOTHING";

const NUMBERS: &str = "SELECT events, forgotten_events FROM counters";

const ANY_WITHOUT: &str = "SELECT EXISTS (SELECT 1 FROM events WHERE id IS NULL) AS truth";

const LOCK_NUMBERS: &str = "SELECT events FROM counters FOR UPDATE";

const NUMBER: &str = "WITH next_few AS (
        SELECT seq, row_number() OVER (ORDER BY seq) AS place
        FROM (SELECT seq FROM events WHERE id IS NULL ORDER BY seq LIMIT 1000) AS next),
    numbered AS (
        UPDATE events AS e SET id = c.events + s.place FROM next_few AS s, counters AS c
        WHERE e.seq = s.seq RETURNING e.id)
    UPDATE counters SET events = greatest(events, (SELECT max(id) FROM numbered))";

/// Events come in the order of time, nearly: a clock that was set back leaves some for later.
const FORGET: &str = "WITH gone AS (DELETE FROM events WHERE id IN
        (SELECT id FROM events WHERE at < $1 AND id IS NOT NULL ORDER BY id LIMIT $2) RETURNING id),
    forgotten AS (UPDATE counters SET forgotten_events = greatest(forgotten_events, (SELECT max(id) FROM gone)))
    SELECT count(*) AS number FROM gone";
