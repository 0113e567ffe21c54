//! `entrada token rotate`.

use jiff::SignedDuration;
use serde_json::json;

use super::secret::Shown;
use crate::admin::credentials;
use crate::admin::log::time;
use crate::cli::Globals;
use crate::cli::duration::duration;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::provisioning::CredentialId;

/// Create the successor of a token, and let the old one end after an overlap
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Rotate {
    /// The token to replace
    #[arg(value_name = "ID")]
    id: CredentialId,
    /// How long the old one goes on
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    overlap: SignedDuration,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada token rotate 0123456789abcdef
  entrada token rotate 0123456789abcdef --overlap 1h --json | jq -r .token

The successor is of the same kind and connection, and holds as long as the
old one did.

Exit codes:
  0  rotated
  1  the token was revoked, has expired, or was rotated before
  2  wrong usage, or no such token
  4  the store does not answer";

impl Rotate {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let rotated = credentials::rotate(site.admin(), &self.id, self.overlap);
        let rotated = site.run(rotated)?;
        let base_url = self.base_url.keep(&site)?;
        let next = &rotated.credential;
        let shown = Shown {
            credential: next,
            secret: &rotated.secret,
            base_url: base_url.get(),
        };
        let text = format!(
            "Created the token {} of {}; it expires at {}. The old one, {}, ends at {}.\n{}",
            next.id,
            next.connection,
            time(next.expires),
            rotated.old,
            time(rotated.old_expires),
            shown.text()
        );
        let mut json = shown.json();
        json["rotated"] = json!({ "id": rotated.old, "expires_at": rotated.old_expires });
        Ok(Report::new(text, &json).notes(base_url.note()))
    }
}
