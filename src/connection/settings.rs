//! The settings of a connection in groups. Each is given by the [`ConnectionBuilder`](super::ConnectionBuilder), which checks it, and is
//! stored under a name of its own beside those of the other groups.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::AcceptedCredentials;
use super::GroupChange;
use super::LinkRule;
use super::ScimRate;
use super::SignOnPolicy;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::scim::ExtensionDeclaration;

/// Our side towards the identity provider, but for our keys: [`Connection::sp_keys`](super::Connection::sp_keys).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OurSide {
    /// Our name, where it is not the default: see [`Connection::sp_entity_id`](super::Connection::sp_entity_id).
    #[serde(rename = "sp_entity_id")]
    pub entity_id: Option<String>,
    /// The address of responses, where it is not the default: see [`Connection::acs_url`](super::Connection::acs_url).
    pub acs_url: Option<String>,
    /// The signing of sign-on requests; by default there is none.
    #[serde(default)]
    pub request_signing: RequestSigning,
    /// The options that every sign-on request asks for.
    #[serde(default)]
    pub request_options: RequestOptions,
    /// The binding of sign-on requests; by default HTTP-Redirect where the identity provider offers it, else HTTP-POST.
    #[serde(default)]
    pub request_binding: Option<Binding>,
}

/// The people who may sign on, and the pages that they reach.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignOnSettings {
    /// The policy that says who may sign in.
    #[serde(rename = "sign_on")]
    pub policy: SignOnPolicy,
    /// The rule by which a person who signs on finds their user.
    #[serde(default)]
    pub link_rule: LinkRule,
    /// The tenant that every response must name, if the connection pins one. Without it, the tenant in the issuer of an Entra identity
    /// provider is the one that is asked for.
    pub tenant: Option<String>,
    /// The treatment of a response that answers no request; by default it is refused.
    pub idp_initiated: IdpInitiated,
    /// The local path that a person reaches after a sign-on that named none: see [`Connection::default_relay_state`](super::Connection::default_relay_state).
    pub relay_state: Option<String>,
    /// Targets that an unsolicited response may lead to, besides the default one.
    #[serde(default)]
    pub relay_state_targets: Vec<String>,
    /// The effect of the dates of the identity provider's certificates; by default they are only reported.
    #[serde(default)]
    pub certificate_dates: CertificateDates,
}

/// The times of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionSettings {
    /// The longest time that a session lasts; the identity provider can only shorten it.
    #[serde(rename = "session_lifetime")]
    pub lifetime: Duration,
    /// The time that a session lasts without a request; `None`, the default, for as long as its lifetime.
    #[serde(default, rename = "session_idle")]
    pub idle: Option<Duration>,
}

impl SessionSettings {
    /// The lifetime of a session unless the connection says otherwise: eight hours, a working day.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
}

impl Default for SessionSettings {
    fn default() -> SessionSettings {
        SessionSettings {
            lifetime: SessionSettings::DEFAULT_LIFETIME,
            idle: None,
        }
    }
}

/// The way of people to the connection.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FrontDoor {
    /// The name for people: see [`Connection::display_name`](super::Connection::display_name).
    pub display_name: Option<String>,
    /// Host names under which the sign-in page goes straight to this connection.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Domains of e-mail addresses whose people sign in over this connection.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// The listing on the sign-in page; by default the page shows the connection to everybody.
    #[serde(default)]
    pub listing: Listing,
}

/// Provisioning over SCIM.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScimSettings {
    /// The extension schemas of users and groups, besides EnterpriseUser; by default none.
    #[serde(default, rename = "scim_extensions")]
    pub extensions: Vec<ExtensionDeclaration>,
    /// The limit on requests.
    #[serde(default, rename = "scim_rate")]
    pub rate: ScimRate,
    /// The effect on sessions when groups change; by default they go on.
    #[serde(default)]
    pub group_change: GroupChange,
    /// The number of users who may be active at once; `None`, the default, for any number.
    #[serde(default)]
    pub seats: Option<u32>,
    /// The credentials that are taken; by default those of every kind.
    #[serde(default, rename = "scim_credentials")]
    pub credentials: AcceptedCredentials,
}

/// The effect of the dates of the certificates that an identity provider signs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateDates {
    /// They are reported: whoever lists an expired certificate still vouches for its key, and nobody is locked out.
    #[default]
    Reported,
    /// A response is refused unless each key that signed it has a trusted certificate that is valid now. Microsoft's gallery asks
    /// for that. Logout messages are taken all the same: a session that should end does not go on because of a date.
    Enforced,
}

/// The treatment of a response that answers no request of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdpInitiated {
    /// It is refused: whoever has a response of their own could sign somebody else in with it.
    #[default]
    Refuse,
    /// It is admitted once; "My Apps" tiles in Entra need this.
    Allow,
}

/// The signing of sign-on requests. Entra checks the signature only where the tenant asks for it, and then takes
/// no IdP-initiated sign-on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestSigning {
    /// They are not signed.
    #[default]
    Unsigned,
    /// They are signed, with the connection's own key.
    Signed,
}

/// The listing of a connection on the sign-in page. The page is public: whoever reads it learns who the site's
/// customers are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// The page lists it, by display name.
    #[default]
    Listed,
    /// The page does not list it: people come by the connection's host name, by their e-mail domain, or by its own
    /// address. That such a domain has a connection here can be found out by asking for it.
    Unlisted,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::connection::Connection;

    #[test]
    fn settings_are_stored_flat_under_names_that_stay() {
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let stored = serde_json::to_value(acme.build().unwrap()).unwrap();
        let mut names: Vec<&String> = stored.as_object().unwrap().keys().collect();
        names.sort();
        let expected = "acs_url certificate_dates display_name email_domains group_change hosts id idp_initiated link_rule listing relay_state \
            relay_state_targets request_binding request_options request_signing scim_credentials scim_extensions scim_rate seats session_idle \
            session_lifetime sign_on sp_entity_id sp_keys tenant trust";
        assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
        let read: Connection = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), stored);
    }

    #[test]
    fn a_row_of_the_first_version_opens_and_one_without_its_settings_does_not() {
        let row = json!({
            "id": "acme", "display_name": "Acme", "sp_entity_id": null, "acs_url": null, "relay_state": "/home",
            "trust": { "kind": "metadata-url", "url": "https://idp.example/", "entity_id": null },
            "idp_initiated": "allow", "sign_on": "just-in-time", "session_lifetime": { "secs": 900, "nanos": 0 },
            "tenant": null, "a-setting-of-a-later-version": 3,
        });
        let acme: Connection = serde_json::from_value(row.clone()).unwrap();
        let again = Connection::builder("acme")
            .display_name("Acme")
            .metadata_url("https://idp.example/")
            .default_relay_state("/home")
            .allow_idp_initiated()
            .just_in_time()
            .session_lifetime(std::time::Duration::from_secs(900));
        assert_eq!(acme, again.build().unwrap());
        for needed in ["sign_on", "idp_initiated", "session_lifetime", "trust"] {
            let mut row = row.clone();
            row.as_object_mut().unwrap().remove(needed);
            assert!(
                serde_json::from_value::<Connection>(row).is_err(),
                "{needed}"
            );
        }
    }
}
