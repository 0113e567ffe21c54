//! The size of a resource.

use std::io;

use serde_json::Map;
use serde_json::Value;

use crate::scim::ScimError;
use crate::scim::limits;

/// Holds the attributes of a resource against [`limits::RESOURCE`]. It holds after each operation, and not at the end alone:
/// an operation can write one text to very many values.
pub(in crate::scim) fn check_size(attributes: &Map<String, Value>) -> Result<(), ScimError> {
    let counted = serde_json::to_writer(Room(limits::RESOURCE), attributes);
    counted.map_err(|_| ScimError::TooMany {
        what: "bytes in one resource",
        limit: limits::RESOURCE,
    })
}

/// A writer that keeps nothing. It fails when the bytes that are left do not suffice.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.checked_sub(bytes.len());
        self.0 = left.ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
