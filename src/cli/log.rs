//! The log of `serve` and `demo`: its filter, and where it goes. Each event is one line on stderr; `line` writes it.

mod line;

use std::fs::File;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use clap::ValueEnum;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use self::line::Fields;
use self::line::Look;
use super::error::CliError;

/// The look of the log.
#[derive(Clone, Copy, clap::Args)]
pub(super) struct LogFormat {
    /// The look of the log on stderr
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

/// Starts the log, with `default` as its filter unless the environment has one. Fails where that does not parse.
pub(super) fn start(format: LogFormat, default: &str) -> Result<(), CliError> {
    let look = Look {
        json: matches!(format.log_format, Format::Json),
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        journal: is_the_journal(),
    };
    let log = tracing_subscriber::registry().with(Log(look).with_filter(filter(default)?));
    // Somebody who calls the command line as a library may have a log already, which is then used.
    let _ = log.try_init();
    Ok(())
}

fn filter(default: &str) -> Result<EnvFilter, CliError> {
    let set = |name| std::env::var_os(name).filter(|filter| !filter.is_empty());
    let mut variables = ["ENTRADA_LOG", "RUST_LOG"].into_iter();
    let Some((name, filter)) = variables.find_map(|name| Some((name, set(name)?))) else {
        return Ok(EnvFilter::new(default));
    };
    let filter = filter.to_string_lossy();
    let refused = |error| {
        let expected = "expected a filter such as debug or warn,entrada=debug";
        CliError::Configuration(format!("{name}: {expected}; found {filter:?}: {error}"))
    };
    EnvFilter::try_new(&filter).map_err(refused)
}

/// True where stderr is what systemd has joined to its journal, as it says in `JOURNAL_STREAM` (systemd.exec(5)).
pub(super) fn is_the_journal() -> bool {
    let Some(stream) = std::env::var_os("JOURNAL_STREAM") else {
        return false;
    };
    let stderr = io::stderr().as_fd().try_clone_to_owned().map(File::from);
    let stderr = stderr.and_then(|stderr| stderr.metadata());
    stderr.is_ok_and(|stderr| stream == *format!("{}:{}", stderr.dev(), stderr.ino()))
}

struct Log(Look);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: Context<'_, S>,
    ) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.add(outer);
            }
        }
        let of = event.metadata();
        let of = (*of.level(), of.target());
        let line = self.0.line(of, fields, jiff::Timestamp::now());
        // If stderr is gone, there is nobody to tell.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}
