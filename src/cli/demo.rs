//! `entrada demo`: a sample app and a practice identity provider, ready to click through.

use std::net::SocketAddr;

use serde_json::json;

use super::Globals;
use super::error::CliError;
use super::input;
use super::log;
use super::output;
use super::output::Report;
use super::serve;
use super::serve::start_error;
use super::settings::Flags;
use super::settings::LOG;
use crate::connection::GroupChange;
use crate::demo::Demo as Running;
use crate::demo::DemoError;
use crate::demo::DemoOptions;
use crate::practice::PracticeError;

/// Start a sample app and a practice identity provider that behaves like Entra
///
/// Needs no configuration and no account, and keeps everything in memory. Both are for practice: everybody can
/// sign in as anybody, so they listen on loopback.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Demo {
    /// The address of the sample app; port 0 lets the system choose
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address, default_value_t = DemoOptions::default().listen)]
    listen: SocketAddr,
    /// The address of the practice identity provider; port 0 lets the system choose
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address, default_value_t = DemoOptions::default().idp_listen)]
    idp_listen: SocketAddr,
    /// The effect on sessions when provisioning changes groups: keep, refresh, or re-authenticate
    #[arg(long, value_name = "CHOICE", value_parser = |name: &str| input::named(&GroupChange::ALL, name), default_value = GroupChange::default().name())]
    group_change: GroupChange,
    #[command(flatten)]
    log: Flags<LOG>,
}

const HELP: &str = "\
Examples:
  entrada demo
  entrada demo --listen 127.0.0.1:0 --idp-listen 127.0.0.1:0
  entrada demo --group-change re-authenticate
  ENTRADA_LOG=info entrada demo    also log what the app makes of each response

Exit codes:
  0  ended by Ctrl-C
  2  wrong usage, or an address that is not on loopback
  3  a filter of the log that does not parse
  4  an address cannot be listened on";

impl Demo {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        log::start(&globals.settings(&self.log)?, "warn");
        serve::runtime()?.block_on(async {
            let options = DemoOptions {
                listen: self.listen,
                idp_listen: self.idp_listen,
                group_change: self.group_change,
            };
            let stop = serve::stop_signal()?;
            let demo = Running::start(options).await.map_err(refused)?;
            let urls = json!({ "app": demo.app_url(), "portal": demo.portal_url() });
            output::announce(&Report::new(demo.to_string(), &urls), globals.json);
            stop.await;
            demo.shutdown().await;
            Ok(Report::silent())
        })
    }
}

fn refused(error: DemoError) -> CliError {
    match error {
        DemoError::BeyondLoopback(_) => CliError::Usage(error.to_string()),
        DemoError::Listen(..) | DemoError::IdentityProvider(PracticeError::Listen(..)) => {
            CliError::Io(format!(
                "{error}; --listen 127.0.0.1:0 and --idp-listen 127.0.0.1:0 take free ports"
            ))
        }
        DemoError::ServiceProvider(error) => start_error(&error),
        DemoError::IdentityProvider(_)
        | DemoError::Client(_)
        | DemoError::Connection(_)
        | DemoError::Provisioning(_) => CliError::Io(error.to_string()),
    }
}
