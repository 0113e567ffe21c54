//! Service providers: `SPSSODescriptor` (Metadata §2.4.4).

use samael::metadata::Endpoint;
use samael::metadata::EntityDescriptor;
use samael::metadata::IndexedEndpoint;
use samael::metadata::SpSsoDescriptor;

use super::error::ConversionError;
use super::key_descriptor;
use crate::metadata::ENCRYPTION_METHODS;
use crate::metadata::NAME_ID_FORMATS;
use crate::metadata::SpMetadata;
use crate::metadata::speaks_saml_2;
use crate::saml::ServiceProvider;
use crate::saml::namespace::HTTP_POST;
use crate::saml::namespace::HTTP_REDIRECT;
use crate::saml::namespace::PROTOCOL;

/// The ID of an entity of samael's, and its default ACS over HTTP-POST. The tenant is left open.
///
/// # Errors
/// [`ConversionError::NoEntityId`], [`ConversionError::ServiceProviders`] and [`ConversionError::NoAssertionConsumerService`].
impl TryFrom<&EntityDescriptor> for ServiceProvider {
    type Error = ConversionError;

    fn try_from(theirs: &EntityDescriptor) -> Result<ServiceProvider, ConversionError> {
        let entity_id = theirs.entity_id.clone().filter(|id| !id.is_empty());
        Ok(ServiceProvider {
            entity_id: entity_id.ok_or(ConversionError::NoEntityId)?,
            acs_url: default_acs(only_role(theirs)?)?.location.clone(),
            tenant: None,
        })
    }
}

fn only_role(theirs: &EntityDescriptor) -> Result<&SpSsoDescriptor, ConversionError> {
    let roles = theirs.sp_sso_descriptors.iter().flatten();
    let roles: Vec<_> = roles
        .filter(|role| speaks_saml_2(role.protocol_support_enumeration.as_deref()))
        .collect();
    match roles[..] {
        [only] => Ok(only),
        _ => Err(ConversionError::ServiceProviders { found: roles.len() }),
    }
}

/// The default of indexed endpoints (Metadata §2.2.3): the first that says so, else the first that does not deny it, else the first.
fn default_acs(role: &SpSsoDescriptor) -> Result<&IndexedEndpoint, ConversionError> {
    let all = &role.assertion_consumer_services;
    let posted = || all.iter().filter(|endpoint| endpoint.binding == HTTP_POST);
    posted()
        .find(|endpoint| endpoint.is_default == Some(true))
        .or_else(|| posted().find(|endpoint| endpoint.is_default.is_none()))
        .or_else(|| posted().next())
        .ok_or(ConversionError::NoAssertionConsumerService { found: all.len() })
}

/// Our metadata as samael has it: the content that [`SpMetadata::to_xml`] writes, without the signature, which is over
/// bytes.
impl From<&SpMetadata> for EntityDescriptor {
    fn from(ours: &SpMetadata) -> EntityDescriptor {
        EntityDescriptor {
            entity_id: Some(ours.sp.entity_id.clone()),
            sp_sso_descriptors: Some(vec![role(ours)]),
            ..EntityDescriptor::default()
        }
    }
}

fn role(ours: &SpMetadata) -> SpSsoDescriptor {
    let signing = |certificate| key_descriptor("signing", certificate, &[]);
    let encryption = |certificate| key_descriptor("encryption", certificate, &ENCRYPTION_METHODS);
    let keys = ours.certificates.iter().map(signing);
    let keys = keys.chain(ours.certificates.iter().map(encryption));
    SpSsoDescriptor {
        protocol_support_enumeration: Some(PROTOCOL.to_owned()),
        key_descriptors: Some(keys.collect()),
        single_logout_services: Some(
            [HTTP_REDIRECT, HTTP_POST]
                .map(|binding| logout(binding, &ours.slo_url))
                .into(),
        ),
        name_id_formats: Some(NAME_ID_FORMATS.map(str::to_owned).into()),
        authn_requests_signed: Some(ours.signs_requests),
        want_assertions_signed: Some(true),
        assertion_consumer_services: vec![IndexedEndpoint {
            binding: HTTP_POST.to_owned(),
            location: ours.sp.acs_url.clone(),
            response_location: None,
            index: 0,
            is_default: Some(true),
        }],
        ..SpSsoDescriptor::default()
    }
}

fn logout(binding: &str, location: &str) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: location.to_owned(),
        response_location: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Certificate;
    use crate::crypto::SigningKey;

    fn ours() -> SpMetadata {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        SpMetadata {
            sp: ServiceProvider {
                entity_id: "https://app.example.com/saml/acme/metadata".to_owned(),
                acs_url: "https://app.example.com/saml/acme/acs?a=1&b=2".to_owned(),
                tenant: None,
            },
            slo_url: "https://app.example.com/saml/acme/slo".to_owned(),
            signs_requests: true,
            certificates: vec![Certificate::self_signed(&key, "acme", 1, start, end).unwrap()],
            signer: None,
        }
    }

    #[test]
    fn their_value_is_what_samael_reads_of_the_document_that_we_write() {
        let ours = ours();
        let mut read: EntityDescriptor = ours.to_xml().unwrap().parse().unwrap();
        // The document has an ID, for the signature to refer to.
        assert!(read.id.take().is_some());
        assert_eq!(EntityDescriptor::from(&ours), read);
    }

    #[test]
    fn a_service_provider_comes_back_as_it_went() {
        let ours = ours();
        let theirs = EntityDescriptor::from(&ours);
        assert_eq!(ServiceProvider::try_from(&theirs), Ok(ours.sp));
    }

    /// The result on our side for a value of theirs with one thing changed.
    fn of(change: impl FnOnce(&mut EntityDescriptor)) -> Result<ServiceProvider, ConversionError> {
        let mut theirs = EntityDescriptor::from(&ours());
        change(&mut theirs);
        ServiceProvider::try_from(&theirs)
    }

    fn roles(theirs: &mut EntityDescriptor) -> &mut Vec<SpSsoDescriptor> {
        theirs.sp_sso_descriptors.as_mut().unwrap()
    }

    #[test]
    fn an_entity_without_an_id_is_refused() {
        for id in [None, Some(String::new())] {
            let refused = of(|theirs| theirs.entity_id = id).unwrap_err();
            assert_eq!(refused, ConversionError::NoEntityId);
        }
    }

    #[test]
    fn none_and_two_service_providers_are_refused() {
        let none = of(|theirs| roles(theirs).clear()).unwrap_err();
        assert_eq!(none, ConversionError::ServiceProviders { found: 0 });
        let two = of(|theirs| {
            let again = roles(theirs)[0].clone();
            roles(theirs).push(again);
        });
        let two = two.unwrap_err();
        assert_eq!(two, ConversionError::ServiceProviders { found: 2 });
    }

    #[test]
    fn one_that_takes_artifacts_alone_is_refused() {
        let artifact = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
        let refused = of(|theirs| {
            roles(theirs)[0].assertion_consumer_services[0].binding = artifact.to_owned();
        });
        let refused = refused.unwrap_err();
        assert_eq!(
            refused,
            ConversionError::NoAssertionConsumerService { found: 1 }
        );
    }

    #[test]
    fn the_default_address_is_chosen_as_the_standard_says() {
        let chosen = |defaults: [Option<bool>; 3]| {
            let sp = of(|theirs| {
                let services = &mut roles(theirs)[0].assertion_consumer_services;
                let one = services.remove(0);
                services.extend(defaults.iter().enumerate().map(|(index, is_default)| {
                    IndexedEndpoint {
                        location: format!("https://app.example.com/{index}"),
                        is_default: *is_default,
                        ..one.clone()
                    }
                }));
            });
            sp.unwrap().acs_url
        };
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(chosen([None, yes, yes]), "https://app.example.com/1");
        assert_eq!(chosen([no, None, None]), "https://app.example.com/1");
        assert_eq!(chosen([no, no, no]), "https://app.example.com/0");
    }
}
