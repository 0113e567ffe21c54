//! Promises of the credentials and of the provisioning log.

use std::sync::Arc;

use jiff::SignedDuration;

use super::people::log_entry;
use super::people::write;
use super::samples::TICK;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::with_connections;
use crate::configuration::append_log;
use crate::configuration::remove_connection;
use crate::connection::AddressPolicy;
use crate::directory::DirectoryTx;
use crate::directory::add_credential;
use crate::directory::extend_credential;
use crate::directory::revoke_credential;
use crate::directory::rotate_credential;
use crate::ports::Actor;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::provisioning::CredentialId;
use crate::provisioning::DEFAULT_LIFETIME;
use crate::provisioning::Federation;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::provisioning::TokenLifetime;
use crate::store::Stale;
use crate::store::Store;
use crate::token::Token;

/// A credential of `acme` that was made at the second `number`: four in a row are of every kind.
pub(super) fn credential(number: u8) -> ScimCredential {
    let secret = Token::from_random([number; Token::LENGTH]);
    let now = at(i64::from(number));
    let (id_of, acme) = (
        CredentialId::from_random([number; CredentialId::BYTES]),
        id("acme"),
    );
    let lifetime = TokenLifetime::default();
    let kind = match number % 4 {
        0 => SecretKind::Client(lifetime),
        1 => SecretKind::Bearer,
        _ => SecretKind::Basic,
    };
    let year = DEFAULT_LIFETIME;
    let made = match number % 4 {
        3 => ScimCredential::federated(id_of, acme, federation(), lifetime, year, now),
        _ => ScimCredential::new(id_of, acme, kind, &secret, year, now),
    };
    ScimCredential {
        label: Some("Entra's \"token\"".to_owned()),
        ..made.expect("the default lifetime is sound")
    }
}

fn federation() -> Federation {
    Federation {
        issuer: "https://login.microsoftonline.com/tenant/v2.0".to_owned(),
        tenant: "tenant".to_owned(),
        app: "the \"app\"".to_owned(),
        subject: "a 'subject'".to_owned(),
        audiences: vec!["app".to_owned(), "api://app".to_owned()],
        keys_url: "https://login.microsoftonline.com/tenant/discovery/v2.0/keys".to_owned(),
        keys_addresses: AddressPolicy::Any,
    }
}

async fn kept(store: &Arc<dyn Store>, number: u8) -> Option<ScimCredential> {
    let found = store.credential(&credential(number).id).await;
    found.expect("the store answers")
}

pub(super) async fn a_credential_comes_back_as_it_was_and_goes_with_its_connection(
    store: Arc<dyn Store>,
) {
    let refused = add_credential(&*store, &credential(1)).await;
    assert!(refused.is_err(), "there is no such connection");
    with_connections(&store).await;
    let over_bolt = ScimCredential {
        connection: id("bolt"),
        ..credential(3)
    };
    for credential in [&credential(2), &over_bolt, &credential(1)] {
        let added = add_credential(&*store, credential).await;
        added.expect("the credential is kept");
    }
    let stolen = ScimCredential {
        id: over_bolt.id.clone(),
        ..credential(4)
    };
    let refused = add_credential(&*store, &stolen).await;
    assert!(refused.is_err(), "the id is another credential's");
    assert_eq!(kept(&store, 1).await, Some(credential(1)));
    assert_eq!(kept(&store, 4).await, None);
    let all = store.credentials(None).await.expect("the store answers");
    assert_eq!(all, [credential(1), credential(2), over_bolt.clone()]);
    let bolt = store.credentials(Some(&id("bolt"))).await;
    assert_eq!(
        bolt.expect("the store answers"),
        std::slice::from_ref(&over_bolt)
    );

    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the store answers").is_some());
    let all = store.credentials(None).await.expect("the store answers");
    assert_eq!(all, [over_bolt]);
}

pub(super) async fn a_credential_is_extended_used_and_revoked(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let mut one = credential(1);
    add_credential(&*store, &one).await.expect("it is kept");
    let extended = extend_credential(&*store, &one.id, at(99)).await;
    assert!(extended.expect("the store answers"));
    one.expires = at(99);
    for (used, noted) in [(5, 5), (4, 5), (6, 6)] {
        store
            .note_use(&one.id, at(used))
            .await
            .expect("it is noted");
        one.last_used = Some(at(noted));
        assert_eq!(kept(&store, 1).await, Some(one.clone()));
    }
    for (moment, expected) in [(7, true), (8, false)] {
        let revoked = revoke_credential(&*store, &one.id, at(moment)).await;
        assert_eq!(revoked.expect("the store answers"), expected);
    }
    let extended = extend_credential(&*store, &one.id, at(100)).await;
    assert!(!extended.expect("the store answers"), "revoked is for ever");
    one.revoked = Some(at(7));
    assert_eq!(kept(&store, 1).await, Some(one));
}

pub(super) async fn a_rotation_is_one_step(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let old = credential(1);
    add_credential(&*store, &old).await.expect("it is kept");
    store.note_use(&old.id, at(5)).await.expect("it is noted");
    let rotated = rotate_credential(&*store, &old.id, at(50), &credential(2)).await;
    assert!(rotated.expect("the store answers"));
    let expired = ScimCredential {
        expires: at(50),
        last_used: Some(at(5)),
        successor: Some(credential(2).id),
        ..old
    };
    assert_eq!(kept(&store, 1).await, Some(expired.clone()));
    assert_eq!(kept(&store, 2).await, Some(credential(2)));
    // It has its successor, and gets no other.
    let again = rotate_credential(&*store, &expired.id, at(40), &credential(3)).await;
    assert!(!again.expect("the store answers"));
    assert_eq!(kept(&store, 1).await, Some(expired.clone()));
    assert_eq!(kept(&store, 3).await, None);

    // The next one is there already: the old one does not end.
    let failed = rotate_credential(&*store, &credential(2).id, at(40), &expired).await;
    assert!(failed.is_err());
    assert_eq!(kept(&store, 2).await, Some(credential(2)));
    // The old one is not there: the next one does not come.
    let unknown = credential(9).id;
    let rotated = rotate_credential(&*store, &unknown, at(40), &credential(3)).await;
    assert!(!rotated.expect("the store answers"));
    assert_eq!(kept(&store, 3).await, None);
    // The next one is of another connection: the old one does not end.
    let of_bolt = ScimCredential {
        connection: id("bolt"),
        ..credential(3)
    };
    let rotated = rotate_credential(&*store, &credential(2).id, at(40), &of_bolt).await;
    assert!(!rotated.expect("the store answers"));
    assert_eq!(kept(&store, 2).await, Some(credential(2)));
    assert_eq!(kept(&store, 3).await, None);
}

pub(super) async fn a_changed_credential_keeps_its_last_use(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let read_before = credential(1);
    add_credential(&*store, &read_before)
        .await
        .expect("it is kept");
    let noted = store.note_use(&read_before.id, at(5)).await;
    noted.expect("it is noted");
    let changed = ScimCredential {
        expires: at(50),
        ..read_before
    };
    let put = changed.clone();
    let work = TxWork::<DirectoryTx>::new(move |rows| {
        Box::pin(async move {
            let put = rows.put_credential(&put).await;
            put.expect("the credential is written");
            TxOutcome::Commit
        })
    });
    let done = store.run(&id("acme"), work).await;
    assert_eq!(done.expect("the store answers"), TxOutcome::Commit);
    let expected = ScimCredential {
        last_used: Some(at(5)),
        ..changed
    };
    assert_eq!(kept(&store, 1).await, Some(expected));
}

pub(super) async fn of_two_rotations_at_once_one_succeeds(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for number in 1..=3 {
        // The end stays what it was: that alone would not tell the second that it is late.
        let old = credential(10 * number);
        add_credential(&*store, &old).await.expect("it is kept");
        let (one, other) = (credential(10 * number + 1), credential(10 * number + 2));
        let (first, second) = tokio::join!(
            rotate_credential(&*store, &old.id, old.expires, &one),
            rotate_credential(&*store, &old.id, old.expires, &other)
        );
        let done = [first, second].map(|rotated| rotated.expect("the store answers"));
        assert_ne!(done[0], done[1]);
        let kept_too = [
            kept(&store, 10 * number + 1).await.is_some(),
            kept(&store, 10 * number + 2).await.is_some(),
        ];
        assert_eq!(kept_too, done);
    }
}

fn entry(connection: &str, second: i64, subject: &str, status: u16) -> LogEntry {
    LogEntry {
        at: at(second),
        ..log_entry(connection, subject, status)
    }
}

async fn log(store: &Arc<dyn Store>, query: LogQuery) -> Vec<LogEntry> {
    let found = store.log(&query).await.expect("the store answers");
    found.into_iter().map(|logged| logged.entry).collect()
}

pub(super) async fn the_log_answers_by_subject_outcome_and_time(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let a = entry("acme", 1, "Ada@example.com", 201);
    let b = entry("acme", 2, "grace@example.com", 409);
    let c = entry("bolt", 3, "ada@example.com", 400);
    let gone = entry("gone", 3, "ada@example.com", 400);
    let appended = append_log(&*store, &[a.clone(), gone, b.clone(), c.clone()]).await;
    appended.expect("the entries are appended");
    let own = LogEntry {
        overlooked: vec!["shoeSize".to_owned()],
        ..entry("acme", 4, "ada@example.com", 200)
    };
    let d = own.clone();
    let appended = write(&store, "acme", move |directory| {
        Box::pin(async move { directory.append_log(&own).await })
    });
    appended.await.expect("the entry is appended");

    let any = LogQuery::default;
    let acme = || Some(id("acme"));
    let subject = |name: &str| Some(name.to_owned());
    let first = store.log(&any()).await.expect("the store answers");
    let after = first.iter().map(|logged| logged.id).min();
    for (query, expected) in [
        (any(), vec![&d, &c, &b, &a]),
        (LogQuery { limit: 2, ..any() }, vec![&d, &c]),
        (
            LogQuery {
                connection: acme(),
                ..any()
            },
            vec![&d, &b, &a],
        ),
        (
            LogQuery {
                connection: acme(),
                subject: subject("ADA@EXAMPLE.COM"),
                ..any()
            },
            vec![&d, &a],
        ),
        (
            LogQuery {
                subject: subject("ada@example.com"),
                ..any()
            },
            vec![&d, &c, &a],
        ),
        (
            LogQuery {
                outcome: Some(LogOutcome::Done),
                ..any()
            },
            vec![&d, &a],
        ),
        (
            LogQuery {
                outcome: Some(LogOutcome::Refused),
                ..any()
            },
            vec![&c, &b],
        ),
        (
            LogQuery {
                since: Some(at(3)),
                ..any()
            },
            vec![&d, &c],
        ),
        (
            LogQuery {
                overlooked: true,
                ..any()
            },
            vec![&d],
        ),
        (LogQuery { after, ..any() }, vec![&b, &c, &d]),
        (
            LogQuery {
                after,
                limit: 1,
                ..any()
            },
            vec![&b],
        ),
    ] {
        let found = log(&store, query.clone()).await;
        assert!(found.iter().eq(expected), "{query:?}");
    }
}

pub(super) async fn the_log_forgets_what_is_old_in_batches(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let now = at(100);
    let mut entries = vec![entry("acme", 0, "old", 200); 1201];
    let exact = LogEntry {
        at: now,
        ..log_entry("acme", "exact", 200)
    };
    entries.push(exact.clone());
    append_log(&*store, &entries)
        .await
        .expect("they are appended");
    let kept = store
        .forget(
            Stale::LogEntries,
            now - TICK - SignedDuration::from_secs(100),
        )
        .await;
    assert_eq!(kept.expect("the store answers"), 0);
    let forgotten = store.forget(Stale::LogEntries, now).await;
    assert_eq!(forgotten.expect("the store answers"), 1201);
    assert_eq!(log(&store, LogQuery::default()).await, [exact]);
}

pub(super) async fn what_the_log_holds_is_data(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for text in hostile_texts() {
        let entry = LogEntry {
            resource: Some(text.clone()),
            request_id: Some(text.clone()),
            scim_type: Some(text.clone()),
            detail: Some(text.clone()),
            changed: vec![text.clone()],
            overlooked: vec![text.clone()],
            ..log_entry("acme", &text, 200)
        };
        let appended = append_log(&*store, std::slice::from_ref(&entry)).await;
        appended.expect("the entry is appended");
        let query = LogQuery {
            subject: Some(text),
            ..LogQuery::default()
        };
        assert_eq!(log(&store, query).await, [entry]);
    }
}
