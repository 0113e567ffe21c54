//! The health of the store as probes ask for it: a store that takes no changes lets nobody sign on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio::time::timeout;

use crate::ports::StoreError;
use crate::store::Store;

/// The last answer to the question whether the store takes changes. Strangers reach a probe, so one change in [`INTERVAL`] is
/// tried at most; who asks meanwhile waits for it.
#[derive(Default)]
pub(crate) struct Health {
    last: Mutex<Option<(Instant, Writable)>>,
}

type Writable = Result<(), Arc<StoreError>>;

impl Health {
    /// Fails where the store takes no changes. One that is busy with others for longer than [`PATIENCE`] is as it was.
    pub(crate) async fn check_writable(&self, store: &dyn Store) -> Writable {
        let mut last = self.last.lock().await;
        let before = match &*last {
            Some((at, answer)) if at.elapsed() < INTERVAL => return answer.clone(),
            Some((_, answer)) => answer.clone(),
            None => Ok(()),
        };
        let answer = match timeout(PATIENCE, store.check_writable()).await {
            Ok(answer) => answer.map_err(Arc::new),
            Err(_) => before.clone(),
        };
        match (&before, &answer) {
            (Ok(()), Err(error)) => {
                tracing::error!(event = "store-not-writable", %error, "the store takes no changes")
            }
            (Err(_), Ok(())) => {
                tracing::info!(event = "store-writable", "the store takes changes again")
            }
            _ => {}
        }
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

/// Far less often than probes come in a flood, and often enough for those of a load balancer.
const INTERVAL: Duration = Duration::from_secs(5);

/// Less than what probes wait.
const PATIENCE: Duration = Duration::from_secs(2);
