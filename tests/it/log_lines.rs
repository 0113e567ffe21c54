//! The log, as JSON, of what this thread does: the lines that an operator would see.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use serde_json::Value;
use tracing::Level;
use tracing::dispatcher::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing::subscriber::NoSubscriber;

static SECOND: OnceLock<Dispatch> = OnceLock::new();

/// Captures from its start until it is dropped.
pub(crate) struct LogLines {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl LogLines {
    /// On a test's own thread; tasks of a `current_thread` runtime run there too.
    pub(crate) fn capture() -> LogLines {
        // While there is but one subscriber, `tracing` asks that of the thread that comes first whether anybody listens to an
        // event, and remembers the answer for all: a test without one would switch the event off for this one.
        SECOND.get_or_init(|| Dispatch::new(NoSubscriber::new()));
        let written = Written::default();
        let writer = written.clone();
        let log = tracing_subscriber::fmt()
            .json()
            .with_max_level(Level::INFO)
            .with_writer(move || writer.clone())
            .finish();
        LogLines {
            written,
            _guard: tracing::subscriber::set_default(log),
        }
    }

    /// All that was written.
    pub(crate) fn text(&self) -> String {
        let written = self.written.0.lock();
        let written = written.unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(written.clone()).unwrap()
    }

    /// The lines of one event, by its name.
    pub(crate) fn of(&self, event: &str) -> Vec<Value> {
        self.having("event", event)
    }

    /// The lines with this text in a field.
    pub(crate) fn having(&self, field: &str, text: &str) -> Vec<Value> {
        let written = self.written.0.lock();
        let written = written.unwrap_or_else(PoisonError::into_inner);
        let lines = written.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice::<Value>(line).unwrap())
            .filter(|line| line["fields"][field] == text)
            .collect()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
