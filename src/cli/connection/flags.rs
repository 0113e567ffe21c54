//! The flags of the settings of a connection, made from their table, and the files that the settings name.

use std::num::NonZeroU32;
use std::path::Path;

use clap::Arg;
use clap::ArgAction;
use clap::ArgGroup;
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
use jiff::Timestamp;

use super::super::error::CliError;
use super::super::input;
use crate::admin::Unreadable;
use crate::admin::connections::Files;
use crate::admin::connections::GivenSettings;
use crate::admin::connections::Kind;
use crate::admin::connections::Role;
use crate::admin::connections::SETTINGS;
use crate::admin::connections::Setting;
use crate::admin::connections::SettingValue;
use crate::crypto::Fingerprint;
use crate::metadata::IdpMetadata;
use crate::scim::ExtensionDeclaration;

/// All settings, or those alone that `connection update` takes.
pub(super) struct SettingFlags<const UPDATE: bool>(GivenSettings);

impl<const UPDATE: bool> SettingFlags<UPDATE> {
    fn table() -> impl Iterator<Item = &'static Setting> {
        let all = SETTINGS.iter();
        all.filter(|setting| !UPDATE || setting.role != Role::Other)
    }

    /// True if a setting of this role was given.
    pub(super) fn gives(&self, role: Role) -> bool {
        let mut of_role = SETTINGS.iter().filter(|setting| setting.role == role);
        of_role.any(|setting| self.0.has(setting.name))
    }

    /// The settings, with the extension schemas of the files that the flags name.
    ///
    /// # Errors
    /// Metadata or an extension schema that cannot be read: on the command line that is unreadable input, in a file of settings one
    /// problem among others.
    pub(super) fn read(self) -> Result<GivenSettings, CliError> {
        let SettingFlags(mut given) = self;
        if let Some(file) = given.files("metadata-file").next() {
            let bytes = input::read_file(file)?;
            let entity_id = given.text("idp-entity-id");
            IdpMetadata::read(&bytes, entity_id).map_err(|error| {
                input::metadata_error(file.display(), &error, "--idp-entity-id")
            })?;
        }
        for setting in SETTINGS {
            if setting.kind == Kind::Extension {
                let files: Vec<_> = given.files(setting.name).cloned().collect();
                let read = files.iter().map(|file| extension(file));
                let read: Result<Vec<_>, _> = read.collect();
                given.set(setting, read?.into_iter().map(SettingValue::Extension));
            }
        }
        Ok(given)
    }
}

impl<const UPDATE: bool> Args for SettingFlags<UPDATE> {
    fn augment_args(command: Command) -> Command {
        let source = ["metadata-url", "metadata-file", "mdq"];
        let pins = ["fingerprint", "certificate"];
        command
            .args(SettingFlags::<UPDATE>::table().map(flag))
            .group(
                ArgGroup::new("trust")
                    .required(!UPDATE)
                    .multiple(true)
                    .args(source)
                    .args(pins),
            )
            .group(
                ArgGroup::new("pins")
                    .multiple(true)
                    .args(pins)
                    .conflicts_with_all(source),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const UPDATE: bool> FromArgMatches for SettingFlags<UPDATE> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = GivenSettings::default();
        for setting in SettingFlags::<UPDATE>::table() {
            match setting.kind {
                Kind::Switch => {
                    let on = matches.get_flag(setting.name);
                    given.set(setting, on.then_some(SettingValue::On));
                }
                _ => {
                    let values = matches.get_many(setting.name);
                    given.set(setting, values.into_iter().flatten().cloned());
                }
            }
        }
        Ok(SettingFlags(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = SettingFlags::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(setting: &Setting) -> Arg {
    let help = match setting.default {
        Some(default) => format!("{} [default: {default}]", setting.help),
        None => setting.help.to_owned(),
    };
    let flag = Arg::new(setting.name).long(setting.name).help(help);
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

fn parser(kind: Kind) -> ValueParser {
    let number = SettingValue::Number;
    let text = SettingValue::Text;
    match kind {
        Kind::Switch | Kind::Text => StringValueParser::new().map(text).into(),
        Kind::Fingerprint => ValueParser::new(move |given: &str| {
            Fingerprint::parse(given).map(|pin| text(pin.to_string()))
        }),
        Kind::Choice(names) => ValueParser::new(move |given: &str| {
            let known = names.iter().find(|name| **name == given);
            let expected = || format!("expected one of {}", names.join(", "));
            known
                .map(|name| text((*name).to_owned()))
                .ok_or_else(expected)
        }),
        Kind::Listed(names) => PossibleValuesParser::new(names).map(text).into(),
        Kind::Seconds => value_parser!(u64).map(number).into(),
        Kind::Count => value_parser!(u32)
            .map(move |count| number(count.into()))
            .into(),
        Kind::Rate => ValueParser::new(move |given: &str| {
            let rate = given.parse::<NonZeroU32>();
            rate.map(|rate| number(rate.get().into()))
        }),
        Kind::File | Kind::Extension => PathBufValueParser::new().map(SettingValue::File).into(),
    }
}

/// The files beside `folder`.
pub(super) fn files(folder: &Path) -> Files<'_> {
    Files {
        folder,
        read: |file| {
            input::read_file(file).map_err(|error| match error {
                CliError::Input { what, reason } => Unreadable { file: what, reason },
                error => Unreadable {
                    file: file.display().to_string(),
                    reason: error.to_string(),
                },
            })
        },
        now: Timestamp::now(),
    }
}

fn extension(file: &Path) -> Result<ExtensionDeclaration, CliError> {
    let text = input::read_text(file)?;
    let unreadable = |reason: String| CliError::input(file.display(), reason);
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text).map_err(|error| unreadable(error.to_string())),
        false => {
            toml::from_str(&text).map_err(|error| unreadable(input::toml_reason(&error, &text)))
        }
    }
}
