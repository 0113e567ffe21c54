//! The log of the commands that serve, on stderr.

use std::io;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Logs what `RUST_LOG` asks for, or else `default`, a filter such as `warn`.
pub(super) fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // Somebody who calls the command line as a library may have a log already, which is then used.
    let _ = log.try_init();
}
