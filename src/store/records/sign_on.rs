//! Rows of the last sign-ons.

use super::Cause;
use super::Row;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::connection::ConnectionId;
use crate::directory::UserId;
use crate::session::LastSignOn;

/// The values of a last sign-on: connection, name_key, the id of the user, at, refused, claims.
pub(in crate::store) fn sign_on_values(
    connection: &ConnectionId,
    last: &LastSignOn,
) -> Result<[Value; 6], Cause> {
    Ok([
        connection.as_str().into(),
        last.claims.name_id.value.to_ascii_lowercase().into(),
        last.user.as_ref().map(UserId::as_str).into(),
        micros(last.at).into(),
        last.refused.clone().into(),
        serde_json::to_string(&last.claims)?.into(),
    ])
}

/// The last sign-on of a row with the id of the user as `id`.
pub(in crate::store) fn read_sign_on(row: &impl Row) -> Result<LastSignOn, Cause> {
    let read = || {
        let user = row.optional_text("id")?;
        Ok(LastSignOn {
            at: row.moment("at")?,
            claims: serde_json::from_str(&row.text("claims")?)?,
            user: user.map(|id| id.parse()).transpose()?,
            refused: row.owned_text("refused")?,
        })
    };
    unreadable("last_sign_ons", read())
}
