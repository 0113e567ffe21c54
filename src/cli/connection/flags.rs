//! The flags of the settings of a connection, made from their table, and the files that the settings name.

use std::path::Path;

use clap::ArgGroup;
use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::FromArgMatches;
use serde_json::Value;

use super::super::error::CliError;
use super::super::input;
use super::super::settings;
use crate::admin::connections::GivenSettings;
use crate::connection::Kind;
use crate::connection::Role;
use crate::connection::SETTINGS;
use crate::connection::Setting;
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

    /// The settings, with the extension schemas of the files that the flags name. On the command line a file that cannot be
    /// read is unreadable input, in a file of settings one problem among others.
    pub(super) fn read(self) -> Result<GivenSettings, CliError> {
        let SettingFlags(mut given) = self;
        if let Some(file) = given.paths("metadata-file").next() {
            let bytes = input::read_file(&file)?;
            let entity_id = given.texts("idp-entity-id").next();
            IdpMetadata::read(&bytes, entity_id).map_err(|error| {
                input::metadata_error(file.display(), &error, "--idp-entity-id")
            })?;
        }
        for setting in SETTINGS {
            if setting.kind == Kind::Extension {
                let files = given.paths(setting.name);
                let read: Result<_, _> = files.map(|file| extension(&file)).collect();
                given.set(setting, read?);
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
            .args(SettingFlags::<UPDATE>::table().map(settings::flag))
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
        let given = settings::given(matches, SettingFlags::<UPDATE>::table());
        Ok(SettingFlags(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = SettingFlags::from_arg_matches(matches)?;
        Ok(())
    }
}

fn extension(file: &Path) -> Result<Value, CliError> {
    let text = input::read_text(file)?;
    let unreadable = |reason: String| CliError::input(file.display(), reason);
    let read: Result<ExtensionDeclaration, String> = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text).map_err(|error| error.to_string()),
        false => toml::from_str(&text).map_err(|error| input::toml_reason(&error, &text)),
    };
    let declared = read.map_err(unreadable)?;
    serde_json::to_value(declared).map_err(|error| unreadable(error.to_string()))
}
