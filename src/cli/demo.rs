//! `entrada demo`: the sample app and the practice identity provider, until Ctrl-C.

use std::net::SocketAddr;

use serde_json::json;

use super::error::CliError;
use super::input;
use super::logging;
use super::output;
use super::output::Report;
use super::until_stopped;
use crate::practice::PracticeError;
use crate::practice::demo::Demo;
use crate::practice::demo::DemoError;
use crate::practice::demo::DemoOptions;

/// Start a sample app and a practice identity provider, ready to click through
///
/// Needs no configuration and writes no files. Everybody can sign in as anybody, so both listen on this machine
/// alone.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct DemoCommand {
    /// Where the sample app listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = DemoOptions::default().listen)]
    listen: SocketAddr,
    /// Where the practice identity provider listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = DemoOptions::default().idp_listen)]
    idp_listen: SocketAddr,
}

const HELP: &str = "\
Examples:
  entrada demo
  entrada demo --listen 127.0.0.1:0 --idp-listen 127.0.0.1:0
  RUST_LOG=info entrada demo    also log what the app makes of each response

Exit codes:
  0  ended by Ctrl-C
  2  wrong usage, such as an address beyond this machine
  4  an address that cannot be listened on";

impl DemoCommand {
    /// Says where to click, at once, and ends with Ctrl-C or SIGTERM.
    pub(super) fn run(self, json: bool) -> Result<Report, CliError> {
        logging::start("warn");
        let options = DemoOptions {
            listen: self.listen,
            idp_listen: self.idp_listen,
        };
        input::runtime()?.block_on(async {
            let demo = Demo::start(options).await.map_err(failure)?;
            let addresses = json!({ "app": demo.app_url(), "portal": demo.portal_url() });
            output::announce(&demo.to_string(), &addresses, json);
            until_stopped().await?;
            demo.shutdown().await;
            Ok(Report::silent())
        })
    }
}

fn failure(error: DemoError) -> CliError {
    match error {
        DemoError::BeyondLoopback(_) => CliError::Usage(error.to_string()),
        DemoError::Listen(..) | DemoError::IdentityProvider(PracticeError::Listen(..)) => {
            CliError::Io(format!(
                "{error}; --listen 127.0.0.1:0 and --idp-listen 127.0.0.1:0 take free ports"
            ))
        }
        _ => CliError::Io(error.to_string()),
    }
}
