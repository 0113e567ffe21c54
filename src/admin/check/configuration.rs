//! Problems of the connections of a file, for which no store is needed.

use jiff::Timestamp;

use super::finding::Finding;
use crate::admin::connections;
use crate::admin::connections::ReadConnection;

/// Finds what is wrong with connections as they were read.
pub fn configuration(read: &[ReadConnection], now: Timestamp) -> Vec<Finding> {
    let wanted = connections::wanted(read, &[], now);
    let problems = wanted.err().into_iter().flatten();
    let finding = |problem| Finding::new("configuration", "connection-settings", problem);
    problems.map(finding).collect()
}
