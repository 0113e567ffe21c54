//! The outbox, for those who act on what happens: an event, a [`Happened`], is written in the transaction of its change.
//! Readers get each at least once: one that remembers the number of the last event it has dealt with goes on behind it. Events
//! name people by the ids of the directory, not by their attributes.

mod connection_events;
mod earlier;
mod events;
mod fields;
mod happened;
mod kind;
mod raw;
mod recorded;

pub(crate) use self::connection_events::connection_changed;
pub(crate) use self::connection_events::keys_refreshed;
pub use self::events::EventNumbers;
pub use self::events::EventPart;
pub use self::events::EventQuery;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::events::Events;
pub use self::happened::GroupMember;
pub use self::happened::Happened;
pub use self::kind::EndReason;
pub use self::kind::EventKind;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::raw::RawEvent;
pub use self::recorded::Event;
pub use self::recorded::RecordedEvent;
