//! The configuration of a site as a change sees it in its transaction.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Db;
use super::SqliteStore;
use super::connections;
use super::kept;
use super::metadata;
use super::ready::ready;
use super::site_settings;
use crate::configuration::ConfigLock;
use crate::configuration::ConfigRows;
use crate::configuration::ConfigStore;
use crate::configuration::ConfigTx;
use crate::configuration::Present;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::connection::SiteSettings;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::store::records::UnreadableKeys;
use crate::store::records::UnreadableRow;

/// The one writer holds every lock.
#[async_trait]
impl ConfigStore for SqliteStore {
    async fn change_configuration(
        &self,
        _: &ConfigLock,
        work: TxWork<ConfigTx>,
    ) -> Result<TxOutcome, StoreError> {
        self.run_in_transaction(work, |db, work| ready(work.run(db)))
            .await
    }
}

#[async_trait]
impl SiteSettings for SqliteStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        self.read(site_settings::base_url).await
    }
}

#[async_trait]
impl ConfigRows for Db {
    async fn connection(&mut self, id: &ConnectionId) -> Result<Present, StoreError> {
        match connections::find(self, id) {
            Err(cause) if cause.is::<UnreadableRow>() || cause.is::<UnreadableKeys>() => {
                Ok(Present::Unreadable)
            }
            found => Ok(found.map_err(StoreError::new)?.into()),
        }
    }

    async fn put_connection(&mut self, connection: &Connection) -> Result<(), StoreError> {
        connections::put(self, connection).map_err(StoreError::new)
    }

    async fn delete_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError> {
        connections::delete(self, id).map_err(StoreError::new)
    }

    async fn keep_connection(
        &mut self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<KeptConnection>, StoreError> {
        kept::keep(self, id, now).map_err(StoreError::new)
    }

    async fn kept_connections(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Vec<KeptConnection>, StoreError> {
        kept::copies(self, id).map_err(StoreError::new)
    }

    async fn put_kept(
        &mut self,
        kept: &KeptConnection,
        as_id: &ConnectionId,
    ) -> Result<(), StoreError> {
        kept::put(self, kept, as_id).map_err(StoreError::new)
    }

    async fn forget_kept(&mut self, kept: &KeptConnection) -> Result<(), StoreError> {
        kept::forget_one(self, kept).map_err(StoreError::new)
    }

    async fn purge_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError> {
        let was_kept = kept::forget(self, id).map_err(StoreError::new)?;
        Ok(self.delete_connection(id).await? || was_kept)
    }

    async fn metadata_copy(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Option<MetadataCopy>, StoreError> {
        metadata::find(self, id.as_str()).map_err(StoreError::new)
    }

    async fn put_metadata_copy(
        &mut self,
        id: &ConnectionId,
        copy: &MetadataCopy,
        version: u64,
    ) -> Result<(), StoreError> {
        metadata::put(self, id.as_str(), copy, version).map_err(StoreError::new)
    }

    async fn refresh_record(&mut self, id: &ConnectionId) -> Result<RefreshRecord, StoreError> {
        metadata::record(self, id.as_str()).map_err(StoreError::new)
    }

    async fn put_refresh_record(
        &mut self,
        id: &ConnectionId,
        record: &RefreshRecord,
    ) -> Result<(), StoreError> {
        metadata::put_record(self, id.as_str(), record).map_err(StoreError::new)
    }

    async fn base_url(&mut self) -> Result<Option<BaseUrl>, StoreError> {
        site_settings::base_url(self).map_err(StoreError::new)
    }

    async fn put_base_url(&mut self, url: &BaseUrl) -> Result<(), StoreError> {
        site_settings::put_base_url(self, url).map_err(StoreError::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::ChangeOutcome;
    use crate::configuration::ConnectionChange;
    use crate::configuration::change_connection;
    use crate::configuration::claim_refresh;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connections;
    use crate::crypto::Fingerprint;
    use crate::event::EventQuery;
    use crate::event::Events;
    use crate::metadata::Claim;
    use crate::metadata::KeyHistory;
    use crate::metadata::MetadataCache;
    use crate::metadata::RefreshPolicy;
    use crate::metadata::RefreshState;
    use crate::metadata::RefreshTrigger;
    use crate::ports::Actor;
    use crate::store::sqlite::statement::execute;

    #[tokio::test]
    async fn a_connection_that_cannot_be_read_can_be_put_anew() {
        let store = SqliteStore::in_memory().await.unwrap();
        let pin = Fingerprint::parse(&"AB".repeat(32)).unwrap();
        let acme = Connection::builder("acme").fingerprint(pin, "urn:idp", "https://idp.example/");
        let acme = acme.build().unwrap();
        let broken = "INSERT INTO connections (id, document) VALUES ('acme', '{}')";
        let written = store.write(move |db| Ok(execute(db, broken, [])?));
        assert_eq!(written.await.unwrap(), 1);
        assert!(store.connection(acme.id()).await.is_err());
        let put = put_connection(&store, &acme, Timestamp::UNIX_EPOCH).await;
        put.unwrap();
        let found = store.connection(acme.id()).await;
        assert_eq!(found.unwrap(), Some(acme));
        let told = store.events(&EventQuery::default()).await.unwrap();
        let told = told.iter().map(|one| one.event.detail());
        let told: Vec<_> = told.flatten().collect();
        assert_eq!(told, [format!("added {pin}")]);
    }

    #[tokio::test]
    async fn the_part_of_a_record_that_can_be_read_stays() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let put = put_connection(&store, &acme, Timestamp::UNIX_EPOCH).await;
        put.unwrap();
        let mut history = KeyHistory::default();
        history.note_document(b"<a/>");
        let whole = RefreshRecord {
            state: RefreshState {
                source: "https://idp.example/".to_owned(),
                failures: 3,
                next_due: Some(Timestamp::MAX),
                ..RefreshState::default()
            },
            history,
        };
        let claim = Claim {
            source: whole.state.source.clone(),
            trigger: RefreshTrigger::Manual,
            policy: RefreshPolicy::default(),
            holder: 7,
            now: Timestamp::UNIX_EPOCH,
        };
        for (broken, failures, history) in [
            ("state = '1'", 0, whole.history.clone()),
            ("state = CAST(X'FF' AS TEXT)", 0, whole.history.clone()),
            ("history = '1'", 3, KeyHistory::default()),
            ("history = CAST(X'FF' AS TEXT)", 3, KeyHistory::default()),
        ] {
            let record = whole.clone();
            let written = store.write(move |db| {
                metadata::put_record(db, "acme", &record)?;
                let broken = format!("UPDATE metadata_refreshes SET {broken}");
                Ok(execute(db, &broken, [])?)
            });
            assert_eq!(written.await.unwrap(), 1);
            let read = store.refresh_record("acme").await.unwrap();
            assert_eq!((read.state.failures, &read.history), (failures, &history));
            let put = put_connection(&store, &acme, Timestamp::UNIX_EPOCH).await;
            put.expect("the connection changes");
            let claimed = claim_refresh(&store, acme.id(), &claim).await;
            let state = claimed.unwrap().unwrap();
            assert_eq!(state.failures, failures, "{broken}");
            let expected = RefreshRecord { state, history };
            assert_eq!(store.refresh_record("acme").await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_connection_that_cannot_be_read_is_replaced_once_by_who_knows_it() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let change = ConnectionChange {
            present: Present::Unreadable,
            wanted: acme.build().unwrap(),
            copy: None,
            met: Vec::new(),
            by: Actor::CommandLine,
            now: Timestamp::UNIX_EPOCH,
        };
        let outcome = change_connection(&store, &change).await;
        assert_eq!(outcome.unwrap(), ChangeOutcome::Late, "there is none");
        let broken = "INSERT INTO connections (id, document) VALUES ('acme', '{}')";
        let written = store.write(move |db| Ok(execute(db, broken, [])?));
        assert_eq!(written.await.unwrap(), 1);
        let unaware = ConnectionChange {
            present: Present::Nothing,
            ..change.clone()
        };
        let outcome = change_connection(&store, &unaware).await;
        assert_eq!(outcome.unwrap(), ChangeOutcome::Late, "there is one");
        let outcome = change_connection(&store, &change).await;
        assert_eq!(outcome.unwrap(), ChangeOutcome::Changed);
        let found = store.connection(change.wanted.id()).await;
        assert_eq!(found.unwrap().as_ref(), Some(&change.wanted));
        let again = change_connection(&store, &change).await;
        assert_eq!(again.unwrap(), ChangeOutcome::Late, "it can be read now");
    }
}
