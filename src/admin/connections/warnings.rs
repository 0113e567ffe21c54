//! Warnings of a connection: of its metadata or the certificates that it pins, of its rule for who is who, and of its ACS.

use jiff::Timestamp;

use super::super::warnings::Warning;
use super::super::warnings::warnings as of_document;
use super::Admin;
use super::Done;
use super::metadata_copy;
use super::pinned_ends;
use super::refresh_record;
use crate::connection::CertificateDates;
use crate::connection::Connection;
use crate::connection::RequestSigning;
use crate::connection::TrustSource;
use crate::metadata::LastCertificate;
use crate::metadata::MetadataCopy;
use crate::metadata::lint::Context;

/// Lists the things that are likely to go wrong with a connection, as of a moment.
pub(crate) async fn warnings(
    admin: &Admin,
    connection: &Connection,
    now: Timestamp,
) -> Done<Vec<Warning>> {
    let copy = metadata_copy(admin, connection).await?;
    let mut found = match connection.trust().pins() {
        [] => of_metadata(admin, connection, copy.as_ref(), now).await?,
        _ => {
            let last = pinned_ends(admin, connection).await?.nearing(now);
            last.map(|last| Warning::of_pin(&last, now))
                .into_iter()
                .collect()
        }
    };
    match connection.sign_on().certificate_dates {
        CertificateDates::Enforced => {
            let last = last_certificate(admin, connection, copy.as_ref(), now).await?;
            found.extend(last.map(|last| Warning::of_stopping(&last, now)));
        }
        CertificateDates::Reported => {
            found = found.into_iter().map(Warning::without_effect).collect();
        }
    }
    found.extend(link_rule_warning(admin, connection, copy.as_ref()).await?);
    let base_url = admin.store().base_url().await?;
    let misplaced = connection.misplaced_acs(base_url.as_ref());
    found.extend(misplaced.map(Warning::of_acs));
    let values = connection.doubtful_values(base_url.as_ref());
    found.extend(values.iter().filter_map(Warning::of_value));
    Ok(found)
}

/// The warning of a rule by object id at an identity provider that sends none, where sign-ons look for users: nobody gets in.
pub(crate) async fn link_rule_warning(
    admin: &Admin,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
) -> Done<Option<Warning>> {
    let document = copy.map(|copy| copy.document.as_slice());
    let Ok(trust) = connection.trust().trust(document, admin.now()) else {
        return Ok(None);
    };
    if connection
        .sign_on()
        .link_rule
        .is_served_by(trust.entity_id())
    {
        return Ok(None);
    }
    let looks_for_users = connection.sign_on().policy.creates_users()
        || admin.store().provisioned().await?.contains(connection.id());
    Ok(looks_for_users.then(|| Warning::of_link_rule(trust.entity_id())))
}

/// The last certificate of a connection by this copy of its metadata, if it nears its end: from then on nobody signs on, where
/// dates are enforced.
pub(crate) async fn last_certificate(
    admin: &Admin,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Done<Option<LastCertificate>> {
    let pinned = pinned_ends(admin, connection).await?;
    let document = copy.map(|copy| copy.document.as_slice());
    let trust = connection.trust().trust(document, now).ok();
    let listed = trust.as_ref().map_or(&[][..], |trust| trust.certificates());
    Ok(pinned.end_of_sign_on(listed, now))
}

async fn of_metadata(
    admin: &Admin,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Done<Vec<Warning>> {
    let document = copy.map(|copy| copy.document.as_slice());
    let address = match connection.trust() {
        TrustSource::MetadataUrl { url, .. } => url.as_str(),
        _ => "",
    };
    let document = match (connection.trust(), document) {
        (_, Some(document)) => document,
        (TrustSource::MetadataXml { xml, .. }, None) => xml.as_bytes(),
        _ => return Ok(Vec::new()),
    };
    let vouched = refresh_record(admin, connection).await?.state.last_success;
    let context = Context {
        entity_id: connection.trust().entity_id(),
        confirmed: vouched.or(copy.map(|copy| copy.fetched)),
        signs_requests: connection.our_side().request_signing == RequestSigning::Signed,
        ..Context::new(address, now)
    };
    Ok(of_document(document, &context))
}
