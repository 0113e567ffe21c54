//! Provisioning by hand: an app by its id, its settings, and a cycle that somebody starts.

use super::access::signing;
use super::cycle;
use super::cycle::CycleTrigger;
use super::error::ProvisionError;
use super::job::Summary;
use super::settings::Provisioning;
use crate::practice::state::RegisteredApp;
use crate::practice::state::State;

pub(super) fn app(state: &State, app_id: &str) -> Result<RegisteredApp, ProvisionError> {
    state.app(app_id).ok_or(ProvisionError::UnknownApp)
}

pub(super) async fn set_up(
    state: &State,
    app_id: &str,
    settings: Provisioning,
) -> Result<(), ProvisionError> {
    settings.check()?;
    app(state, app_id)?.job.set_up(settings).await;
    Ok(())
}

pub(super) async fn run(state: &State, app_id: &str) -> Result<Summary, ProvisionError> {
    let entry = app(state, app_id)?;
    cycle::run(
        &entry.job,
        &state.directory(),
        &entry.app,
        CycleTrigger::Manual,
        signing(state, &entry),
    )
    .await
}
