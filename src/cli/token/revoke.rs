//! `entrada token revoke`.

use serde_json::json;

use crate::admin::credentials;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::provisioning::CredentialId;

/// Revoke a token: from the next request on it opens nothing
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Revoke {
    /// The token
    #[arg(value_name = "ID")]
    id: CredentialId,
}

const HELP: &str = "\
Examples:
  entrada token revoke 0123456789abcdef

Exit codes:
  0  revoked, now or before
  2  wrong usage, or no such token
  4  the store does not answer";

impl Revoke {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let revoked = site.run(credentials::revoke(site.admin(), &self.id))?;
        let text = format!("The token {} is revoked.", self.id);
        let json = json!({ "id": self.id, "revoked_at": revoked });
        Ok(Report::new(text, &json))
    }
}
