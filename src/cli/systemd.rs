//! Words to systemd, where it started the process and waits for them (`Type=notify`).

use std::env;
use std::future::pending;

use sd_notify::NotifyState;
use tokio::time::interval;

/// True if systemd listens. It then asks for a reload by SIGHUP, which else means that the terminal is gone.
pub(super) fn listens() -> bool {
    env::var_os("NOTIFY_SOCKET").is_some()
}

pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

pub(super) fn stopping(status: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(status)]);
}

/// Says that the process is alive, twice in the time after which systemd starts it anew. It never ends.
pub(super) async fn watchdog() {
    if let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) {
        let mut tick = interval(limit / 2);
        loop {
            tick.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    }
    pending().await
}

fn tell(words: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(words) {
        tracing::warn!(event = "systemd-not-told", %error, "systemd was not told");
    }
}
