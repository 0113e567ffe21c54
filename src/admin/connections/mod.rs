//! The connections of a site.

mod add;
mod apply;
mod change;
mod given;
mod kept;
mod metadata;
mod show;
mod source;
mod standing;
mod update;
mod view;
mod warnings;
mod written;

pub use self::change::Change;
pub use self::change::DesiredConnection;
pub use self::change::Edit;
pub use self::change::Expected;
pub use self::change::change;
pub use self::kept::remove;
pub use self::metadata::RefreshOutcome;
pub use self::metadata::RefreshWord;
pub(crate) use self::metadata::first_copy;
pub(crate) use self::metadata::first_copy_of;
pub(crate) use self::metadata::metadata_copy;
pub(crate) use self::metadata::pinned_ends;
pub use self::metadata::refresh;
pub(crate) use self::metadata::refresh_record;
pub(crate) use self::metadata::trust;
pub use self::show::Listing;
pub use self::show::Shown;
pub use self::show::list;
pub use self::show::show;
pub use self::standing::ConnectionStatus;
pub(crate) use self::standing::days_between;
pub(crate) use self::standing::standing;
pub use self::update::Agreement;
pub use self::update::Preview;
pub use self::update::Question;
pub use self::update::change_agreed;
pub use self::update::preview;
pub use self::view::ForEntra;
pub use self::view::View;
pub(crate) use self::warnings::last_certificate;
pub(crate) use self::warnings::link_rule_warning;
pub(crate) use self::warnings::warnings;

hidden! {
    pub use self::add::Added;
    pub use self::add::add;
    pub use self::add::replace;
    pub use self::add::resets;
    pub use self::apply::Applied;
    pub use self::apply::apply;
    pub use self::apply::foresee;
    pub use self::apply::prune;
    pub use self::apply::turning_away;
    pub use self::apply::wanted;
    pub use self::apply::would_apply;
    pub use self::given::GivenSettings;
    pub use self::given::path;
    pub use self::kept::Removed;
    pub use self::kept::kept;
    pub use self::kept::purge;
    pub use self::kept::restorable;
    pub use self::kept::restore;
    pub use self::kept::would_purge;
    pub use self::source::Files;
    pub use self::source::SourcesRead;
    pub use self::update::update;
    pub use self::written::ReadConnection;
    pub use self::written::WrittenConnection;
}
use super::Admin;
use super::AdminError;
use super::Done;
use crate::connection::Connection;
use crate::connection::ConnectionId;

/// The one connection of this id, or all, in the order of their ids. Fails on an unknown connection, and where the store does.
pub async fn all(admin: &Admin, of: Option<&ConnectionId>) -> Done<Vec<Connection>> {
    if let Some(id) = of {
        return Ok(vec![one(admin, id).await?]);
    }
    let mut all = admin.store().connections().await?;
    all.sort_by(|left, right| left.id().as_str().cmp(right.id().as_str()));
    Ok(all)
}

/// One connection, which must be there. Fails on an unknown connection, and where the store does.
pub async fn one(admin: &Admin, id: &ConnectionId) -> Done<Connection> {
    match admin.store().connection(id).await? {
        Some(connection) => Ok(connection),
        None => Err(unknown(admin, id).await?),
    }
}

/// The error of a connection that is not there, with those that are.
pub(crate) async fn unknown(admin: &Admin, id: &ConnectionId) -> Done<AdminError> {
    let known = admin.store().connections().await?;
    Ok(AdminError::NoConnection {
        id: id.clone(),
        known: known.iter().map(|one| one.id().clone()).collect(),
    })
}
