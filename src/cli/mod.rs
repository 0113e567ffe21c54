//! The `entrada` command line. It owns the names, flags, exit codes and JSON keys that scripts rely on, and the
//! reading of files; what is judged, it leaves to the library. One file holds one command: its arguments, its
//! help, and what it does.

mod captured;
mod certificate;
mod decode;
mod demo;
mod error;
mod fingerprint;
mod generate;
mod input;
mod logging;
mod metadata;
mod output;
mod pretty;
mod site;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use self::error::CliError;
use self::output::Report;
use self::output::Style;

/// Runs one command line, program name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => {
            let globals = &parsed.globals;
            let style = Style::of_stdout();
            output::finish(parsed.command.run(globals, style), globals.json)
        }
        Err(error) => {
            let json = arguments.iter().any(|argument| argument == "--json");
            output::usage(&error, json)
        }
    }
}

/// Sign-on from Microsoft Entra ID: run it, set it up, and find out why it was refused.
#[derive(Parser)]
#[command(name = "entrada", version, after_help = HELP, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// The options of every command.
#[derive(clap::Args)]
struct Globals {
    /// Print one JSON document on stdout, and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// The store that holds connections and sessions
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "ENTRADA_DATABASE",
        default_value = "sqlite:entrada.db"
    )]
    database: String,
}

#[derive(Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made in the life of a process"
)]
enum Command {
    Demo(demo::DemoCommand),
    Fingerprint(fingerprint::Fingerprint),
    Verify(verify::Verify),
    Decode(decode::Decode),
    Metadata(metadata::Metadata),
    Completions(generate::Completions),
    Man(generate::Man),
}

impl Command {
    fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self {
            Command::Demo(command) => command.run(globals.json),
            Command::Fingerprint(command) => command.run(style),
            Command::Verify(command) => command.run(globals, style),
            Command::Decode(command) => command.run(style),
            Command::Metadata(command) => command.run(globals, style),
            Command::Completions(command) => command.run(Arguments::command()),
            Command::Man(command) => command.run(Arguments::command()),
        }
    }
}

/// Waits for Ctrl-C, or for the SIGTERM with which service managers end a server.
async fn until_stopped() -> Result<(), CliError> {
    let cannot = |error| CliError::Io(format!("cannot wait for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(cannot),
        _ = terminate.recv() => Ok(()),
    }
}

const HELP: &str = "\
Examples:
  entrada demo                  a sample app and an identity provider to click through
  entrada fingerprint entra.cer
  entrada verify --metadata federationmetadata.xml --sp-entity-id https://app.example.com \\
      --acs-url https://app.example.com/saml/acme/acs response.txt
  entrada COMMAND --help        examples and exit codes of one command

Exit codes:
  0  done, or accepted
  1  refused, or findings
  2  wrong usage, or unreadable input
  3  configuration
  4  unreachable, or I/O";
