//! Problems of a site, before somebody meets them at the door.

mod clock;
mod finding;
mod people;
mod store_file;

pub use self::clock::clock;
pub use self::finding::Finding;
pub(crate) use self::finding::Findings;
pub use self::people::people;
pub use self::store_file::store_file;
use crate::connection::Connection;

/// Finds settings of a connection that an earlier version took, and that would be refused now.
pub fn settings(connection: &Connection) -> Vec<Finding> {
    let mut findings = Findings::default();
    if let Err(error) = connection.clone().into_builder().build() {
        for problem in error.problems() {
            findings.add(connection.id(), "connection-settings", problem.to_string());
        }
    }
    findings.0
}
