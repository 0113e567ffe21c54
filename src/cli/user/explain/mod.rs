//! `entrada user explain`: one person from both sides, and what would happen if they signed on now.

mod claims;
mod facts;
mod groups;
mod words;

use serde_json::json;

use self::facts::Facts;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::error::Exit;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::session::Denial;
use crate::session::Expected;
use crate::site::mend;

/// Explain one person: what the identity provider says, what is provisioned, and whether they would be let in now
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Explain {
    /// The connection that the person signs on over
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The person, by userName or id, or by the NameID of a sign-on
    #[arg(value_name = "NAME")]
    name: String,
}

const HELP: &str = "\
Examples:
  entrada user explain acme ada@example.com
  entrada user explain acme ada@example.com --json | jq .expected

The verdict is that of a real sign-on with the claims of the last one, in a
transaction that is undone: nothing is changed. Of a person who has never
signed on, the claims are assumed as Entra sends them by default. Whether the
response itself would hold (its signature, say) is left to entrada verify.

Exit codes:
  0  the person would be let in
  1  the person would be refused
  2  wrong usage, no such connection, or no such person
  4  the store does not answer";

impl Explain {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let connection = site.connection(&self.connection)?;
        let facts = Facts::gather(&site, connection, &self.name, site.now())?;
        let exit = match facts.expected {
            Expected::Denied(_) => Exit::Refused,
            _ => Exit::Done,
        };
        Ok(Report::new(words::text(&facts), &facts.json()).exit(exit))
    }
}

/// What would happen, as JSON.
fn expected(expected: &Expected, assumed: bool) -> serde_json::Value {
    let user = match expected {
        Expected::LetIn(user) | Expected::LetInAsNew(user) | Expected::ProveAnew(user) => {
            user.record().resource.user_name()
        }
        _ => None,
    };
    let denial = denial(expected);
    json!({
        "outcome": outcome(expected),
        "user": user,
        "code": denial.map(Denial::code),
        "message": denial.map(|denial| denial.to_string()),
        "mend": denial.map(|denial| mend(denial.code())),
        "claims_assumed": assumed,
    })
}

fn denial(expected: &Expected) -> Option<Denial> {
    match expected {
        Expected::Denied(denial) => Some(*denial),
        _ => None,
    }
}

fn outcome(expected: &Expected) -> &'static str {
    match expected {
        Expected::LetInAsNobody => "let-in-as-nobody",
        Expected::LetIn(_) => "let-in",
        Expected::LetInAsNew(_) => "let-in-as-new",
        Expected::ProveAnew(_) => "prove-anew",
        _ => "refused",
    }
}
