//! Making sure, before a connection is written, that somebody can be trusted by it.

use super::super::error::CliError;
use super::super::site::Site;
use crate::connection::Connection;
use crate::connection::Origin;
use crate::metadata::MetadataCopy;
use crate::metadata::MetadataError;
use crate::metadata::TrustError;
use crate::saml::Trust;

/// Asks whom a connection trusts. The metadata of an address is fetched unless the store has a copy of it that
/// will do; what was fetched is to be kept. Metadata that has ended will do for a connection that has it already: its other
/// settings can still be changed.
///
/// # Errors
/// An address that does not answer, or a connection without a usable signing key: that one cannot be created.
pub(super) fn prepare(
    present: Option<&Connection>,
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
    let copy = site.metadata_copy(connection)?;
    let is_fetched = matches!(source.origin(), Some(Origin::Url(_)));
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let now = site.now();
    let trust = match present.is_some_and(|present| present.trust() == source) {
        true => source.trust(document, now),
        false => source.standing_trust(document, now),
    };
    if trust.is_ok() || !is_fetched {
        offers(connection, &trust.map_err(untrusted)?)?;
        return Ok(None);
    }
    let copy = site.first_copy(connection)?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    offers(connection, &source.trust(document, now).map_err(untrusted)?)?;
    Ok(copy)
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
