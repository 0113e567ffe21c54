//! New connections, and those that take the place of another one.

use serde::Serialize;

use super::super::warnings::Warning;
use super::Admin;
use super::AdminError;
use super::Done;
use super::change::Change;
use super::change::Edit;
use super::change::Expected;
use super::change::change;
use super::view::ForEntra;
use super::view::View;
use super::warnings::warnings;
use super::written::ReadConnection;
use crate::connection::BaseUrl;
use crate::connection::ConnectionIdError;
use crate::connection::SpKeys;

/// A connection that was added, and what to paste into Entra for it.
#[derive(Serialize)]
pub struct Added {
    pub(crate) connection: View,
    pub(crate) entra: ForEntra,
    /// True if it took the place of another one.
    pub replaced: bool,
    /// Likely problems with it.
    pub warnings: Vec<Warning>,
}

impl Added {
    /// The connection as it is shown after [`add`], with its warnings as of now. Fails where the store does.
    pub async fn of(admin: &Admin, added: &Change, base_url: &BaseUrl) -> Done<Added> {
        let connection = &added.connection;
        Ok(Added {
            connection: View::of(connection, base_url),
            entra: ForEntra::of(connection, base_url),
            replaced: added.replaced,
            warnings: warnings(admin, connection, admin.now()).await?,
        })
    }
}

/// Adds a connection as it was read. `replaces` puts it in the place of one of its id, whose keys stay, also where that one cannot be
/// read. Fails on an id that is taken, everything that is wrong with the settings, and as [`change`] does.
pub async fn add(admin: &Admin, read: &ReadConnection, replaces: bool) -> Done<Change> {
    let id = read.id().parse();
    let id =
        id.map_err(|error: ConnectionIdError| AdminError::Settings(vec![error.to_string()]))?;
    let expected = match replaces {
        true => Expected::Anything,
        false => Expected::Nothing,
    };
    let now = admin.now();
    let edit = Edit::new(expected, |present| {
        let keys = present.map_or_else(SpKeys::none, |present| present.sp_keys().clone());
        read.wanted(keys, now).map_err(AdminError::Settings)
    });
    change(admin, &id, &edit).await
}
