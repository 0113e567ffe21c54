//! The server's names for users and groups.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::text::hex;
use crate::text::is_hex_digit;

/// Makes the type of a name. Ids are compared byte by byte (RFC 7643 §3.1), so there is one spelling of each.
macro_rules! id {
    ($(#[$doc:meta])* $Id:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $Id(String);

        impl $Id {
            /// An id that was one before.
            pub(super) fn known(text: &str) -> $Id {
                $Id(text.to_owned())
            }

            /// An id of bytes that came from a cryptographic random generator.
            pub fn from_random(bytes: [u8; ID_BYTES]) -> $Id {
                $Id(uuid(bytes))
            }

            /// The UUID.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Id {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$Id, IdError> {
                check(text).map(|()| $Id(text.to_owned()))
            }
        }

        impl TryFrom<String> for $Id {
            type Error = IdError;

            fn try_from(text: String) -> Result<$Id, IdError> {
                check(&text).map(|()| $Id(text))
            }
        }

        impl From<$Id> for String {
            fn from(id: $Id) -> String {
                id.0
            }
        }

        impl fmt::Display for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The server's name for a user: a UUID in lower case, never given to another resource of the store.
    UserId
}

id! {
    /// The server's name for a group: a UUID in lower case, never given to another resource of the store.
    GroupId
}

/// Bytes of an id before they become text.
pub(crate) const ID_BYTES: usize = 16;

/// The text is no id.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID in lower case")]
pub struct IdError;
debug_as_sentence!(IdError);

/// A random UUID (RFC 9562 §5.4): six of the bits say that it is one.
fn uuid(mut bytes: [u8; ID_BYTES]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = hex(&bytes);
    for at in HYPHENS {
        text.insert(at, '-');
    }
    text
}

fn check(text: &str) -> Result<(), IdError> {
    let is_in_place = |(at, byte): (usize, u8)| match HYPHENS.contains(&at) {
        true => byte == b'-',
        false => is_hex_digit(byte),
    };
    match text.len() == LENGTH && text.bytes().enumerate().all(is_in_place) {
        true => Ok(()),
        false => Err(IdError),
    }
}

/// Bytes of a UUID's text.
const LENGTH: usize = 36;

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

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
            "ffffffff-ffff-4fff-bfff-ffffffffff-f",
            "ffffffff-ffff-4fff-bfff-ffffffffff\u{e9}",
            "fffffffffffff-4fff-bfff-ffffffffffff",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text}");
            assert_eq!(text.parse::<GroupId>(), Err(IdError), "{text}");
            assert_eq!(UserId::try_from(text.to_owned()), Err(IdError), "{text}");
        }
    }
}
