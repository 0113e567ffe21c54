//! The practice identity provider over HTTP: its metadata, its responses and its errors, as our own pipeline
//! and a person at a browser see them.

use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::practice::App;
use entrada::practice::Directory;
use entrada::practice::Fault;
use entrada::practice::PracticeIdp;
use entrada::practice::Running;
use entrada::saml::AuthnRequest;
use entrada::saml::ClockSkew;
use entrada::saml::MessageId;
use entrada::saml::Principal;
use entrada::saml::Refusal;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::saml::claim;
use entrada::saml::redirect;
use jiff::Timestamp;
use reqwest::StatusCode;

use crate::used_keys::UsedKeys;
use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

pub(crate) const APP_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ENTITY_ID: &str = "https://app.example/saml";
const ACS: &str = "http://127.0.0.1:9/acs";

#[tokio::test]
async fn a_click_on_a_person_answers_the_request() {
    let idp = start().await;
    let visitor = Visitor::new();
    let request = Request::of(&idp);
    let picker = visitor.agent.open(request.url(Some("state"))).await;
    let post = visitor.pick(&picker, "Alice").await;
    assert_eq!(post.action.as_str(), ACS);
    assert_eq!(post.field("RelayState"), Some("state"));

    let principal = request.judge(&idp, &post).await.unwrap();
    assert_eq!(principal.issuer(), idp.entity_id());
    assert_eq!(principal.name_id().value, "alice@contoso.example");
    let attributes = principal.attributes();
    assert_eq!(attributes.first(claim::DISPLAY_NAME), Some("Alice Arden"));
    assert_eq!(attributes.values(claim::GROUPS).len(), 2);
    assert_eq!(
        attributes.first(claim::TENANT_ID),
        Some(PracticeIdp::TENANT)
    );

    // The session at the identity provider answers the next request without a click.
    let second = Request::of(&idp);
    let page = visitor.agent.open(second.url(None)).await;
    assert!(second.judge(&idp, &page.form()).await.is_ok());
}

#[tokio::test]
async fn a_request_may_arrive_by_post() {
    let idp = start().await;
    let visitor = Visitor::new();
    let request = Request::of(&idp);
    let html = format!(
        r#"<form method="post" action="{}"><input name="SAMLRequest" value="{}"></form>"#,
        idp.sso_url(),
        entrada::saml::post::PostForm::request("", &request.xml, None).message
    );
    let page = Page {
        url: idp.portal_url().parse().unwrap(),
        status: StatusCode::OK,
        html,
    };
    let picker = visitor.agent.submit(&page.form()).await;
    let post = visitor.pick(&picker, "Chidi").await;
    assert!(request.judge(&idp, &post).await.is_ok());
}

#[tokio::test]
async fn force_authn_asks_again_and_is_passive_never_asks() {
    let idp = start().await;
    let visitor = Visitor::signed_in("Alice");
    visitor.sign_in(&idp).await;
    let forced = Request::with(&idp, |xml| {
        xml.replace("Version", r#"ForceAuthn="true" Version"#)
    });
    let picker = visitor.agent.open(forced.url(None)).await;
    assert!(picker.html.contains("Pick an account"), "{picker:?}");

    let passive = |xml: String| xml.replace("Version", r#"IsPassive="true" Version"#);
    let answered = Request::with(&idp, passive);
    let page = visitor.agent.open(answered.url(None)).await;
    assert!(answered.judge(&idp, &page.form()).await.is_ok());
    let stranger = UserAgent::new()
        .open(Request::with(&idp, passive).url(None))
        .await;
    assert_error(&stranger, 50058);
}

#[tokio::test]
async fn a_login_hint_puts_its_person_first() {
    let idp = start().await;
    let url = format!(
        "{}&login_hint=Emil@contoso.example",
        Request::of(&idp).url(None)
    );
    let picker = UserAgent::new().open(url).await;
    let first = picker.html.find("Emil Ek").unwrap();
    assert!(first < picker.html.find("Alice Arden").unwrap());
    assert!(picker.html.contains("autofocus"));
}

#[tokio::test]
async fn each_name_id_format_is_honoured() {
    let idp = start().await;
    for (format, at) in [
        ("persistent", false),
        ("transient", false),
        ("unspecified", true),
    ] {
        let version = if format == "unspecified" {
            "1.1"
        } else {
            "2.0"
        };
        let policy = format!(
            r#"<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:{version}:nameid-format:{format}"/></samlp:AuthnRequest>"#
        );
        let request = Request::with(&idp, |xml| xml.replace("</samlp:AuthnRequest>", &policy));
        let visitor = Visitor::new();
        let picker = visitor.agent.open(request.url(None)).await;
        let post = visitor.pick(&picker, "Alice").await;
        let principal = request.judge(&idp, &post).await.unwrap();
        let name_id = principal.name_id();
        assert_eq!(name_id.value.contains('@'), at, "{name_id:?}");
        if format != "unspecified" {
            assert!(name_id.format.as_deref().unwrap().ends_with(format));
        }
    }
}

#[tokio::test]
async fn what_entra_refuses_is_refused_with_its_number() {
    let idp = start().await;
    type Change = fn(String) -> String;
    let changes: [(u32, Change); 7] = [
        (700_016, |xml| {
            xml.replace(ENTITY_ID, "https://other.example/")
        }),
        (50011, |xml| xml.replace("/acs", "/other")),
        (7_500_529, |xml| xml.replace(r#"ID="id-"#, r#"ID="1d-"#)),
        (900_236, |xml| {
            xml.replace(
                "</samlp:AuthnRequest>",
                "<saml:Subject/></samlp:AuthnRequest>",
            )
        }),
        (75016, |xml| {
            xml.replace(
                "</samlp:AuthnRequest>",
                r#"<samlp:NameIDPolicy Format="urn:x"/></samlp:AuthnRequest>"#,
            )
        }),
        (75011, |xml| {
            xml.replace(
                "</samlp:AuthnRequest>",
                r#"<samlp:RequestedAuthnContext Comparison="minimum"/></samlp:AuthnRequest>"#,
            )
        }),
        (75005, |_| "<not-saml/>".to_owned()),
    ];
    let agent = UserAgent::new();
    for (code, change) in changes {
        let page = agent.open(Request::with(&idp, change).url(None)).await;
        assert_error(&page, code);
    }
    assert_error(&agent.open(idp.sso_url()).await, 750_054);
    let elsewhere = Request::of(&idp)
        .url(None)
        .replace(PracticeIdp::TENANT, "elsewhere");
    assert_error(&agent.open(elsewhere).await, 90002);
}

#[tokio::test]
async fn somebody_who_is_not_assigned_is_refused() {
    let idp = start().await;
    let visitor = Visitor::new();
    let picker = visitor.agent.open(Request::of(&idp).url(None)).await;
    assert_error(&visitor.choose(&picker, "Farah").await, 50105);
}

#[tokio::test]
async fn a_tile_signs_on_without_a_request_and_brings_the_relay_state() {
    let idp = start().await;
    let visitor = Visitor::signed_in("Dana");
    let portal = visitor.sign_in(&idp).await;
    let post = visitor.press_tile(&portal).await;
    assert_eq!(post.field("RelayState"), Some("https://app.example/start"));
    let principal = unsolicited(&idp, &post).await.unwrap();
    let attributes = principal.attributes();
    assert!(attributes.values(claim::GROUPS).is_empty());
    assert!(attributes.first(claim::GROUPS_LINK).is_some());

    let emil = Visitor::signed_in("Emil").launch(&idp).await.unwrap();
    assert_eq!(emil.attributes().first(claim::EMAIL), None);
}

#[tokio::test]
async fn each_fault_is_refused_once_and_for_its_own_reason() {
    let idp = start().await;
    let visitor = Visitor::signed_in("Alice");
    for (fault, code) in [
        (Fault::WrongAudience, "audience-mismatch"),
        (Fault::Expired, "confirmation-expired"),
        (Fault::UnknownKey, "signature-invalid"),
        (Fault::Changed, "signature-digest"),
    ] {
        idp.spoil_next_response(fault);
        let refusal = visitor.launch(&idp).await.unwrap_err();
        assert_eq!(refusal.code(), code, "{fault:?}");
        assert!(visitor.launch(&idp).await.is_ok(), "{fault:?}");
    }
}

pub(crate) async fn start() -> Running {
    let app = App {
        relay_state: Some("https://app.example/start".to_owned()),
        assignment: Directory::sample_assignment(),
        ..App::new(APP_ID, "Expenses", ENTITY_ID, ACS)
    };
    PracticeIdp::new().app(app).start().await.unwrap()
}

fn service_provider() -> ServiceProvider {
    ServiceProvider {
        entity_id: ENTITY_ID.to_owned(),
        acs_url: ACS.to_owned(),
        tenant: None,
    }
}

/// Judges a response that answers no request.
async fn unsolicited(idp: &Running, post: &Form) -> Result<Principal, Refusal> {
    let trust = Trust::of_metadata(&metadata(&idp.metadata_url(APP_ID)).await).unwrap();
    let now = Timestamp::now();
    UnverifiedResponse::from_post(post.field("SAMLResponse").unwrap())?
        .verify(&trust)?
        .validate_unsolicited(&service_provider(), ClockSkew::COMMON, now)?
        .admit(&UsedKeys::default(), now)
        .await
}

#[track_caller]
pub(crate) fn assert_error(page: &Page, code: u32) {
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{page:?}");
    assert!(
        page.html.contains(&format!("AADSTS{code}</strong>")),
        "{code} {page:?}"
    );
    assert!(page.html.contains("Correlation Id"), "{page:?}");
}

/// A request of the app.
struct Request {
    id: MessageId,
    xml: String,
    sso_url: String,
}

impl Request {
    fn of(idp: &Running) -> Request {
        Request::with(idp, |xml| xml)
    }

    fn with(idp: &Running, change: impl FnOnce(String) -> String) -> Request {
        let request = AuthnRequest {
            id: MessageId::random().unwrap(),
            issue_instant: Timestamp::now(),
            destination: idp.sso_url(),
            options: entrada::saml::RequestOptions::default(),
        };
        Request {
            xml: change(request.to_xml(&service_provider()).unwrap()),
            id: request.id,
            sso_url: idp.sso_url(),
        }
    }

    fn url(&self, relay_state: Option<&str>) -> String {
        redirect::request_url(&self.sso_url, &self.xml, relay_state)
    }

    /// Judges the response in a form as the answer to this request.
    async fn judge(&self, idp: &Running, post: &Form) -> Result<Principal, Refusal> {
        let trust = Trust::of_metadata(&metadata(&idp.metadata_url(APP_ID)).await).unwrap();
        let now = Timestamp::now();
        UnverifiedResponse::from_post(post.field("SAMLResponse").unwrap())?
            .verify(&trust)?
            .validate(&self.id, &service_provider(), ClockSkew::COMMON, now)?
            .admit(&UsedKeys::default(), now)
            .await
    }
}

/// Somebody at a browser.
pub(crate) struct Visitor {
    agent: UserAgent,
    given_name: &'static str,
}

impl Visitor {
    fn new() -> Visitor {
        Visitor::signed_in("")
    }

    pub(crate) fn signed_in(given_name: &'static str) -> Visitor {
        Visitor {
            agent: UserAgent::new(),
            given_name,
        }
    }

    /// Signs in on the portal.
    async fn sign_in(&self, idp: &Running) -> Page {
        let portal = self.agent.open(idp.portal_url()).await;
        self.choose(&portal, self.given_name).await
    }

    /// Signs in on the portal and clicks on the tile.
    pub(crate) async fn launch(&self, idp: &Running) -> Result<Principal, Refusal> {
        let mut portal = self.agent.open(idp.portal_url()).await;
        if portal.html.contains("Who are you") {
            portal = self.choose(&portal, self.given_name).await;
        }
        unsolicited(idp, &self.press_tile(&portal).await).await
    }

    async fn press_tile(&self, portal: &Page) -> Form {
        let forms = portal.forms();
        let tiles = forms.iter().find(|form| form.action.path() == "/launch");
        let page = self
            .agent
            .submit(&tiles.unwrap().clone().press("app", APP_ID))
            .await;
        page.form()
    }

    /// Clicks on a person; returns the page that follows.
    async fn choose(&self, page: &Page, given_name: &str) -> Page {
        let people = Directory::sample().people;
        let person = people
            .iter()
            .find(|person| person.given_name == given_name)
            .unwrap();
        let form = page.forms().remove(0).press("person", &person.object_id);
        self.agent.submit(&form).await
    }

    /// Clicks on a person; returns the form with the response.
    async fn pick(&self, picker: &Page, given_name: &str) -> Form {
        self.choose(picker, given_name).await.form()
    }
}

pub(crate) async fn metadata(url: &str) -> IdpMetadata {
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{url}");
    IdpMetadata::read(&response.bytes().await.unwrap(), None).unwrap()
}
