//! Making sure, before a connection is written, that somebody can be trusted by it.

use super::super::error::CliError;
use super::super::site::Site;
use crate::connection::Connection;
use crate::connection::TrustSource;
use crate::metadata::MetadataCopy;
use crate::metadata::MetadataError;
use crate::metadata::TrustError;
use crate::saml::Trust;

/// Asks whom a connection trusts. The metadata of an address is fetched unless the store has a copy of it that
/// will do; what was fetched is to be kept.
///
/// # Errors
/// An address that does not answer, or a connection without a usable signing key: that one cannot be created.
pub(super) fn prepare(
    connection: &Connection,
    site: &Site,
) -> Result<Option<MetadataCopy>, CliError> {
    let untrusted = |error| {
        let flag = match &error {
            TrustError::Metadata(MetadataError::SeveralEntities(_)) => {
                " (--idp-entity-id names it)"
            }
            _ => "",
        };
        CliError::Configuration(format!("connection {}: {error}{flag}", connection.id()))
    };
    let source = connection.trust();
    let TrustSource::MetadataUrl { url, .. } = source else {
        offers(connection, &source.trust(None).map_err(untrusted)?)?;
        return Ok(None);
    };
    let copy = site.metadata_copy(connection)?;
    if let Some(trust) = copy.and_then(|copy| source.trust(Some(&copy.document)).ok()) {
        offers(connection, &trust)?;
        return Ok(None);
    }
    let copy = site.fetch(url)?;
    let trust = source.trust(Some(&copy.document)).map_err(untrusted)?;
    offers(connection, &trust)?;
    Ok(Some(copy))
}

/// Asks whether requests can leave as the connection has it.
fn offers(connection: &Connection, trust: &Trust) -> Result<(), CliError> {
    match connection.request_binding() {
        Some(binding) if trust.sso_over(binding).is_none() => {
            Err(CliError::Configuration(format!(
                "connection {}: the identity provider takes no sign-on requests over {} (--request-binding)",
                connection.id(),
                binding.name()
            )))
        }
        _ => Ok(()),
    }
}
