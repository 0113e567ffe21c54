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
mod read;
mod refusal;
mod request;
mod service;
mod stored;
mod write;

pub(crate) use self::answer::ScimAnswer;
pub(crate) use self::answer::ServiceResponse;
pub(crate) use self::context::RequestContext;
pub(crate) use self::endpoint::body_limit;
pub(crate) use self::limits::BODY_BYTES;
pub(crate) use self::limits::GROUP_BYTES;
pub(crate) use self::limits::LIMITS;
pub(crate) use self::method::Method;
pub(crate) use self::request::Conditions;
pub(crate) use self::request::ScimRequest;
pub(crate) use self::service::ScimService;
