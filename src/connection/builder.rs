//! Building a connection: everything that is wrong with the settings is reported at once.

use std::time::Duration;

use super::Connection;
use super::ConnectionError;
use super::ConnectionId;
use super::ConnectionProblem;
use super::GroupChange;
use super::IdpInitiated;
use super::LinkRule;
use super::Listing;
use super::MetadataPolicy;
use super::RequestSigning;
use super::ScimRate;
use super::SignOnPolicy;
use super::SpKey;
use super::SpKeyError;
use super::SpKeys;
use super::TrustSource;
use super::check::JOINERS;
use super::check::LIFETIMES;
use super::check::check_entity_id;
use super::check::check_names;
use super::check::check_request_options;
use super::check::check_source;
use super::check::check_url;
use super::check::check_visible;
use crate::crypto::Fingerprint;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::saml::ReturnPath;
use crate::scim::ExtensionDeclaration;
use crate::scim::Schemas;

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

impl ConnectionBuilder {
    pub(super) fn new(id: impl Into<String>) -> ConnectionBuilder {
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

    /// Who may sign in; by default only those who are provisioned, as soon as there is a SCIM credential.
    pub fn sign_on(mut self, policy: SignOnPolicy) -> ConnectionBuilder {
        self.sign_on = policy;
        self
    }

    /// How a person who signs on finds their user; by default by object id.
    pub fn link_rule(mut self, rule: LinkRule) -> ConnectionBuilder {
        self.link_rule = rule;
        self
    }

    /// What becomes of sessions when groups change; by default they go on.
    pub fn group_change(mut self, choice: GroupChange) -> ConnectionBuilder {
        self.group_change = choice;
        self
    }

    /// How many users may be active at once, at least one; by default any number.
    pub fn seats(mut self, seats: u32) -> ConnectionBuilder {
        self.seats = Some(seats);
        self
    }

    /// Takes the bound of seats away.
    pub fn any_number_of_seats(mut self) -> ConnectionBuilder {
        self.seats = None;
        self
    }

    /// How long a session lasts without a request; one minute to 30 days. By default as long as its lifetime. A
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

    /// How long a session lasts at most; one minute to 30 days.
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

    /// What every sign-on request asks for; `force_authn` and `is_passive` belong to a single sign-on and are left out.
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

    /// How many SCIM requests the connection may send; 100 a second and 400 at once by default.
    pub fn scim_rate(mut self, rate: ScimRate) -> ConnectionBuilder {
        self.scim_rate = rate;
        self
    }

    /// Sign requests with our own key, which must be given too.
    pub fn sign_requests(mut self) -> ConnectionBuilder {
        self.request_signing = RequestSigning::Signed;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that is wrong with them, in one list.
    pub fn build(self) -> Result<Connection, ConnectionError> {
        let mut problems = Vec::new();
        let id = self.id.parse::<ConnectionId>();
        if id.is_err() {
            problems.push(ConnectionProblem::Id(self.id.clone()));
        }
        match self.sources.as_slice() {
            [source] => check_source(source, &mut problems),
            [] => problems.push(ConnectionProblem::NoTrust),
            _ => problems.push(ConnectionProblem::SeveralTrusts),
        }
        if let Some(url) = &self.acs_url {
            check_url("ACS URL", url, &mut problems);
        }
        if let Some(id) = &self.sp_entity_id {
            check_entity_id("our", id, &mut problems);
        }
        if let Some(name) = &self.display_name {
            check_visible("display name", name, JOINERS, &mut problems);
        }
        if let Some(tenant) = &self.tenant {
            check_visible("tenant", tenant, &[], &mut problems);
        }
        for path in self.relay_state.iter().chain(&self.relay_state_targets) {
            check_visible("RelayState target", path, &[], &mut problems);
        }
        let mut targets = self.relay_state.iter().chain(&self.relay_state_targets);
        if targets.any(|path| ReturnPath::parse(path).is_none()) {
            problems.push(ConnectionProblem::RelayState);
        }
        if !LIFETIMES.contains(&self.session_lifetime) {
            problems.push(ConnectionProblem::SessionLifetime(self.session_lifetime));
        }
        if let Some(idle) = self.session_idle.filter(|idle| !LIFETIMES.contains(idle)) {
            problems.push(ConnectionProblem::SessionIdle(idle));
        }
        if self.seats == Some(0) {
            problems.push(ConnectionProblem::NoSeats);
        }
        check_request_options(&self.request_options, &mut problems);
        check_names(&self.hosts, ConnectionProblem::Host, &mut problems);
        check_names(
            &self.email_domains,
            ConnectionProblem::EmailDomain,
            &mut problems,
        );
        if let Err(error) = Schemas::with_extensions(&self.scim_extensions) {
            problems.push(ConnectionProblem::ScimExtension(error));
        }
        let sp_keys = match with_key(self.sp_keys, self.sp_key) {
            Ok(keys) => keys,
            Err(error) => {
                problems.push(ConnectionProblem::SpKey(error));
                SpKeys::none()
            }
        };
        if self.request_signing == RequestSigning::Signed && sp_keys.active().is_none() {
            problems.push(ConnectionProblem::NoSpKey);
        }
        match (id, self.sources.into_iter().next()) {
            (Ok(id), Some(trust)) if problems.is_empty() => Ok(Connection {
                id,
                display_name: self.display_name,
                trust,
                sp_entity_id: self.sp_entity_id,
                acs_url: self.acs_url,
                relay_state: self.relay_state,
                idp_initiated: self.idp_initiated,
                sign_on: self.sign_on,
                session_lifetime: self.session_lifetime,
                tenant: self.tenant,
                sp_keys,
                request_signing: self.request_signing,
                request_options: self.request_options,
                relay_state_targets: self.relay_state_targets,
                hosts: self.hosts,
                email_domains: self.email_domains,
                listing: self.listing,
                request_binding: self.request_binding,
                scim_extensions: self.scim_extensions,
                scim_rate: self.scim_rate,
                link_rule: self.link_rule,
                group_change: self.group_change,
                seats: self.seats,
                session_idle: self.session_idle,
            }),
            _ => Err(ConnectionError::new(problems)),
        }
    }
}

impl Connection {
    /// A builder with all settings of this connection, to change some of them.
    ///
    /// ```
    /// use entrada::connection::Connection;
    ///
    /// let acme = Connection::builder("acme").metadata_url("https://idp.example/m").build()?;
    /// let roomier = acme.into_builder().seats(50).build()?;
    /// assert_eq!(roomier.seats(), Some(50));
    /// # Ok::<(), entrada::connection::ConnectionError>(())
    /// ```
    pub fn into_builder(self) -> ConnectionBuilder {
        ConnectionBuilder {
            id: self.id.as_str().to_owned(),
            display_name: self.display_name,
            sources: vec![self.trust],
            sp_entity_id: self.sp_entity_id,
            acs_url: self.acs_url,
            relay_state: self.relay_state,
            idp_initiated: self.idp_initiated,
            sign_on: self.sign_on,
            session_lifetime: self.session_lifetime,
            tenant: self.tenant,
            sp_key: None,
            sp_keys: self.sp_keys,
            request_signing: self.request_signing,
            request_options: self.request_options,
            relay_state_targets: self.relay_state_targets,
            hosts: self.hosts,
            email_domains: self.email_domains,
            listing: self.listing,
            request_binding: self.request_binding,
            scim_extensions: self.scim_extensions,
            scim_rate: self.scim_rate,
            link_rule: self.link_rule,
            group_change: self.group_change,
            seats: self.seats,
            session_idle: self.session_idle,
        }
    }

    /// The same connection with another source of trust.
    ///
    /// # Errors
    /// Everything that is wrong with the source.
    pub fn with_trust(self, trust: TrustSource) -> Result<Connection, ConnectionError> {
        let mut problems = Vec::new();
        check_source(&trust, &mut problems);
        match problems.is_empty() {
            true => Ok(Connection { trust, ..self }),
            false => Err(ConnectionError::new(problems)),
        }
    }
}

/// Adds a key as the active one, unless it is known: then its state is what a rollover has made of it, retirement included.
/// The code of an app names its key long after that, and says so anew at each start.
fn with_key(keys: SpKeys, key: Option<SpKey>) -> Result<SpKeys, SpKeyError> {
    match key {
        Some(key) if !keys.has_known(&key) => keys.with_active(key),
        _ => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_reported_at_once() {
        let error = Connection::builder("No Slug")
            .acs_url("http://app.example.com/acs")
            .default_relay_state("//evil.example")
            .session_lifetime(Duration::from_secs(1))
            .build()
            .unwrap_err();
        assert_eq!(error.problems().len(), 5, "{error}");
    }

    #[test]
    fn what_can_never_match_is_refused() {
        let with = |change: fn(ConnectionBuilder) -> ConnectionBuilder| {
            let builder = Connection::builder("a").metadata_url("https://a.example/m");
            change(builder).build().map_err(|error| error.to_string())
        };
        assert!(with(|b| b.host("App.example.com").email_domain("example.com")).is_ok());
        assert!(with(|b| b.host("https://app.example.com")).is_err());
        assert!(with(|b| b.host("app.example.com:8080")).is_err());
        assert!(with(|b| b.email_domain("me@example.com")).is_err());
        let format = RequestOptions {
            name_id_format: Some("persistent".to_owned()),
            ..RequestOptions::default()
        };
        let builder = Connection::builder("a").metadata_url("https://a.example/m");
        assert!(builder.request_options(format).build().is_err());
    }

    #[test]
    fn what_nobody_sees_is_refused_in_every_name_and_address() {
        let base = || Connection::builder("a").metadata_url("https://a.example/m");
        for hidden in [
            " ", "\t", "\n", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}", "\u{3000}",
        ] {
            for place in [0, 12] {
                let with = |text: &str| {
                    let (start, end) = text.split_at(if place == 0 { 0 } else { text.len() });
                    format!("{start}{hidden}{end}")
                };
                let url = with("https://a.example/m");
                let fingerprint = Fingerprint::of_der(b"x");
                let builders = [
                    base().sp_entity_id(with("urn:a")),
                    base().acs_url(url.clone()),
                    base().display_name(with("Acme")),
                    base().tenant(with("5b7a")),
                    base().default_relay_state(with("/home")),
                    base().relay_state_target(with("/home")),
                    base().host(with("a.example")),
                    base().email_domain(with("a.example")),
                    Connection::builder("a").metadata_url(url.clone()),
                    Connection::builder("a").metadata_query(url.clone(), "urn:i"),
                    Connection::builder("a").metadata_query("https://a.example", with("urn:i")),
                    Connection::builder("a").fingerprint(
                        fingerprint,
                        with("urn:i"),
                        "https://a.example",
                    ),
                    Connection::builder("a").fingerprint(fingerprint, "urn:i", url.clone()),
                ];
                for builder in builders {
                    assert!(builder.clone().build().is_err(), "{hidden:?} {builder:?}");
                }
            }
        }
        let inner = base()
            .sp_entity_id("urn:a\u{200b}b")
            .build()
            .unwrap_err()
            .to_string();
        assert!(inner.contains("found \"urn:a\\u{200b}b\""), "{inner}");
        for name in ["Acme Inc.", "علی\u{200c}رضا", "Zoë & Söhne", "日本"] {
            assert!(base().display_name(name).build().is_ok(), "{name}");
        }
        assert!(base().sp_entity_id("My App").build().is_ok());
    }

    #[test]
    fn exactly_one_trust_source_is_asked_for() {
        let twice = Connection::builder("a")
            .metadata_url("https://a.example/m")
            .metadata_xml("<x/>")
            .build();
        assert_eq!(
            twice.unwrap_err().problems(),
            [ConnectionProblem::SeveralTrusts]
        );
        let never = Connection::builder("a").build();
        assert_eq!(never.unwrap_err().problems(), [ConnectionProblem::NoTrust]);
    }

    #[test]
    fn a_metadata_address_over_plain_http_is_loopback_only() {
        assert!(
            Connection::builder("a")
                .metadata_url("http://127.0.0.1:1/m")
                .build()
                .is_ok()
        );
        assert!(
            Connection::builder("a")
                .metadata_url("http://idp.example/m")
                .build()
                .is_err()
        );
    }
}
