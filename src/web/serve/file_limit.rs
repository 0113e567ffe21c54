//! The limit of open files, and how many connections there is room for below it.

/// Raises the soft limit to the hard one; says what holds then.
pub(super) fn raise() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(COMMON)
}

/// Half of what is left beside the store and what is fetched: a process has two listeners at most, as a rule.
pub(super) fn connections() -> usize {
    let room = raise().saturating_sub(RESERVED) / 2;
    usize::try_from(room).map_or(MOST, |room| room.clamp(FEWEST, MOST))
}

/// The limit that most systems begin with.
const COMMON: u64 = 1024;
/// Files of the store (some thirty), of an app's own database, and connections to identity providers.
const RESERVED: u64 = 192;
const FEWEST: usize = 16;
/// A connection takes some 20 KB, and 150 KB where a client means ill: 600 MB at the very worst. Requests beside others count with them.
const MOST: usize = 4096;
