//! A [`Session`] is what a person holds after a sign-on; a [`PendingRequest`] is a sign-on under way. Here a
//! verified principal, the policy of its connection and the directory meet: `Session::sign_on` decides who may come in, and
//! as whom. Storing is the adapters' work.

mod browser;
mod denial;
mod end;
mod groups;
mod judge;
mod just_in_time;
mod last;
mod link;
mod live;
mod logout;
mod opening;
mod pending;
mod record;
mod rehearsal;
mod rows;
mod rule;
mod sessions;
mod sign_on;
mod subject;
mod transaction;

pub use self::denial::Denial;
pub(crate) use self::end::expire;
pub(crate) use self::end::log_out;
pub(crate) use self::end::revoke;
#[cfg(feature = "contract")]
pub(crate) use self::end::transact as change_sessions;
pub use self::groups::Group;
pub use self::groups::MembershipKind;
pub(crate) use self::groups::claimed;
pub use self::last::Claims;
pub use self::last::LastSignOn;
pub use self::live::Session;
pub(crate) use self::logout::Logout;
pub(crate) use self::logout::LogoutOutcome;
#[cfg(feature = "contract")]
pub(crate) use self::opening::Opening;
#[cfg(feature = "contract")]
pub(crate) use self::opening::open_session_once;
pub use self::pending::Vouched;
pub use self::record::Device;
pub use self::record::SessionId;
pub use self::rehearsal::Compared;
pub(crate) use self::rehearsal::subject_of;
pub(crate) use self::rehearsal::unlink;
pub use self::rule::BoundRule;
pub use self::rule::Rule;
pub use self::rule::UnboundRule;
pub(crate) use self::sign_on::AdmitError;
pub(crate) use self::sign_on::SignOn;
#[cfg(feature = "contract")]
pub(crate) use self::transaction::SignOnTransaction;

store_port! {
    pub use self::last::LastSignOnOf;
    pub use self::pending::PendingRequest;
    pub use self::pending::RequestAnswer;
    pub use self::pending::RequestStore;
    pub use self::pending::TakenRequest;
    pub use self::record::EncodedSession;
    pub use self::record::SessionRecord;
    pub use self::rows::SessionRows;
    pub use self::rows::SessionTx;
    pub use self::rows::SignOnRows;
    pub use self::rows::SignOnTx;
    pub use self::sessions::SessionFilter;
    pub use self::sessions::Sessions;
    pub use self::subject::Subject;
}

hidden! {
    pub use self::end::sign_out;
    pub use self::groups::groups;
    pub use self::opening::open_session;
    pub use self::rehearsal::Expected;
    pub use self::rehearsal::Rehearsal;
    pub use self::sign_on::SignOnAuthority;
}
