//! The address of the store, once it is known that it may be opened.

use super::error::CliError;
use super::input;
use super::settings::Settings;
use crate::ports::StoreError;
use crate::store;
use crate::store::Schema;
use crate::store::is_wrong_url;

/// The address of a store that may be opened. Where somebody brings tables up to date by hand, one with those of an earlier version may not.
pub(super) fn usable(settings: &Settings) -> Result<&str, CliError> {
    let url = settings.database();
    if settings.migrates_by_hand() {
        let schema = input::runtime()?.block_on(store::schema(url));
        if let Some(Schema { has, needs }) = schema.map_err(opening)?
            && has < needs
        {
            return Err(CliError::Configuration(format!(
                "the tables of the store are of an earlier version ({has}, this one needs {needs}), and no-migrate is set: run entrada store migrate"
            )));
        }
    }
    Ok(url)
}

/// A URL of no store is wrong usage; a store that does not open is I/O.
pub(super) fn opening(error: StoreError) -> CliError {
    match is_wrong_url(&error) {
        true => CliError::Usage(format!("--database: {error}")),
        false => CliError::Io(error.to_string()),
    }
}
