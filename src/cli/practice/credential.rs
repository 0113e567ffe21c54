//! The file with which an app is provisioned: a token, or what `entrada client` and `entrada token` print with --json.

use std::path::Path;

use serde::Deserialize;

use crate::cli::error::CliError;
use crate::cli::input;
use crate::practice::SignIn;

/// The credential that a file holds.
pub(in crate::cli) struct Credential {
    pub(in crate::cli) sign_in: SignIn,
    /// The Tenant URL, where the file has it.
    pub(in crate::cli) scim_url: Option<String>,
}

impl Credential {
    pub(in crate::cli) fn of(file: &Path) -> Result<Credential, CliError> {
        let text = input::read_text(file)?;
        let text = text.trim();
        let refused = || CliError::input(file.display(), EXPECTED);
        if !text.starts_with('{') {
            return Ok(SignIn::from(text).into());
        }
        // The file holds a secret, so nothing of it is quoted.
        let printed: Result<Printed, _> = serde_json::from_str(text);
        let printed = printed.map_err(|_| refused())?;
        printed.credential().ok_or_else(refused)
    }
}

impl From<SignIn> for Credential {
    fn from(sign_in: SignIn) -> Credential {
        Credential {
            sign_in,
            scim_url: None,
        }
    }
}

/// The JSON of the commands, as far as it matters here.
#[derive(Deserialize)]
struct Printed {
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    token_url: Option<String>,
    scim_url: Option<String>,
}

impl Printed {
    fn credential(self) -> Option<Credential> {
        let sign_in = match (
            self.token,
            self.token_url,
            self.client_id,
            self.client_secret,
        ) {
            (Some(token), None, None, None) => SignIn::Token(token),
            (None, Some(token_url), Some(client_id), Some(client_secret)) => {
                SignIn::ClientCredentials {
                    token_url,
                    client_id,
                    client_secret,
                }
            }
            (None, Some(token_url), client_id, None) => SignIn::Federation {
                token_url,
                client_id,
                audience: None,
            },
            _ => return None,
        };
        Some(Credential {
            sign_in,
            scim_url: self.scim_url,
        })
    }
}

const EXPECTED: &str = "expected a token, or the JSON of entrada client create, entrada client federate or entrada token create";
