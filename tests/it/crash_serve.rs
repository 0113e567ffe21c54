//! `kill -9` of `entrada serve`: what it had accepted stays used, and what it had handed out stays good.

use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::saml::redirect;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::StatusCode;
use reqwest::header;
use reqwest::redirect::Policy;

use crate::child::free_address;
use crate::command_line::Workspace;
use crate::serving::Server;
use crate::site::PERSON;
use crate::site::TENANT;
use crate::site::idp_metadata;
use crate::site::issuer;
use crate::site::signer;

#[tokio::test]
async fn a_killed_server_forgets_nothing_that_it_had_acknowledged() {
    let place = Workspace::new();
    let (_, signer) = signer();
    let metadata = place.write("metadata.xml", idp_metadata(&signer));
    place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &metadata,
            "--allow-idp-initiated",
        ])
        .exits(0);
    // The port must outlive the server, since the addresses of its connections have it.
    let listen = free_address().to_string();
    let base_url = format!("http://{listen}");
    let start = || {
        Server::start(
            &place,
            &["serve", "--listen", &listen, "--base-url", &base_url],
        )
    };
    let client = Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let post = async |xml: &str, relay_state: &str, cookies: &str| {
        let form = PostForm::response("", xml, None);
        let fields = [
            ("SAMLResponse", form.message.as_str()),
            ("RelayState", relay_state),
        ];
        let request = client
            .post(format!("{base_url}/saml/acme/acs"))
            .form(&fields)
            .header(header::COOKIE, cookies);
        request.send().await.unwrap()
    };
    let response = |id: &str| {
        EntraResponse::new(
            &issuer(),
            &format!("{base_url}/saml/acme/metadata"),
            &format!("{base_url}/saml/acme/acs"),
        )
        .ids(&format!("_r{id}"), &format!("_a{id}"))
        .issued(Timestamp::now())
        .name_id(PERSON)
        .claim(claim::TENANT_ID, [TENANT])
    };
    let mut sessions = Vec::new();
    for round in 0..3 {
        let server = start();
        let login = client
            .get(format!("{base_url}/saml/acme/login"))
            .send()
            .await
            .unwrap();
        let request_cookie = cookie(&login);
        let location = login.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned();
        let request = redirect::decode(location.split_once('?').unwrap().1).unwrap();
        let id = request
            .xml
            .split(" ID=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let relay_state = request.relay_state.unwrap();

        let answer = response(&format!("answer{round}")).in_response_to(id);
        let answer = answer.signed(Sign::Assertion, &signer).unwrap();
        let unsolicited = response(&format!("unsolicited{round}"))
            .signed(Sign::Assertion, &signer)
            .unwrap();
        let signed_on = post(&answer, &relay_state, &request_cookie).await;
        assert_eq!(signed_on.status(), StatusCode::SEE_OTHER);
        sessions.push(cookie(&signed_on));
        let signed_on = post(&unsolicited, "", "").await;
        assert_eq!(signed_on.status(), StatusCode::SEE_OTHER);
        sessions.push(cookie(&signed_on));
        server.kill();

        let server = start();
        for (xml, relay_state, cookies, code) in [
            (
                &answer,
                relay_state.as_str(),
                request_cookie.as_str(),
                "request-unknown",
            ),
            (&unsolicited, "", "", "replayed"),
        ] {
            let again = post(xml, relay_state, cookies).await;
            assert_eq!(again.status(), StatusCode::FORBIDDEN);
            assert!(
                again
                    .text()
                    .await
                    .unwrap()
                    .contains(&format!("<code>{code}</code>"))
            );
        }
        for session in &sessions {
            let home = client
                .get(&base_url)
                .header(header::COOKIE, session)
                .send()
                .await
                .unwrap();
            assert!(
                home.text().await.unwrap().contains(PERSON),
                "a session that was handed out is gone"
            );
        }
        server.kill();
    }
}

/// All cookies that a response sets, as a browser sends them back.
fn cookie(response: &reqwest::Response) -> String {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}
