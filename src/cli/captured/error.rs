//! The reasons for which a capture holds no message.

use crate::text::NotText;

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(in crate::cli) enum CaptureError {
    #[error("{0}")]
    NotText(NotText),
    #[error(
        "this is {0}; expected a SAML message, such as the SAMLResponse that the browser posts (its developer tools, Network)"
    )]
    OtherForm(&'static str),
    #[error("expected a message in XML, found {0}")]
    BeforeMarkup(&'static str),
    #[error(
        "the dump in hexadecimal is not whole: its line {line} does not go on where the one before ends; take the file itself"
    )]
    Dump { line: usize },
    #[error(
        "expected XML, base64, a redirect address, a form body, a recording (HAR, SAML-tracer) or a request copied from the browser; found none of these"
    )]
    Unrecognised,
    #[error(
        "the JSON does not parse (line {line}, column {column}): the recording was cut off or edited"
    )]
    Json { line: usize, column: usize },
    #[error(
        "none of the {requests} requests in the recording carries a SAMLRequest or a SAMLResponse"
    )]
    EmptyRecording { requests: usize },
    #[error(
        "the JSON holds neither a SAMLRequest nor a SAMLResponse: expected a HAR file, an export of SAML-tracer or one of Postman"
    )]
    EmptyJson,
    #[error("the address carries neither a SAMLRequest nor a SAMLResponse")]
    NoMessage,
    #[error("the {0} comes more than once, with different values")]
    Repeated(&'static str),
    #[error("the message is shortened (…): copy the whole value")]
    Shortened,
    #[error("the message was masked when the recording was exported: export it with its values")]
    Masked,
    #[error("in place of the message stands a variable ({{{{…}}}}): copy the value as it was sent")]
    Variable,
    #[error("the message is not base64 of XML: it is cut off, or no SAML message")]
    NotBase64,
}
