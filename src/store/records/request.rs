//! Rows of sign-ons under way.

use super::Cause;
use super::Row;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::session::PendingRequest;
use crate::token::TokenHash;

/// The columns of a request: id, connection, relay_state, browser, return_path, expires, passive, authn_since, previous_session.
pub(in crate::store) fn request_values(request: &PendingRequest) -> [Value; 9] {
    let previous = request.previous_session.as_ref();
    [
        request.id.as_str().into(),
        request.connection.as_str().into(),
        request.relay_state.as_bytes().into(),
        request.browser.as_bytes().into(),
        request.return_path.as_str().into(),
        micros(request.expires).into(),
        request.passive.into(),
        request.authn_since.map(micros).into(),
        previous.map(TokenHash::as_bytes).into(),
    ]
}

/// A request of the table, and whether its answer came already.
pub(in crate::store) struct RequestRow {
    pub(in crate::store) request: PendingRequest,
    pub(in crate::store) used: bool,
}

impl RequestRow {
    pub(in crate::store) fn read(row: &impl Row) -> Result<RequestRow, Cause> {
        let read = || {
            let previous = row.optional_bytes("previous_session")?;
            let id = MessageId::from_text(&row.text("id")?);
            let return_path = ReturnPath::parse(&row.text("return_path")?);
            let request = PendingRequest {
                id: id.ok_or("no id of a message")?,
                connection: row.text("connection")?.parse()?,
                relay_state: token_hash(&row.bytes("relay_state")?)?,
                browser: token_hash(&row.bytes("browser")?)?,
                return_path: return_path.ok_or("no path of the site")?,
                previous_session: previous.map(|hash| token_hash(&hash)).transpose()?,
                passive: row.boolean("passive")?,
                authn_since: row.optional_moment("authn_since")?,
                expires: row.moment("expires")?,
            };
            let used = row.boolean("used")?;
            Ok(RequestRow { request, used })
        };
        unreadable("pending_requests", read())
    }
}

fn token_hash(bytes: &[u8]) -> Result<TokenHash, Cause> {
    Ok(TokenHash::from_bytes(bytes.try_into()?))
}
