//! Single logout over the routes, from both sides.

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::dsig;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::logout::LogoutRequest;
use entrada::saml::logout::LogoutResponse;
use entrada::saml::logout::LogoutStatus;
use entrada::saml::post::PostForm;
use entrada::saml::redirect;
use entrada::saml::redirect::MessageKind;
use entrada::saml::redirect::Outgoing;
use jiff::SignedDuration;

use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;
use crate::site::TENANT;

const SLO: &str = "https://app.example.com/saml/acme/slo";

#[tokio::test]
async fn a_signed_request_ends_the_session_and_is_answered_with_success() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let page = site
        .get(
            &site.signed(&site.logout_request(), Some("their state")),
            Browser::NONE,
        )
        .await;
    let answer = sent(&page);
    assert_eq!(answer.kind, MessageKind::Response);
    assert_eq!(answer.relay_state.as_deref(), Some("their state"));
    assert!(
        answer.xml.contains("status:Success") && answer.xml.contains(r#"InResponseTo="id-"#),
        "{}",
        answer.xml
    );
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_request_by_head_ends_nothing() {
    let site = Site::new(|acme| acme).await;
    let signed_on = site.sign_on().await;
    let address = site.signed(&site.logout_request(), None);
    let request = Request::head(address).body(Body::empty()).unwrap();
    assert_eq!(site.send(request).await.status, StatusCode::OK);
    assert!(!site.is_signed_out(&signed_on).await);
    let page = site
        .get(&site.signed(&site.logout_request(), None), Browser::NONE)
        .await;
    assert!(site.is_signed_out(&signed_on).await, "{}", page.body);
}

#[tokio::test]
async fn entras_own_spelling_of_a_query_is_verified_byte_for_byte() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let page = site
        .get(
            &site.as_entra_sends_it(&site.logout_request()),
            Browser::NONE,
        )
        .await;
    assert!(sent(&page).xml.contains("status:Success"));
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_request_that_names_another_person_but_the_right_session_ends_it() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let mut request = site.logout_request();
    request.name_id.value = "another-name-of-the-same-person".to_owned();
    site.get(&site.signed(&request, None), Browser::NONE).await;
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn an_index_that_everybody_has_ends_the_named_persons_session_alone() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let response = site.response().in_response_to(&begun.id);
    let response = response.unsigned().unwrap();
    let counted = response.replace(r#"SessionIndex="_a1""#, r#"SessionIndex="1""#);
    assert_ne!(counted, response);
    let answer = dsig::sign(&counted, "_a1", &site.signer).unwrap();
    let signed_on = site.post(&begun, &answer).await;

    let mut request = site.logout_request();
    request.session_index = Some("1".to_owned());
    request.name_id.value = "somebody@contoso.example".to_owned();
    site.get(&site.signed(&request, None), Browser::NONE).await;
    assert!(!site.is_signed_out(&signed_on).await);

    let mut request = site.logout_request();
    request.session_index = Some("1".to_owned());
    site.get(&site.signed(&request, None), Browser::NONE).await;
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn an_encrypted_name_is_taken_beside_a_session_index_alone() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let request = |session_index: Option<&str>| {
        let request = LogoutRequest {
            session_index: session_index.map(str::to_owned),
            ..site.logout_request()
        };
        request.to_xml().unwrap()
    };
    let close = |xml: String| xml.replace("saml:NameID", "saml:EncryptedID");
    let both = request(Some("_a1")).replace(
        "</saml:NameID>",
        "</saml:NameID><saml:EncryptedID>…</saml:EncryptedID>",
    );
    for xml in [close(request(None)), both] {
        let page = site.get(&site.signed_xml(&xml), Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, "logout-malformed");
    }
    assert!(!site.is_signed_out(&signed_on).await);
    let named = close(request(Some("_a1")));
    site.get(&site.signed_xml(&named), Browser::NONE).await;
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_request_that_names_another_session_or_person_ends_nothing() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let mut request = site.logout_request();
    request.session_index = Some("_another".to_owned());
    site.get(&site.signed(&request, None), Browser::NONE).await;
    let mut request = site.logout_request();
    request.session_index = None;
    request.name_id.value = "somebody@contoso.example".to_owned();
    site.get(&site.signed(&request, None), Browser::NONE).await;
    assert!(!site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_request_about_somebody_else_leaves_the_browser_that_carries_it_signed_in() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let browser = Browser::with(&signed_on.cookies);
    let mut request = site.logout_request();
    request.session_index = Some("_of_the_attacker".to_owned());
    let page = site.get(&site.signed(&request, None), browser).await;
    assert!(sent(&page).xml.contains("status:Success"));
    assert_eq!(page.cookies, "", "no cookie is taken away");

    let page = site
        .get(&site.signed(&site.logout_request(), None), browser)
        .await;
    assert!(
        page.cookies.contains("entrada-session="),
        "{}",
        page.cookies
    );
}

#[tokio::test]
async fn requests_that_prove_nothing_are_refused_and_end_nothing() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let request = || site.logout_request();
    let replayed = site.signed(
        &LogoutRequest {
            session_index: Some("_none".to_owned()),
            ..request()
        },
        None,
    );
    site.get(&replayed, Browser::NONE).await;
    let unsigned = site.unsigned(&request());
    let signed = site.signed(&request(), Some("state"));
    let other_slo = "https://app.example.com/saml/second/slo".to_owned();
    let old = site.clock_at(-SignedDuration::from_mins(20));
    let early = site.clock_at(SignedDuration::from_mins(20));
    for (query, code) in [
        (replayed, "logout-replayed"),
        (unsigned, "signature-missing"),
        (
            signed.replace("RelayState=state", "RelayState=other"),
            "signature-invalid",
        ),
        (signed.replace("&RelayState=state", ""), "signature-invalid"),
        (
            format!("{signed}&SAMLRequest=x"),
            "redirect-repeated-parameter",
        ),
        (
            format!("{signed}&SAMLResponse=x"),
            "redirect-repeated-parameter",
        ),
        (
            format!("{signed}&%53igAlg=x"),
            "redirect-repeated-parameter",
        ),
        (
            signed.replace(
                "2001%2F04%2Fxmldsig-more%23rsa-sha256",
                "2000%2F09%2Fxmldsig%23rsa-sha1",
            ),
            "signature-algorithm-weak",
        ),
        (
            site.signed(
                &LogoutRequest {
                    issuer: "https://evil.example/".to_owned(),
                    ..request()
                },
                None,
            ),
            "logout-issuer-mismatch",
        ),
        (
            site.signed(
                &LogoutRequest {
                    destination: other_slo,
                    ..request()
                },
                None,
            ),
            "logout-destination-mismatch",
        ),
        (
            site.signed(
                &LogoutRequest {
                    issue_instant: old,
                    ..request()
                },
                None,
            ),
            "logout-expired",
        ),
        (
            site.signed(
                &LogoutRequest {
                    issue_instant: early,
                    ..request()
                },
                None,
            ),
            "logout-expired",
        ),
        (
            format!(
                "{SLO_PATH}?SAMLRequest=AAAA&SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1&Signature=AAAA"
            ),
            "signature-algorithm-weak",
        ),
        (SLO_PATH.to_owned(), "redirect-no-message"),
    ] {
        let page = site.get(&query, Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, code);
    }
    assert!(!site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_relay_state_comes_back_up_to_its_bound_over_both_bindings() {
    let site = Site::new(|connection| connection).await;
    let longest = "a".repeat(2048);
    let longer = format!("{longest}a");
    let signed_on = site.sign_on().await;
    for page in [
        site.get(
            &site.signed(&site.logout_request(), Some(&longer)),
            Browser::NONE,
        )
        .await,
        site.post_logout(&site.logout_request(), &longer).await,
    ] {
        page.is_refused(StatusCode::BAD_REQUEST, "relay-state-too-long");
    }
    assert!(!site.is_signed_out(&signed_on).await);
    for page in [
        site.get(
            &site.signed(&site.logout_request(), Some(&longest)),
            Browser::NONE,
        )
        .await,
        site.post_logout(&site.logout_request(), &longest).await,
    ] {
        assert_eq!(sent(&page).relay_state.as_deref(), Some(longest.as_str()));
    }
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_session_here_at_once_and_asks_the_identity_provider() {
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let page = site.sign_out_everywhere(&signed_on).await;
    assert_eq!(
        page.status,
        StatusCode::OK,
        "a form leads on by a page, which no policy of form-action stops"
    );
    assert!(
        site.is_signed_out(&signed_on).await,
        "whether or not anybody answers"
    );
    let request = sent(&page);
    assert!(
        page.location()
            .starts_with(&format!("https://login.example/{TENANT}/saml2?"))
    );
    assert!(
        request.xml.contains(PERSON) && request.xml.contains("SessionIndex"),
        "{}",
        request.xml
    );

    let id = request
        .xml
        .split(" ID=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    for (status, words) in [
        (LogoutStatus::Success, "organisation's sign-in"),
        (LogoutStatus::Partial, "may still be open"),
    ] {
        let response = site.logout_response(id, status);
        let page = site.get(&response, Browser::with(&page.cookies)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(words), "{}", page.body);
    }
    let response = site.logout_response("id-another", LogoutStatus::Success);
    let page = site.get(&response, Browser::with(&page.cookies)).await;
    page.is_refused(StatusCode::FORBIDDEN, "logout-in-response-to-mismatch");
}

const SLO_PATH: &str = "/saml/acme/slo";

pub(crate) fn sent(page: &Page) -> redirect::RedirectMessage {
    redirect::decode(page.location().split_once('?').unwrap().1).unwrap()
}

impl Site {
    pub(crate) async fn sign_on(&self) -> Page {
        let begun = self.begin("/saml/acme/login").await;
        self.post(&begun, &self.answer(&begun)).await
    }

    pub(crate) async fn is_signed_out(&self, signed_on: &Page) -> bool {
        self.get("/private", Browser::with(&signed_on.cookies))
            .await
            .status
            == StatusCode::SEE_OTHER
    }

    pub(crate) async fn sign_out_everywhere(&self, signed_on: &Page) -> Page {
        let request = Request::post("/saml/logout")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &signed_on.cookies);
        self.send(request.body(Body::from("everywhere=yes")).unwrap())
            .await
    }

    fn clock_at(&self, offset: SignedDuration) -> jiff::Timestamp {
        use entrada::ports::Clock;
        self.clock.now() + offset
    }

    /// A request for the session that the first sign-on of this site opens.
    pub(crate) fn logout_request(&self) -> LogoutRequest {
        LogoutRequest {
            id: MessageId::random().unwrap(),
            issue_instant: self.clock_at(SignedDuration::ZERO),
            destination: SLO.to_owned(),
            issuer: crate::site::issuer(),
            name_id: NameId {
                value: PERSON.to_owned(),
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            session_index: Some("_a1".to_owned()),
        }
    }

    fn outgoing(&self, request: &LogoutRequest, relay_state: Option<&str>, signed: bool) -> String {
        let xml = request.to_xml().unwrap();
        let outgoing = Outgoing {
            destination: SLO_PATH,
            kind: MessageKind::Request,
            message: &xml,
            relay_state,
        };
        if signed {
            outgoing.signed_url(&self.signer).unwrap()
        } else {
            outgoing.url()
        }
    }

    pub(crate) fn signed(&self, request: &LogoutRequest, relay_state: Option<&str>) -> String {
        self.outgoing(request, relay_state, true)
    }

    /// The request in a form, signed within.
    pub(crate) async fn post_logout(&self, request: &LogoutRequest, relay_state: &str) -> Page {
        let xml = dsig::sign(
            &request.to_xml().unwrap(),
            request.id.as_str(),
            &self.signer,
        );
        let form = PostForm::request("", &xml.unwrap(), None);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLRequest", &form.message)
            .append_pair("RelayState", relay_state)
            .finish();
        let request = Request::post(SLO_PATH)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    fn unsigned(&self, request: &LogoutRequest) -> String {
        self.outgoing(request, None, false)
    }

    fn signed_xml(&self, request: &str) -> String {
        let outgoing = Outgoing {
            destination: SLO_PATH,
            kind: MessageKind::Request,
            message: request,
            relay_state: None,
        };
        outgoing.signed_url(&self.signer).unwrap()
    }

    /// Entra escapes in lower case, signs that, and sends `SAMLRequest`, `Signature`, `SigAlg` in this order.
    pub(crate) fn as_entra_sends_it(&self, request: &LogoutRequest) -> String {
        let query = self.unsigned(request).split_once('?').unwrap().1.to_owned();
        let lower = |text: &str| {
            let mut parts = text.split('%');
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |text, part| {
                format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..])
            })
        };
        let message = lower(&query);
        let algorithm = "SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256";
        let signature = self.sign_bytes(format!("{message}&{algorithm}").as_bytes());
        let signature: String =
            url::form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        format!(
            "{SLO_PATH}?{message}&Signature={}&{algorithm}",
            lower(&signature)
        )
    }

    pub(crate) fn logout_response(&self, request: &str, status: LogoutStatus) -> String {
        let response = LogoutResponse {
            id: MessageId::random().unwrap(),
            issue_instant: self.clock_at(SignedDuration::ZERO),
            destination: SLO.to_owned(),
            issuer: format!("https://login.microsoftonline.com/{TENANT}/"),
            in_response_to: request.to_owned(),
            status,
        };
        let xml = response.to_xml().unwrap();
        let outgoing = Outgoing {
            destination: SLO_PATH,
            kind: MessageKind::Response,
            message: &xml,
            relay_state: None,
        };
        outgoing.signed_url(&self.signer).unwrap()
    }
}
