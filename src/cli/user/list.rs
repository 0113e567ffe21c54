//! `entrada user list`.

use std::borrow::Cow;

use clap::ValueEnum;

use crate::admin::people::UserListed;
use crate::cli::directory::Which;
use crate::cli::directory::report;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::directory::Origin;
use crate::directory::UserRecord;

/// List users
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    which: Which,
    /// Only those that came so
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<UserOrigin>,
}

const HELP: &str = "\
Examples:
  entrada user list --connection acme
  entrada user list --filter 'active eq false'
  entrada user list --origin just-in-time
  entrada user list --filter 'emails.value ew \"@example.com\"' --json
  entrada user list --limit 1000 --cursor acme:WzE3LG51bGwsIj...

A list ends in next_cursor if there is more. entrada user export has no limit.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

/// The origin of users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum UserOrigin {
    /// By provisioning, or by an import
    Provisioned,
    /// By a first sign-on
    JustInTime,
}

impl UserOrigin {
    fn origin(self) -> Origin {
        match self {
            UserOrigin::Provisioned => Origin::Provisioned,
            UserOrigin::JustInTime => Origin::JustInTime,
        }
    }
}

impl List {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let wanted =
            |user: &UserRecord| self.origin.is_none_or(|came| came.origin() == user.origin);
        report::<UserRecord, UserListed, _>(site, &self.which, "users", wanted, cells)
    }
}

fn cells(user: &UserListed) -> [Cow<'_, str>; 5] {
    [
        user.id.as_str(),
        user.connection.as_str(),
        user.user_name.as_deref().unwrap_or_default(),
        if user.active { "active" } else { "inactive" },
        user.display_name.as_deref().unwrap_or_default(),
    ]
    .map(Cow::from)
}
