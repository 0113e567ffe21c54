//! Provisioning as a library has it: setting an app up, running cycles, and changing who is in the directory.

use std::sync::Arc;

use super::access::signing;
use super::cycle;
use super::error::ProvisionError;
use super::job::Summary;
use super::log::LogLine;
use super::manual;
use super::retry::Escrowed;
use super::retry::Quarantine;
use super::settings::Provisioning;
use crate::practice::assertion_fault::AssertionFault;
use crate::practice::directory::Directory;
use crate::practice::federated_identity::FederatedIdentity;
use crate::practice::idp::Running;

impl Running {
    /// Sets up the provisioning of an app. Settings for another server begin from nothing: what was sent to the one
    /// before is forgotten. Fails for an app that is not there, and settings that cannot be used.
    pub async fn set_provisioning(
        &self,
        app_id: &str,
        settings: Provisioning,
    ) -> Result<(), ProvisionError> {
        manual::set_up(self.state(), app_id, settings).await
    }

    /// Looks for somebody who does not exist, as "Test Connection" does. Fails for settings that cannot be used, and
    /// for an answer other than 200 with an empty `ListResponse`.
    pub async fn test_connection(&self, app_id: &str) -> Result<(), ProvisionError> {
        let entry = manual::app(self.state(), app_id)?;
        cycle::test_connection(&entry.job, signing(self.state(), &entry)).await
    }

    /// Runs a cycle and says what it did. What is in escrow is tried again, and a quarantine ends if all goes well.
    ///
    /// Fails for an app that is not there or not set up; errors of the app stand in the summary, the log and the
    /// escrow.
    pub async fn provision_now(&self, app_id: &str) -> Result<Summary, ProvisionError> {
        manual::run(self.state(), app_id).await
    }

    /// The identity with which an app is signed in to by federation, as the app's admin enters it there. It is the same from start
    /// to start where the address and the tenant are.
    pub fn federated_identity(&self, app_id: &str) -> FederatedIdentity {
        FederatedIdentity::of(self.state(), app_id)
    }

    /// Lets the next assertion by which an app is signed in to have a fault; the access token that is kept for the app is
    /// forgotten. Says whether there is such an app. Nothing changes for one that is not signed in to by federation.
    pub async fn spoil_next_assertion(&self, app_id: &str, fault: AssertionFault) -> bool {
        let Some(entry) = self.state().app(app_id) else {
            return false;
        };
        entry.job.spoil(Some(fault)).await;
        true
    }

    /// The last requests to an app, the oldest first: 1,000 at most.
    pub fn provisioning_log(&self, app_id: &str) -> Vec<LogLine> {
        let app = self.state().app(app_id);
        app.map_or_else(Vec::new, |app| app.job.log.lines())
    }

    /// The quarantine in which an app's provisioning rests, if it does.
    pub fn quarantine(&self, app_id: &str) -> Option<Quarantine> {
        self.state().app(app_id)?.job.board().quarantine
    }

    /// The objects that failed at an app and will be tried again.
    pub fn escrow(&self, app_id: &str) -> Vec<Escrowed> {
        let app = self.state().app(app_id);
        app.map_or_else(Vec::new, |app| app.job.board().escrow.objects().to_vec())
    }

    /// The people and groups as they are now.
    pub fn directory(&self) -> Arc<Directory> {
        self.state().directory()
    }

    /// Changes people and groups; apps hear of it in their next cycle.
    pub fn change_directory<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        self.state().change_directory(change)
    }

    /// Assigns a person or a group, by object id, to an app; says whether there is such an app.
    pub fn assign(&self, app_id: &str, object_id: &str) -> bool {
        self.state().assign(app_id, object_id)
    }

    /// Takes an assignment away; says whether there is such an app. Somebody may still be assigned through a group.
    pub fn unassign(&self, app_id: &str, object_id: &str) -> bool {
        self.state().unassign(app_id, object_id)
    }
}
