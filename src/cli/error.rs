//! The reason why a command could not do its work, and the exit code that says so.

use std::borrow::Cow;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::printable::printable;
use crate::address;
use crate::admin::AdminError;
use crate::admin::Class;
use crate::admin::Unreadable;
use crate::fetch::FetchError;
use crate::scim::ScimError;

/// The exit code of a command; the codes are the same for every command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// Done, or accepted.
    Done = 0,
    /// Refused, or findings.
    Refused = 1,
    /// Wrong usage, or unreadable input.
    Usage = 2,
    /// The configuration does not hold together.
    Configuration = 3,
    /// Something could not be reached, read or written.
    Io = 4,
    /// Somebody stopped it, by Ctrl-C or SIGTERM: as shells say it of a program that SIGINT ended.
    Stopped = 130,
}

impl Exit {
    pub(super) fn refused_if(refused: bool) -> Exit {
        match refused {
            true => Exit::Refused,
            false => Exit::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// The reason why a command could not do its work: what was found and what was expected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("cannot read {what}: {reason}")]
    Input {
        /// The file, address or message.
        what: String,
        reason: String,
    },
    /// Something would be taken away, and nobody agreed to it.
    #[error("{message}")]
    Unagreed {
        message: String,
        /// The numbers, as `--json` prints them.
        would: Value,
    },
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Configuration(String),
    #[error("{0}")]
    Io(String),
    /// Somebody stopped it, and a part is done.
    #[error("stopped: {0}")]
    Stopped(String),
}

impl CliError {
    /// Input that cannot be read. A name of a file stays on its line, and an address keeps its secrets.
    pub(super) fn input(what: impl ToString, reason: impl ToString) -> CliError {
        CliError::Input {
            what: printable(&address::shown(&what.to_string())).into_owned(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn of(class: Class, text: String) -> CliError {
        match class {
            Class::Wrong | Class::Absent => CliError::Usage(text),
            Class::Refused => CliError::Refused(text),
            Class::Invalid => CliError::Configuration(text),
            Class::Unreachable => CliError::Io(text),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            CliError::Usage(_) | CliError::Input { .. } | CliError::Unagreed { .. } => Exit::Usage,
            CliError::Refused(_) => Exit::Refused,
            CliError::Configuration(_) => Exit::Configuration,
            CliError::Io(_) => Exit::Io,
            CliError::Stopped(_) => Exit::Stopped,
        }
    }

    /// The error as `--json` prints it.
    pub(super) fn json(&self) -> Value {
        let mut json = json!({ "error": self.kind(), "message": self.to_string() });
        if let CliError::Unagreed { would, .. } = self {
            json["would"] = would.clone();
        }
        json
    }

    /// The name of the kind, as `--json` prints it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            CliError::Usage(_) | CliError::Unagreed { .. } => "usage",
            CliError::Input { .. } => "input",
            CliError::Refused(_) => "refused",
            CliError::Configuration(_) => "configuration",
            CliError::Io(_) => "io",
            CliError::Stopped(_) => "stopped",
        }
    }
}

impl From<AdminError> for CliError {
    fn from(error: AdminError) -> CliError {
        if let AdminError::Fetch { url, error, .. } = &error
            && matches!(error, FetchError::NotProtected)
        {
            return CliError::input(url, error);
        }
        if let AdminError::Unreadable(file) = error {
            return file.into();
        }
        let class = error.class();
        if let AdminError::Several(errors) = error {
            let texts = errors
                .into_iter()
                .map(|one| CliError::from(one).to_string());
            let text = texts.collect::<Vec<_>>().join("\n");
            return CliError::of(class, text);
        }
        let text = match &error {
            AdminError::Question(ScimError::InvalidFilter { .. }) => format!("--filter: {error}"),
            AdminError::Question(ScimError::InvalidCursor) => format!("--cursor: {error}"),
            AdminError::Ambiguous { .. } => {
                format!("{error}; name it by its id, or give --connection")
            }
            AdminError::NoCredential(_) => {
                format!("{error}: entrada token list shows those that there are")
            }
            AdminError::NoClient(_) => {
                format!("{error}: entrada client list shows those that there are")
            }
            AdminError::Lifetime(_) => format!("--expires-in: {error}"),
            AdminError::NobodyKnown { connection, name } => format!(
                "{error}; entrada log --connection {connection} --subject {name} says whether provisioning ever asked"
            ),
            error => format!("{error}{}", hint(error)),
        };
        CliError::of(class, text)
    }
}

impl From<Unreadable> for CliError {
    fn from(file: Unreadable) -> CliError {
        CliError::input(file.file, file.reason)
    }
}

/// The flag or the command that helps, behind the words of an error.
fn hint(error: &AdminError) -> Cow<'static, str> {
    match error {
        AdminError::IsThere(_) => ": expected another id, or --replace".into(),
        AdminError::NoCopy { id, known } if known.contains(id) => {
            " of that number; entrada store info lists them".into()
        }
        AdminError::NotFree(_) => "; --as restores it under another id".into(),
        AdminError::NothingToRefresh(id) => format!("; entrada connection update {id}").into(),
        AdminError::AllOvertaken { .. } => ": apply the file again".into(),
        AdminError::Fetch { .. } => ". Without the network: download the Federation Metadata XML (in Entra: Single sign-on > SAML Certificates), and give it by --metadata-file".into(),
        AdminError::NoSuchBinding { .. } => " (--request-binding)".into(),
        AdminError::Overwrites { connection, .. } => {
            format!("; see entrada connection show {connection}, then run it again").into()
        }
        error if error.is_of_several_entities() => " (--idp-entity-id names it)".into(),
        _ => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::ResourceKind;

    #[test]
    fn what_went_meanwhile_is_wrong_usage_and_what_the_rules_forbid_is_refused() {
        for (error, exit) in [
            (ScimError::no_resource(ResourceKind::User, "7"), Exit::Usage),
            (ScimError::Sensitive, Exit::Refused),
        ] {
            assert_eq!(CliError::from(AdminError::Refused(error)).exit(), exit);
        }
    }
}
