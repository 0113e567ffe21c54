//! A connection that stands in for another one while a validation posts to the server: it has the other's settings, trusts keys of
//! the validation alone, and for a few minutes at most.

use std::io::Cursor;

use serde_json::json;

use super::Admin;
use super::AdminError;
use super::Done;
use super::connections;
use super::connections::Edit;
use super::connections::Expected;
use super::effects;
use super::random;
use super::sessions::WhoseSessions;
use super::transfer::Format;
use super::transfer::Import;
use super::transfer::ImportOptions;
use super::transfer::MatchBy;
use crate::configuration::purge_connection;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::ConnectionIdError;
use crate::connection::RequestSigning;
use crate::connection::TrustSource;
use crate::saml::Binding;
use crate::saml::RequestOptions;
use crate::text::hex;

/// A person whom a validation signs on.
pub(crate) struct MarkedPerson<'a> {
    pub(crate) object_id: &'a str,
    pub(crate) user_principal_name: &'a str,
    pub(crate) mail: &'a str,
}

/// Draws the id of a stand-in. It is random, so that nobody can guess it, and two validations do not meet.
pub(crate) fn stand_in_id() -> Done<ConnectionId> {
    let digits = hex(&random::bytes::<{ Connection::STAND_IN_DIGITS / 2 }>()?);
    let id = format!("{}{digits}", Connection::STAND_IN);
    id.parse()
        .map_err(|error: ConnectionIdError| AdminError::Settings(vec![error.to_string()]))
}

/// Adds a connection that stands in for `of` and trusts by this metadata. It stands on no page, under no host and no domain. Where
/// the directory decides who comes in over the other, it does here, and has this person alone. Fails where the store does.
pub(crate) async fn add_stand_in(
    admin: &Admin,
    of: &Connection,
    id: &ConnectionId,
    metadata: &str,
    person: &MarkedPerson<'_>,
) -> Done<()> {
    let trust = TrustSource::MetadataXml {
        xml: metadata.to_owned(),
        file: None,
        entity_id: None,
    };
    let is_provisioned = admin.store().provisioned().await?.contains(of.id());
    let edit = Edit::new(Expected::Nothing, |_| {
        let mut builder = Connection::builder(id.as_str())
            .trust(trust.clone())
            .rules_of(of)
            .display_name("Entrada validation")
            .unlisted()
            .request_binding(Binding::HttpRedirect)
            .request_options(RequestOptions::default());
        if of.our_side().request_signing == RequestSigning::Signed {
            let key = super::keys::generate(id.as_str(), admin.now())?;
            builder = builder.sp_key(key).sign_requests();
        }
        Ok(builder.build()?.into())
    });
    connections::change(admin, id, &edit).await?;
    match is_provisioned {
        true => provision(admin, id, person).await,
        false => Ok(()),
    }
}

/// Provisions the person, with a value for every rule by which people are found.
async fn provision(admin: &Admin, id: &ConnectionId, person: &MarkedPerson<'_>) -> Done<()> {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": person.user_principal_name,
        "externalId": person.object_id,
        "displayName": "Entrada validation",
        "emails": [{ "value": person.mail, "type": "work", "primary": true }],
        "active": true,
    });
    let how = ImportOptions {
        format: Format::Jsonl,
        by: MatchBy::UserName,
        dry_run: false,
    };
    let input = Box::new(Cursor::new(format!("{user}\n").into_bytes()));
    let mut import = Import::begin(admin, id, input, how).await?;
    while import.next().await?.is_some() {}
    Ok(())
}

/// Counts the live sessions of a stand-in. Fails where the store does.
pub(crate) async fn live_sessions(admin: &Admin, id: &ConnectionId) -> Done<u64> {
    let whose = WhoseSessions {
        connection: Some(id.clone()),
        ..WhoseSessions::default()
    };
    Ok(effects::of_sessions(admin, &whose).await?.sessions)
}

/// Removes a stand-in with its person and sessions. No copy is kept. Fails where the store does.
pub(crate) async fn remove_stand_in(admin: &Admin, id: &ConnectionId) -> Done<()> {
    purge_connection(admin.store(), id, admin.now(), admin.actor()).await?;
    Ok(())
}

/// Removes the stand-ins of validations that were killed: those whose metadata is over. Fails where the store does.
pub(crate) async fn remove_left_over(admin: &Admin) -> Done<u64> {
    let mut removed = 0;
    for connection in admin.store().connections().await? {
        // One that does not read is nobody's to remove.
        let is_over = || {
            let metadata = connection.trust().metadata(None, admin.now());
            let metadata = metadata.ok().flatten();
            metadata.is_some_and(|metadata| {
                let validity = connection.trust().validity(&metadata);
                validity.check(admin.now()).is_err()
            })
        };
        if connection.is_stand_in() && is_over() {
            remove_stand_in(admin, connection.id()).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use jiff::Timestamp;

    use super::*;
    use crate::configuration::danger::put_connection;
    use crate::crypto::Certificate;
    use crate::crypto::SigningKey;
    use crate::ports::Actor;
    use crate::ports::Clock;
    use crate::store;

    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    fn metadata(until: Timestamp) -> String {
        let key = SigningKey::generate_p256().unwrap();
        let begin = Timestamp::UNIX_EPOCH;
        let certificate = Certificate::self_signed(&key, "test", 1, begin, Timestamp::MAX);
        let pem = certificate.unwrap().to_pem();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        format!(
            "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' entityID='urn:idp' validUntil='{until}'>\
             <IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor use='signing'><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
             <SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/sso'/></IDPSSODescriptor></EntityDescriptor>"
        )
    }

    /// A run that was killed removes nothing: the next one does, once nobody is trusted by what it made.
    #[tokio::test]
    async fn what_a_killed_run_has_left_goes_with_the_next_one_once_it_is_over() {
        let store = store::open("memory:").await.unwrap();
        let begin: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let after = |minutes| begin + SignedDuration::from_mins(minutes);
        let admin = |now| Admin::new(store.clone(), Arc::new(At(now)), Actor::CommandLine);
        let now = admin(begin);
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let person = MarkedPerson {
            object_id: "7e57d004-2b97-4e7a-b45f-5387367791cd",
            user_principal_name: "somebody@validation.invalid",
            mail: "somebody@validation.invalid",
        };
        let id = stand_in_id().unwrap();
        assert!(id.as_str().starts_with(Connection::STAND_IN));
        let metadata = metadata(after(10));
        add_stand_in(&now, &acme, &id, &metadata, &person)
            .await
            .unwrap();
        let stand_in = store.connection(&id).await.unwrap().unwrap();
        let trusts = |minutes| {
            stand_in
                .trust()
                .standing_trust(None, after(minutes))
                .is_ok()
        };
        assert!(trusts(9) && !trusts(10));
        assert!(stand_in.is_stand_in());
        // Connections of admins, though they have such names, and trust nobody now.
        let others = [
            Connection::builder("entrada-validation-live").metadata_url("https://idp.example/"),
            Connection::builder("entrada-validation-0123456789abcdef")
                .metadata_url("https://idp.example/"),
            Connection::builder("entrada-validation-0123456789abcde0")
                .trust(stand_in.trust().clone()),
        ];
        for other in others {
            let other = other.build().unwrap();
            assert!(!other.is_stand_in());
            put_connection(&*store, &other, after(0)).await.unwrap();
        }

        assert_eq!(remove_left_over(&admin(after(9))).await.unwrap(), 0);
        assert_eq!(remove_left_over(&admin(after(10))).await.unwrap(), 1);
        let left = store.connections().await.unwrap();
        assert_eq!(left.len(), 3);
        assert!(left.iter().all(|one| *one.id() != id));
        assert!(store.kept_connections().await.unwrap().is_empty());
    }
}
