//! The queue of what the provisioning log hears of look-ups and refusals. Changes are logged in their own transactions;
//! these entries belong to none, and must not cost one each: they wait for each other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::configuration::append_log;
use crate::provisioning::LogEntry;
use crate::store::Store;

pub(crate) struct LogQueue(mpsc::Sender<LogEntry>);

impl LogQueue {
    pub(crate) fn start(store: Arc<dyn Store>) -> LogQueue {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write(receiver, store));
        LogQueue(sender)
    }

    /// Hands over entries. When too many wait, they are lost, and the log of the process says so.
    pub(crate) fn note(&self, entries: Vec<LogEntry>) {
        for entry in entries {
            if self.0.try_send(entry).is_err() {
                tracing::warn!(
                    event = "scim-log-entry-lost",
                    "scim: an entry of the provisioning log was lost, since too many wait"
                );
                return;
            }
        }
    }
}

/// Ends with the last sender, when everything is written.
async fn write(mut receiver: mpsc::Receiver<LogEntry>, store: Arc<dyn Store>) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = append_log(&*store, &batch).await {
            tracing::warn!(event = "scim-log-not-written", %error, entries = batch.len(), "scim: the provisioning log was not written");
        }
        batch.clear();
        tokio::time::sleep(PAUSE).await;
    }
}

/// One transaction a second is nothing beside the clients' own.
const PAUSE: Duration = Duration::from_secs(1);
/// As many look-ups as a connection may send in a second and a half at its default rate; a row costs some microseconds.
const BATCH: usize = 2000;
/// Two batches: 2 MB at the longest names.
const QUEUE: usize = 4000;
