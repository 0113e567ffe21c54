//! The name of a connection, as it stands in paths and on the command line.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// A slug: lower-case letters, digits and inner hyphens, 1 to 63 characters (the length of a DNS
/// label, so that it can become a host name).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionId {
    type Err = ConnectionIdError;

    fn from_str(text: &str) -> Result<ConnectionId, ConnectionIdError> {
        let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let sound = (1..=63).contains(&text.len())
            && text.bytes().all(inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if sound {
            Ok(ConnectionId(text.to_owned()))
        } else {
            Err(ConnectionIdError)
        }
    }
}

impl TryFrom<String> for ConnectionId {
    type Error = ConnectionIdError;

    fn try_from(text: String) -> Result<ConnectionId, ConnectionIdError> {
        text.parse()
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> String {
        id.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no slug.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a connection id is 1 to 63 lower-case letters, digits and inner hyphens, such as \"acme\" or \"acme-test\""
)]
pub struct ConnectionIdError;
debug_as_sentence!(ConnectionIdError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_accepted_and_anything_else_is_refused() {
        for good in ["a", "acme", "acme-2", &"a".repeat(63)] {
            assert!(good.parse::<ConnectionId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "Acme",
            "a_b",
            "a/b",
            "..",
            "a b",
            "é",
            &"a".repeat(64),
        ] {
            assert_eq!(bad.parse::<ConnectionId>(), Err(ConnectionIdError), "{bad}");
        }
    }
}
