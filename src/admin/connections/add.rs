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
use super::update::Agreement;
use super::update::Question;
use super::update::change_agreed;
use super::update::preview;
use super::view::ForEntra;
use super::view::View;
use super::warnings::warnings;
use super::written::ReadConnection;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
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

/// Adds a connection as it was read. Fails on an id that is taken, everything that is wrong with the settings, and as [`change`] does.
pub async fn add(admin: &Admin, read: &ReadConnection) -> Done<Change> {
    change(admin, &id_of(read)?, &edit(admin, read, Expected::Nothing)).await
}

/// Puts a connection as it was read in the place of the one of its id, whose keys stay, once `agree` says yes to the settings that
/// go back to their defaults; `None` where it says no. One that cannot be read is replaced too. Fails on everything
/// that is wrong with the settings, and as [`change_agreed`] does.
pub async fn replace<E: From<AdminError>>(
    admin: &Admin,
    read: &ReadConnection,
    base_url: &BaseUrl,
    mut agree: impl FnMut(Vec<String>) -> Result<bool, E>,
) -> Result<Option<Change>, E> {
    let (id, edit) = (id_of(read)?, edit(admin, read, Expected::Anything));
    let agree = |question: Question<'_>| agree(question.preview.resets(read));
    let changed = change_agreed(admin, &id, &edit, base_url, agree);
    let (preview, agreement) = changed.await?;
    Ok((agreement != Agreement::Refused).then(|| preview.into_change()))
}

/// Lists the settings that [`replace`] would let go back to their defaults. Fails as that does, and writes nothing.
pub async fn resets(admin: &Admin, read: &ReadConnection, base_url: &BaseUrl) -> Done<Vec<String>> {
    let edit = edit(admin, read, Expected::Anything);
    let preview = preview(admin, &id_of(read)?, &edit, base_url).await?;
    Ok(preview.resets(read))
}

fn id_of(read: &ReadConnection) -> Done<ConnectionId> {
    let id = read.id().parse();
    id.map_err(|error: ConnectionIdError| AdminError::Settings(vec![error.to_string()]))
}

fn edit<'e>(admin: &Admin, read: &'e ReadConnection, expected: Expected) -> Edit<'e> {
    let now = admin.now();
    Edit::new(expected, move |present| {
        let keys = present.map_or_else(SpKeys::none, |present| present.sp_keys().clone());
        read.wanted(keys, now).map_err(AdminError::Settings)
    })
}
