//! Doors that open for some of those who are signed on: [`Guard`] as a layer around routes, [`Permitted`] as an argument of
//! a handler.

mod guarding;
mod layer;
mod permitted;
mod refusal;

pub use self::guarding::Guard;
pub use self::layer::Guarded;
pub use self::permitted::Permitted;
pub use self::permitted::Requirement;
pub use self::refusal::NotPermitted;
