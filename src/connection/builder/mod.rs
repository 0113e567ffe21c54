//! The settings of a connection, one by one. `build` makes the connection of them, or reports all that is wrong at once.

mod build;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::AcceptedCredentials;
use super::CertificateDates;
use super::Connection;
use super::FrontDoor;
use super::GroupChange;
use super::IdpInitiated;
use super::LinkRule;
use super::Listing;
use super::MetadataPolicy;
use super::OurSide;
use super::RequestSigning;
use super::ScimRate;
use super::ScimSettings;
use super::SessionSettings;
use super::SignOnPolicy;
use super::SignOnSettings;
use super::SpKey;
use super::SpKeys;
use super::TrustSource;
use crate::crypto::Fingerprint;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::scim::ExtensionDeclaration;

/// Collects the settings of a [`Connection`]; see [`Connection::builder`].
#[derive(Clone, Debug)]
pub struct ConnectionBuilder {
    id: String,
    sources: Vec<TrustSource>,
    sp_key: Option<SpKey>,
    sp_keys: SpKeys,
    pub(super) our_side: OurSide,
    sign_on: SignOnSettings,
    /// True if somebody has named the policy of sign-ons.
    names_policy: bool,
    session: SessionSettings,
    front_door: FrontDoor,
    pub(super) scim: ScimSettings,
}

impl Connection {
    /// Starts a connection; it needs at least a trust source.
    pub fn builder(id: impl Into<String>) -> ConnectionBuilder {
        ConnectionBuilder::new(id)
    }
}

impl ConnectionBuilder {
    fn new(id: impl Into<String>) -> ConnectionBuilder {
        ConnectionBuilder {
            id: id.into(),
            sources: Vec::new(),
            sp_key: None,
            sp_keys: SpKeys::none(),
            our_side: OurSide::default(),
            sign_on: SignOnSettings::default(),
            names_policy: false,
            session: SessionSettings::default(),
            front_door: FrontDoor::default(),
            scim: ScimSettings::default(),
        }
    }

    /// The id as it was given; [`build`](ConnectionBuilder::build) checks it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Trust whatever the metadata at this address says.
    pub fn metadata_url(self, url: impl Into<String>) -> ConnectionBuilder {
        self.trust(TrustSource::MetadataUrl {
            url: url.into(),
            entity_id: None,
            policy: MetadataPolicy::default(),
        })
    }

    /// Trust what a metadata query server says about one entity.
    pub fn metadata_query(
        self,
        base_url: impl Into<String>,
        entity_id: impl Into<String>,
    ) -> ConnectionBuilder {
        self.trust(TrustSource::MetadataQuery {
            base_url: base_url.into(),
            entity_id: entity_id.into(),
            policy: MetadataPolicy::default(),
        })
    }

    /// Trust whatever this metadata document says.
    pub fn metadata_xml(self, xml: impl Into<String>) -> ConnectionBuilder {
        self.trust(TrustSource::MetadataXml {
            xml: xml.into(),
            file: None,
            entity_id: None,
        })
    }

    /// Trust the certificate with this fingerprint, for this identity provider at this address.
    pub fn fingerprint(
        self,
        fingerprint: Fingerprint,
        idp_entity_id: impl Into<String>,
        sso_url: impl Into<String>,
    ) -> ConnectionBuilder {
        self.trust(TrustSource::Fingerprint {
            fingerprints: vec![fingerprint],
            entity_id: idp_entity_id.into(),
            sso_url: sso_url.into(),
            slo_url: None,
        })
    }

    /// Trust this source. A connection has exactly one.
    pub fn trust(mut self, source: TrustSource) -> ConnectionBuilder {
        self.sources.push(source);
        self
    }

    /// The name for people.
    pub fn display_name(mut self, name: impl Into<String>) -> ConnectionBuilder {
        self.front_door.display_name = Some(name.into());
        self
    }

    /// Our Entity ID, where it is not the default.
    pub fn sp_entity_id(mut self, entity_id: impl Into<String>) -> ConnectionBuilder {
        self.our_side.entity_id = Some(entity_id.into());
        self
    }

    /// Our Reply URL, where it is not the default.
    pub fn acs_url(mut self, url: impl Into<String>) -> ConnectionBuilder {
        self.our_side.acs_url = Some(url.into());
        self
    }

    /// The local path a person reaches after a sign-on that named none.
    pub fn default_relay_state(mut self, path: impl Into<String>) -> ConnectionBuilder {
        self.sign_on.relay_state = Some(path.into());
        self
    }

    /// Admit responses that answer no request, such as those of "My Apps" tiles.
    pub fn allow_idp_initiated(mut self) -> ConnectionBuilder {
        self.sign_on.idp_initiated = IdpInitiated::Allow;
        self
    }

    /// Let in people who were not provisioned: [`SignOnPolicy::JustInTime`].
    pub fn just_in_time(self) -> ConnectionBuilder {
        self.sign_on(SignOnPolicy::JustInTime)
    }

    /// The people who may sign in; by default only those who are provisioned, as soon as there is a SCIM credential.
    pub fn sign_on(mut self, policy: SignOnPolicy) -> ConnectionBuilder {
        self.sign_on.policy = policy;
        self.names_policy = true;
        self
    }

    /// The settings beside the connection that is there. They say nothing of keys that `entrada key` made: those stay. So does a door
    /// that was opened until provisioning is through, where they name no policy.
    pub(crate) fn beside(self, present: &Connection) -> ConnectionBuilder {
        let policy = present.sign_on().policy;
        let mut beside = self.sp_keys(present.sp_keys().clone());
        if !beside.names_policy && policy == SignOnPolicy::JustInTimeUntilProvisioned {
            beside.sign_on.policy = policy;
        }
        beside
    }

    /// The effect of the dates of the identity provider's certificates; by default they are only reported.
    pub fn certificate_dates(mut self, dates: CertificateDates) -> ConnectionBuilder {
        self.sign_on.certificate_dates = dates;
        self
    }

    /// The rules of another connection for sign-on, sessions and provisioning, but for a tenant that it pins and its number of seats.
    pub(crate) fn rules_of(mut self, other: &Connection) -> ConnectionBuilder {
        self.sign_on = SignOnSettings {
            tenant: None,
            ..other.sign_on.clone()
        };
        self.names_policy = true;
        self.session = other.session.clone();
        self.scim = ScimSettings {
            seats: None,
            ..other.scim.clone()
        };
        self
    }

    /// The rule by which a person who signs on finds their user; by default by object id.
    pub fn link_rule(mut self, rule: LinkRule) -> ConnectionBuilder {
        self.sign_on.link_rule = rule;
        self
    }

    /// The effect of changed groups on sessions; by default they go on.
    pub fn group_change(mut self, choice: GroupChange) -> ConnectionBuilder {
        self.scim.group_change = choice;
        self
    }

    /// The number of users who may be active at once, at least one; `None`, the default, for any number.
    pub fn seats(mut self, seats: impl Into<Option<u32>>) -> ConnectionBuilder {
        self.scim.seats = seats.into();
        self
    }

    /// The time that a session lasts without a request; one minute to 30 days. `None`, the default, for as long as its
    /// lifetime. It may end a sixteenth of this time early, or 15 minutes if that is less: requests are noted so often.
    pub fn session_idle(mut self, idle: impl Into<Option<Duration>>) -> ConnectionBuilder {
        self.session.idle = idle.into();
        self
    }

    /// The time that a session lasts at most; one minute to 30 days.
    pub fn session_lifetime(mut self, lifetime: Duration) -> ConnectionBuilder {
        self.session.lifetime = lifetime;
        self
    }

    /// The tenant that every response must name in its `tenantid` claim. Where the issuer is Entra's and names the same tenant,
    /// the claim may be missing.
    pub fn tenant(mut self, tenant: impl Into<String>) -> ConnectionBuilder {
        self.sign_on.tenant = Some(tenant.into());
        self
    }

    /// Our own key pair. A key that the connection has already, or had and has retired, changes nothing: what a rollover has
    /// made of it stays. One that is new to the connection becomes the active one.
    pub fn sp_key(mut self, key: SpKey) -> ConnectionBuilder {
        self.sp_key = Some(key);
        self
    }

    /// The keys that the connection has already, where its settings are given anew.
    pub fn sp_keys(mut self, keys: SpKeys) -> ConnectionBuilder {
        self.sp_keys = keys;
        self
    }

    /// The options of every sign-on request; `force_authn` and `is_passive` belong to a single sign-on and are left out.
    pub fn request_options(mut self, options: RequestOptions) -> ConnectionBuilder {
        self.our_side.request_options = RequestOptions {
            force_authn: false,
            is_passive: false,
            ..options
        };
        self
    }

    /// Let unsolicited responses lead to this local path as well.
    pub fn relay_state_target(mut self, path: impl Into<String>) -> ConnectionBuilder {
        self.sign_on.relay_state_targets.push(path.into());
        self
    }

    /// Under this host name, the sign-in page goes straight to this connection.
    pub fn host(mut self, name: impl Into<String>) -> ConnectionBuilder {
        self.front_door.hosts.push(name.into().to_ascii_lowercase());
        self
    }

    /// People with an e-mail address of this domain sign in over this connection.
    pub fn email_domain(mut self, domain: impl Into<String>) -> ConnectionBuilder {
        let domain = domain.into().to_ascii_lowercase();
        self.front_door.email_domains.push(domain);
        self
    }

    /// Keep the connection off the public sign-in page: people come by its host name, their e-mail domain, or its own address.
    pub fn unlisted(mut self) -> ConnectionBuilder {
        self.front_door.listing = Listing::Unlisted;
        self
    }

    /// Send requests over this binding alone: signed ones carry their signature in the query (HTTP-Redirect) or within
    /// (HTTP-POST). An identity provider that does not offer it is not asked.
    pub fn request_binding(mut self, binding: Binding) -> ConnectionBuilder {
        self.our_side.request_binding = Some(binding);
        self
    }

    /// An extension schema of the users or groups that are provisioned.
    pub fn scim_extension(mut self, extension: ExtensionDeclaration) -> ConnectionBuilder {
        self.scim.extensions.push(extension);
        self
    }

    /// The rate at which the connection may send SCIM requests; 100 a second and 400 at once by default.
    pub fn scim_rate(mut self, rate: ScimRate) -> ConnectionBuilder {
        self.scim.rate = rate;
        self
    }

    /// The credentials that are taken from those who provision; by default those of every kind.
    pub fn scim_credentials(mut self, accepted: AcceptedCredentials) -> ConnectionBuilder {
        self.scim.credentials = accepted;
        self
    }

    /// Sign requests with our own key, which must be given too.
    pub fn sign_requests(mut self) -> ConnectionBuilder {
        self.our_side.request_signing = RequestSigning::Signed;
        self
    }
}
