//! The service provider that a connection makes of us: its names and addresses, its metadata and its keys.

use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::RequestSigning;
use crate::crypto::Certificate;
use crate::crypto::DecryptionKey;
use crate::dsig::Signer;
use crate::metadata::SpMetadata;
use crate::saml::ServiceProvider;
use crate::xenc::DecryptionKeys;

/// The service provider that a connection makes us towards its identity provider.
pub(crate) fn service_provider(connection: &Connection, base_url: &BaseUrl) -> ServiceProvider {
    ServiceProvider {
        entity_id: connection.sp_entity_id(base_url),
        acs_url: connection.acs_url(base_url),
        tenant: connection.sign_on().tenant.clone(),
    }
}

/// Our metadata for a connection, signed if it has a key.
pub(crate) fn sp_metadata(connection: &Connection, base_url: &BaseUrl) -> SpMetadata {
    SpMetadata {
        sp: service_provider(connection, base_url),
        signer: signer(connection),
        certificates: certificates(connection),
        slo_url: connection.slo_url(base_url),
        signs_requests: connection.our_side().request_signing == RequestSigning::Signed,
    }
}

/// The keys were checked when they came, so `None` for a connection that has one means a store that was tampered with:
/// messages then go out unsigned.
pub(super) fn signer(connection: &Connection) -> Option<Signer> {
    connection.sp_keys().active()?.signer().ok()
}

fn certificates(connection: &Connection) -> Vec<Certificate> {
    connection
        .sp_keys()
        .announced()
        .filter_map(|key| key.certificate().ok())
        .collect()
}

/// The keys of a connection that open what is encrypted for us: all of them that are RSA, old ones included.
pub(crate) fn decryption_keys(connection: &Connection) -> Option<DecryptionKeys> {
    let keys = connection.sp_keys().iter();
    let keys =
        keys.filter_map(|(_, _, key)| DecryptionKey::from_bytes(key.key_pem().as_bytes()).ok());
    DecryptionKeys::new(keys.collect()).ok()
}
