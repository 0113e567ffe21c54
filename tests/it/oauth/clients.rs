//! Clients that are not believed: all are answered alike, and those who guess wait.

use entrada::connection::AcceptedCredentials;
use entrada::directory::revoke_credential;
use entrada::ports::Clock;
use entrada::provisioning::SecretKind;
use reqwest::Method;

use super::GRANT;
use super::HOUR;
use super::ask;
use super::basic;
use super::client;
use super::is_error;
use super::opens;
use super::token;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::credential;

#[tokio::test]
async fn all_wrong_clients_are_answered_alike() {
    let scim = Scim::start().await;
    let right = client(&scim, "acme", HOUR * 24).await;
    let other = client(&scim, "acme", HOUR * 24).await;
    let second = client(&scim, "second", HOUR * 24).await;
    let short = client(&scim, "acme", HOUR).await;
    let revoked = client(&scim, "acme", HOUR * 24).await;
    let now = scim.clock.now();
    assert!(
        revoke_credential(&*scim.store, &revoked.credential.id, now)
            .await
            .unwrap()
    );
    let (bearer, secret) = credential("acme", SecretKind::Bearer, HOUR * 24, &*scim.clock);
    entrada::directory::add_credential(&*scim.store, &bearer)
        .await
        .unwrap();
    let bearer_text = bearer.secret_text(&secret);
    let as_secret = bearer_text.replace("entrada-scim_", "entrada-secret_");
    let access = token(&scim, &right).await;
    scim.clock.advance(HOUR);

    let mut tampered = right.secret.clone();
    let last = if tampered.ends_with('A') { 'E' } else { 'A' };
    tampered.pop();
    tampered.push(last);
    let form = |id: &str, secret: &str| format!("{GRANT}&client_id={id}&client_secret={secret}");
    let (id, secret) = (right.id.as_str(), right.secret.as_str());

    let wrong = answer(ask(&scim, "acme", form(id, "guess"))).await;
    is_error(&wrong, 401, "invalid_client");
    for (connection, form) in [
        ("acme", form(id, &tampered)),
        ("acme", form(&other.id, secret)),
        (
            "acme",
            form("", secret).replace("client_id=", "client_id=%20"),
        ),
        ("acme", form(&second.id, &second.secret)),
        ("acme", form(&short.id, &short.secret)),
        ("acme", form(&revoked.id, &revoked.secret)),
        ("acme", form(bearer.id.as_str(), &bearer_text)),
        ("acme", form(bearer.id.as_str(), &as_secret)),
        ("acme", form(id, &access)),
        ("second", form(id, secret)),
        ("nobody", form(id, secret)),
        ("No%20Slug", form(id, secret)),
    ] {
        let refused = answer(ask(&scim, connection, form.clone())).await;
        assert_eq!(refused.seen(), wrong.seen(), "{connection} {form}");
    }
    // The control: the right one, in each way.
    assert_eq!(answer(ask(&scim, "acme", right.form())).await.status, 200);
    let header = ask(&scim, "acme", GRANT).header("authorization", right.basic());
    assert_eq!(answer(header).await.status, 200);
    let header = ask(&scim, "acme", GRANT).header("authorization", basic(&format!("{id}:guess")));
    assert_eq!(answer(header).await.seen(), wrong.seen());
}

#[tokio::test]
async fn whoever_guesses_waits_and_a_right_client_never_does() {
    let scim = Scim::start().await;
    let right = client(&scim, "acme", HOUR).await;
    let guess = format!("{GRANT}&client_id={}&client_secret=guess", right.id);
    // Wrong credentials of SCIM and wrong clients are counted together: neither has twenty for itself.
    let mut wrong = 0;
    let slowed = loop {
        let scim_guess = scim
            .anonymous(Method::GET, "/acme/v2/Users")
            .bearer_auth("guess");
        let by_scim = answer(scim_guess).await.status;
        let refused = answer(ask(&scim, "acme", guess.clone())).await;
        if refused.status == 429 {
            break refused;
        }
        is_error(&refused, 401, "invalid_client");
        wrong += if by_scim == 401 { 2 } else { 1 };
    };
    assert!((19..40).contains(&wrong), "{wrong}");
    is_error(&slowed, 429, "temporarily_unavailable");
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert_eq!(answer(ask(&scim, "acme", right.form())).await.status, 200);
    is_error(
        &answer(ask(&scim, "second", guess.clone())).await,
        401,
        "invalid_client",
    );
    // A proof that does not read is a wrong one, also where there is no such connection.
    for _ in 0..200 {
        let odd = ask(&scim, "nobody", GRANT).header("authorization", "Basic ?");
        let odd = answer(odd).await;
        if odd.status == 429 {
            return;
        }
        is_error(&odd, 401, "invalid_client");
    }
    panic!("nobody was slowed");
}

#[tokio::test]
async fn a_connection_that_takes_no_secrets_says_so_to_whoever_has_one() {
    let scim =
        Scim::with(|connection| connection.scim_credentials(AcceptedCredentials::Federation)).await;
    let right = client(&scim, "acme", HOUR).await;
    let refused = answer(ask(&scim, "acme", right.form())).await;
    is_error(&refused, 400, "unauthorized_client");
    // Others learn nothing of it.
    let guess = format!("{GRANT}&client_id={}&client_secret=guess", right.id);
    is_error(
        &answer(ask(&scim, "acme", guess)).await,
        401,
        "invalid_client",
    );
}

#[tokio::test]
async fn a_token_opens_nothing_any_more_where_its_kind_is_no_longer_taken() {
    let scim =
        Scim::with(|connection| connection.scim_credentials(AcceptedCredentials::OAuth)).await;
    let right = client(&scim, "acme", HOUR).await;
    let access = token(&scim, &right).await;
    assert_eq!(opens(&scim, "acme", &access).await, 200);
    // The bearer token of the harness is of a kind that is not taken.
    assert_eq!(opens(&scim, "acme", &scim.token).await, 401);
    let connection = crate::scim::pinned("acme").scim_credentials(AcceptedCredentials::Federation);
    let connection = connection.build().unwrap();
    entrada::configuration::danger::put_connection(&*scim.store, &connection, scim.clock.now())
        .await
        .unwrap();
    for _ in 0..100 {
        if opens(&scim, "acme", &access).await == 401 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the token still opens the connection");
}
