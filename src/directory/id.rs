//! The server's names for users and groups.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// The server's name for a user: a UUID in lower case, never given to another resource of the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// The server's name for a group: a UUID in lower case, never given to another resource of the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupId(String);

/// Bytes of an id before they become text.
pub(crate) const ID_BYTES: usize = 16;

/// The text is no id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an id is a UUID in lower case")]
pub struct IdError;

impl UserId {
    /// An id that was one before.
    pub(super) fn known(text: &str) -> UserId {
        UserId(text.to_owned())
    }

    /// An id of bytes that came from a cryptographic random generator.
    pub fn from_random(bytes: [u8; ID_BYTES]) -> UserId {
        UserId(uuid(bytes))
    }

    /// The UUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl GroupId {
    /// An id that was one before.
    pub(super) fn known(text: &str) -> GroupId {
        GroupId(text.to_owned())
    }

    /// An id of bytes that came from a cryptographic random generator.
    pub fn from_random(bytes: [u8; ID_BYTES]) -> GroupId {
        GroupId(uuid(bytes))
    }

    /// The UUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ids are compared byte by byte (RFC 7643 §3.1), so there is one spelling of each.
impl FromStr for UserId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<UserId, IdError> {
        checked(text).map(UserId)
    }
}

impl FromStr for GroupId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<GroupId, IdError> {
        checked(text).map(GroupId)
    }
}

impl TryFrom<String> for UserId {
    type Error = IdError;

    fn try_from(text: String) -> Result<UserId, IdError> {
        text.parse()
    }
}

impl TryFrom<String> for GroupId {
    type Error = IdError;

    fn try_from(text: String) -> Result<GroupId, IdError> {
        text.parse()
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> String {
        id.0
    }
}

impl From<GroupId> for String {
    fn from(id: GroupId) -> String {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A random UUID (RFC 9562 §5.4): six of the bits say that it is one.
fn uuid(mut bytes: [u8; ID_BYTES]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(LENGTH);
    for (index, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&index) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn checked(text: &str) -> Result<String, IdError> {
    let sound = |(index, c): (usize, u8)| match [8, 13, 18, 23].contains(&index) {
        true => c == b'-',
        false => c.is_ascii_digit() || (b'a'..=b'f').contains(&c),
    };
    match text.len() == LENGTH && text.bytes().enumerate().all(sound) {
        true => Ok(text.to_owned()),
        false => Err(IdError),
    }
}

/// Characters of a UUID.
const LENGTH: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_random_uuid_and_reads_itself() {
        let id = UserId::from_random([0xff; 16]);
        assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id.as_str().parse(), Ok(id));
        let id = GroupId::from_random([0; 16]);
        assert_eq!(id.as_str(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn any_other_spelling_is_no_id() {
        for text in [
            "",
            "FFFFFFFF-ffff-4fff-bfff-ffffffffffff",
            "ffffffffffff4fffbfffffffffffffff",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "ffffffff-ffff-4fff-bfff-ffffffffffff ",
            "{fffffff-ffff-4fff-bfff-ffffffffffff",
            "ffffffff_ffff-4fff-bfff-ffffffffffff",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text}");
            assert_eq!(text.parse::<GroupId>(), Err(IdError), "{text}");
        }
    }
}
