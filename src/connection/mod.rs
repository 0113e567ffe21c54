//! A [`Connection`] is one trust relation with one Entra app: whom we trust, our names towards them, and our policy for their
//! people. It is configuration; the keys are read from its [`TrustSource`] by [`crate::metadata`].

mod accepted_credentials;
mod base_url;
mod builder;
mod check;
mod difference;
mod entra_values;
mod id;
mod kept;
mod policy;
mod problem;
mod query;
mod scim_rate;
mod setting;
mod setting_table;
mod settings;
mod site_settings;
mod sp_key;
mod stand_in;
mod target;
mod trust_facts;
mod trust_source;

use async_trait::async_trait;
use serde::Deserialize;
use serde::Serialize;
use url::Url;

pub use self::accepted_credentials::AcceptedCredentials;
pub use self::base_url::BaseUrl;
pub use self::base_url::BaseUrlError;
pub use self::builder::ConnectionBuilder;
pub use self::difference::SettingChange;
use self::entra_values::misplaced;
use self::entra_values::own_name;
pub use self::id::ConnectionId;
pub use self::id::ConnectionIdError;
pub(crate) use self::kept::KEPT_FOR;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::kept::KeptConnection;
pub use self::policy::GroupChange;
pub use self::policy::LinkRule;
pub use self::policy::SignOnPolicy;
pub use self::problem::ConnectionError;
pub use self::problem::ConnectionProblem;
pub use self::scim_rate::ScimRate;
pub use self::setting::Setting;
pub(crate) use self::setting::plain;
pub use self::setting_table::SETTINGS;
pub use self::settings::CertificateDates;
pub use self::settings::FrontDoor;
pub use self::settings::IdpInitiated;
pub use self::settings::Listing;
pub use self::settings::OurSide;
pub use self::settings::RequestSigning;
pub use self::settings::ScimSettings;
pub use self::settings::SessionSettings;
pub use self::settings::SignOnSettings;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::site_settings::SiteSettings;
pub use self::sp_key::KeyState;
pub use self::sp_key::NoActiveKey;
pub use self::sp_key::SpKey;
pub use self::sp_key::SpKeyError;
pub use self::sp_key::SpKeyId;
pub use self::sp_key::SpKeys;
pub use self::trust_source::MetadataPolicy;
pub(crate) use self::trust_source::Origin;
pub use self::trust_source::TrustSource;
pub use crate::address::AddressPolicy;
use crate::ports::StoreError;
use crate::saml::Trust;

hidden! {
    pub use self::setting::Kind;
    pub use self::setting::Role;
}

/// A fault of the ACS that a connection was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MisplacedAcs {
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
    trust: TrustSource,
    #[serde(default)]
    sp_keys: SpKeys,
    #[serde(flatten)]
    our_side: OurSide,
    #[serde(flatten)]
    sign_on: SignOnSettings,
    #[serde(flatten)]
    session: SessionSettings,
    #[serde(flatten)]
    front_door: FrontDoor,
    #[serde(flatten)]
    scim: ScimSettings,
}

impl Connection {
    /// Its slug.
    pub fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// The name for people; the slug if none was given.
    pub fn display_name(&self) -> &str {
        self.front_door
            .display_name
            .as_deref()
            .unwrap_or(self.id.as_str())
    }

    /// The source of the identity provider's keys.
    pub fn trust(&self) -> &TrustSource {
        &self.trust
    }

    /// Our own name towards the identity provider (Entra: "Identifier (Entity ID)"); by default
    /// `{base_url}/saml/{connection}/metadata`.
    pub fn sp_entity_id(&self, base_url: &BaseUrl) -> String {
        self.our_side
            .entity_id
            .clone()
            .unwrap_or_else(|| base_url.saml(&self.id, "metadata"))
    }

    /// The address where responses arrive (Entra: "Reply URL"); by default `{base_url}/saml/{connection}/acs`.
    pub fn acs_url(&self, base_url: &BaseUrl) -> String {
        self.our_side
            .acs_url
            .clone()
            .unwrap_or_else(|| base_url.saml(&self.id, "acs"))
    }

    /// The values of Entra's pages that seem to be at a wrong place, and with which some people sign on still; and our own name, below the address
    /// of the site, in the place of the identity provider's.
    pub(crate) fn doubtful_values(&self, base_url: Option<&BaseUrl>) -> Vec<ConnectionProblem> {
        let mut found = misplaced(&self.trust, self.sign_on.idp_initiated).doubtful;
        let ours = base_url.map(|base_url| self.sp_entity_id(base_url));
        found.extend(ours.and_then(|ours| own_name(&self.trust, &[&ours])));
        found
    }

    /// The fault of the ACS that the connection was given, if no route of ours can answer it. It is below the address
    /// of the site; where that is not known it may be below any path.
    pub(crate) fn misplaced_acs(&self, base_url: Option<&BaseUrl>) -> Option<MisplacedAcs> {
        let given = self.our_side.acs_url.as_deref()?;
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

    /// The local path a person reaches after a sign-on that named none; by default `/`.
    pub fn default_relay_state(&self) -> &str {
        self.sign_on.relay_state.as_deref().unwrap_or("/")
    }

    /// Our side towards the identity provider.
    pub fn our_side(&self) -> &OurSide {
        &self.our_side
    }

    /// The people who may sign on, and the pages that they reach.
    pub fn sign_on(&self) -> &SignOnSettings {
        &self.sign_on
    }

    /// The times of a session.
    pub fn session(&self) -> &SessionSettings {
        &self.session
    }

    /// The way of people to the connection.
    pub fn front_door(&self) -> &FrontDoor {
        &self.front_door
    }

    /// Provisioning over SCIM.
    pub fn scim(&self) -> &ScimSettings {
        &self.scim
    }

    /// Our own keys.
    pub fn sp_keys(&self) -> &SpKeys {
        &self.sp_keys
    }

    /// The trust as sign-ons over this connection are judged by it: with the dates of certificates, or without.
    pub(crate) fn judging_by(&self, trust: Trust) -> Trust {
        match self.sign_on.certificate_dates {
            CertificateDates::Enforced => trust.enforcing_certificate_dates(),
            CertificateDates::Reported => trust,
        }
    }

    /// The same connection with other keys of ours. Fails without an active one where requests are to be signed.
    pub fn with_sp_keys(self, sp_keys: SpKeys) -> Result<Connection, NoActiveKey> {
        if self.our_side.request_signing == RequestSigning::Signed && sp_keys.active().is_none() {
            return Err(NoActiveKey);
        }
        Ok(Connection { sp_keys, ..self })
    }

    /// The same connection under another id.
    pub(crate) fn renamed(self, id: ConnectionId) -> Connection {
        Connection { id, ..self }
    }
}

/// The connections of a site, as a store keeps them; each method fails where the store does. [`crate::configuration`] changes them.
#[async_trait]
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub trait Connections: Send + Sync {
    /// All connections in order of their id.
    async fn connections(&self) -> Result<Vec<Connection>, StoreError>;

    /// The copies of connections that were removed, the latest first.
    async fn kept_connections(&self) -> Result<Vec<KeptConnection>, StoreError>;

    /// One connection.
    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError>;

    /// A number that grows with every change of any connection or metadata copy, by whichever process, so that memory is known
    /// stale.
    async fn revision(&self) -> Result<u64, StoreError>;
}
