//! The differences between two states of an identity provider's metadata.

use jiff::Timestamp;

use super::Endpoint;
use super::IdpMetadata;
use crate::crypto::Certificate;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MetadataDiff {
    /// The entity ID, if it is another: whoever pins the old one trusts nobody by the new document.
    pub entity_id: Option<Changed<String>>,
    /// The signing certificates.
    pub certificates: Compared<Certificate>,
    /// The sign-on endpoints.
    pub sso: Compared<Endpoint>,
    /// The logout endpoints.
    pub slo: Compared<Endpoint>,
    /// The name formats.
    pub name_id_formats: Compared<String>,
    /// The time until which the document holds, if that is another moment.
    pub valid_until: Option<Changed<Option<Timestamp>>>,
    /// True if it takes signed requests alone, before and now, if that is another answer.
    pub wants_signed_requests: Option<Changed<bool>>,
}

/// Two lists, taken apart; their order does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Compared<T> {
    /// The items that the new one has and the old one has not.
    pub added: Vec<T>,
    /// The items that the old one has and the new one has not.
    pub removed: Vec<T>,
    /// The items that both have.
    pub kept: Vec<T>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Changed<T> {
    /// The value before.
    pub old: T,
    /// The value now.
    pub new: T,
}

impl MetadataDiff {
    /// Compares two documents. Whether they are signed, and how their text is laid out, makes no difference.
    pub(crate) fn between(old: &IdpMetadata, new: &IdpMetadata) -> MetadataDiff {
        MetadataDiff {
            entity_id: Changed::between(old.entity_id().to_owned(), new.entity_id().to_owned()),
            certificates: Compared::between(old.signing_certificates(), new.signing_certificates()),
            sso: Compared::between(old.sso(), new.sso()),
            slo: Compared::between(old.slo(), new.slo()),
            name_id_formats: Compared::between(old.name_id_formats(), new.name_id_formats()),
            valid_until: Changed::between(old.valid_until(), new.valid_until()),
            wants_signed_requests: Changed::between(
                old.wants_signed_requests(),
                new.wants_signed_requests(),
            ),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entity_id.is_none()
            && self.certificates.is_same()
            && self.sso.is_same()
            && self.slo.is_same()
            && self.name_id_formats.is_same()
            && self.valid_until.is_none()
            && self.wants_signed_requests.is_none()
    }
}

impl<T: Clone + PartialEq> Compared<T> {
    /// Compares two lists. An item that stands in one of them twice counts once.
    pub(crate) fn between(old: &[T], new: &[T]) -> Compared<T> {
        Compared {
            added: beyond(new, old),
            removed: beyond(old, new),
            kept: distinct(new.iter().filter(|item| old.contains(item))),
        }
    }

    pub(crate) fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

impl<T: PartialEq> Changed<T> {
    pub(crate) fn between(old: T, new: T) -> Option<Changed<T>> {
        (old != new).then_some(Changed { old, new })
    }
}

fn beyond<T: Clone + PartialEq>(list: &[T], other: &[T]) -> Vec<T> {
    distinct(list.iter().filter(|item| !other.contains(item)))
}

fn distinct<'a, T: Clone + PartialEq + 'a>(items: impl Iterator<Item = &'a T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for item in items {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    fn metadata(
        certificates: &[&Certificate],
        attributes: &str,
        services: &[(&str, &str)],
        formats: &[&str],
    ) -> IdpMetadata {
        let keys = certificates.iter().map(|certificate| {
            let pem = certificate.to_pem();
            let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            format!("<KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>")
        });
        let services = services.iter().map(|(service, location)| {
            format!("<{service} Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{location}\"/>")
        });
        let formats = formats
            .iter()
            .map(|format| format!("<NameIDFormat>{format}</NameIDFormat>"));
        let parts: String = keys.chain(services).chain(formats).collect();
        let xml = format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" {attributes}><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{parts}</IDPSSODescriptor></EntityDescriptor>"
        );
        IdpMetadata::read(xml.as_bytes(), None).unwrap()
    }

    fn certificate(serial: u64) -> Certificate {
        let key = SigningKey::generate_p256().unwrap();
        let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
        let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
        Certificate::self_signed(&key, "test", serial, begin, end).unwrap()
    }

    const SSO: (&str, &str) = ("SingleSignOnService", "https://a.example/sso");
    const SLO: (&str, &str) = ("SingleLogoutService", "https://a.example/slo");

    #[test]
    fn what_differs_in_nothing_but_its_order_is_the_same() {
        let (a, b) = (certificate(1), certificate(2));
        let old = metadata(&[&a, &b], "entityID='urn:a'", &[SSO, SLO], &["f", "g"]);
        let new = metadata(&[&b, &a, &b], "entityID='urn:a'", &[SLO, SSO], &["g", "f"]);
        let diff = MetadataDiff::between(&old, &new);
        assert!(diff.is_empty(), "{diff:?}");
        assert_eq!(diff.certificates.kept, [b, a]);
    }

    #[test]
    fn each_part_that_differs_is_told_apart() {
        let (a, b, c) = (certificate(1), certificate(2), certificate(3));
        let old = metadata(&[&a, &b], "entityID='urn:a'", &[SSO], &["f"]);
        let empty = Compared::<Certificate>::between(&[], &[]);

        let rolled = metadata(&[&b, &c], "entityID='urn:a'", &[SSO], &["f"]);
        let diff = MetadataDiff::between(&old, &rolled);
        assert_eq!(diff.certificates.added, [c]);
        assert_eq!(diff.certificates.removed, std::slice::from_ref(&a));
        assert_eq!(diff.certificates.kept, std::slice::from_ref(&b));
        assert!(!diff.is_empty() && diff.sso.is_same() && empty.is_same());

        let renamed = metadata(&[&a, &b], "entityID='urn:b'", &[SSO], &["f"]);
        let diff = MetadataDiff::between(&old, &renamed);
        let named = Changed {
            old: "urn:a".to_owned(),
            new: "urn:b".to_owned(),
        };
        assert_eq!(diff.entity_id, Some(named));
        assert!(!diff.is_empty());

        let moved = ("SingleSignOnService", "https://b.example/sso");
        let moved = metadata(&[&a, &b], "entityID='urn:a'", &[moved, SLO], &["g"]);
        let diff = MetadataDiff::between(&old, &moved);
        assert_eq!(diff.sso.added[0].location, "https://b.example/sso");
        assert_eq!(diff.sso.removed[0].location, SSO.1);
        assert_eq!((diff.slo.added.len(), diff.slo.removed.len()), (1, 0));
        assert_eq!(diff.name_id_formats.added, ["g"]);
        assert_eq!(diff.name_id_formats.removed, ["f"]);

        let until = "entityID='urn:a' validUntil='2030-01-01T00:00:00Z'";
        let diff = MetadataDiff::between(&old, &metadata(&[&a, &b], until, &[SSO], &["f"]));
        let (before, after) = diff
            .valid_until
            .as_ref()
            .map(|at| (at.old, at.new))
            .unwrap();
        assert!(before.is_none() && after.is_some() && !diff.is_empty());
    }
}
