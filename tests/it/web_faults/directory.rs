//! The parts that the failing store leaves to the one inside: users, groups, credentials and the provisioning log.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use entrada::connection::ConnectionId;
use entrada::directory::Directory;
use entrada::directory::DirectoryError;
use entrada::directory::DirectoryTx;
use entrada::directory::Listed;
use entrada::directory::Query;
use entrada::directory::UserRecord;
use entrada::directory::ViewTx;
use entrada::directory::Weight;
use entrada::event::EventNumbers;
use entrada::event::EventQuery;
use entrada::event::Events;
use entrada::event::RecordedEvent;
use entrada::ports::StoreError;
use entrada::ports::TxOutcome;
use entrada::ports::TxWork;
use entrada::provisioning::AccessToken;
use entrada::provisioning::CredentialId;
use entrada::provisioning::LogQuery;
use entrada::provisioning::LoggedEntry;
use entrada::provisioning::ProvisioningLog;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::ScimCredentials;
use jiff::Timestamp;

use super::failing_store::FailingStore;
use super::failing_store::unless;

#[async_trait]
impl Directory for FailingStore {
    async fn look(
        &self,
        connection: &ConnectionId,
        weight: Weight,
        work: TxWork<ViewTx>,
    ) -> Result<(), StoreError> {
        unless(&self.look)?;
        self.inner.look(connection, weight, work).await
    }

    async fn users(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<UserRecord>, DirectoryError> {
        if self.users.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.inner.users(connection, query).await
    }

    async fn run(
        &self,
        connection: &ConnectionId,
        work: TxWork<DirectoryTx>,
    ) -> Result<TxOutcome, StoreError> {
        self.inner.run(connection, work).await
    }
}

#[async_trait]
impl ScimCredentials for FailingStore {
    async fn credential(&self, id: &CredentialId) -> Result<Option<ScimCredential>, StoreError> {
        self.inner.credential(id).await
    }

    async fn credentials(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ScimCredential>, StoreError> {
        self.inner.credentials(connection).await
    }

    async fn access_token(
        &self,
        id: &CredentialId,
    ) -> Result<Option<(AccessToken, ScimCredential)>, StoreError> {
        self.inner.access_token(id).await
    }

    async fn provisioned(&self) -> Result<Vec<ConnectionId>, StoreError> {
        self.inner.provisioned().await
    }

    async fn note_use(&self, id: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
        self.inner.note_use(id, now).await
    }
}

#[async_trait]
impl ProvisioningLog for FailingStore {
    async fn log(&self, query: &LogQuery) -> Result<Vec<LoggedEntry>, StoreError> {
        self.inner.log(query).await
    }
}

#[async_trait]
impl Events for FailingStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.events(query).await
    }

    async fn event_numbers(&self) -> Result<EventNumbers, StoreError> {
        self.inner.event_numbers().await
    }
}
