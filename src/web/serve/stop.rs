//! The signals that stop a server.

use std::io;

/// Waits for what stops a server: SIGTERM, as service managers send it, or Ctrl-C. The signals are caught from this call on, which
/// stands within a runtime of tokio; it fails where they cannot be caught.
///
/// ```no_run
/// # async fn run(listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
/// let stop = entrada::web::stop_signal()?;
/// entrada::web::serve(listener, app).with_graceful_shutdown(stop).await
/// # }
/// ```
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::SignalKind;
    use tokio::signal::unix::signal;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // An error means that nobody can stop it like this.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
