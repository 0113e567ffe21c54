//! Signing in to our own SCIM server as Entra does: by client credentials, and by federation.

use entrada::admin::clients;
use entrada::admin::clients::RevokedPart;
use entrada::practice::AssertionFault;
use entrada::practice::Dialect;
use entrada::practice::LogLine;
use entrada::practice::Matching;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::practice::SignIn;
use entrada::practice::Step;

use super::APP;
use super::served::sample;
use super::served::sound_cycle;
use crate::scim_served::Served;

fn sign_ins(idp: &Running) -> Vec<LogLine> {
    let log = idp.provisioning_log(APP).into_iter();
    log.filter(|line| line.step == Step::SignIn).collect()
}

async fn set_up(served: &Served, idp: &Running, sign_in: SignIn) {
    let by = Matching::Name;
    let settings = Provisioning {
        sign_in,
        ..served.settings(Dialect::Usual, by)
    };
    idp.set_provisioning(APP, settings).await.unwrap();
}

#[tokio::test]
async fn people_are_provisioned_by_client_credentials() {
    let (served, idp) = (Served::start().await, sample().await);
    let (sign_in, _) = served.client().await;
    set_up(&served, &idp, sign_in).await;
    assert_eq!(idp.test_connection(APP).await, Ok(()));
    assert_eq!(sound_cycle(&idp).await.created, 8);
    assert_eq!(sound_cycle(&idp).await.created, 0);
    let sign_ins = sign_ins(&idp);
    assert_eq!(sign_ins.len(), 1, "{sign_ins:?}");
    assert_eq!(sign_ins[0].outcome, "an access token for 3600 seconds");
}

#[tokio::test]
async fn a_revoked_secret_puts_the_job_into_quarantine_and_a_new_one_ends_it() {
    let (served, idp) = (Served::start().await, sample().await);
    let (sign_in, credential) = served.client().await;
    set_up(&served, &idp, sign_in).await;
    sound_cycle(&idp).await;

    let admin = served.admin();
    let revoked = clients::revoke(&admin, &credential, RevokedPart::Named).await;
    assert_eq!(revoked.unwrap().credentials.len(), 1);
    // The access token has ended with its secret: the first request finds that out, and no other is had.
    let bea = idp.directory().people[1].object_id.clone();
    idp.change_directory(|directory| directory.enable(&bea, false));
    let summary = idp.provision_now(APP).await.unwrap();
    assert!(summary.quarantined, "{summary:?}");
    let reason = idp.quarantine(APP).unwrap().reason;
    let expected = "no access token: status 401 from the Token Endpoint, invalid_client: the Client Identifier or the Client Secret \
                    is wrong, revoked or expired";
    assert!(reason.starts_with(expected), "{reason}");

    let (sign_in, _) = served.client().await;
    set_up(&served, &idp, sign_in).await;
    assert_eq!(sound_cycle(&idp).await.disabled, 1);
    assert!(idp.quarantine(APP).is_none());
}

#[tokio::test]
async fn a_wrong_secret_opens_nothing_and_the_page_says_which_field() {
    let (served, idp) = (Served::start().await, sample().await);
    let (sign_in, _) = served.client().await;
    let SignIn::ClientCredentials {
        token_url,
        client_id,
        ..
    } = sign_in
    else {
        panic!("{sign_in:?}");
    };
    let (other, _) = served.client().await;
    let SignIn::ClientCredentials { client_secret, .. } = other else {
        panic!("{other:?}");
    };
    // The secret of another client.
    let sign_in = SignIn::ClientCredentials {
        token_url,
        client_id,
        client_secret,
    };
    set_up(&served, &idp, sign_in).await;
    let tested = idp.test_connection(APP).await.unwrap_err().to_string();
    assert!(
        tested.contains("the Client Identifier or the Client Secret"),
        "{tested}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_provisioned_by_federation_and_each_bad_assertion_is_refused() {
    let (served, idp) = (Served::start().await, sample().await);
    let sign_in = served.federation(&idp).await;
    set_up(&served, &idp, sign_in).await;
    assert_eq!(sound_cycle(&idp).await.created, 8);
    assert_eq!(sign_ins(&idp).len(), 1);

    let identity = idp.federated_identity(APP);
    for (fault, named) in [
        (AssertionFault::WrongSubject, identity.subject.as_str()),
        (AssertionFault::WrongAudience, identity.audience.as_str()),
        (AssertionFault::OtherTenant, ""),
        (AssertionFault::Expired, ""),
        (AssertionFault::UnknownKey, ""),
    ] {
        assert!(idp.spoil_next_assertion(APP, fault).await);
        let summary = idp.provision_now(APP).await.unwrap();
        assert!(summary.quarantined, "{fault:?}");
        let reason = idp.quarantine(APP).unwrap().reason;
        let expected = "no access token: status 401 from the Token Endpoint, invalid_client: the app does not accept this identity \
                        provider's assertion";
        assert!(reason.starts_with(expected), "{fault:?}: {reason}");
        // Once the signature holds, the app says what it expected.
        assert!(reason.contains(named), "{fault:?}: {reason}");
        // The control: the next assertion is valid again.
        sound_cycle(&idp).await;
        assert!(idp.quarantine(APP).is_none());
    }
}
