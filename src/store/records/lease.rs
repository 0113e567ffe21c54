//! Leases of tasks that one process does for all: rows of the settings of the site, by names of their own.

use jiff::Timestamp;

use super::Value;
use super::micros;
use crate::store::SharedTask;

/// The name of the lease, its end, the time at which it is asked for, and the latest end that counts.
pub(in crate::store) fn lease_values(
    task: SharedTask,
    now: Timestamp,
    until: Timestamp,
) -> [Value; 4] {
    let (now, until) = (micros(now), micros(until));
    let latest = until.saturating_add(until.saturating_sub(now));
    [
        format!("lease-{}", task.name()).into(),
        until.to_string().into(),
        now.into(),
        latest.into(),
    ]
}
