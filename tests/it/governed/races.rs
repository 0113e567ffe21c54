//! Sign-on and deactivation in every order, and at the same time, from two processes on one store: no order leaves a live
//! session of somebody who is not active.

use std::time::Duration;

use entrada::directory::add_credential;
use entrada::dsig::Signer;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::provisioning::SecretKind;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::site::SystemClock;
use entrada::store;
use jiff::SignedDuration;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::StatusCode;
use reqwest::header;
use reqwest::redirect::Policy;
use serde_json::json;
use tokio::task::JoinSet;

use super::ADA;
use crate::child::free_address;
use crate::command_line::Workspace;
use crate::scim::credential;
use crate::scim::patch_op;
use crate::serving::Server;
use crate::site::TENANT;
use crate::site::idp_metadata;
use crate::site::issuer;
use crate::site::signer;

/// Rounds of sign-ons and a deactivation at the same time.
const ROUNDS: u64 = 24;
/// Sign-ons of one round.
const SIGN_ONS: u64 = 4;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    SignOn,
    Deactivate,
    Reactivate,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_order_leaves_a_live_session_of_somebody_who_is_not_active() {
    use Step::Deactivate as D;
    use Step::Reactivate as R;
    use Step::SignOn as S;
    let race = Race::new().await;
    let user = race.hire().await;
    for order in [
        [S, D, R],
        [S, R, D],
        [D, S, R],
        [D, R, S],
        [R, S, D],
        [R, D, S],
        [S, S, D],
        [D, D, S],
        [D, S, S],
    ] {
        race.set_active(&user, true).await;
        let (mut active, mut live) = (true, Vec::new());
        for step in order {
            match step {
                S => {
                    let cookie = race.sign_on().await;
                    assert_eq!(cookie.is_some(), active, "{order:?}");
                    live.extend(cookie);
                }
                D | R => {
                    active = step == R;
                    race.set_active(&user, active).await;
                    if !active {
                        for cookie in live.drain(..) {
                            race.is_signed_out(&cookie).await;
                        }
                    }
                }
            }
        }
        for cookie in &live {
            assert_eq!(race.knows(cookie).await, [true, true], "{order:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ons_and_a_deactivation_at_the_same_time_leave_no_live_session() {
    let race = Race::new().await;
    let user = race.hire().await;
    let (mut let_in, mut turned_away) = (0, 0);
    for round in 0..ROUNDS {
        race.set_active(&user, true).await;
        let mut sign_ons = JoinSet::new();
        for number in 0..SIGN_ONS {
            let race = race.clone();
            sign_ons.spawn(async move {
                // Some begin before the deactivation, some after it.
                let pause = (round * 7 + number * 5) % 20;
                tokio::time::sleep(Duration::from_millis(pause)).await;
                race.sign_on().await
            });
        }
        tokio::time::sleep(Duration::from_millis(round % 12)).await;
        race.set_active(&user, false).await;
        let mut cookies = Vec::new();
        while let Some(cookie) = sign_ons.join_next().await {
            match cookie.unwrap() {
                Some(cookie) => cookies.push(cookie),
                None => turned_away += 1,
            }
        }
        let_in += cookies.len();
        for cookie in &cookies {
            race.is_signed_out(cookie).await;
        }
        race.set_active(&user, true).await;
        for cookie in &cookies {
            race.is_signed_out(cookie).await;
        }
    }
    // Both sides of the race were seen, or it was none.
    assert!(let_in > 0 && turned_away > 0, "{let_in} {turned_away}");
}

/// Two servers on one store: people sign on at the first, the second is provisioned.
#[derive(Clone)]
struct Race {
    addresses: [String; 2],
    base_url: String,
    token: String,
    signer: std::sync::Arc<Signer>,
    client: Client,
    _servers: std::sync::Arc<[Server; 2]>,
    _place: std::sync::Arc<Workspace>,
}

impl Race {
    async fn new() -> Race {
        let place = Workspace::new();
        let (_, signer) = signer();
        let metadata = place.write("metadata.xml", idp_metadata(&signer));
        let add = ["connection", "add", "acme", "--metadata-file", &metadata];
        place
            .run(add.into_iter().chain(["--allow-idp-initiated"]))
            .exits(0);
        let day = SignedDuration::from_hours(24);
        let (credential, secret) = credential("acme", SecretKind::Bearer, day, &SystemClock);
        let store = store::open(&place.database()).await.unwrap();
        add_credential(&*store, &credential).await.unwrap();
        let addresses = [free_address(), free_address()].map(|one| one.to_string());
        let base_url = format!("http://{}", addresses[0]);
        let serve = |listen: &str| {
            let arguments = ["serve", "--listen", listen, "--base-url", &base_url];
            Server::start(&place, &arguments)
        };
        let servers = [serve(&addresses[0]), serve(&addresses[1])];
        Race {
            token: credential.secret_text(&secret),
            signer: signer.into(),
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            _servers: servers.into(),
            _place: place.into(),
            addresses,
            base_url,
        }
    }

    fn scim(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}/scim/acme/v2{path}", self.addresses[1]);
        let request = self.client.request(method, url);
        request
            .bearer_auth(&self.token)
            .header(header::CONTENT_TYPE, "application/scim+json")
    }

    async fn hire(&self) -> String {
        let body = json!({ "userName": "ada@contoso.example", "externalId": ADA });
        let request = self
            .scim(reqwest::Method::POST, "/Users")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let user: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        user["id"].as_str().unwrap().to_owned()
    }

    async fn set_active(&self, user: &str, active: bool) {
        let operations = json!([{ "op": "Replace", "path": "active", "value": active }]);
        let path = format!("/Users/{user}");
        let request = self.scim(reqwest::Method::PATCH, &path);
        let request = request.body(patch_op(operations).to_string());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// The session cookie, or `None` for somebody who is turned away as inactive.
    async fn sign_on(&self) -> Option<String> {
        let response = EntraResponse::new(
            &issuer(),
            &format!("{}/saml/acme/metadata", self.base_url),
            &format!("{}/saml/acme/acs", self.base_url),
        );
        let id = entrada::saml::MessageId::random().unwrap();
        let response = response
            .ids(&format!("_r{}", id.as_str()), &format!("_a{}", id.as_str()))
            .issued(Timestamp::now())
            .name_id("ada@contoso.example")
            .claim(claim::OBJECT_ID, [ADA])
            .claim(claim::TENANT_ID, [TENANT]);
        let xml = response.signed(Sign::Assertion, &self.signer).unwrap();
        let form = PostForm::response("", &xml, None);
        let request = self
            .client
            .post(format!("http://{}/saml/acme/acs", self.addresses[0]))
            .form(&[("SAMLResponse", form.message.as_str())]);
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::SEE_OTHER {
            let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
            return Some(cookie.split(';').next().unwrap().to_owned());
        }
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let page = answer.text().await.unwrap();
        assert!(page.contains("<code>user-inactive</code>"), "{page}");
        None
    }

    /// Tells, for each of the servers, if it knows who this is.
    async fn knows(&self, cookie: &str) -> [bool; 2] {
        let mut known = [false; 2];
        for (known, address) in known.iter_mut().zip(&self.addresses) {
            let request = self.client.get(format!("http://{address}/"));
            let page = request.header(header::COOKIE, cookie).send().await.unwrap();
            *known = page.text().await.unwrap().contains("ada@contoso.example");
        }
        known
    }

    async fn is_signed_out(&self, cookie: &str) {
        assert_eq!(self.knows(cookie).await, [false, false]);
    }
}
