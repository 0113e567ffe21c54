//! The kinds of credentials by which a connection lets itself be provisioned.

use serde::Deserialize;
use serde::Serialize;

use super::policy::name_of;
use super::policy::names;
/// The credentials that a connection takes from those who provision. One that is not taken opens nothing, however long it holds: see
/// [`CredentialKind::is_taken`](crate::provisioning::CredentialKind::is_taken).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedCredentials {
    /// Those of every kind.
    #[default]
    Any,
    /// Those of OAuth clients alone, as Microsoft asks of apps in its gallery: secrets and federations.
    #[serde(rename = "oauth")]
    OAuth,
    /// Secrets of OAuth clients alone.
    ClientSecret,
    /// Federations alone, so that no secret is left to lose.
    Federation,
}

impl AcceptedCredentials {
    /// All choices with their names in settings.
    pub const ALL: [(&'static str, AcceptedCredentials); 4] = [
        ("any", AcceptedCredentials::Any),
        ("oauth", AcceptedCredentials::OAuth),
        ("client-secret", AcceptedCredentials::ClientSecret),
        ("federation", AcceptedCredentials::Federation),
    ];

    /// All names.
    pub const NAMES: &[&str] = &names(AcceptedCredentials::ALL);

    /// Its name.
    pub fn name(self) -> &'static str {
        name_of(&AcceptedCredentials::ALL, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_is_stored_by_its_name() {
        for (name, choice) in AcceptedCredentials::ALL {
            assert_eq!(choice.name(), name);
            assert_eq!(serde_json::to_value(choice).unwrap(), name);
        }
    }
}
