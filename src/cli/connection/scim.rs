//! The flags of the provisioning side.

use std::num::NonZeroU32;
use std::path::Path;
use std::path::PathBuf;

use super::super::error::CliError;
use super::super::input;
use crate::scim::ExtensionDeclaration;

/// What a connection takes over SCIM.
#[derive(clap::Args)]
pub(super) struct ScimFlags {
    /// SCIM requests a second [default: 100]
    #[arg(long, value_name = "NUMBER")]
    pub(super) scim_rate: Option<NonZeroU32>,
    /// SCIM requests at once; a Bulk request counts as many as it has operations [default: 400]
    #[arg(long, value_name = "NUMBER")]
    pub(super) scim_burst: Option<NonZeroU32>,
    /// An extension schema, as TOML or JSON with id, name, resource and attributes; may be repeated
    #[arg(long, value_name = "FILE")]
    scim_extension: Vec<PathBuf>,
}

impl ScimFlags {
    /// The extension schemas of the files.
    ///
    /// # Errors
    /// A file that cannot be read, or declares no schema. Whether a schema may be used is asked with the connection.
    pub(super) fn extensions(&self) -> Result<Vec<ExtensionDeclaration>, CliError> {
        let files = self.scim_extension.iter();
        files.map(|file| extension(file)).collect()
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
