//! GUIDs, as the ids of a directory are.

use openssl::error::ErrorStack;
use openssl::rand::rand_bytes;

use crate::directory::UserId;

/// A random GUID, as the ids of a directory are.
pub(super) fn guid() -> Result<String, ErrorStack> {
    let mut bytes = [0; 16];
    rand_bytes(&mut bytes)?;
    Ok(UserId::from_random(bytes).to_string())
}

/// The GUID that a name stands for: the same at every start.
pub(crate) fn guid_of(name: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&openssl::sha::sha256(name.as_bytes())[..16]);
    UserId::from_random(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_has_its_shape_and_is_not_repeated() {
        let (first, second) = (guid().unwrap(), guid().unwrap());
        assert_ne!(first, second);
        assert_eq!((first.len(), first.as_bytes()[14]), (36, b'4'));
    }

    #[test]
    fn a_name_stands_for_one_guid() {
        assert_eq!(guid_of("ada"), guid_of("ada"));
        assert_ne!(guid_of("ada"), guid_of("Ada"));
        assert_eq!(guid_of("").len(), 36);
    }
}
