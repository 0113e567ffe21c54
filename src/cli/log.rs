//! The log of `serve` and `demo`: to stderr, filtered by `ENTRADA_LOG` or `RUST_LOG`. What others wrote into it cannot steer
//! the terminal on which it is read, nor pass for a line of its own.

use std::io;
use std::io::IsTerminal;
use std::io::Write;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::output::printable;
use crate::text;
use crate::text::json_escaped;

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

/// Starts the log. Unless the environment has a filter that parses, it is `default`.
pub(super) fn start(format: LogFormat, default: &str) {
    let filter = ["ENTRADA_LOG", "RUST_LOG"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(default));
    let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colour);
    // Somebody who calls the command line as a library may have a log already, which is then used.
    let _ = match format.log_format {
        Format::Text => {
            let spell = if colour { coloured_line } else { plain_line };
            log.with_writer(move || Lines { spell }).try_init()
        }
        Format::Json => log
            .with_writer(|| Lines { spell: json_line })
            .json()
            .try_init(),
    };
}

/// Writes lines of the log, each of which comes in one piece.
struct Lines {
    spell: fn(&str) -> String,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let line = (self.spell)(line.strip_suffix('\n').unwrap_or(&line)) + "\n";
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

fn plain_line(line: &str) -> String {
    printable(line).into_owned()
}

/// Colours a line. Escape sequences of others in it are spelled out already; those that are left are ours.
fn coloured_line(line: &str) -> String {
    let acts = |c| text::is_hidden(c) && c != '\u{1b}';
    text::spelled_out(line, acts).into_owned()
}

fn json_line(line: &str) -> String {
    json_escaped(line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_and_steers_no_terminal() {
        let line = "refused name=a\nINFO b\u{9b}\u{2028}\u{202e}";
        let spelled = "refused name=a\\nINFO b\\u{9b}\\u{2028}\\u{202e}";
        assert_eq!(
            (plain_line(line), coloured_line(line)),
            (spelled.into(), spelled.into())
        );
        assert_eq!(plain_line("\u{1b}[2J"), "\\u{1b}[2J");
        assert_eq!(
            json_line("{\"a\":\"\u{9b}\u{202e}\"}"),
            "{\"a\":\"\\u009b\\u202e\"}"
        );
    }
}
