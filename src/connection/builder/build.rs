//! From the settings to a connection, and back.

use super::ConnectionBuilder;
use crate::connection::Connection;
use crate::connection::ConnectionError;
use crate::connection::ConnectionId;
use crate::connection::ConnectionProblem;
use crate::connection::RequestSigning;
use crate::connection::SpKey;
use crate::connection::SpKeyError;
use crate::connection::SpKeys;
use crate::connection::TrustSource;
use crate::connection::check::JOINERS;
use crate::connection::check::LIFETIMES;
use crate::connection::check::check_entity_id;
use crate::connection::check::check_names;
use crate::connection::check::check_request_options;
use crate::connection::check::check_source;
use crate::connection::check::check_url;
use crate::connection::check::check_visible;
use crate::connection::entra_values::misplaced;
use crate::connection::entra_values::own_name;
use crate::saml::ReturnPath;
use crate::scim::Schemas;

impl ConnectionBuilder {
    /// Checks the settings. Fails with everything that is wrong with them, in one list.
    pub fn build(self) -> Result<Connection, ConnectionError> {
        let mut problems = Vec::new();
        let id = self.id.parse::<ConnectionId>();
        if id.is_err() {
            problems.push(ConnectionProblem::Id(self.id.clone()));
        }
        match self.sources.as_slice() {
            [source] => {
                check_source(source, &mut problems);
                problems.extend(misplaced(source, self.sign_on.idp_initiated).refused);
                let ours = self.our_side.entity_id.as_deref();
                problems.extend(own_name(source, ours.as_slice()));
            }
            [] => problems.push(ConnectionProblem::NoTrust),
            _ => problems.push(ConnectionProblem::SeveralTrusts),
        }
        if let Some(url) = &self.our_side.acs_url {
            check_url("ACS URL", url, &mut problems);
        }
        if let Some(id) = &self.our_side.entity_id {
            check_entity_id("our", id, &mut problems);
        }
        if let Some(name) = &self.front_door.display_name {
            check_visible("display name", name, JOINERS, &mut problems);
        }
        if let Some(tenant) = &self.sign_on.tenant {
            check_visible("tenant", tenant, &[], &mut problems);
        }
        let default = self.sign_on.relay_state.iter();
        let mut targets = default.chain(&self.sign_on.relay_state_targets);
        for path in targets.clone() {
            check_visible("RelayState target", path, &[], &mut problems);
        }
        if targets.any(|path| ReturnPath::parse(path).is_none()) {
            problems.push(ConnectionProblem::RelayState);
        }
        if !LIFETIMES.contains(&self.session.lifetime) {
            problems.push(ConnectionProblem::SessionLifetime(self.session.lifetime));
        }
        if let Some(idle) = self.session.idle.filter(|idle| !LIFETIMES.contains(idle)) {
            problems.push(ConnectionProblem::SessionIdle(idle));
        }
        if self.scim.seats == Some(0) {
            problems.push(ConnectionProblem::NoSeats);
        }
        check_request_options(&self.our_side.request_options, &mut problems);
        check_names(
            &self.front_door.hosts,
            ConnectionProblem::Host,
            &mut problems,
        );
        check_names(
            &self.front_door.email_domains,
            ConnectionProblem::EmailDomain,
            &mut problems,
        );
        if let Err(error) = Schemas::with_extensions(&self.scim.extensions) {
            problems.push(ConnectionProblem::ScimExtension(error));
        }
        let sp_keys = match with_key(self.sp_keys, self.sp_key) {
            Ok(keys) => keys,
            Err(error) => {
                problems.push(ConnectionProblem::SpKey(error));
                SpKeys::none()
            }
        };
        if self.our_side.request_signing == RequestSigning::Signed && sp_keys.active().is_none() {
            problems.push(ConnectionProblem::NoSpKey);
        }
        match (id, self.sources.into_iter().next()) {
            (Ok(id), Some(trust)) if problems.is_empty() => Ok(Connection {
                id,
                trust,
                sp_keys,
                our_side: self.our_side,
                sign_on: self.sign_on,
                session: self.session,
                front_door: self.front_door,
                scim: self.scim,
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
    /// assert_eq!(roomier.scim().seats, Some(50));
    /// # Ok::<(), entrada::connection::ConnectionError>(())
    /// ```
    pub fn into_builder(self) -> ConnectionBuilder {
        ConnectionBuilder {
            id: self.id.as_str().to_owned(),
            sources: vec![self.trust],
            sp_key: None,
            sp_keys: self.sp_keys,
            our_side: self.our_side,
            sign_on: self.sign_on,
            names_policy: true,
            session: self.session,
            front_door: self.front_door,
            scim: self.scim,
        }
    }

    /// The same connection with another source of trust. Fails with everything that is wrong with the source.
    pub fn with_trust(self, trust: TrustSource) -> Result<Connection, ConnectionError> {
        let mut problems = Vec::new();
        check_source(&trust, &mut problems);
        problems.extend(misplaced(&trust, self.sign_on.idp_initiated).refused);
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
