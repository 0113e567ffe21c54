//! Answering SCIM requests from a directory, without HTTP and without a clock: [`ScimRequest`] is what a request holds,
//! [`RequestContext`] what is known about it beside, [`ServiceResponse`] what comes of it. Whoever calls this has authenticated
//! the client: a [`RequestContext`] asks for the proof.

mod adoption;
mod answer;
mod bulk;
mod change;
mod context;
mod discovery;
mod dispatch;
mod endpoint;
mod exchange;
mod limits;
mod list;
mod log;
mod method;
mod operations;
mod page_ends;
mod read;
mod refusal;
mod request;
mod service;
mod stored;
mod write;

pub use self::answer::ScimAnswer;
pub use self::answer::ServiceResponse;
pub use self::context::Random;
pub use self::context::RequestContext;
pub use self::context::Stopwatch;
pub(crate) use self::limits::LIMITS;
pub use self::method::Method;
pub use self::request::Conditions;
pub use self::request::ScimRequest;
pub use self::service::ScimService;

hidden! {
    pub use self::endpoint::body_limit;
    pub use self::limits::BODY_BYTES;
    pub use self::limits::GROUP_BYTES;
    pub use self::page_ends::PageEnds;
}
