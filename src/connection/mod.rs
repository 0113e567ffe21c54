//! A [`Connection`] is one trust relation with one Entra app: whom we trust, what we call ourselves towards
//! them, and our policy for their people. It is configuration; the keys themselves are read from its
//! [`TrustSource`] by [`crate::metadata`].

mod base_url;
mod builder;
mod check;
mod difference;
mod id;
mod policy;
mod problem;
mod query;
mod scim_rate;
mod site_settings;
mod sp_key;
mod target;
mod trust_source;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde::Serialize;
use url::Url;

pub use self::base_url::BaseUrl;
pub use self::base_url::BaseUrlError;
pub use self::builder::ConnectionBuilder;
pub use self::difference::SettingChange;
pub use self::id::ConnectionId;
pub use self::id::ConnectionIdError;
pub use self::policy::GroupChange;
pub use self::policy::LinkRule;
pub use self::policy::SignOnPolicy;
pub use self::problem::ConnectionError;
pub use self::problem::ConnectionProblem;
pub use self::scim_rate::ScimRate;
pub use self::site_settings::SiteSettings;
pub use self::sp_key::KeyState;
pub use self::sp_key::NoActiveKey;
pub use self::sp_key::SpKey;
pub use self::sp_key::SpKeyError;
pub use self::sp_key::SpKeyId;
pub use self::sp_key::SpKeys;
pub use self::target::TargetOverlooked;
pub use self::trust_source::MetadataPolicy;
pub use self::trust_source::Origin;
pub use self::trust_source::TrustSource;
pub use crate::address::AddressPolicy;
use crate::ports::StoreError;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::scim::ExtensionDeclaration;

/// A fault of the ACS that a connection was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MisplacedAcs {
    /// Its path does not end as the route of the connection does: nothing answers there.
    NoRoute,
    /// Its scheme, host or port is not that of the site: cookies do not get there.
    OtherHost,
}

/// One trust relation with one Entra app.
///
/// ```
/// use entrada::connection::Connection;
///
/// let acme = Connection::builder("acme")
///     .metadata_url("https://login.microsoftonline.com/contoso/federationmetadata/2007-06/federationmetadata.xml?appid=1")
///     .build()?;
/// assert_eq!(acme.id().as_str(), "acme");
/// # Ok::<(), entrada::connection::ConnectionError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Connection {
    id: ConnectionId,
    display_name: Option<String>,
    trust: TrustSource,
    sp_entity_id: Option<String>,
    acs_url: Option<String>,
    relay_state: Option<String>,
    idp_initiated: IdpInitiated,
    sign_on: SignOnPolicy,
    session_lifetime: Duration,
    tenant: Option<String>,
    #[serde(default)]
    sp_keys: SpKeys,
    #[serde(default)]
    request_signing: RequestSigning,
    #[serde(default)]
    request_options: RequestOptions,
    #[serde(default)]
    relay_state_targets: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    email_domains: Vec<String>,
    #[serde(default)]
    listing: Listing,
    #[serde(default)]
    request_binding: Option<Binding>,
    #[serde(default)]
    scim_extensions: Vec<ExtensionDeclaration>,
    #[serde(default)]
    scim_rate: ScimRate,
    #[serde(default)]
    link_rule: LinkRule,
    #[serde(default)]
    group_change: GroupChange,
    #[serde(default)]
    seats: Option<u32>,
    #[serde(default)]
    session_idle: Option<Duration>,
}

impl Connection {
    /// The lifetime of a session unless the connection says otherwise: eight hours, a working day.
    pub const DEFAULT_SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

    /// Its slug.
    pub fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// The name for people; the slug if none was given.
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.id.as_str())
    }

    /// The source of the identity provider's keys.
    pub fn trust(&self) -> &TrustSource {
        &self.trust
    }

    /// Our own name towards the identity provider (Entra: "Identifier (Entity ID)"); by default
    /// `{base_url}/saml/{connection}/metadata`.
    pub fn sp_entity_id(&self, base_url: &BaseUrl) -> String {
        self.sp_entity_id
            .clone()
            .unwrap_or_else(|| base_url.saml(&self.id, "metadata"))
    }

    /// The address where responses arrive (Entra: "Reply URL"); by default `{base_url}/saml/{connection}/acs`.
    pub fn acs_url(&self, base_url: &BaseUrl) -> String {
        self.acs_url
            .clone()
            .unwrap_or_else(|| base_url.saml(&self.id, "acs"))
    }

    /// The fault of the ACS that the connection was given, if no route of ours can answer it. It is below the address
    /// of the site; where that is not known it may be below any path.
    pub fn misplaced_acs(&self, base_url: Option<&BaseUrl>) -> Option<MisplacedAcs> {
        let given = self.acs_url.as_deref()?;
        let url = Url::parse(given).ok();
        let url = url.filter(|url| {
            base_url::has_plain_path(given) && url.query().is_none() && url.fragment().is_none()
        });
        let Some(url) = url else {
            return Some(MisplacedAcs::NoRoute);
        };
        let route = format!("/saml/{}/acs", self.id);
        let has_route = match base_url {
            Some(base_url) => url.path() == format!("{}{route}", base_url.path()),
            None => url.path().ends_with(&route),
        };
        let base = base_url.and_then(|base_url| Url::parse(base_url.as_str()).ok());
        let is_elsewhere = base.is_some_and(|base| base.origin() != url.origin());
        match (has_route, is_elsewhere) {
            (_, true) if url.path().ends_with(&route) => Some(MisplacedAcs::OtherHost),
            (true, _) => None,
            (false, _) => Some(MisplacedAcs::NoRoute),
        }
    }

    /// The address where logout messages arrive (Entra: "Logout URL"): `{base_url}/saml/{connection}/slo`.
    pub fn slo_url(&self, base_url: &BaseUrl) -> String {
        base_url.saml(&self.id, "slo")
    }

    /// The signing of sign-on requests; by default there is none.
    pub fn request_signing(&self) -> RequestSigning {
        self.request_signing
    }

    /// The binding of sign-on requests; by default HTTP-Redirect where the identity provider offers it, else HTTP-POST.
    pub fn request_binding(&self) -> Option<Binding> {
        self.request_binding
    }

    /// The local path a person reaches after a sign-on that named none; by default `/`.
    pub fn default_relay_state(&self) -> &str {
        self.relay_state.as_deref().unwrap_or("/")
    }

    /// Targets that an unsolicited response may lead to, besides the default one.
    pub fn relay_state_targets(&self) -> &[String] {
        &self.relay_state_targets
    }

    /// The options that every sign-on request asks for.
    pub fn request_options(&self) -> &RequestOptions {
        &self.request_options
    }

    /// Host names under which the sign-in page goes straight to this connection.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Domains of e-mail addresses whose people sign in over this connection.
    pub fn email_domains(&self) -> &[String] {
        &self.email_domains
    }

    /// The listing on the sign-in page; by default the page shows the connection to everybody.
    pub fn listing(&self) -> Listing {
        self.listing
    }

    /// The treatment of a response that answers no request; by default it is refused.
    pub fn idp_initiated(&self) -> IdpInitiated {
        self.idp_initiated
    }

    /// The policy that says who may sign in.
    pub fn sign_on(&self) -> SignOnPolicy {
        self.sign_on
    }

    /// The longest time that a session lasts; the identity provider can only shorten it.
    pub fn session_lifetime(&self) -> Duration {
        self.session_lifetime
    }

    /// The time that a session lasts without a request; `None`, the default, for as long as its lifetime.
    pub fn session_idle(&self) -> Option<Duration> {
        self.session_idle
    }

    /// The rule by which a person who signs on finds their user.
    pub fn link_rule(&self) -> LinkRule {
        self.link_rule
    }

    /// The effect on sessions when groups change; by default they go on.
    pub fn group_change(&self) -> GroupChange {
        self.group_change
    }

    /// The number of users who may be active at once; `None`, the default, for any number.
    pub fn seats(&self) -> Option<u32> {
        self.seats
    }

    /// The tenant that every response must name, if the connection pins one. Without it, the tenant in the
    /// issuer of an Entra identity provider is the one that is asked for.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The extension schemas of users and groups that are provisioned, besides EnterpriseUser; by default none.
    pub fn scim_extensions(&self) -> &[ExtensionDeclaration] {
        &self.scim_extensions
    }

    /// The limit on the SCIM requests of the connection.
    pub fn scim_rate(&self) -> ScimRate {
        self.scim_rate
    }

    /// Our own keys.
    pub fn sp_keys(&self) -> &SpKeys {
        &self.sp_keys
    }

    /// The same connection with other keys of ours.
    ///
    /// # Errors
    /// Keys without an active one, where requests are to be signed.
    pub fn with_sp_keys(self, sp_keys: SpKeys) -> Result<Connection, NoActiveKey> {
        if self.request_signing == RequestSigning::Signed && sp_keys.active().is_none() {
            return Err(NoActiveKey);
        }
        Ok(Connection { sp_keys, ..self })
    }
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

/// The connections of a site, as a store keeps them. Changes stand in [`crate::trust`].
#[async_trait]
pub trait Connections: Send + Sync {
    /// All connections in order of their id.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn connections(&self) -> Result<Vec<Connection>, StoreError>;

    /// One connection.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError>;

    /// A number that grows with every change of any connection or metadata copy, by whichever process: a
    /// server compares it to know that what it holds in memory is stale.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn revision(&self) -> Result<u64, StoreError>;
}
