//! The log of `serve` and `demo`: to stderr, filtered by `ENTRADA_LOG` or `RUST_LOG`.

use std::io;
use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How the log looks.
#[derive(Clone, Copy, clap::Args)]
pub(super) struct LogFormat {
    /// How the log on stderr looks
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Starts the log. Unless the environment has a filter that parses, it is `default`.
pub(super) fn start(format: LogFormat, default: &str) {
    let filter = ["ENTRADA_LOG", "RUST_LOG"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    // Somebody who calls the command line as a library may have a log already, which is then used.
    let _ = match format.log_format {
        Format::Text => log.try_init(),
        Format::Json => log.json().try_init(),
    };
}
