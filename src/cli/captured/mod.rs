//! The forms in which people capture SAML messages: XML, base64, the body of a form, the address of a redirect, a recording of
//! the browser (HAR, SAML-tracer), a request copied from its developer tools (as cURL, fetch or PowerShell, or as the list of
//! parameters), a collection of Postman, the page that posts itself, or an HTTP message; and all of these in a `data:` address or
//! in a dump. The form is found by looking at the content.

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
