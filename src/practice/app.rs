//! An app registration ("Enterprise application"), as an admin fills it in or as it is read from the app's metadata.

use super::assignment::Assignment;
use super::directory::Group;
use super::directory::Person;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::dsig;
use crate::dsig::TrustedKeys;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::Trust;
use crate::saml::namespace::HTTP_POST;
use crate::saml::namespace::HTTP_REDIRECT;
use crate::saml::namespace::METADATA;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;

/// An app registration with SAML sign-on ("Enterprise application").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The application id, a GUID.
    pub app_id: String,
    /// The name on the tile.
    pub name: String,
    /// "Identifier (Entity ID)": the issuers it may send requests as. The first is the audience of a response
    /// that answers no request.
    pub identifiers: Vec<String>,
    /// "Reply URL": where responses may go. The first is the default.
    pub reply_urls: Vec<String>,
    /// "Logout Url": where logout messages go, over HTTP-Redirect.
    pub logout_url: Option<String>,
    /// "Relay State": what a sign-on from the portal brings along.
    pub relay_state: Option<String>,
    /// The people and groups that are assigned to it.
    pub assignment: Assignment,
    /// "Assignment required?".
    pub sign_ins: SignIns,
    /// The app's certificate: its key signs requests, and assertions are encrypted for it.
    pub certificate: Option<Certificate>,
    /// "Require verification certificates".
    pub requests: Requests,
    /// "Token encryption".
    pub tokens: Tokens,
}

/// The people who may sign in to an app ("Assignment required?"). Those who are assigned are provisioned, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIns {
    /// "Yes": those who are assigned.
    OfAssigned,
    /// "No": everybody in the directory, provisioned or not.
    OfEverybody,
}

/// The sign-on requests that are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// All of them: a signature is not looked at, as in Entra unless told otherwise.
    SignedOrNot,
    /// Those that the app's key has signed. A sign-on from the portal is not offered then, as in Entra.
    Signed,
}

/// The form in which assertions are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// In the clear.
    Plain,
    /// Encrypted for the app's certificate, with AES-256-CBC and RSA-OAEP as Entra does.
    Encrypted,
}

impl App {
    /// An app with one identifier and one reply URL, to which everybody is assigned.
    pub fn new(
        app_id: impl Into<String>,
        name: impl Into<String>,
        identifier: impl Into<String>,
        reply_url: impl Into<String>,
    ) -> App {
        App {
            app_id: app_id.into(),
            name: name.into(),
            identifiers: vec![identifier.into()],
            reply_urls: vec![reply_url.into()],
            logout_url: None,
            relay_state: None,
            assignment: Assignment::Everybody,
            sign_ins: SignIns::OfAssigned,
            certificate: None,
            requests: Requests::SignedOrNot,
            tokens: Tokens::Plain,
        }
    }

    /// "Upload metadata file": identifier, reply URL and logout URL, and the first certificate. Whether requests must
    /// be signed and tokens are encrypted stays the admin's choice. Fails for a document that does not parse, or that
    /// describes no service provider with an ACS over HTTP-POST.
    pub fn from_metadata(
        app_id: impl Into<String>,
        name: impl Into<String>,
        metadata: &str,
    ) -> Result<App, AppMetadataError> {
        let document = Document::parse(metadata, &Budget::METADATA)?;
        let entity = document.root();
        let role = named(entity, "SPSSODescriptor")
            .next()
            .ok_or(AppMetadataError::NoServiceProvider)?;
        let located = |service, binding| {
            named(role, service)
                .find(|endpoint| endpoint.attribute("Binding") == Some(binding))
                .and_then(|endpoint| endpoint.attribute("Location"))
        };
        let identifier = entity.attribute("entityID");
        let reply_url = located("AssertionConsumerService", HTTP_POST);
        let (Some(identifier), Some(reply_url)) = (identifier, reply_url) else {
            return Err(AppMetadataError::NoServiceProvider);
        };
        let certificate = role
            .descendants()
            .find(|element| element.is(dsig::NAMESPACE, "X509Certificate"))
            .map(|element| Certificate::from_base64(element.text().unwrap_or_default()))
            .transpose()?;
        Ok(App {
            logout_url: located("SingleLogoutService", HTTP_REDIRECT).map(str::to_owned),
            certificate,
            ..App::new(app_id, name, identifier, reply_url)
        })
    }

    /// True if this person may sign in to it.
    pub fn lets_in(&self, person: &Person) -> bool {
        self.sign_ins == SignIns::OfEverybody || self.admits(person)
    }

    /// True if this person is assigned to it, and so provisioned.
    pub fn admits(&self, person: &Person) -> bool {
        match &self.assignment {
            Assignment::Everybody => true,
            Assignment::Only(object_ids) => {
                let mut groups = person.groups.iter();
                object_ids.contains(&person.object_id) || groups.any(|id| object_ids.contains(id))
            }
        }
    }

    /// True if this group is assigned to it, and so provisioned.
    pub fn admits_group(&self, group: &Group) -> bool {
        match &self.assignment {
            Assignment::Everybody => true,
            Assignment::Only(object_ids) => object_ids.contains(&group.object_id),
        }
    }

    pub(super) fn trust(&self) -> Option<Trust> {
        let keys = vec![self.certificate.as_ref()?.key().clone()];
        let endpoint = Endpoint::new(Binding::HttpPost, self.reply_urls.first()?);
        Trust::new(
            self.identifiers.first()?.clone(),
            TrustedKeys::keys(keys).ok()?,
            Vec::new(),
            vec![endpoint],
            Vec::new(),
        )
    }
}

fn named<'d>(parent: Element<'d>, local: &'static str) -> impl Iterator<Item = Element<'d>> {
    let children = parent.children();
    children.filter(move |child| child.is(METADATA, local))
}

/// The reason that an app's metadata cannot be used.
#[derive(Clone, thiserror::Error)]
pub enum AppMetadataError {
    /// It does not parse.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It describes no service provider that we can answer.
    #[error("expected an EntityDescriptor with an SPSSODescriptor and an ACS over HTTP-POST")]
    NoServiceProvider,
    /// Its certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}
debug_as_sentence!(AppMetadataError);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn metadata(role: &str) -> String {
        format!(
            r#"<m:EntityDescriptor xmlns:m="{METADATA}" entityID="urn:app"><m:SPSSODescriptor>{role}</m:SPSSODescriptor></m:EntityDescriptor>"#
        )
    }

    #[test]
    fn without_the_need_of_an_assignment_everybody_may_sign_in_and_is_assigned_no_more_for_it() {
        let farah = Person::new("id", "farah@contoso.example", "Farah", "Fox");
        let nobody = App {
            assignment: Assignment::Only(BTreeSet::new()),
            ..App::new("id", "App", "urn:app", "https://app.example/acs")
        };
        assert!(!nobody.lets_in(&farah) && !nobody.admits(&farah));
        let open = App {
            sign_ins: SignIns::OfEverybody,
            ..nobody
        };
        assert!(open.lets_in(&farah) && !open.admits(&farah));
    }

    #[test]
    fn an_app_is_registered_by_what_its_metadata_says() {
        let role = format!(
            r#"<m:SingleLogoutService Binding="{HTTP_POST}" Location="https://app.example/post"/>
            <m:SingleLogoutService Binding="{HTTP_REDIRECT}" Location="https://app.example/slo"/>
            <m:AssertionConsumerService Binding="{HTTP_POST}" Location="https://app.example/acs"/>"#
        );
        let expected = App {
            logout_url: Some("https://app.example/slo".to_owned()),
            ..App::new("id", "App", "urn:app", "https://app.example/acs")
        };
        let app = App::from_metadata("id", "App", &metadata(&role)).unwrap();
        assert_eq!(app, expected);
    }

    #[test]
    fn metadata_without_a_service_provider_registers_nothing() {
        for xml in [
            metadata(""),
            format!(r#"<m:EntityDescriptor xmlns:m="{METADATA}"/>"#),
        ] {
            let found = App::from_metadata("id", "App", &xml);
            assert!(
                matches!(found, Err(AppMetadataError::NoServiceProvider)),
                "{xml}"
            );
        }
    }
}
