//! The connections of a site, each with its state.

use jiff::Timestamp;
use serde::Serialize;

use super::super::certificates::CertificateFacts;
use super::super::warnings::Warning;
use super::Admin;
use super::ConnectionStatus;
use super::Done;
use super::ForEntra;
use super::View;
use super::metadata_copy;
use super::one;
use super::refresh_record;
use super::standing;
use super::standing::harmless;
use super::warnings;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::metadata::KnownKey;

/// A connection in a list.
#[derive(Serialize)]
pub struct Listing {
    #[serde(flatten)]
    pub(crate) view: View,
    #[serde(flatten)]
    pub(crate) standing: ConnectionStatus,
}

/// A connection with everything that is to be known of it.
#[derive(Serialize)]
pub struct Shown {
    pub(crate) connection: View,
    /// The entity ID of whom it trusts, as far as that is known.
    pub(crate) idp_entity_id: Option<String>,
    pub(crate) metadata_fetched: Option<Timestamp>,
    pub(crate) refresh: ConnectionStatus,
    pub(crate) keys: Vec<KnownKey>,
    pub(crate) certificates: Vec<CertificateFacts>,
    pub(crate) entra: ForEntra,
    pub(crate) warnings: Vec<Warning>,
}

impl Shown {
    /// The warnings.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// All connections in the order of their ids, each with its state. Fails where the store does.
pub async fn list(admin: &Admin, base_url: &BaseUrl) -> Done<Vec<Listing>> {
    let now = admin.now();
    let mut list = Vec::new();
    for connection in admin.store().connections().await? {
        list.push(Listing {
            view: View::of(&connection, base_url),
            standing: standing::standing(admin, &connection, now).await?,
        });
    }
    Ok(list)
}

/// One connection with everything that is to be known of it. Fails on an unknown connection, and where the store does.
pub async fn show(admin: &Admin, id: &ConnectionId, base_url: &BaseUrl) -> Done<Shown> {
    let now = admin.now();
    let connection = one(admin, id).await?;
    let copy = metadata_copy(admin, &connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, now);
    let certificates = trust.as_ref().map_or(&[][..], |trust| trust.certificates());
    let certificates = certificates.iter();
    let trusted = trust.as_ref().ok();
    let history = refresh_record(admin, &connection).await?.history;
    Ok(Shown {
        connection: View::of(&connection, base_url),
        idp_entity_id: trusted.map(|trust| trust.entity_id().to_owned()),
        metadata_fetched: copy.as_ref().map(|copy| copy.fetched),
        refresh: standing::standing(admin, &connection, now).await?,
        keys: history.keys().iter().map(harmless).collect(),
        certificates: certificates
            .map(|certificate| CertificateFacts::of(certificate, now))
            .collect(),
        entra: ForEntra::of(&connection, base_url),
        warnings: warnings::warnings(admin, &connection, now).await?,
    })
}
