//! Microsoft's 25 tests of provisioning, and cases of our own, against any SCIM server: with the client, the words and the
//! cycle of the practice provider. Everything that is made carries a mark, and is removed whatever happens.

mod case;
mod case_error;
mod created_objects;
mod credentials;
mod discovery;
mod further;
mod groups;
mod pages;
mod people;
mod redaction;
mod removal;
mod requests;
mod run;
mod schemas;
mod server;
mod table;
mod test_tenant;

pub(crate) use self::run::ScimRun;
pub(crate) use self::run::ScimValidation;
