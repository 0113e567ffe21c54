use super::*;
use crate::address::AddressPolicy;
use crate::provisioning::DEFAULT_LIFETIME;
use crate::provisioning::LONGEST_LIFETIME;

const DEFAULT_OVERLAP: SignedDuration = SignedDuration::from_hours(24);
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const TICK: SignedDuration = SignedDuration::from_micros(1);

fn secret(byte: u8) -> Token {
    Token::from_random([byte; Token::LENGTH])
}

fn acme() -> ConnectionId {
    "acme".parse().unwrap()
}

fn credential() -> ScimCredential {
    let id = CredentialId::from_random([1; 8]);
    let kind = SecretKind::Bearer;
    ScimCredential::new(id, acme(), kind, &secret(1), DEFAULT_LIFETIME, NOW).unwrap()
}

fn presented() -> Presented {
    Presented::bearer(&credential().secret_text(&secret(1))).unwrap()
}

#[test]
fn a_valid_credential_is_proof_through_its_last_moment() {
    for now in [NOW, NOW + DEFAULT_LIFETIME - TICK] {
        let proof = credential().check(&presented(), &acme(), now).unwrap();
        assert_eq!(proof.credential(), &credential().id);
        assert_eq!(proof.connection(), &acme());
    }
}

#[test]
fn each_fault_alone_is_a_refusal() {
    let bolt: ConnectionId = "bolt".parse().unwrap();
    let end = NOW + DEFAULT_LIFETIME;
    let revoked = ScimCredential {
        revoked: Some(NOW),
        ..credential()
    };
    let other = Presented {
        id: CredentialId::from_random([2; 8]),
        ..presented()
    };
    let guessed = Presented {
        secret: secret(2),
        ..presented()
    };
    let basic = Presented::basic(presented().id.as_str(), &secret(1).reveal()).unwrap();
    let refused = |credential: ScimCredential, presented: &Presented, connection, now| {
        credential.check(presented, connection, now).unwrap_err()
    };
    for (found, expected) in [
        (
            refused(credential(), &other, &acme(), NOW),
            CredentialRefusal::Unknown,
        ),
        (
            refused(credential(), &guessed, &acme(), NOW),
            CredentialRefusal::WrongSecret,
        ),
        (
            refused(credential(), &basic, &acme(), NOW),
            CredentialRefusal::WrongKind {
                expected: CredentialKind::Bearer,
                found: PresentedKind::Basic,
            },
        ),
        (
            refused(credential(), &presented(), &bolt, NOW),
            CredentialRefusal::OtherConnection {
                expected: acme(),
                found: bolt.clone(),
            },
        ),
        (
            refused(revoked, &presented(), &acme(), NOW),
            CredentialRefusal::Revoked(NOW),
        ),
        (
            refused(credential(), &presented(), &acme(), end),
            CredentialRefusal::Expired {
                expired: end,
                now: end,
            },
        ),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_rotation_overlaps_and_keeps_the_lifetime() {
    let old = ScimCredential {
        label: Some("Entra".to_owned()),
        ..credential()
    };
    let id = CredentialId::from_random([2; 8]);
    let now = NOW + SignedDuration::from_hours(1);
    let (next, end) = old
        .rotated(id.clone(), &secret(2), DEFAULT_OVERLAP, now)
        .unwrap();
    assert_eq!(end, now + DEFAULT_OVERLAP);
    assert_eq!(next.id, id);
    assert_eq!(next.expires, now + DEFAULT_LIFETIME);
    assert_eq!(next.label, old.label);
    assert_eq!(next.proof, Proof::Bearer(secret(2).hash()));

    let late = old.expires - TICK;
    let (_, end) = old
        .rotated(id.clone(), &secret(2), DEFAULT_OVERLAP, late)
        .unwrap();
    assert_eq!(end, old.expires, "a rotation is no extension");
    let backwards = old.rotated(id, &secret(2), -TICK, now);
    assert_eq!(
        backwards.unwrap_err(),
        RotationError::Lifetime(LifetimeError(-TICK))
    );
}

#[test]
fn what_is_revoked_stays_so_and_what_has_expired_can_be_extended() {
    let revoked = ScimCredential {
        revoked: Some(NOW),
        ..credential()
    };
    let refusal = RotationError::Refused(CredentialRefusal::Revoked(NOW));
    let id = CredentialId::from_random([2; 8]);
    let rotated = revoked.rotated(id.clone(), &secret(2), DEFAULT_OVERLAP, NOW);
    assert_eq!(rotated.unwrap_err(), refusal);
    assert_eq!(revoked.extended(DEFAULT_LIFETIME, NOW), Err(refusal));

    let expired = credential();
    let now = expired.expires + SignedDuration::from_hours(1);
    assert_eq!(
        expired.extended(LONGEST_LIFETIME, now),
        Ok(now + LONGEST_LIFETIME)
    );
    let rotated = expired.rotated(id, &secret(2), DEFAULT_OVERLAP, now);
    assert!(matches!(
        rotated,
        Err(RotationError::Refused(CredentialRefusal::Expired { .. }))
    ));
}

#[test]
fn a_use_is_noted_at_most_once_a_minute() {
    let used = |last_used| ScimCredential {
        last_used,
        ..credential()
    };
    assert!(used(None).is_use_worth_noting(NOW));
    let almost = NOW + ScimCredential::USE_STEP - TICK;
    assert!(!used(Some(NOW)).is_use_worth_noting(almost));
    assert!(used(Some(NOW)).is_use_worth_noting(almost + TICK));
}

#[test]
fn each_level_is_reached_on_its_day_by_what_was_not_revoked() {
    let left = |days: i64| credential().expires - SignedDuration::from_hours(24 * days);
    for (days, level) in [
        (60, ExpiryLevel::SixtyDays),
        (30, ExpiryLevel::ThirtyDays),
        (7, ExpiryLevel::SevenDays),
        (1, ExpiryLevel::OneDay),
        (0, ExpiryLevel::Past),
    ] {
        assert_eq!(credential().expiry(left(days)), Some(level));
        assert_ne!(credential().expiry(left(days) - TICK), Some(level));
        let revoked = ScimCredential {
            revoked: Some(NOW),
            ..credential()
        };
        assert_eq!(revoked.expiry(left(days)), None);
    }
}

#[test]
fn a_credential_has_one_successor() {
    let next = CredentialId::from_random([3; 8]);
    let rotated = ScimCredential {
        successor: Some(next.clone()),
        ..credential()
    };
    let id = CredentialId::from_random([4; 8]);
    let again = rotated.rotated(id, &secret(4), DEFAULT_OVERLAP, NOW);
    assert_eq!(again, Err(RotationError::HasSuccessor(next)));
}

#[test]
fn what_was_revoked_stays_so_and_what_has_a_successor_gets_no_other() {
    let (next, later) = (CredentialId::from_random([3; 8]), NOW + TICK);
    let plain = credential;
    let revoked = ScimCredential {
        revoked: Some(NOW),
        ..plain()
    };
    let succeeded = ScimCredential {
        successor: Some(next.clone()),
        expires: later,
        ..plain()
    };
    let ending = ScimCredential {
        expires: later,
        ..plain()
    };
    assert_eq!(plain().ending(later), Some(ending));
    assert_eq!(plain().revoked(NOW), Some(revoked.clone()));
    assert_eq!(
        plain().succeeded(next.clone(), later),
        Some(succeeded.clone())
    );

    assert_eq!(revoked.clone().ending(later), None);
    assert_eq!(revoked.clone().revoked(later), None);
    assert_eq!(revoked.succeeded(next, later), None);

    let other = CredentialId::from_random([4; 8]);
    assert_eq!(succeeded.clone().succeeded(other, NOW), None);
    // Its end may still move, and it may be revoked: somebody may have lost the secret.
    assert!(succeeded.clone().ending(NOW).is_some());
    assert!(succeeded.revoked(NOW).is_some());
}

fn federated() -> ScimCredential {
    let trust = Federation {
        issuer: "https://login.microsoftonline.com/t/v2.0".to_owned(),
        tenant: "t".to_owned(),
        app: "a".to_owned(),
        subject: "s".to_owned(),
        audiences: vec!["a".to_owned()],
        keys_url: "https://login.microsoftonline.com/t/discovery/v2.0/keys".to_owned(),
        keys_addresses: AddressPolicy::Any,
    };
    let (id, lifetime) = (CredentialId::from_random([1; 8]), TokenLifetime::default());
    ScimCredential::federated(id, acme(), trust, lifetime, DEFAULT_LIFETIME, NOW).unwrap()
}

#[test]
fn no_secret_opens_a_federation_and_none_renews_it() {
    let refused = federated().check(&presented(), &acme(), NOW);
    let expected = CredentialRefusal::WrongKind {
        expected: CredentialKind::Federation,
        found: PresentedKind::Bearer,
    };
    assert_eq!(refused, Err(expected));
    let next = CredentialId::from_random([2; 8]);
    let rotated = federated().rotated(next, &secret(2), DEFAULT_OVERLAP, NOW);
    assert_eq!(rotated, Err(RotationError::NoSecret));
}

#[test]
fn the_secrets_of_a_client_have_its_name_and_ids_of_their_own() {
    let kind = SecretKind::Client(TokenLifetime::default());
    let id = CredentialId::from_random([1; 8]);
    let first = ScimCredential::new(id, acme(), kind, &secret(1), DEFAULT_LIFETIME, NOW).unwrap();
    let next = CredentialId::from_random([2; 8]);
    let (next, _) = first
        .rotated(next, &secret(2), DEFAULT_OVERLAP, NOW)
        .unwrap();
    assert_eq!(next.client(), first.client());
    assert_eq!(next.client().unwrap().id.first_credential(), &first.id);
    for (credential, secret) in [(&first, secret(1)), (&next, secret(2))] {
        let shown = Presented::client_secret(&credential.secret_text(&secret)).unwrap();
        credential.check(&shown, &acme(), NOW).unwrap();
    }
}
