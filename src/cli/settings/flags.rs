//! Flags made from settings, those of a site and those of a connection.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Arg;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::FromArgMatches;
use clap::ValueHint;
use clap::builder::PathBufValueParser;
use clap::builder::PossibleValuesParser;
use clap::builder::StringValueParser;
use clap::builder::TypedValueParser;
use clap::builder::ValueParser;
use clap::value_parser;
use serde_json::Value;

use super::table::EVERY;
use super::table::JUDGED;
use super::table::SITE_SETTINGS;
use super::table::SiteSetting;
use crate::admin::connections::GivenSettings;
use crate::connection::Kind;
use crate::connection::Setting;
use crate::crypto::Fingerprint;

/// The flags of the settings of a site that a command has: those with one of these uses.
#[derive(Default)]
pub(in crate::cli) struct Flags<const USES: u8>(GivenSettings);

impl<const USES: u8> Flags<USES> {
    fn table() -> impl Iterator<Item = &'static SiteSetting> {
        let all = SITE_SETTINGS.iter();
        all.filter(|row| row.uses & USES != 0)
    }

    pub(in crate::cli) fn given(&self) -> &GivenSettings {
        &self.0
    }
}

impl<const USES: u8> Args for Flags<USES> {
    fn augment_args(command: Command) -> Command {
        command.args(Flags::<USES>::table().map(|row| {
            let flag = flag(&row.setting);
            let help = flag.get_help().map(ToString::to_string);
            let variables: Vec<String> = row.variables_of().collect();
            let variables = variables.join(" or ");
            let help = format!("{} [env: {variables}]", help.unwrap_or_default());
            let flag = flag.help(help).global(USES == EVERY);
            let judged = row.setting.name != "base-url" || USES & JUDGED != 0;
            match row.setting.kind {
                Kind::Text | Kind::Seconds if judged => {
                    flag.value_parser(ValueParser::new(|text: &str| row.read(text)))
                }
                _ => flag,
            }
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const USES: u8> FromArgMatches for Flags<USES> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let settings = Flags::<USES>::table().map(|row| &row.setting);
        Ok(Flags(given(matches, settings)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Flags::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flag of a setting.
pub(in crate::cli) fn flag(setting: &Setting) -> Arg {
    let help = match setting.default {
        Some(default) => format!("{} [default: {default}]", setting.help),
        None => setting.help.to_owned(),
    };
    let name = setting.name.replace('.', "-");
    let flag = Arg::new(setting.name).long(name).help(help);
    let flag = flag.conflicts_with_all(setting.excludes);
    let flag = setting.needs.iter().fold(flag, Arg::requires);
    if setting.kind == Kind::Switch {
        return flag.action(ArgAction::SetTrue);
    }
    let flag = match setting.kind {
        Kind::File | Kind::Extension => flag.value_hint(ValueHint::AnyPath),
        _ => flag,
    };
    flag.value_name(setting.value_name)
        .value_parser(parser(setting.kind))
        .action(match setting.repeats {
            true => ArgAction::Append,
            false => ArgAction::Set,
        })
}

/// The values of the flags of these settings.
pub(in crate::cli) fn given(
    matches: &ArgMatches,
    settings: impl Iterator<Item = &'static Setting>,
) -> GivenSettings {
    let mut given = GivenSettings::default();
    for setting in settings {
        let values = match setting.kind {
            Kind::Switch if matches.get_flag(setting.name) => vec![Value::Bool(true)],
            Kind::Switch => Vec::new(),
            _ => {
                let values = matches.get_many(setting.name);
                values.into_iter().flatten().cloned().collect()
            }
        };
        given.set(setting, values);
    }
    given
}

fn parser(kind: Kind) -> ValueParser {
    match kind {
        Kind::Switch | Kind::Text => StringValueParser::new().map(Value::from).into(),
        Kind::Fingerprint => ValueParser::new(|given: &str| {
            Fingerprint::parse(given).map(|pin| Value::from(pin.to_string()))
        }),
        Kind::Choice(names) => ValueParser::new(move |given: &str| match names.contains(&given) {
            true => Ok(Value::from(given)),
            false => Err(format!("expected one of {}", names.join(", "))),
        }),
        Kind::Listed(names) => PossibleValuesParser::new(names).map(Value::from).into(),
        Kind::Seconds => value_parser!(u64).map(Value::from).into(),
        Kind::Count => value_parser!(u32).map(Value::from).into(),
        Kind::Rate => ValueParser::new(|given: &str| {
            let rate = given.parse::<NonZeroU32>();
            rate.map(|rate| Value::from(rate.get()))
        }),
        Kind::File | Kind::Extension => PathBufValueParser::new().try_map(of_path).into(),
    }
}

/// A path as [`GivenSettings`] have it.
pub(super) fn of_path(path: PathBuf) -> Result<Value, serde_json::Error> {
    match path.to_str() {
        Some(text) => Ok(Value::from(text)),
        None => serde_json::to_value(path.into_os_string()),
    }
}
