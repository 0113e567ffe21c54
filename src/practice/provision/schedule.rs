//! The schedule: cycles that nobody asks for.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::watch;

use super::access::signing;
use super::cycle;
use super::cycle::CycleTrigger;
use super::job::Board;
use super::job::Job;
use crate::practice::state::State;

/// Runs the cycles that are due, until the identity provider ends.
pub(in crate::practice) async fn keep_to_it(state: Arc<State>, mut stopped: watch::Receiver<()>) {
    loop {
        tokio::select! {
            // An error means that the sender is gone, which ends the schedule as well.
            _ = stopped.changed() => return,
            () = tokio::time::sleep(TICK) => run_due(&state).await,
        }
    }
}

async fn run_due(state: &State) {
    for entry in state.registered() {
        if is_due(&entry.job, Timestamp::now()) {
            let directory = state.directory();
            let ran = cycle::run(
                &entry.job,
                &directory,
                &entry.app,
                CycleTrigger::Scheduled,
                signing(state, &entry),
            )
            .await;
            if let Err(error) = ran {
                tracing::warn!(event = "practice-cycle-failed", %error, "a scheduled cycle did not run");
            }
        }
    }
}

fn is_due(job: &Job, now: Timestamp) -> bool {
    let every = job.settings().and_then(|settings| settings.every);
    every.is_some_and(|every| due(every, &job.board()).is_none_or(|due| due <= now))
}

/// The time at which the next cycle is due; `None` is now. In quarantine it is seldom.
fn due(every: Duration, board: &Board) -> Option<Timestamp> {
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
    let next = board
        .started?
        .saturating_add(every)
        .unwrap_or(Timestamp::MAX);
    let quarantine = board.quarantine.as_ref().map(|quarantine| quarantine.next);
    Some(quarantine.map_or(next, |until| next.max(until)))
}

/// The time between two looks of the schedule at what is due: the shortest time between two cycles is a second.
const TICK: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::super::retry::Quarantine;
    use super::*;

    #[test]
    fn a_cycle_is_due_at_once_then_at_its_time_and_seldom_in_quarantine() {
        let now = Timestamp::UNIX_EPOCH;
        let every = Duration::from_secs(10);
        let mut board = Board::default();
        assert_eq!(due(every, &board), None);
        board.started = Some(now);
        assert_eq!(
            due(every, &board),
            Some(now + SignedDuration::from_secs(10))
        );
        board.quarantine = Some(Quarantine::begin(None, String::new(), now));
        assert_eq!(
            due(every, &board),
            Some(now + SignedDuration::from_hours(6))
        );
        assert_eq!(due(Duration::MAX, &board), Some(Timestamp::MAX));
    }
}
