//! The choice of the entity of a document that is meant, and of its roles.

use jiff::Timestamp;

use super::MetadataError;
use super::element::named;
use super::valid_until::own_end;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::xml::Budget;
use crate::xml::Element;
use crate::xml::collapsed;

/// A document from which an entity is chosen may be that of a whole federation.
pub(super) fn budget(entity_id: Option<&str>) -> &'static Budget {
    match entity_id {
        Some(_) => &Budget::AGGREGATE,
        None => &Budget::METADATA,
    }
}

/// The identity provider of this ID, or the only one.
pub(super) fn choose<'d>(
    root: Element<'d>,
    entity_id: Option<&str>,
) -> Result<Element<'d>, MetadataError> {
    if !root.is(METADATA, "EntityDescriptor") && !root.is(METADATA, "EntitiesDescriptor") {
        return Err(MetadataError::NotMetadata {
            found: root.local().chars().take(64).collect(),
            position: root.position(),
        });
    }
    let mut found = identity_providers(root)
        .filter(|entity| entity_id.is_none_or(|id| entity_id_of(*entity) == Some(id)));
    match (found.next(), found.next(), entity_id) {
        (Some(only), None, _) => Ok(only),
        (Some(_), Some(_), None) => Err(MetadataError::SeveralEntities(candidates(root))),
        (Some(_), Some(second), Some(id)) => Err(MetadataError::RepeatedEntity {
            entity_id: id.to_owned(),
            position: second.position(),
        }),
        (None, _, Some(id)) => Err(MetadataError::NoSuchEntity(id.to_owned())),
        (None, _, None) => Err(match application(root) {
            Some(id) => MetadataError::ServiceProvider(id),
            None => MetadataError::NoIdentityProvider,
        }),
    }
}

pub(super) fn identity_providers(root: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    root.descendants()
        .filter(|element| element.is(METADATA, "EntityDescriptor"))
        .filter(|entity| idp_roles(*entity).next().is_some())
}

/// The ID of an entity, an `xs:anyURI`: white space at its ends is no part of it.
pub(super) fn entity_id_of(entity: Element<'_>) -> Option<&str> {
    entity.attribute("entityID").map(collapsed)
}

/// The entity ID of the first application in a document.
fn application(root: Element<'_>) -> Option<String> {
    let mut entities = root
        .descendants()
        .filter(|element| element.is(METADATA, "EntityDescriptor"));
    let found = entities.find(|entity| named(*entity, "SPSSODescriptor").next().is_some())?;
    let id = entity_id_of(found).unwrap_or_default();
    Some(id.chars().take(CANDIDATE_LENGTH).collect())
}

/// The entity IDs to choose from, as many as a person reads.
fn candidates(root: Element<'_>) -> Vec<String> {
    let ids = identity_providers(root).filter_map(entity_id_of);
    let mut shown: Vec<String> = ids
        .take(CANDIDATES + 1)
        .map(|id| id.chars().take(CANDIDATE_LENGTH).collect())
        .collect();
    if shown.len() > CANDIDATES {
        shown[CANDIDATES] = "…".to_owned();
    }
    shown
}

/// The roles of an entity as a SAML 2.0 identity provider: each `IDPSSODescriptor` of that protocol. Nearly all entities have
/// one. One that has several, for a new key or a second site, means all of them (Metadata §2.3.2).
pub(super) fn idp_roles(entity: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    all_idp_roles(entity).take(ROLES)
}

/// The roles of an entity that count at a moment: one whose own `validUntil` is past ends alone, and the others go on. Where none is
/// left, the last to end is read, so that its end shows.
pub(super) fn idp_roles_at(
    entity: Element<'_>,
    at: Timestamp,
) -> Result<Vec<Element<'_>>, MetadataError> {
    let mut left = Vec::new();
    let mut last: Option<(Timestamp, Element<'_>)> = None;
    for role in all_idp_roles(entity) {
        match own_end(role)? {
            Some(end) if end <= at => {
                if last.is_none_or(|(known, _)| known < end) {
                    last = Some((end, role));
                }
            }
            _ => left.push(role),
        }
        if left.len() == ROLES {
            break;
        }
    }
    if left.is_empty() {
        left.extend(last.map(|(_, role)| role));
    }
    Ok(left)
}

/// The same, as many as there are.
pub(super) fn all_idp_roles(entity: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    named(entity, "IDPSSODescriptor")
        .filter(|role| speaks_saml_2(role.attribute("protocolSupportEnumeration")))
}

/// True if a `protocolSupportEnumeration` lists SAML 2.0.
pub(crate) fn speaks_saml_2(protocols: Option<&str>) -> bool {
    protocols.is_some_and(|list| list.split_ascii_whitespace().any(|one| one == PROTOCOL))
}

/// Roles of one entity that are read at most: each is looked through for keys and endpoints.
pub(super) const ROLES: usize = 8;
/// Identity providers that are listed to choose from: a federation has thousands, a file for one site a few.
const CANDIDATES: usize = 10;
/// Characters of a candidate that are shown: an entity ID has rarely over 100.
const CANDIDATE_LENGTH: usize = 256;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::crypto::Certificate;
    use crate::crypto::SigningKey;
    use crate::metadata::IdpMetadata;
    use crate::metadata::Trust;
    use crate::metadata::lint::Context;
    use crate::metadata::lint::lint;
    use crate::saml::Binding;

    const SAML_2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    const SAML_1: &str = "urn:oasis:names:tc:SAML:1.1:protocol";

    fn certificate() -> Certificate {
        let key = SigningKey::generate_p256().unwrap();
        let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
        let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
        Certificate::self_signed(&key, "test", 1, begin, end).unwrap()
    }

    fn role(protocols: &str, attributes: &str, number: usize, key: &Certificate) -> String {
        let pem = key.to_pem();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        format!(
            "<IDPSSODescriptor protocolSupportEnumeration='{protocols}'{attributes}><KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
             <SingleLogoutService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/slo{number}'/>\
             <NameIDFormat>\n urn:f{number} </NameIDFormat>\
             <SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/sso{number}'/></IDPSSODescriptor>"
        )
    }

    fn entity(roles: &[String]) -> String {
        format!(
            "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' entityID='urn:idp'>{}</EntityDescriptor>",
            roles.concat()
        )
    }

    fn read(roles: &[String]) -> IdpMetadata {
        IdpMetadata::read(entity(roles).as_bytes(), None).unwrap()
    }

    #[test]
    fn the_keys_and_endpoints_of_every_role_for_saml_2_count() {
        let (one, two, three) = (certificate(), certificate(), certificate());
        let both = format!("{SAML_1}\n{SAML_2}");
        let metadata = read(&[
            role(SAML_2, " validUntil='2027-01-01T00:00:00Z'", 1, &one),
            role(SAML_1, " validUntil='2026-01-01T00:00:00Z'", 2, &two),
            role(
                &both,
                " validUntil='2026-12-01T00:00:00Z' WantAuthnRequestsSigned='true'",
                3,
                &three,
            ),
        ]);
        assert_eq!(metadata.signing_certificates(), [one, three]);
        let addresses = |endpoints: &[crate::saml::Endpoint]| {
            let addresses = endpoints.iter().map(|one| one.location.clone());
            addresses.collect::<Vec<_>>()
        };
        assert_eq!(
            addresses(metadata.sso()),
            ["https://idp.example/sso1", "https://idp.example/sso3"]
        );
        assert_eq!(
            addresses(metadata.slo()),
            ["https://idp.example/slo1", "https://idp.example/slo3"]
        );
        assert_eq!(metadata.name_id_formats(), ["urn:f1", "urn:f3"]);
        let until = "2026-12-01T00:00:00Z".parse().ok();
        assert_eq!(
            metadata.valid_until(),
            until,
            "the earliest of those that count"
        );
        assert!(metadata.wants_signed_requests());
        let trust = Trust::of_metadata(&metadata).unwrap();
        assert_eq!(trust.certificates().len(), 2);
        let sso = trust.sso_over(Binding::HttpRedirect).unwrap();
        assert_eq!(sso.location, "https://idp.example/sso1");
    }

    /// Each role has a `validUntil` of its own (Metadata §2.4.1).
    #[test]
    fn a_role_that_has_ended_leaves_the_others_alone() {
        let (old, new) = (certificate(), certificate());
        let ends = " validUntil='2026-07-01T00:00:00Z'";
        let later = " validUntil='2026-08-01T00:00:00Z'";
        let roles = [role(SAML_2, ends, 1, &old), role(SAML_2, later, 2, &new)];
        let xml = entity(&roles);
        let time = |time: &str| time.parse::<Timestamp>().unwrap();
        let at = |at| IdpMetadata::read_at(xml.as_bytes(), None, time(at)).unwrap();
        let both = [old.clone(), new.clone()];
        for (moment, certificates, end) in [
            (
                "2026-06-30T23:59:59Z",
                both.as_slice(),
                "2026-07-01T00:00:00Z",
            ),
            ("2026-07-01T00:00:00Z", &both[1..], "2026-08-01T00:00:00Z"),
            ("2026-07-31T23:59:59Z", &both[1..], "2026-08-01T00:00:00Z"),
            ("2026-08-01T00:00:00Z", &both[1..], "2026-08-01T00:00:00Z"),
        ] {
            let read = at(moment);
            assert_eq!(read.signing_certificates(), certificates, "{moment}");
            assert_eq!(read.sso().len(), certificates.len(), "{moment}");
            assert_eq!(read.valid_until(), Some(time(end)), "{moment}");
        }
        assert_eq!(
            read(&roles).valid_until(),
            Some(time("2026-07-01T00:00:00Z"))
        );
        let codes = |now: &str| {
            let found = lint(xml.as_bytes(), &Context::new("", time(now)));
            let codes = found.iter().map(|one| one.lint.code);
            codes
                .filter(|code| code.ends_with("-expired"))
                .collect::<Vec<_>>()
        };
        assert!(codes("2026-06-30T23:59:59Z").is_empty());
        assert_eq!(codes("2026-07-01T00:00:00Z"), ["role-expired"]);
        assert_eq!(codes("2026-08-01T00:00:00Z"), ["metadata-expired"]);
    }

    /// Those that have ended take nobody's place among the roles that are read.
    #[test]
    fn roles_that_have_ended_are_not_counted() {
        let key = certificate();
        let ended = |n| role(SAML_2, " validUntil='2026-01-01T00:00:00Z'", n, &key);
        let mut roles: Vec<String> = (1..=20).map(ended).collect();
        roles.push(role(SAML_2, "", 21, &key));
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let read = IdpMetadata::read_at(entity(&roles).as_bytes(), None, now).unwrap();
        assert_eq!(read.sso()[0].location, "https://idp.example/sso21");
        assert_eq!(read.sso().len(), 1);
    }

    #[test]
    fn no_more_roles_are_read_than_an_entity_needs() {
        let key = certificate();
        let roles: Vec<String> = (1..=20).map(|n| role(SAML_2, "", n, &key)).collect();
        assert_eq!(read(&roles).sso().len(), super::ROLES);
        let xml = entity(&roles);
        let context = Context::new("", "2026-06-01T00:00:00Z".parse().unwrap());
        let found = lint(xml.as_bytes(), &context);
        let details: Vec<&str> = found.iter().map(|one| one.detail.as_str()).collect();
        for detail in [
            "the entity has 20 IDPSSODescriptors",
            "the entity has 20 IDPSSODescriptors, of which the first 8 are read",
        ] {
            assert!(details.contains(&detail), "{details:?}");
        }
    }

    /// `Location` and its like are of the type `xs:anyURI`.
    #[test]
    fn white_space_around_an_address_is_no_part_of_it() {
        let role = role(SAML_2, "", 1, &certificate())
            .replace("Location='https", "Location='&#x9; &#xA;https")
            .replace(
                "/slo1'",
                "/slo1&#xD; ' ResponseLocation=' https://idp.example/r\n'",
            )
            .replace("Binding='urn", "Binding=' urn");
        let metadata = read(&[role]);
        assert_eq!(metadata.sso()[0].location, "https://idp.example/sso1");
        let slo = &metadata.slo()[0];
        assert_eq!(slo.location, "https://idp.example/slo1");
        let answered_at = slo.response_location.as_deref();
        assert_eq!(answered_at, Some("https://idp.example/r"));
    }
}
