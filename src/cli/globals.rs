//! The options of every command, and the settings that it reads by them.

use std::cell::OnceCell;
use std::path::PathBuf;

use super::error::CliError;
use super::settings::EVERY;
use super::settings::Flags;
use super::settings::Settings;
use super::settings::SettingsFile;
use super::settings::variable;
use super::usable_store::usable;
use crate::admin::connections::GivenSettings;

/// The options of every command.
#[derive(clap::Args)]
pub(super) struct Globals {
    /// Print one JSON document on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// The file of settings, in TOML, for every command; `entrada config show --template` prints one [env: ENTRADA_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags<EVERY>,
    #[arg(skip)]
    file: OnceCell<Result<Option<SettingsFile>, CliError>>,
}

impl Globals {
    /// The file of settings, if one is named.
    pub(super) fn file(&self) -> Result<Option<&SettingsFile>, CliError> {
        let read = self.file.get_or_init(|| {
            let named = self.config.clone();
            let named = named.or_else(|| variable("ENTRADA_CONFIG").map(PathBuf::from));
            named.map(|path| SettingsFile::read(&path)).transpose()
        });
        read.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The address of the store, whose tables are brought up to date where they are not.
    pub(super) fn database(&self) -> Result<String, CliError> {
        let settings = self.settings(&Flags::<EVERY>::default())?;
        Ok(usable(&settings)?.to_owned())
    }

    /// The address of the store, for a command that is about the store itself.
    pub(super) fn database_as_it_is(&self) -> Result<String, CliError> {
        let settings = self.settings(&Flags::<EVERY>::default())?;
        Ok(settings.database().to_owned())
    }

    /// The settings of some uses, with these flags.
    pub(super) fn settings<const USES: u8>(
        &self,
        flags: &Flags<USES>,
    ) -> Result<Settings, CliError> {
        let file = self.file()?;
        let settings = self.resolve(USES, flags.given(), file.as_slice());
        settings.valid(USES)
    }

    /// The settings of some uses with these flags and files, right or wrong.
    pub(super) fn resolve(
        &self,
        uses: u8,
        flags: &GivenSettings,
        files: &[&SettingsFile],
    ) -> Settings {
        Settings::resolve(uses, [flags, self.flags.given()], files)
    }
}
