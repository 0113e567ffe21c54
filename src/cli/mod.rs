//! The `entrada` command line: the names, flags, exit codes and JSON keys that scripts rely on, and the reading of files. The
//! library judges. One file holds one command, or a few that are alike.

mod captured;
mod certificate;
mod check;
mod client;
mod config;
mod connection;
mod consent;
mod credential;
mod decode;
mod demo;
mod directory;
mod duration;
mod error;
mod files;
mod findings;
mod fingerprint;
mod generate;
mod globals;
mod group;
mod input;
mod key;
mod log;
mod metadata;
mod output;
mod practice;
mod printable;
mod progress;
mod provisioning_log;
mod serve;
mod session;
mod settings;
mod site;
mod site_settings;
mod stop;
mod store;
mod style;
mod systemd;
mod token;
mod usable_store;
mod user;
mod validate;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;

use self::error::CliError;
use self::globals::Globals;
use self::output::Report;
use self::output::Style;
pub use self::settings::ADDRESSES;
pub use self::settings::APPLY;
pub use self::settings::EVERY;
pub use self::settings::LOG;
pub use self::settings::SERVE;
pub use self::settings::SITE_SETTINGS;
pub use self::settings::SiteSetting;

/// Runs one command line, program name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => {
            let globals = &parsed.globals;
            let style = Style::of_stdout();
            let json = globals.json || parsed.command.wants_json();
            output::finish(parsed.command.run(globals, style), json)
        }
        Err(error) => {
            let json = arguments.iter().any(|argument| argument == "--json");
            output::usage(&error, &arguments, json)
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

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Practice(practice::Practice),
    Serve(serve::Serve),
    Fingerprint(fingerprint::Fingerprint),
    Verify(verify::Verify),
    #[command(subcommand)]
    Validate(validate::Validate),
    Decode(decode::Decode),
    #[command(subcommand)]
    Metadata(metadata::Metadata),
    Connection(connection::Connection),
    #[command(subcommand)]
    Site(site_settings::Site),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Client(client::Client),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Group(group::Group),
    #[command(subcommand)]
    Session(session::Session),
    #[command(subcommand)]
    Store(store::Store),
    Log(provisioning_log::Log),
    Check(check::Check),
    #[command(subcommand)]
    Config(config::Config),
    Completions(generate::Completions),
    Man(generate::Man),
}

impl Command {
    /// True if options of the command's own ask for what `--json` prints.
    fn wants_json(&self) -> bool {
        match self {
            Command::Verify(verify) => verify.wants_json(),
            Command::Validate(validate) => validate.wants_json(),
            _ => false,
        }
    }

    fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self {
            Command::Demo(command) => command.run(globals),
            Command::Practice(command) => command.run(globals),
            Command::Serve(command) => command.run(globals),
            Command::Fingerprint(command) => command.run(globals, style),
            Command::Verify(command) => command.run(globals, style),
            Command::Validate(command) => command.run(globals, style),
            Command::Decode(command) => command.run(style),
            Command::Metadata(command) => command.run(globals, style),
            Command::Connection(command) => command.run(globals, style),
            Command::Site(command) => command.run(globals),
            Command::Key(command) => command.run(globals),
            Command::Token(command) => command.run(globals),
            Command::Client(command) => command.run(globals),
            Command::User(command) => command.run(globals),
            Command::Group(command) => command.run(globals),
            Command::Session(command) => command.run(globals),
            Command::Store(command) => command.run(globals),
            Command::Log(command) => command.run(globals),
            Command::Check(command) => command.run(globals, style),
            Command::Config(command) => command.run(globals, style),
            Command::Completions(command) => command.run(Arguments::command()),
            Command::Man(command) => command.run(Arguments::command()),
        }
    }
}

const HELP: &str = "\
Examples:
  entrada demo                  click through a sign-on; needs no configuration
  entrada practice --app URL    sign on to your own app without a tenant
  entrada fingerprint entra.cer
  entrada verify response.txt --metadata federationmetadata.xml \\
      --sp-entity-id https://app.example.com/saml/acme/metadata \\
      --acs-url https://app.example.com/saml/acme/acs
  entrada COMMAND --help        examples and exit codes of one command

Exit codes:
  0  done, or accepted
  1  refused, or findings
  2  wrong usage, or unreadable input
  3  configuration
  4  unreachable, or I/O";
