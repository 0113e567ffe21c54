//! Two apps behind the practice identity provider, each with a key of its own and registered by its metadata: signed
//! requests, encrypted assertions, and single logout from both sides.

use entrada::connection::Connection;
use entrada::connection::SpKey;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use entrada::metadata::SpMetadata;
use entrada::practice::App;
use entrada::practice::Directory;
use entrada::practice::PracticeError;
use entrada::practice::PracticeIdp;
use entrada::practice::Requests;
use entrada::practice::Running;
use entrada::practice::Tokens;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::ServiceProvider;
use entrada::saml::logout::LogoutRequest;
use entrada::saml::redirect;
use entrada::web::Entrada;
use jiff::Timestamp;
use reqwest::StatusCode;
use tokio::net::TcpListener;

use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn signing_out_everywhere_at_one_app_ends_the_other_ones_session() {
    let world = World::start(|app| app).await;
    let [first, second] = &world.apps;
    let browser = world.signed_in_to_both().await;
    let home = browser.open(first).await;
    let page = browser
        .submit(&home.form().press("everywhere", "yes"))
        .await;
    assert!(page.html.contains("You signed out"), "{page:?}");
    assert!(!world.knows(&browser, first).await, "it ends here at once");
    assert!(world.knows(&browser, second).await);

    world.load_frames(&browser, &page, 1).await;
    let done = browser.open(next(&page)).await;
    assert!(done.url.as_str().starts_with(first), "{done:?}");
    assert!(
        done.html
            .contains("signed out of this app and of your organisation"),
        "{done:?}"
    );
    world.assert_all_is_over(&browser).await;
}

#[tokio::test]
async fn signing_out_at_the_portal_ends_every_session() {
    let world = World::start(|app| app).await;
    let browser = world.signed_in_to_both().await;
    let portal = browser.open(world.idp.portal_url()).await;
    let sign_out = portal.forms().remove(0);
    assert_eq!(sign_out.action.path(), "/signout");
    let page = browser.submit(&sign_out).await;
    world.load_frames(&browser, &page, 2).await;
    assert_eq!(next(&page), world.idp.portal_url());
    world.assert_all_is_over(&browser).await;
}

#[tokio::test]
async fn a_partial_logout_is_told_to_the_person_and_leaves_the_other_app_open_once() {
    let world = World::start(|app| app).await;
    let [first, second] = &world.apps;
    let browser = world.signed_in_to_both().await;
    let portal = browser.open(world.idp.portal_url()).await;
    let mut forms = portal.forms().into_iter();
    let switch = forms.find(|form| form.action.path() == "/reach").unwrap();
    let portal = browser.submit(&switch.press("reach", "partial")).await;
    assert!(portal.html.contains("The next sign-out will be partial"));

    let home = browser.open(first).await;
    let done = browser
        .submit(&home.form().press("everywhere", "yes"))
        .await;
    assert!(done.url.as_str().starts_with(first), "{done:?}");
    assert!(
        done.html.contains("Some other apps may still be open"),
        "{done:?}"
    );
    assert!(!world.knows(&browser, first).await);
    assert!(world.knows(&browser, second).await, "nobody told it");
    let portal = browser.open(world.idp.portal_url()).await;
    assert!(portal.html.contains("Who are you"), "{portal:?}");
    assert!(portal.html.contains("It will reach every app"), "once");
}

#[tokio::test]
async fn the_only_app_gets_its_answer_without_a_page_between() {
    let world = World::start(|app| app).await;
    let browser = UserAgent::new();
    world.sign_on(&browser, &world.apps[0]).await;
    let home = browser.open(&world.apps[0]).await;
    let done = browser
        .submit(&home.form().press("everywhere", "yes"))
        .await;
    assert!(done.url.as_str().starts_with(&world.apps[0]), "{done:?}");
    world.assert_all_is_over(&browser).await;
}

#[tokio::test]
async fn the_broadcast_is_spelled_as_entra_spells_it() {
    let world = World::start(|app| app).await;
    let browser = world.signed_in_to_both().await;
    let portal = browser.open(world.idp.portal_url()).await;
    let page = browser.submit(&portal.forms()[0]).await;
    let url = &frames(&page)[0];
    let (_, query) = url.split_once('?').unwrap();
    let names: Vec<&str> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap().0)
        .collect();
    assert_eq!(names, ["SAMLRequest", "Signature", "SigAlg"]);
    let escapes = query.split('%').skip(1).map(|rest| &rest[..2]);
    assert!(
        escapes
            .clone()
            .all(|escape| escape == escape.to_lowercase())
    );
    assert!(escapes.count() > 10);
    let request = redirect::decode(query).unwrap().xml;
    let issuer = format!(
        "https://login.microsoftonline.com/{}/</saml:Issuer>",
        PracticeIdp::TENANT
    );
    assert!(request.contains(&issuer), "{request}");
    assert!(request.contains("<samlp:SessionIndex>_"), "{request}");
}

#[tokio::test]
async fn a_logout_request_may_be_unsigned_and_must_name_somebody() {
    let world = World::start(|app| app).await;
    let request = LogoutRequest {
        id: MessageId::random().unwrap(),
        issue_instant: Timestamp::now(),
        destination: world.idp.sso_url(),
        issuer: entity_id(&world.apps[0]),
        name_id: NameId {
            value: "alice@contoso.example".to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: None,
    };
    let xml = request.to_xml().unwrap();
    let browser = UserAgent::new();
    world.sign_on(&browser, &world.apps[1]).await;
    let nameless = xml.replace("saml:NameID", "saml:BaseID");
    let stranger = xml.replace(&entity_id(&world.apps[0]), "urn:stranger");
    for (xml, code) in [(nameless, "7500530"), (stranger, "700016")] {
        let page = browser.open(world.url(&xml)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.html.contains(&format!("AADSTS{code}<")), "{page:?}");
    }
    let page = browser.open(world.url(&xml)).await;
    world.load_frames(&browser, &page, 1).await;
    world.assert_all_is_over(&browser).await;
}

#[tokio::test]
async fn an_app_that_signs_gets_an_encrypted_assertion() {
    let world = World::start(|app| App {
        requests: Requests::Signed,
        tokens: Tokens::Encrypted,
        ..app
    })
    .await;
    let browser = UserAgent::new();
    let login = browser.open(login_url(&world.apps[0])).await;
    let post = pick(&browser, &login).await;
    let response = crate::simplesamlphp::response_in(&post);
    assert!(response.contains("<EncryptedAssertion"), "{response}");
    assert!(response.contains("xmlenc#aes256-cbc"), "{response}");
    assert!(!response.contains("alice@"), "{response}");
    let home = browser.submit(&post).await;
    assert!(home.html.contains("alice@contoso.example"), "{home:?}");
    // Nobody clicks the second time, and the signature counts again.
    world.sign_on(&browser, &world.apps[1]).await;
}

#[tokio::test]
async fn what_nobody_signed_is_not_answered_where_signed_requests_are_required() {
    let world = World::start(|app| App {
        requests: Requests::Signed,
        ..app
    })
    .await;
    let browser = UserAgent::new();
    let login = browser.open(login_url(&world.apps[0])).await;
    let signed = login.form().field("query").unwrap().to_owned();
    let (unsigned, _) = signed.split_once("&SigAlg").unwrap();
    let other_state = signed.replace("RelayState=", "RelayState=x");
    for query in [unsigned, &other_state] {
        let page = browser
            .open(format!("{}?{query}", world.idp.sso_url()))
            .await;
        assert!(page.html.contains("AADSTS76021<"), "{page:?}");
        // The account picker's form is no way around it.
        let form = login.form().fill("query", query).press("person", "nobody");
        let page = browser.submit(&form).await;
        assert!(page.html.contains("AADSTS76021<"), "{page:?}");
    }
    // Neither is the portal.
    let portal = browser.open(world.idp.portal_url()).await;
    let portal = browser.submit(&choice(&portal.forms()[0])).await;
    assert!(!portal.html.contains("class=\"tile\""), "{portal:?}");
}

#[tokio::test]
async fn an_app_without_a_certificate_can_neither_require_signatures_nor_get_ciphertext() {
    for (requests, tokens) in [
        (Requests::Signed, Tokens::Plain),
        (Requests::SignedOrNot, Tokens::Encrypted),
    ] {
        let app = App {
            requests,
            tokens,
            ..App::new("id", "App", "urn:app", "http://127.0.0.1:9/acs")
        };
        let started = PracticeIdp::new().app(app).start().await;
        assert!(matches!(started, Err(PracticeError::NoCertificate(_))));
    }
}

/// The identity provider and two apps, under two hosts: browsers share the cookies of a host among its ports.
struct World {
    idp: Running,
    apps: [String; 2],
}

impl World {
    async fn start(change: impl Fn(App) -> App) -> World {
        let sites = [
            Site::bind("127.0.0.1", FIRST).await,
            Site::bind("127.0.0.2", SECOND).await,
        ];
        let mut idp = PracticeIdp::new();
        for site in &sites {
            idp = idp.app(change(site.registration()));
        }
        let idp = idp.start().await.unwrap();
        let apps = sites.each_ref().map(|site| site.url.clone());
        for site in sites {
            site.serve(&idp).await;
        }
        World { idp, apps }
    }

    async fn signed_in_to_both(&self) -> UserAgent {
        let browser = UserAgent::new();
        for app in &self.apps {
            self.sign_on(&browser, app).await;
        }
        for app in &self.apps {
            assert!(self.knows(&browser, app).await);
        }
        browser
    }

    async fn sign_on(&self, browser: &UserAgent, app: &str) {
        let page = browser.open(login_url(app)).await;
        let form = page.form();
        let post = match form.field("SAMLResponse") {
            Some(_) => form,
            None => pick(browser, &page).await,
        };
        let home = browser.submit(&post).await;
        assert!(home.html.contains("You are signed in"), "{home:?}");
    }

    async fn knows(&self, browser: &UserAgent, app: &str) -> bool {
        browser.open(app).await.html.contains("You are signed in")
    }

    /// Loads the frames of a page, as a browser does; each ends at the identity provider with an answer.
    async fn load_frames(&self, browser: &UserAgent, page: &Page, count: usize) {
        let frames = frames(page);
        assert_eq!(frames.len(), count, "{page:?}");
        for frame in frames {
            let loaded = browser.open(frame).await;
            assert_eq!(loaded.status, StatusCode::OK, "{loaded:?}");
            assert!(loaded.url.as_str().starts_with(&self.idp.sso_url()));
        }
    }

    /// No app knows the browser, and the identity provider asks who is there.
    async fn assert_all_is_over(&self, browser: &UserAgent) {
        for app in &self.apps {
            assert!(!self.knows(browser, app).await, "{app}");
        }
        let portal = browser.open(self.idp.portal_url()).await;
        assert!(portal.html.contains("Who are you"), "{portal:?}");
    }

    fn url(&self, request: &str) -> String {
        redirect::request_url(&self.idp.sso_url(), request, None)
    }
}

/// An app before it is served.
struct Site {
    listener: TcpListener,
    url: String,
    app_id: &'static str,
    key: SpKey,
}

impl Site {
    async fn bind(host: &str, app_id: &'static str) -> Site {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
        let certificate =
            Certificate::self_signed(&key, "app", 1, start.parse().unwrap(), end.parse().unwrap());
        let key = SpKey::new(key.to_pem(), certificate.unwrap().to_pem());
        Site {
            listener,
            url,
            app_id,
            key,
        }
    }

    fn registration(&self) -> App {
        let metadata = SpMetadata {
            sp: ServiceProvider {
                entity_id: entity_id(&self.url),
                acs_url: format!("{}/saml/acme/acs", self.url),
                tenant: None,
            },
            slo_url: format!("{}/saml/acme/slo", self.url),
            signs_requests: true,
            certificates: vec![self.key.certificate().unwrap()],
            signer: None,
        };
        App::from_metadata(self.app_id, "App", &metadata.to_xml().unwrap()).unwrap()
    }

    async fn serve(self, idp: &Running) {
        let entrada = Entrada::builder(&self.url)
            .store("memory:")
            .connection(
                Connection::builder("acme")
                    .metadata_url(idp.metadata_url(self.app_id))
                    .sp_key(self.key)
                    .sign_requests(),
            )
            .build()
            .await
            .unwrap();
        tokio::spawn(entrada::web::serve(self.listener, entrada.service()).into_future());
    }
}

fn entity_id(app: &str) -> String {
    format!("{app}/saml/acme/metadata")
}

fn login_url(app: &str) -> String {
    format!("{app}/saml/acme/login")
}

/// Clicks on Alice; returns the form with the response.
async fn pick(browser: &UserAgent, picker: &Page) -> Form {
    browser.submit(&choice(&picker.form())).await.form()
}

fn choice(people: &Form) -> Form {
    let alice = &Directory::sample().people[0].object_id;
    people.clone().press("person", alice)
}

/// The addresses that the frames of a page show.
fn frames(page: &Page) -> Vec<String> {
    let parts = page.html.split("<iframe hidden src=\"").skip(1);
    parts.map(until_quote).collect()
}

/// The address that the page leads on to.
fn next(page: &Page) -> String {
    let (_, rest) = page.html.split_once("id=\"next\" href=\"").unwrap();
    page.url.join(&until_quote(rest)).unwrap().to_string()
}

fn until_quote(text: &str) -> String {
    text.split('"').next().unwrap().replace("&amp;", "&")
}

const FIRST: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SECOND: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
