//! The meaning of the names of a rule: settled once for each connection, and never again.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use super::live_sessions::plain;
use crate::connection::ConnectionId;
use crate::directory::GroupId;
use crate::directory::Named;
use crate::ports::StoreError;
use crate::session::BoundRule;
use crate::store::Store;

#[derive(Debug)]
pub(super) struct Names {
    names: BTreeSet<String>,
    settled: RwLock<HashMap<(ConnectionId, String), GroupId>>,
    /// The names that several groups have, as far as that was logged.
    reported: Mutex<HashSet<(ConnectionId, String)>>,
}

impl Names {
    pub(super) fn of(rule: &BoundRule) -> Names {
        Names {
            names: rule.names().into_iter().map(str::to_owned).collect(),
            settled: RwLock::default(),
            reported: Mutex::default(),
        }
    }

    /// Settles all names that some group has now, in every connection.
    pub(super) async fn settle_all(&self, store: &dyn Store) -> Result<(), StoreError> {
        for connection in store.connections().await? {
            self.settle(store, connection.id()).await?;
        }
        Ok(())
    }

    /// Settles the names that stand for nothing yet in a connection. It asks the store only if there are any.
    pub(super) async fn settle(
        &self,
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        for name in &self.names {
            if self.group(connection, name).is_some() {
                continue;
            }
            let found = store.named(connection, name);
            if let Some(named) = found.await.map_err(plain)? {
                self.keep(connection, name, named);
            }
        }
        Ok(())
    }

    pub(super) fn group(&self, connection: &ConnectionId, name: &str) -> Option<GroupId> {
        let settled = self.settled.read().unwrap_or_else(PoisonError::into_inner);
        settled.get(&(connection.clone(), name.to_owned())).cloned()
    }

    /// Of two requests that settle a name at the same time the first has decided.
    fn keep(&self, connection: &ConnectionId, name: &str, named: Named) {
        let key = (connection.clone(), name.to_owned());
        match named {
            Named::One(id) => {
                let mut settled = self.settled.write().unwrap_or_else(PoisonError::into_inner);
                settled.entry(key).or_insert(id);
            }
            Named::Several => self.report(key),
        }
    }

    /// Logs that several groups have a name: once, and not at each request.
    fn report(&self, key: (ConnectionId, String)) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.contains(&key) {
            return;
        }
        tracing::warn!(
            event = "group-name-ambiguous",
            connection = %key.0,
            group = key.1,
            "several groups have the name that a guard asks for: it stands for none of them"
        );
        reported.insert(key);
    }
}
