//! A server that runs beside its owner.

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::serve;

/// A server that runs until it is shut down, or until this is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    stop: watch::Sender<()>,
    server: JoinHandle<()>,
}

impl Background {
    pub(crate) fn start(listener: TcpListener, app: Router) -> Background {
        let (stop, mut stopped) = watch::channel(());
        let ended = async move {
            // An error means that the sender is gone, which ends the server as well.
            let _ = stopped.changed().await;
        };
        let server = tokio::spawn(async move {
            let served = serve(listener, app).with_graceful_shutdown(ended);
            if let Err(error) = served.await {
                tracing::error!(event = "server-failed", %error, "the server ended");
            }
        });
        Background { stop, server }
    }

    /// Fails to see another change once the server is to end.
    pub(crate) fn stopped(&self) -> watch::Receiver<()> {
        self.stop.subscribe()
    }

    pub(crate) async fn shutdown(self) {
        drop(self.stop);
        let abort = self.server.abort_handle();
        if tokio::time::timeout(PATIENCE, self.server).await.is_err() {
            abort.abort();
        }
    }
}

/// The time that open connections may take to end. A browser keeps idle ones open for minutes.
const PATIENCE: Duration = Duration::from_secs(3);
