//! Whether the people whom Entra provisions can be joined to those who sign on.

use super::Walk;
use crate::cli::error::CliError;
use crate::cli::site::Site;
use crate::connection::Connection;
use crate::directory::Origin;
use crate::directory::UserRecord;

/// How many of the users that were looked at have an externalId, where that is never an object id. By default Entra sends
/// `mailNickname`, which nothing in a SAML response can be held against. `None` where all is well, nobody was provisioned,
/// or the identity provider is not Entra.
pub(in crate::cli) fn without_object_ids(
    site: &Site,
    connection: &Connection,
    idp_entity_id: &str,
) -> Result<Option<usize>, CliError> {
    if !ENTRA.iter().any(|entra| idp_entity_id.starts_with(entra)) {
        return Ok(None);
    }
    let mut walk = Walk::new(site, connection, None, String::new());
    let (users, _) = walk.part::<UserRecord>(LOOKED_AT)?;
    let provisioned = users
        .iter()
        .filter(|user| user.origin == Origin::Provisioned);
    let ids: Vec<&str> = provisioned
        .filter_map(|user| user.record().resource.external_id())
        .collect();
    let found = !ids.is_empty() && !ids.iter().any(|id| is_object_id(id));
    Ok(found.then_some(ids.len()))
}

/// A GUID, as Entra writes it.
fn is_object_id(text: &str) -> bool {
    let sound = |(index, c): (usize, u8)| match [8, 13, 18, 23].contains(&index) {
        true => c == b'-',
        false => c.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(sound)
}

/// What Entra's entity IDs begin with.
const ENTRA: [&str; 2] = ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"];

/// A mapping is the same for all: a hundred say as much as all do.
const LOOKED_AT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_is_a_guid() {
        for (text, expected) in [
            ("0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", true),
            ("0A21F0F2-8D2A-4F8E-BF98-7363C4AED4EF", true),
            ("0a21f0f28d2a4f8ebf987363c4aed4ef", false),
            ("adele.vance", false),
            ("0a21f0f2-8d2a-4f8e-bf98-7363c4aed4eg", false),
            ("", false),
        ] {
            assert_eq!(is_object_id(text), expected, "{text}");
        }
    }
}
