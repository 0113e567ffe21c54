//! The claims that Entra would send of a person who has never signed on.

use jiff::Timestamp;

use crate::directory::UserRecord;
use crate::directory::is_guid;
use crate::saml::Attribute;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::claim;
use crate::session::Claims;
use crate::session::Subject;

/// The claims that Entra sends by default, of a user who is provisioned as it should be, and of the person that the user is
/// tied to. The object id of Entra is a GUID: what is none in `externalId` is not assumed to be one.
pub(super) fn assumed(
    user: &UserRecord,
    tied: Option<&Subject>,
    issuer: &str,
    now: Timestamp,
) -> Claims {
    let resource = &user.record().resource;
    let name = resource.user_name().unwrap_or_default();
    let persistent = tied.and_then(Subject::persistent_name);
    let external_id = resource.external_id().filter(|id| is_guid(id));
    let object_id = match (tied.and_then(Subject::object_id), external_id) {
        (Some(id), _) => id,
        (None, Some(id)) => id.to_owned(),
        (None, None) if persistent.is_some() => String::new(),
        (None, None) => NOBODYS.to_owned(),
    };
    let emails = resource.emails();
    let said = [
        (claim::OBJECT_ID, object_id.as_str()),
        (claim::NAME, name),
        (claim::EMAIL, emails.first().copied().unwrap_or_default()),
    ];
    let attributes =
        said.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| Attribute {
                name: name.to_owned(),
                values: vec![value.to_owned()],
            });
    Claims {
        issuer: issuer.to_owned(),
        name_id: persistent.unwrap_or_else(|| NameId {
            value: name.to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        }),
        authn_instant: now,
        attributes: attributes.collect::<Attributes>(),
    }
}

/// The object id of nobody (RFC 9562 §5.9).
pub(super) const NOBODYS: &str = "00000000-0000-0000-0000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_told_from_a_nickname() {
        for guid in [
            "6b7f1d0e-3c2a-4f5b-9a8e-0d1c2b3a4f5e",
            "6B7F1D0E-3C2A-4F5B-9A8E-0D1C2B3A4F5E",
        ] {
            assert!(is_guid(guid), "{guid}");
        }
        for other in [
            "",
            "ada",
            "6b7f1d0e3c2a4f5b9a8e0d1c2b3a4f5e",
            "6b7f1d0e-3c2a-4f5b-9a8e-0d1c2b3a4f5g",
        ] {
            assert!(!is_guid(other), "{other}");
        }
    }
}
