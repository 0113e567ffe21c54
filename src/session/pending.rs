//! A sign-on under way: what we must remember between our `AuthnRequest` and its `Response`.

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::token::TokenHash;

/// One sign-on under way. It is bound to the connection whose identity provider was asked and to the browser
/// that asked, is used once, and is worth nothing after its deadline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingRequest {
    /// The `ID` of the `AuthnRequest`; the response names it in `InResponseTo`.
    pub id: MessageId,
    /// Who was asked. A response of another connection does not answer this request.
    pub connection: ConnectionId,
    /// The hash of the RelayState token that travels beside the messages.
    pub relay_state: TokenHash,
    /// The hash of the token in the browser's request cookie.
    pub browser: TokenHash,
    /// Where the person wanted to go.
    pub return_path: ReturnPath,
    /// The hash of the session token that this browser had when it left: that session is over once a new one is
    /// opened. The session cookie itself does not come along with the identity provider's cross-site POST.
    pub previous_session: Option<TokenHash>,
    /// Whether the person must not be asked: then `NoPassive` sends them back unsigned.
    pub passive: bool,
    /// The earliest moment at which the person may prove who they are, where a new proof was asked for.
    pub authn_since: Option<Timestamp>,
    /// When it ceases to be of use.
    pub expires: Timestamp,
}

impl PendingRequest {
    /// How long a person may take to sign in at the identity provider: an hour covers a first sign-in with
    /// registration of a second factor, and is the longest that Entra's sign-in page itself stays valid.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

    /// Bytes that a request takes in a store, with its indexes and without the page to return to.
    pub const BYTES_OF_ONE: u64 = 300;

    /// Bytes of all requests that a store keeps, at most: what [`PendingRequest::CAPACITY`] of them take with pages to return
    /// to of 50 bytes. Where those are longer, there are fewer.
    pub const MAX_BYTES: u64 = 40_000_000;

    /// Requests that a store keeps at once, at most. One more pushes out the oldest, so that a flood of `/login` refuses nobody: to end a sign-on that takes
    /// five minutes, it must bring 333 requests a second for all that time. If the newest were refused instead, 28 a
    /// second would fill the store within [`PendingRequest::LIFETIME`], and nobody could begin.
    pub const CAPACITY: u64 = 100_000;

    /// Bytes that a request takes with so long a page to return to. Databases keep rows in pages, and long rows leave half
    /// of each empty: they count twice.
    pub const fn bytes_with(return_path: usize) -> u64 {
        PendingRequest::BYTES_OF_ONE + 2 * return_path as u64
    }
}

/// What became of an attempt to take a pending request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakenRequest {
    /// Here it is; nobody else will get it again.
    Taken(PendingRequest),
    /// It is there and stays there, since the answer was not one to end it; only
    /// [`RequestStore::take_passive_request`] says so.
    Kept(PendingRequest),
    /// There is none of this ID for this connection: never sent, taken already, or forgotten.
    Unknown,
    /// It was there, but its deadline has passed. It is gone now.
    Expired,
}

/// What came with an answer that nobody vouches for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PassiveAnswer {
    /// The hash of the token in the browser's request cookie.
    pub browser: Option<TokenHash>,
    /// The hash of the RelayState.
    pub relay_state: Option<TokenHash>,
}

impl PassiveAnswer {
    /// Whether it may end the request: one that must not ask, of this browser, with the RelayState that was sent. A
    /// sign-on of somebody else, or one that may ask, is not for an unsigned answer to end.
    pub fn ends(&self, request: &PendingRequest) -> bool {
        request.passive
            && self.browser == Some(request.browser)
            && self.relay_state == Some(request.relay_state)
    }
}

/// Remembers sign-ons under way.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Remembers a request. Beyond [`PendingRequest::CAPACITY`] or
    /// [`PendingRequest::MAX_BYTES`] those that expire first are forgotten.
    ///
    /// # Errors
    /// A store that cannot answer, or that does not hold the connection.
    async fn remember_request(&self, request: &PendingRequest) -> Result<(), StoreError>;

    /// Takes the request of this ID out, if it belongs to this connection, in one atomic and durable step: of
    /// two callers at the same time, at most one gets it.
    ///
    /// A request of another connection stays where it is and counts as [`TakenRequest::Unknown`].
    ///
    /// # Errors
    /// A store that cannot answer; the sign-on is then refused.
    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError>;

    /// Takes the request of this ID out if the answer may end it, in one atomic and durable step; else it is
    /// [`TakenRequest::Kept`].
    ///
    /// # Errors
    /// A store that cannot answer; the request then stays.
    async fn take_passive_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: PassiveAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError>;
}
