//! Reading what happened, for the app: event after event, each at least once, from a number on that the app remembers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::event::EventNumbers;
use crate::event::EventQuery;
use crate::event::RecordedEvent;
use crate::ports::StoreError;
use crate::store::Store;

/// Reads events in their order; made by [`Entrada::events`](crate::web::Entrada::events). It holds one page of them at most.
pub struct EventReader {
    store: Arc<dyn Store>,
    place: ReadPosition,
    /// Up to which number the caller knows that events were forgotten.
    told: u64,
    /// True if the store may never have given the number that the caller began at.
    is_unproven: bool,
    page: VecDeque<RecordedEvent>,
}

#[derive(Clone, Copy, Debug)]
enum ReadPosition {
    /// Behind what there is when it first looks.
    Now,
    After(u64),
}

impl EventReader {
    /// A reader of what happens from now on.
    pub(crate) fn of(store: Arc<dyn Store>) -> EventReader {
        EventReader {
            store,
            place: ReadPosition::Now,
            told: 0,
            is_unproven: false,
            page: VecDeque::new(),
        }
    }

    /// Begins behind the event of this number; with 0, at the earliest that is kept. Nobody misses what was forgotten
    /// before they first came: from 0 that is no error.
    #[must_use]
    pub fn after(self, id: u64) -> EventReader {
        EventReader {
            place: ReadPosition::After(id),
            is_unproven: true,
            page: VecDeque::new(),
            ..self
        }
    }

    /// The number behind which the reader goes on: that of the last event that it has yielded. A reader from now on is
    /// there from this call on. Fails where the store does.
    pub async fn position(&mut self) -> Result<u64, StoreError> {
        match self.place {
            ReadPosition::After(id) => Ok(id),
            ReadPosition::Now => {
                let latest = self.store.event_numbers().await?.latest;
                self.place = ReadPosition::After(latest);
                self.told = latest;
                Ok(latest)
            }
        }
    }

    /// The next event; waits until there is one. The store is asked twice a second, so that events of other processes
    /// are seen as soon as those of this one. To stop, drop the future: nothing is lost by that.
    ///
    /// The reader is where it was where the store fails, and may be asked again. Events that were forgotten before
    /// they were read, or a number that the store has never given, are said once, and the next call goes on with what
    /// there is.
    pub async fn next(&mut self) -> Result<RecordedEvent, EventsError> {
        loop {
            if let Some(event) = self.page.pop_front() {
                self.place = ReadPosition::After(event.id);
                return Ok(event);
            }
            self.turn_page().await?;
            if self.page.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn turn_page(&mut self) -> Result<(), EventsError> {
        let after = self.position().await?;
        let query = EventQuery {
            after,
            ..EventQuery::default()
        };
        let page = self.store.events(&query).await?;
        // Asked after the page was read: what was forgotten in between has come with it.
        let EventNumbers { latest, forgotten } = self.store.event_numbers().await?;
        if after > 0 && forgotten > after.max(self.told) {
            self.told = forgotten;
            return Err(EventsError::Forgotten { after, forgotten });
        }
        if page.is_empty() && self.is_unproven {
            self.is_unproven = false;
            if latest < after {
                self.place = ReadPosition::After(0);
                return Err(EventsError::Unknown { after, latest });
            }
        }
        self.page = page.into();
        Ok(())
    }
}

impl std::fmt::Debug for EventReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventReader({:?})", self.place)
    }
}

/// The reason why a reader has no event.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// Events were forgotten before they were read.
    #[error("the events behind number {after} are kept no longer, up to number {forgotten}")]
    Forgotten {
        /// The number behind which the reader was.
        after: u64,
        /// The highest number that was forgotten.
        forgotten: u64,
    },
    /// The store has never given this number: it is another one than before, or came back from a backup. The reader goes on
    /// with the earliest event that is kept.
    #[error("the store has no event number {after} yet: its latest is {latest}")]
    Unknown {
        /// The number behind which the reader was.
        after: u64,
        /// The number of the latest event.
        latest: u64,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
debug_as_sentence!(EventsError);

/// The time that a reader waits before it looks again.
const PAUSE: Duration = Duration::from_millis(500);
