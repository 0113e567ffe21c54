//! The users whom a name means, among those whom a store finds.

use super::DirectoryError;
use super::DirectoryTransaction;
use super::Lookup;
use super::UserRecord;

/// The users whom a name means: those who have it, but for the case of ASCII letters.
///
/// # Errors
/// A store that fails.
pub(crate) async fn meant(
    directory: &mut DirectoryTransaction<'_>,
    lookup: &Lookup,
) -> Result<Vec<UserRecord>, DirectoryError> {
    let mut found = directory.matching(lookup).await?;
    // Of so many nobody knows whether they are all: whoever asks for one refuses.
    if found.len() < Lookup::MOST {
        found.retain(|user| lookup.is_of(user));
    }
    Ok(found)
}
