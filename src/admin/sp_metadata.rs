//! Our own metadata for a connection, to upload to the identity provider.

use serde::Serialize;

use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::site;

/// Our own metadata for a connection.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct OwnMetadata {
    /// The connection.
    pub connection: ConnectionId,
    /// Our entity ID.
    pub entity_id: String,
    /// The address that takes responses.
    pub acs_url: String,
    /// The document.
    pub metadata: String,
}

/// Writes our own metadata for a connection on a site of this address, signed if the connection has a key. Fails on an unknown
/// connection, a key that cannot sign, and where the store does.
pub async fn sp_metadata(
    admin: &Admin,
    id: &ConnectionId,
    base_url: &BaseUrl,
) -> Done<OwnMetadata> {
    let connection = connections::one(admin, id).await?;
    let metadata = site::sp_metadata(&connection, base_url);
    let xml = metadata.to_xml();
    Ok(OwnMetadata {
        connection: id.clone(),
        metadata: xml.map_err(|error| AdminError::NoKey(error.to_string()))?,
        entity_id: metadata.sp.entity_id,
        acs_url: metadata.sp.acs_url,
    })
}
