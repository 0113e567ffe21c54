//! The log of `serve` and `demo`: its filter, and where it goes. Each event is one line on stderr; `line` writes it.

mod line;

use std::fs::File;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use self::line::Fields;
use self::line::Look;
use super::settings::Settings;

/// Starts the log. Unless the settings have a filter, it is `default`.
pub(super) fn start(settings: &Settings, default: &str) {
    let look = Look {
        json: settings.logs_json(),
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        journal: is_the_journal(),
    };
    let filter = EnvFilter::new(settings.log_filter().unwrap_or(default));
    let log = tracing_subscriber::registry().with(Log(look).with_filter(filter));
    // Somebody who calls the command line as a library may have a log already, which is then used.
    let _ = log.try_init();
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
