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
#[doc(hidden)]
pub use self::end::sign_out;
#[cfg(feature = "contract")]
pub(crate) use self::end::transact as change_sessions;
pub use self::groups::Group;
pub use self::groups::MembershipKind;
pub(crate) use self::groups::claimed;
#[doc(hidden)]
pub use self::groups::groups;
pub use self::last::Claims;
pub use self::last::LastSignOn;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::last::LastSignOnOf;
pub use self::live::Session;
pub(crate) use self::logout::Logout;
pub(crate) use self::logout::LogoutOutcome;
#[cfg(feature = "contract")]
pub(crate) use self::opening::Opening;
#[doc(hidden)]
pub use self::opening::open_session;
#[cfg(feature = "contract")]
pub(crate) use self::opening::open_session_once;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::pending::PendingRequest;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::pending::RequestAnswer;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::pending::RequestStore;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::pending::TakenRequest;
pub use self::pending::Vouched;
pub use self::record::Device;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::record::EncodedSession;
pub use self::record::SessionId;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::record::SessionRecord;
pub use self::rehearsal::Compared;
#[doc(hidden)]
pub use self::rehearsal::Expected;
#[doc(hidden)]
pub use self::rehearsal::Rehearsal;
pub(crate) use self::rehearsal::subject_of;
pub(crate) use self::rehearsal::unlink;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::SessionRows;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::SessionTx;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::SignOnRows;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::SignOnTx;
pub use self::rule::BoundRule;
pub use self::rule::Rule;
pub use self::rule::UnboundRule;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::sessions::SessionFilter;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::sessions::Sessions;
pub(crate) use self::sign_on::AdmitError;
pub(crate) use self::sign_on::SignOn;
#[doc(hidden)]
pub use self::sign_on::SignOnAuthority;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::subject::Subject;
#[cfg(feature = "contract")]
pub(crate) use self::transaction::SignOnTransaction;
