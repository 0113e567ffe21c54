//! The settings of a connection, one by one. `build` makes the connection of them, and reports everything that is wrong with
//! them at once.

mod build;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::Connection;
use super::GroupChange;
use super::IdpInitiated;
use super::LinkRule;
use super::Listing;
use super::MetadataPolicy;
use super::RequestSigning;
use super::ScimRate;
use super::SignOnPolicy;
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
    display_name: Option<String>,
    sources: Vec<TrustSource>,
    sp_entity_id: Option<String>,
    acs_url: Option<String>,
    relay_state: Option<String>,
    idp_initiated: IdpInitiated,
    sign_on: SignOnPolicy,
    session_lifetime: Duration,
    tenant: Option<String>,
    sp_key: Option<SpKey>,
    sp_keys: SpKeys,
    request_signing: RequestSigning,
    request_options: RequestOptions,
    relay_state_targets: Vec<String>,
    hosts: Vec<String>,
    email_domains: Vec<String>,
    listing: Listing,
    request_binding: Option<Binding>,
    scim_extensions: Vec<ExtensionDeclaration>,
    scim_rate: ScimRate,
    link_rule: LinkRule,
    group_change: GroupChange,
    seats: Option<u32>,
    session_idle: Option<Duration>,
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
            display_name: None,
            sources: Vec::new(),
            sp_entity_id: None,
            acs_url: None,
            relay_state: None,
            idp_initiated: IdpInitiated::default(),
            sign_on: SignOnPolicy::default(),
            session_lifetime: Connection::DEFAULT_SESSION_LIFETIME,
            tenant: None,
            sp_key: None,
            sp_keys: SpKeys::none(),
            request_signing: RequestSigning::default(),
            request_options: RequestOptions::default(),
            relay_state_targets: Vec::new(),
            hosts: Vec::new(),
            email_domains: Vec::new(),
            listing: Listing::default(),
            request_binding: None,
            scim_extensions: Vec::new(),
            scim_rate: ScimRate::default(),
            link_rule: LinkRule::default(),
            group_change: GroupChange::default(),
            seats: None,
            session_idle: None,
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
        self.display_name = Some(name.into());
        self
    }

    /// Our Entity ID, where it is not the default.
    pub fn sp_entity_id(mut self, entity_id: impl Into<String>) -> ConnectionBuilder {
        self.sp_entity_id = Some(entity_id.into());
        self
    }

    /// Our Reply URL, where it is not the default.
    pub fn acs_url(mut self, url: impl Into<String>) -> ConnectionBuilder {
        self.acs_url = Some(url.into());
        self
    }

    /// The local path a person reaches after a sign-on that named none.
    pub fn default_relay_state(mut self, path: impl Into<String>) -> ConnectionBuilder {
        self.relay_state = Some(path.into());
        self
    }

    /// Admit responses that answer no request, such as those of "My Apps" tiles.
    pub fn allow_idp_initiated(mut self) -> ConnectionBuilder {
        self.idp_initiated = IdpInitiated::Allow;
        self
    }

    /// Let in people who were not provisioned: [`SignOnPolicy::JustInTime`].
    pub fn just_in_time(self) -> ConnectionBuilder {
        self.sign_on(SignOnPolicy::JustInTime)
    }

    /// The people who may sign in; by default only those who are provisioned, as soon as there is a SCIM credential.
    pub fn sign_on(mut self, policy: SignOnPolicy) -> ConnectionBuilder {
        self.sign_on = policy;
        self
    }

    /// The rule by which a person who signs on finds their user; by default by object id.
    pub fn link_rule(mut self, rule: LinkRule) -> ConnectionBuilder {
        self.link_rule = rule;
        self
    }

    /// The effect of changed groups on sessions; by default they go on.
    pub fn group_change(mut self, choice: GroupChange) -> ConnectionBuilder {
        self.group_change = choice;
        self
    }

    /// The number of users who may be active at once, at least one; by default any number.
    pub fn seats(mut self, seats: u32) -> ConnectionBuilder {
        self.seats = Some(seats);
        self
    }

    /// Takes the bound of seats away.
    pub fn any_number_of_seats(mut self) -> ConnectionBuilder {
        self.seats = None;
        self
    }

    /// The time that a session lasts without a request; one minute to 30 days. By default as long as its lifetime. A
    /// request is noted once in 15 minutes, or in a sixteenth of this time if that is shorter: a session may end that much
    /// early.
    pub fn session_idle(mut self, idle: Duration) -> ConnectionBuilder {
        self.session_idle = Some(idle);
        self
    }

    /// Lets sessions last as long as their lifetime, used or not.
    pub fn no_session_idle(mut self) -> ConnectionBuilder {
        self.session_idle = None;
        self
    }

    /// The time that a session lasts at most; one minute to 30 days.
    pub fn session_lifetime(mut self, lifetime: Duration) -> ConnectionBuilder {
        self.session_lifetime = lifetime;
        self
    }

    /// The tenant that every response must name in its `tenantid` claim. Where the issuer is Entra's and names the same tenant,
    /// the claim may be missing.
    pub fn tenant(mut self, tenant: impl Into<String>) -> ConnectionBuilder {
        self.tenant = Some(tenant.into());
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
        self.request_options = RequestOptions {
            force_authn: false,
            is_passive: false,
            ..options
        };
        self
    }

    /// Let unsolicited responses lead to this local path as well.
    pub fn relay_state_target(mut self, path: impl Into<String>) -> ConnectionBuilder {
        self.relay_state_targets.push(path.into());
        self
    }

    /// Under this host name, the sign-in page goes straight to this connection.
    pub fn host(mut self, name: impl Into<String>) -> ConnectionBuilder {
        self.hosts.push(name.into().to_ascii_lowercase());
        self
    }

    /// People with an e-mail address of this domain sign in over this connection.
    pub fn email_domain(mut self, domain: impl Into<String>) -> ConnectionBuilder {
        self.email_domains.push(domain.into().to_ascii_lowercase());
        self
    }

    /// Keep the connection off the public sign-in page: people come by its host name, their e-mail domain, or its own address.
    pub fn unlisted(mut self) -> ConnectionBuilder {
        self.listing = Listing::Unlisted;
        self
    }

    /// Send requests over this binding alone: signed ones carry their signature in the query (HTTP-Redirect) or within
    /// (HTTP-POST). An identity provider that does not offer it is not asked.
    pub fn request_binding(mut self, binding: Binding) -> ConnectionBuilder {
        self.request_binding = Some(binding);
        self
    }

    /// An extension schema of the users or groups that are provisioned.
    pub fn scim_extension(mut self, extension: ExtensionDeclaration) -> ConnectionBuilder {
        self.scim_extensions.push(extension);
        self
    }

    /// The rate at which the connection may send SCIM requests; 100 a second and 400 at once by default.
    pub fn scim_rate(mut self, rate: ScimRate) -> ConnectionBuilder {
        self.scim_rate = rate;
        self
    }

    /// Sign requests with our own key, which must be given too.
    pub fn sign_requests(mut self) -> ConnectionBuilder {
        self.request_signing = RequestSigning::Signed;
        self
    }
}
