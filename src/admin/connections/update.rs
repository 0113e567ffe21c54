//! Changes of a connection that is there: an edit of some of its settings, and what to show of it before it is made.

use super::super::difference::Difference;
use super::super::warnings::Warning;
use super::Admin;
use super::AdminError;
use super::Done;
use super::change::Edit;
use super::change::Expected;
use super::change::Proposal;
use super::change::Wanted;
use super::link_rule_warning;
use super::metadata_copy;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::TrustSource;
use crate::metadata::MetadataCopy;
use crate::metadata::SeenCertificates;

/// An edit of a present connection: it trusts by `source` from now on, or by its own, and `change` is made to its other settings.
pub fn update<'e>(
    source: Option<&'e TrustSource>,
    met: &'e [SeenCertificates],
    change: impl Fn(ConnectionBuilder) -> ConnectionBuilder + Send + Sync + 'e,
) -> Edit<'e> {
    let Some(source) = source else {
        return Edit::of_other_settings(move |present| {
            Ok(change(present.clone().into_builder()).build()?)
        });
    };
    Edit::new(Expected::Connection, move |present| {
        let present = present.cloned().ok_or(AdminError::NoLongerThere)?;
        let trusting = present.with_trust(source.clone())?;
        Ok(Wanted {
            connection: change(trusting.into_builder()).build()?,
            met: met.to_vec(),
        })
    })
}

/// Compares the metadata before and after a change, where there is some of both. Fails where the store does.
pub async fn metadata_difference(admin: &Admin, proposal: &Proposal) -> Done<Option<Difference>> {
    let new = &proposal.wanted.connection;
    let old = proposal.seen().unwrap_or(new);
    let now = admin.now();
    let read = |connection: &Connection, copy: Option<&MetadataCopy>| {
        let document = copy.map(|copy| copy.document.as_slice());
        connection.trust().metadata(document, now).ok().flatten()
    };
    let before = read(old, metadata_copy(admin, old).await?.as_ref());
    let after = read(new, copy_after(admin, proposal).await?.as_ref());
    let both = before.zip(after);
    Ok(both.map(|(old, new)| Difference::between(&old, &new, now)))
}

/// The warning of people who would be turned away after a change. Fails where the store does.
pub async fn warning_after(admin: &Admin, proposal: &Proposal) -> Done<Option<Warning>> {
    let copy = copy_after(admin, proposal).await?;
    link_rule_warning(admin, &proposal.wanted.connection, copy.as_ref()).await
}

async fn copy_after(admin: &Admin, proposal: &Proposal) -> Done<Option<MetadataCopy>> {
    match proposal.copy.clone() {
        None => metadata_copy(admin, &proposal.wanted.connection).await,
        copy => Ok(copy),
    }
}
