//! `entrada config`: the settings of a site, right or wrong, and where each comes from.

use std::borrow::Cow;
use std::fmt::Write;

use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::Globals;
use super::check;
use super::error::CliError;
use super::error::Exit;
use super::findings;
use super::output::Report;
use super::output::Style;
use super::output::list;
use super::settings::ALL;
use super::settings::Flags;
use super::settings::Origin;
use super::settings::SITE_SETTINGS;
use crate::admin::connections::GivenSettings;
use crate::connection::Kind;

/// Show or check the settings that `entrada serve` and the other commands would use
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Config {
    /// Report everything that is wrong with the settings, and with the connections of the file
    #[command(after_help = HELP)]
    Check,
    Show(Show),
}

/// Show each setting with its value and where it comes from; secrets are left out
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Show {
    /// Print a file with every setting in it, commented out, instead
    #[arg(long)]
    template: bool,
}

const HELP: &str = "\
Examples:
  entrada config show --config /etc/entrada/entrada.toml
  entrada config show --template > entrada.toml
  entrada config check --config entrada.toml --json

Exit codes:
  0  printed, or nothing found
  1  findings
  2  wrong usage, or a file that cannot be read
  3  settings that do not hold together";

impl Config {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self {
            Config::Check => {
                let (_, findings) = findings::of_settings(globals, &GivenSettings::default());
                let text = match findings.is_empty() {
                    true => format!("{} nothing found", style.pass()),
                    false => findings::lines(&findings, style),
                };
                let exit = Exit::refused_if(!findings.is_empty());
                Ok(Report::new(text, &json!({ "findings": findings })).exit(exit))
            }
            Config::Show(Show { template: true }) => {
                let template = template();
                Ok(Report::new(&*template, &json!({ "template": template })))
            }
            Config::Show(Show { template: false }) => show(globals),
        }
    }
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    /// None where nobody gave one, and the default is none that a file could have.
    value: Option<Value>,
    origin: Origin,
}

fn show(globals: &Globals) -> Result<Report, CliError> {
    let settings = globals.settings(&Flags::<ALL>::default())?;
    let kept = check::open(&settings).ok();
    let kept = kept.and_then(|site| site.ask(|store| store.base_url()).ok().flatten());
    let shown = SITE_SETTINGS.iter().filter(|row| row.uses & ALL != 0);
    let rows = shown.map(|row| {
        let (mut values, mut origin) = settings.shown(row);
        if let (true, true, Some(kept)) = (row.setting.name == "base-url", values.is_empty(), &kept)
        {
            (values, origin) = (vec![json!(kept)], Origin::Store);
        }
        let value = match row.setting.repeats && !values.is_empty() {
            true => Some(Value::from(values)),
            false => values.pop(),
        };
        let name = row.setting.name;
        Row {
            name,
            value,
            origin,
        }
    });
    let rows: Vec<Row> = rows.collect();
    let text = list(&rows, "", |row| {
        let value = match &row.value {
            None => Cow::from("-"),
            Some(Value::String(text)) => Cow::from(text),
            Some(other) => Cow::from(other.to_string()),
        };
        [row.name.into(), value, row.origin.to_string().into()]
    });
    Ok(Report::new(text, &json!({ "settings": rows })))
}

/// A file with every setting in it, commented out.
fn template() -> String {
    let mut text = String::from(
        "# The settings of Entrada. Each is the default, or an example where there is none.\n",
    );
    for row in SITE_SETTINGS {
        let setting = &row.setting;
        let default = setting.default.unwrap_or(match setting.kind {
            Kind::Switch => "false",
            _ => "none",
        });
        let name = setting.name;
        let written = write!(
            text,
            "\n# {} [default: {default}]\n# {name} = {}\n",
            setting.help, row.example
        );
        written.expect("writing to a string does not fail");
    }
    text + CONNECTION
}

const CONNECTION: &str = "
# Connections, as `entrada connection apply --help` says. `entrada serve` and `entrada connection apply` take them up.
# [[connection]]
# id = \"acme\"
# metadata-url = \"https://login.microsoftonline.com/TENANT/federationmetadata/2007-06/federationmetadata.xml?appid=APP\"
";
