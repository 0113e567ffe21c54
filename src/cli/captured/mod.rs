//! The forms in which people capture SAML messages, found by looking at the content: XML, base64, a form's body, the address of
//! a redirect, a recording (HAR, SAML-tracer), a request copied from developer tools (cURL, fetch, PowerShell, list of
//! parameters), a collection of Postman, the page that posts itself, or an HTTP message; and all of these in a `data:` address
//! or in a dump.

mod choice;
mod copied;
mod entry;
mod error;
mod message;
mod page;
mod parameter;
mod recording;
mod references;
mod root;
mod value;
mod wrapped;

pub(super) use self::choice::chosen;
pub(super) use self::choice::numbered;
pub(super) use self::entry::Entry;
pub(super) use self::entry::read_capture;
pub(super) use self::error::CaptureError;
pub(super) use self::value::Content;

#[cfg(test)]
mod tests;
