//! Reasons why a function was refused or failed, and who can change that.

use std::path::Path;
use std::path::PathBuf;

use openssl::error::ErrorStack;

use super::transfer::UnreadableRows;
use crate::address::shown;
use crate::connection::ConnectionError;
use crate::connection::ConnectionId;
use crate::connection::NoActiveKey;
use crate::connection::SpKeyError;
use crate::directory::DirectoryError;
use crate::fetch::FetchError;
use crate::metadata::MetadataError;
use crate::metadata::NotClaimed;
use crate::metadata::Rejected;
use crate::metadata::TrustError;
use crate::ports::StoreError;
use crate::provisioning::CredentialId;
use crate::provisioning::FederationError;
use crate::provisioning::LifetimeError;
use crate::provisioning::RotationError;
use crate::saml::Binding;
use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::site::RefreshError;

/// The reason why a function was refused or failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// There is no connection of this id.
    #[error("there is no connection {id}: {}", the_store_has(known))]
    NoConnection {
        /// The id that was asked for.
        id: ConnectionId,
        /// The ids that the store has.
        known: Vec<ConnectionId>,
    },
    /// No copy of a connection of this id is kept.
    #[error("there is no copy of a connection {id}: {}", the_store_has(known))]
    NoCopy {
        /// The id that was asked for.
        id: ConnectionId,
        /// The ids of those of which there is one.
        known: Vec<ConnectionId>,
    },
    /// A connection cannot be restored under the id of another one.
    #[error("there is a connection {0}: nothing was restored")]
    NotFree(ConnectionId),
    /// A connection is removed for good, and bytes of it may be in the file of the store still.
    #[error(
        "the connection {id} is gone with its copies, but the file of the store was not written anew, so bytes of them may be in it still ({cause}): run the same once more"
    )]
    NotErased {
        /// The connection.
        id: ConnectionId,
        /// The reason.
        #[source]
        cause: StoreError,
    },
    /// There is no user or group of this name or id.
    #[error("there is no {} {name}", noun(*kind))]
    NoResource {
        /// The kind that was asked for.
        kind: ResourceKind,
        /// The name or id.
        name: String,
    },
    /// Several users or groups have this name.
    #[error("there is more than one {} {name}: {}", noun(*kind), each_of(found))]
    Ambiguous {
        /// The kind that was asked for.
        kind: ResourceKind,
        /// The name.
        name: String,
        /// The ids of those that have it, each with its connection.
        found: Vec<(String, ConnectionId)>,
    },
    /// Nobody of this name is in the directory, and no such person has signed on.
    #[error(
        "{name} is not in the directory of {connection}, and nobody of that NameID has signed on over it while the directory decides"
    )]
    NobodyKnown {
        /// The connection.
        connection: ConnectionId,
        /// The name.
        name: String,
    },
    /// A list was asked for that cannot be made: its filter, its cursor or its size is not valid.
    #[error("{0}")]
    Question(#[source] ScimError),
    /// The rows of an import cannot be read, or cannot be read on.
    #[error("{0}")]
    Rows(#[source] UnreadableRows),
    /// The directory refuses a change.
    #[error("{0}")]
    Refused(#[source] ScimError),
    /// There is no credential of this id.
    #[error("there is no token {0}")]
    NoCredential(CredentialId),
    /// There is no OAuth client, and no credential of one, of this id.
    #[error("there is no client {0}, and no secret of one")]
    NoClient(CredentialId),
    /// A federation cannot be made of these settings.
    #[error("{0}")]
    Federation(#[source] FederationError),
    /// A credential cannot hold for this time.
    #[error("{0}")]
    Lifetime(#[source] LifetimeError),
    /// A credential cannot be rotated or extended.
    #[error("{}", not_rotated(credential, error))]
    Rotation {
        /// The credential.
        credential: CredentialId,
        /// The reason.
        #[source]
        error: RotationError,
    },
    /// Somebody revoked the credential in the meantime.
    #[error("credential {0}: it was revoked")]
    RevokedMeanwhile(CredentialId),
    /// Somebody revoked or rotated the credential in the meantime.
    #[error("credential {0}: it was revoked or rotated in the meantime")]
    RotatedMeanwhile(CredentialId),
    /// OpenSSL's generator has no random numbers.
    #[error("no random numbers: {0}")]
    NoRandom(#[source] ErrorStack),
    /// There is a connection of this id, and a new one was wanted.
    #[error("there is a connection {0} already")]
    IsThere(ConnectionId),
    /// The connection went while it was being changed.
    #[error("the connection is no longer there")]
    NoLongerThere,
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Several connections cannot be as they are wanted.
    #[error("{}", lines(.0))]
    Several(Vec<AdminError>),
    /// Others changed the connections of a site each time that they were to be changed together.
    #[error("other programs changed the connections {attempts} times meanwhile")]
    AllOvertaken {
        /// The number of attempts.
        attempts: u32,
    },
    /// There is nothing to refresh: the trust of the connection is a fingerprint, or a document whose file is not known.
    #[error(
        "the connection {0} has nothing to refresh: its trust is a fingerprint, or a document whose file is not known"
    )]
    NothingToRefresh(ConnectionId),
    /// The metadata of a connection cannot be refreshed now.
    #[error("connection {connection}: {reason}")]
    NoRefreshNow {
        /// The connection.
        connection: ConnectionId,
        /// The reason.
        reason: NotClaimed,
    },
    /// Settings are wrong: each problem in words.
    #[error("{}", .0.join("\n"))]
    Settings(Vec<String>),
    /// The settings of a connection do not hold together.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Nobody can be trusted by the source of a connection.
    #[error("connection {connection}: {error}")]
    Untrusted {
        /// The connection.
        connection: ConnectionId,
        /// The reason.
        error: TrustError,
    },
    /// The metadata of a connection cannot be fetched.
    #[error("{}: {error}", shown(url))]
    Fetch {
        /// The connection.
        connection: ConnectionId,
        /// The address.
        url: String,
        /// The reason.
        error: FetchError,
    },
    /// The metadata of a connection was fetched and does not pass.
    #[error("connection {connection}: {error}")]
    Metadata {
        /// The connection.
        connection: ConnectionId,
        /// The reason.
        error: RefreshError,
    },
    /// The system's HTTP or TLS library does not start.
    #[error("{0}")]
    Http(#[source] FetchError),
    /// Requests are to leave over a binding that the identity provider does not take.
    #[error("connection {connection}: the identity provider takes no sign-on requests over {}", binding.name())]
    NoSuchBinding {
        /// The connection.
        connection: ConnectionId,
        /// The binding.
        binding: Binding,
    },
    /// A key of ours cannot be made or read.
    #[error("{0}")]
    NoKey(String),
    /// A key of ours cannot be changed like this.
    #[error(transparent)]
    Key(#[from] SpKeyError),
    /// The connection signs requests, and would have no key for it.
    #[error(transparent)]
    NoActiveKey(#[from] NoActiveKey),
    /// Somebody else has changed settings of a connection that this would change too.
    #[error("another program changed the connection {connection} meanwhile, in what this command changes too ({}): nothing was changed", settings.join(", "))]
    Overwrites {
        /// The connection.
        connection: ConnectionId,
        /// The names of the settings.
        settings: Vec<String>,
    },
    /// There is a file where one is to be written.
    #[error("{} is there already: name a file that is not", .0.display())]
    FileIsThere(PathBuf),
    /// The store is in no file, and so has tools of its own.
    #[error(
        "this store is not in a file: back it up and restore it by the tools of its database, such as pg_dump (docs/nodes.md)"
    )]
    StoreWithoutFile,
    /// A store is copied from a file into a database alone.
    #[error(
        "expected a store in a file to copy from (sqlite:FILE), and an empty database of PostgreSQL to copy it into (postgres://…)"
    )]
    NoSuchCopy,
    /// A store was not copied: the database is not empty, or somebody changed the store meanwhile. Nothing was written.
    #[error("{0}")]
    NotCopied(#[source] StoreError),
    /// Somebody has the store open that is to be replaced.
    #[error("a server or another entrada has the store open: stop it first")]
    StoreInUse(#[source] StoreError),
    /// Others were faster each time.
    #[error(
        "other programs changed the connection {connection} {attempts} times meanwhile: nothing was changed"
    )]
    Overtaken {
        /// The connection.
        connection: ConnectionId,
        /// The number of attempts.
        attempts: u32,
    },
}
debug_as_sentence!(AdminError);

/// A file that cannot be read.
#[derive(Clone, thiserror::Error)]
#[error("cannot read {file}: {reason}")]
pub struct Unreadable {
    /// The file.
    pub file: String,
    /// The reason.
    pub reason: String,
}
debug_as_sentence!(Unreadable);

impl Unreadable {
    pub(crate) fn new(file: &Path, reason: impl ToString) -> Unreadable {
        Unreadable {
            file: file.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

/// The kind of an error: it says who can do something about it. The command line has one exit code for each, a console one status.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// The question cannot be answered as it was put.
    Wrong,
    /// The thing that was named is not there.
    Absent,
    /// The rules of the site forbid it, or somebody else was faster.
    Refused,
    /// The settings do not hold together.
    Invalid,
    /// Something could not be reached, read or written; a later attempt may succeed.
    Unreachable,
}

impl AdminError {
    /// The kind of the error.
    pub fn class(&self) -> Class {
        match self {
            AdminError::Several(errors)
                if errors.iter().all(|one| one.class() == Class::Unreachable) =>
            {
                Class::Unreachable
            }
            AdminError::Ambiguous { .. }
            | AdminError::FileIsThere(_)
            | AdminError::StoreWithoutFile
            | AdminError::NoSuchCopy
            | AdminError::Unreadable(_)
            | AdminError::NothingToRefresh(_)
            | AdminError::Question(_)
            | AdminError::Rows(_)
            | AdminError::Lifetime(_)
            | AdminError::Federation(_)
            | AdminError::IsThere(_)
            | AdminError::NotFree(_)
            | AdminError::Rotation {
                error: RotationError::Lifetime(_),
                ..
            }
            | AdminError::Fetch {
                error: FetchError::NotProtected,
                ..
            } => Class::Wrong,
            AdminError::NoConnection { .. }
            | AdminError::NoCopy { .. }
            | AdminError::NoCredential(_)
            | AdminError::NoClient(_)
            | AdminError::NoResource { .. }
            | AdminError::NobodyKnown { .. }
            | AdminError::NoLongerThere
            | AdminError::Key(SpKeyError::Unknown(_))
            | AdminError::Refused(ScimError::NotFound(_)) => Class::Absent,
            AdminError::Refused(_)
            | AdminError::StoreInUse(_)
            | AdminError::NotCopied(_)
            | AdminError::Rotation { .. }
            | AdminError::RevokedMeanwhile(_)
            | AdminError::RotatedMeanwhile(_)
            | AdminError::Overwrites { .. } => Class::Refused,
            AdminError::Settings(_)
            | AdminError::Several(_)
            | AdminError::Connection(_)
            | AdminError::Untrusted { .. }
            | AdminError::Metadata { .. }
            | AdminError::NoSuchBinding { .. }
            | AdminError::Key(_)
            | AdminError::NoKey(_)
            | AdminError::NoActiveKey(_) => Class::Invalid,
            AdminError::Store(_)
            | AdminError::NotErased { .. }
            | AdminError::NoRandom(_)
            | AdminError::Http(_)
            | AdminError::Fetch { .. }
            | AdminError::NoRefreshNow { .. }
            | AdminError::AllOvertaken { .. }
            | AdminError::Overtaken { .. } => Class::Unreachable,
        }
    }
}

impl AdminError {
    /// True where metadata holds several identity providers, and none is chosen.
    pub fn is_of_several_entities(&self) -> bool {
        matches!(
            self,
            AdminError::Untrusted {
                error: TrustError::Metadata(MetadataError::SeveralEntities(_)),
                ..
            } | AdminError::Metadata {
                error: RefreshError::Rejected(Rejected::Metadata(MetadataError::SeveralEntities(
                    _
                ))),
                ..
            }
        )
    }
}

impl From<DirectoryError> for AdminError {
    fn from(error: DirectoryError) -> AdminError {
        match error {
            DirectoryError::Store(error) => AdminError::Store(error),
            error => AdminError::Question(error.to_scim()),
        }
    }
}

fn lines(errors: &[AdminError]) -> String {
    let lines = errors.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

fn the_store_has(known: &[ConnectionId]) -> String {
    let known: Vec<&str> = known.iter().map(ConnectionId::as_str).collect();
    match known.as_slice() {
        [] => "the store has none".to_owned(),
        ids => format!("the store has {}", ids.join(", ")),
    }
}

fn not_rotated(credential: &CredentialId, error: &RotationError) -> String {
    match error {
        RotationError::Lifetime(error) => error.to_string(),
        error => format!("credential {credential}: {error}"),
    }
}

fn noun(kind: ResourceKind) -> String {
    kind.name().to_lowercase()
}

fn each_of(found: &[(String, ConnectionId)]) -> String {
    let each = found.iter().map(|(id, of)| format!("{id} of {of}"));
    each.collect::<Vec<_>>().join(", ")
}
