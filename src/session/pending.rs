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
    /// The connection that was asked. A response of another connection does not answer this request.
    pub connection: ConnectionId,
    /// The hash of the RelayState token that travels beside the messages.
    pub relay_state: TokenHash,
    /// The hash of the token in the browser's request cookie.
    pub browser: TokenHash,
    /// The page that the person wanted to go to.
    pub return_path: ReturnPath,
    /// The hash of the session token that this browser had when it left: that session is over once a new one is
    /// opened. The session cookie itself does not come along with the identity provider's cross-site POST.
    pub previous_session: Option<TokenHash>,
    /// True if the person must not be asked: then `NoPassive` sends them back unsigned.
    pub passive: bool,
    /// The earliest moment at which the person may prove who they are, where a new proof was asked for.
    pub authn_since: Option<Timestamp>,
    /// The time from which it is of no use.
    pub expires: Timestamp,
}

impl PendingRequest {
    /// The time that a person may take to sign in at the identity provider: an hour covers a first sign-in with
    /// registration of a second factor, and is the longest that Entra's sign-in page itself stays valid.
    pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

    /// Bytes that a request takes in a store, with its indexes and without the page to return to.
    pub const BYTES_OF_ONE: u64 = 300;

    /// Bytes of all requests that a store keeps, at most: what [`PendingRequest::CAPACITY`] of them take with pages to return
    /// to of 50 bytes. Where those are longer, there are fewer.
    pub const MAX_BYTES: u64 = 40_000_000;

    /// The time for which a request that was used is remembered, so that a reload or a second submit leads the person on. It is
    /// shorter than what most sign-ons under way have left, so that these are not pushed out for it.
    pub const MEMORY: SignedDuration = SignedDuration::from_mins(15);

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

/// The result of an attempt to take a pending request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakenRequest {
    /// Here it is; nobody else will get it again.
    Taken(PendingRequest),
    /// It is there and stays there: what came is not its answer.
    Kept(PendingRequest),
    /// Its answer came before. The same has come again, as by a reload.
    Used(PendingRequest),
    /// There is none of this ID for this connection: never sent, or forgotten.
    Unknown,
    /// It was there, but its deadline has passed. It is gone now.
    Expired,
}

/// The facts that came with a response and decide which request it may end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestAnswer {
    /// The hash of the token in the browser's cookie for the request.
    pub browser: Option<TokenHash>,
    /// The hash of the RelayState.
    pub relay_state: Option<TokenHash>,
    /// Tells if the identity provider vouches for the response.
    pub vouched: Vouched,
}

/// Tells if somebody vouches for a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vouched {
    /// It is signed.
    Signed,
    /// Nobody does: it says `NoPassive`, and may end only a request that must not ask.
    Nobody,
}

impl RequestAnswer {
    /// True if it may end the request: it came from the browser that the request left from, with the RelayState that was
    /// sent. What came from elsewhere must not use up somebody's sign-on.
    pub fn ends(&self, request: &PendingRequest) -> bool {
        let admissible = request.passive || self.vouched == Vouched::Signed;
        admissible && self.browser == Some(request.browser) && self.has_relay_state_of(request)
    }

    /// True if it brings the RelayState that was sent.
    pub fn has_relay_state_of(&self, request: &PendingRequest) -> bool {
        self.relay_state == Some(request.relay_state)
    }

    /// Decides what becomes of a request that is there, and was used before or not.
    pub fn judge(&self, request: PendingRequest, used: bool, now: Timestamp) -> TakenRequest {
        match (used, now < request.expires) {
            (true, true) if self.has_relay_state_of(&request) => TakenRequest::Used(request),
            (true, _) => TakenRequest::Unknown,
            (false, false) => TakenRequest::Expired,
            (false, true) if self.ends(&request) => TakenRequest::Taken(request),
            (false, true) => TakenRequest::Kept(request),
        }
    }
}

/// Remembers sign-ons under way.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Remembers a request. Beyond [`PendingRequest::CAPACITY`] or
    /// [`PendingRequest::MAX_BYTES`] those that expire first are forgotten.
    ///
    /// Fails where the store does, or does not hold the connection.
    async fn remember_request(&self, request: &PendingRequest) -> Result<(), StoreError>;

    /// Takes the request of this ID, if it belongs to this connection and the answer may end it
    /// ([`RequestAnswer::judge`]), in one atomic and durable step: of two callers at the same time, at most one gets it.
    /// For [`PendingRequest::MEMORY`] the store still knows that it was used.
    ///
    /// A request of another connection stays where it is and counts as [`TakenRequest::Unknown`].
    ///
    /// Fails where the store does; the sign-on is then refused.
    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError>;
}
