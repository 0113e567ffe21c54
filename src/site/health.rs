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
    last: Mutex<Option<Last>>,
}

#[derive(Clone)]
struct Last {
    at: Instant,
    answer: Writable,
    /// The first of the tries without an answer, all of those since then.
    silent_since: Option<Instant>,
}

type Writable = Result<(), Arc<StoreError>>;

impl Health {
    /// Fails where the store takes no changes, or has not answered for [`SILENCE`]. One that is busy with others for a shorter
    /// time is as it was.
    pub(crate) async fn check_writable(&self, store: &dyn Store) -> Writable {
        self.answer(store.check_writable()).await
    }

    async fn answer(&self, attempt: impl Future<Output = Result<(), StoreError>>) -> Writable {
        let mut last = self.last.lock().await;
        let now = Instant::now();
        let before = match &*last {
            Some(last) if last.at.elapsed() < INTERVAL => return last.answer.clone(),
            Some(last) => last.clone(),
            None => Last {
                at: now,
                answer: Ok(()),
                silent_since: None,
            },
        };
        // The try counts also where the one who asks goes away before its end.
        *last = Some(Last {
            at: now,
            ..before.clone()
        });
        let mut silent_since = None;
        let answer = match timeout(PATIENCE, attempt).await {
            Ok(answer) => answer.map_err(Arc::new),
            Err(_) => {
                let since = *silent_since.insert(before.silent_since.unwrap_or(now));
                match since.elapsed() >= SILENCE {
                    true => Err(Arc::new(StoreError::new(Silent))),
                    false => before.answer.clone(),
                }
            }
        };
        match (&before.answer, &answer) {
            (Ok(()), Err(error)) => {
                tracing::error!(event = "store-not-writable", %error, "the store takes no changes")
            }
            (Err(_), Ok(())) => {
                tracing::info!(event = "store-writable", "the store takes changes again")
            }
            _ => {}
        }
        *last = Some(Last {
            at: Instant::now(),
            answer: answer.clone(),
            silent_since,
        });
        answer
    }
}

/// A store that answers nothing: somebody holds it, or the disk hangs.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it has not answered for {} seconds: another program holds it, or the disk hangs", SILENCE.as_secs())]
struct Silent;

/// Far less often than probes come in a flood, and often enough for those of a load balancer.
const INTERVAL: Duration = Duration::from_secs(5);

/// Less than what probes wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// More than a long import or the removal of a large connection keeps others waiting.
const SILENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_silent_for_long_takes_no_changes() {
        let health = Health::default();
        let begun = Instant::now();
        while begun.elapsed() + PATIENCE < SILENCE {
            assert!(health.answer(pending()).await.is_ok());
            tokio::time::sleep(INTERVAL).await;
        }
        assert!(health.answer(pending()).await.is_err());
        tokio::time::sleep(INTERVAL).await;
        assert!(health.answer(async { Ok(()) }).await.is_ok());
        tokio::time::sleep(INTERVAL).await;
        assert!(health.answer(pending()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_has_had_their_try() {
        let health = Health::default();
        let short = Duration::from_millis(1);
        assert!(timeout(short, health.answer(pending())).await.is_err());
        let second = health.answer(async { panic!("tried again at once") });
        assert!(second.await.is_ok());
    }
}
