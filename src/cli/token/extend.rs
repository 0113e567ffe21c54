//! `entrada token extend`.

use jiff::SignedDuration;
use serde_json::json;

use crate::admin::credentials;
use crate::admin::log::time;
use crate::cli::Globals;
use crate::cli::duration::duration;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::provisioning::CredentialId;

/// Let a token hold for a time from now on, without another secret
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Extend {
    /// The token
    #[arg(value_name = "ID")]
    id: CredentialId,
    /// How long it holds from now on, ten years (3650d) at most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: SignedDuration,
}

const HELP: &str = "\
Examples:
  entrada token extend 0123456789abcdef --expires-in 365d

One that has expired begins again; one that was revoked does not.

Exit codes:
  0  extended
  1  the token was revoked
  2  wrong usage, or no such token
  4  the store does not answer";

impl Extend {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let extended = credentials::extend(site.admin(), &self.id, self.expires_in);
        let expires = site.run(extended)?;
        let text = format!("The token {} expires at {}.", self.id, time(expires));
        let json = json!({ "id": self.id, "expires_at": expires });
        Ok(Report::new(text, &json))
    }
}
