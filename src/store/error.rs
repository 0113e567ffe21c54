//! The faults of a change that a store finds by itself.

/// A record names a connection that the store does not hold, or holds no longer.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no connection {0:?}")]
pub struct UnknownConnection(pub String);
debug_as_sentence!(UnknownConnection);

/// A session is of a user who is not there, or not active.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session needs a user who is there, and active")]
pub struct NoActiveUser;
debug_as_sentence!(NoActiveUser);

/// A record of this key is there already. Keys are drawn at random, so this is a fault and no coincidence.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store holds this {0} already")]
pub struct AlreadyThere(pub &'static str);
debug_as_sentence!(AlreadyThere);

/// An access token is for a credential of a client that the store does not hold.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store does not hold the credential of the access token")]
pub struct NoCredential;
debug_as_sentence!(NoCredential);
