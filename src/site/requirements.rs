//! The rules that doors ask for: bound to a connection, their names settled.

use std::any::TypeId;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use super::Site;
use super::names::Names;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::session::BoundRule;
use crate::session::Group;
use crate::session::Rule;
use crate::session::Session;
use crate::session::UnboundRule;
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct Required {
    rule: BoundRule,
    names: Names,
}

impl Required {
    /// Binds the rule to the connections that the site has now, and settles its names.
    pub(crate) async fn build(rule: Rule, site: &Site) -> Result<Required, GuardError> {
        let connections = site.registry.renewed().await?;
        let ids = connections.iter().map(|loaded| loaded.connection.id());
        let ids: Vec<ConnectionId> = ids.cloned().collect();
        let rule = rule.bind(&ids)?;
        let names = Names::of(&rule);
        names.settle_all(&*site.store).await?;
        Ok(Required { rule, names })
    }

    pub(crate) fn rule(&self) -> &BoundRule {
        &self.rule
    }

    /// True for a person whom the rule permits. The groups are read only if the answer depends on them.
    pub(crate) async fn permits<'g>(
        &self,
        session: &Session,
        store: &dyn Store,
        groups: impl Future<Output = Result<&'g [Group], StoreError>>,
    ) -> Result<bool, StoreError> {
        if let Some(permitted) = self.rule.without_groups(session) {
            return Ok(permitted);
        }
        let connection = session.connection();
        self.names.settle(store, connection).await?;
        let groups = groups.await?;
        let named = |name: &str| self.names.group(connection, name);
        Ok(self.rule.permits(session, groups, named))
    }
}

#[derive(Default)]
pub(crate) struct Requirements {
    built: RwLock<HashMap<TypeId, Arc<Required>>>,
    /// Those that could not be bound, as far as that was logged.
    reported: Mutex<HashSet<TypeId>>,
}

impl Requirements {
    /// The rule of a requirement, bound and settled when it is first asked for.
    pub(crate) async fn of(
        &self,
        requirement: TypeId,
        rule: fn() -> Rule,
        site: &Site,
    ) -> Result<Arc<Required>, GuardError> {
        let found = {
            let known = self.built.read().unwrap_or_else(PoisonError::into_inner);
            known.get(&requirement).cloned()
        };
        if let Some(required) = found {
            return Ok(required);
        }
        let required = Required::build(rule(), site).await?;
        let mut known = self.built.write().unwrap_or_else(PoisonError::into_inner);
        let kept = known.entry(requirement).or_insert(Arc::new(required));
        Ok(kept.clone())
    }

    /// True the first time that a requirement is reported.
    pub(crate) fn is_news(&self, requirement: TypeId) -> bool {
        let reported = self.reported.lock();
        let mut reported = reported.unwrap_or_else(PoisonError::into_inner);
        reported.insert(requirement)
    }
}

/// The reason why a guard cannot be built.
#[derive(thiserror::Error)]
pub enum GuardError {
    /// It is not known which connection the rule means.
    #[error(transparent)]
    Unbound(#[from] UnboundRule),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
debug_as_sentence!(GuardError);
