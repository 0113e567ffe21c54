//! `entrada connection list` and `show`.

use std::borrow::Cow;

use serde_json::json;

use super::super::Globals;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::list;
use super::super::output::rows;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::standing::key_text;
use crate::admin::connections;
use crate::admin::connections::Listing;
use crate::admin::connections::Shown;
use crate::connection::ConnectionId;

/// List the connections in the store
#[derive(clap::Args)]
#[command(after_help = LIST_HELP)]
pub(super) struct List {
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const LIST_HELP: &str = "\
Examples:
  entrada connection list
  entrada connection list --json | jq -r '.connections[].id'

Exit codes:
  0  printed
  2  wrong usage
  4  the store does not answer";

impl Listing {
    fn cells(&self) -> [Cow<'_, str>; 5] {
        let [id, name, source] = self.view.line().map(Cow::from);
        let (expiry, age) = (self.standing.expiry(), self.standing.age());
        [id, name, expiry.into(), age.into(), source]
    }
}

impl List {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let base_url = self.base_url.of(&site)?;
        let listed = site.run(connections::list(site.admin(), base_url.get()))?;
        let none = "There are no connections: entrada connection add --help says how to add one.";
        let text = list(&listed, none, Listing::cells);
        Ok(Report::new(text, &json!({ "connections": listed })).notes(base_url.warning()))
    }
}

/// Show a connection: whom it trusts, what it is, and what to paste into Entra
#[derive(clap::Args)]
#[command(after_help = SHOW_HELP)]
pub(super) struct Show {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const SHOW_HELP: &str = "\
Examples:
  entrada connection show acme --base-url https://app.example.com
  entrada connection show acme --json | jq .entra

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl Show {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let base_url = self.base_url.of(&site)?;
        let shown = site.run(connections::show(site.admin(), &self.id, base_url.get()))?;
        let notes: Vec<String> = shown
            .warnings
            .iter()
            .map(ToString::to_string)
            .chain(base_url.note())
            .collect();
        Ok(Report::new(shown.text(style), &shown).notes(notes))
    }
}

impl Shown {
    fn text(&self, style: Style) -> String {
        let mut facts = self.connection.facts();
        facts.extend(
            self.idp_entity_id
                .as_deref()
                .map(|id| ("Trusts", id.into())),
        );
        facts.extend(
            self.metadata_fetched
                .map(|at| ("Metadata of", at.to_string().into())),
        );
        facts.extend(self.refresh.facts());
        let mut text = rows(0, facts);
        for certificate in &self.certificates {
            let heading = style.bold("Signing certificate");
            let certificate = certificate.text_with_bar(style);
            text.push_str(&format!("\n{heading}\n{certificate}"));
        }
        if !self.keys.is_empty() {
            text.push_str(&format!("\n{}\n", style.bold("Key history")));
            text.extend(self.keys.iter().map(key_text));
        }
        format!("{text}\n{}", self.entra.text())
    }
}
