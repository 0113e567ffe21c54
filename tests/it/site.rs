//! A site as a web developer mounts it, with an identity provider that is nothing but a key, and a clock of its
//! own.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::ports::Clock;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::saml::redirect;
use entrada::store;
use entrada::store::Store;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use entrada::web::EntradaBuilder;
use entrada::web::RecentUser;
use jiff::SignedDuration;
use jiff::Timestamp;
use tower::ServiceExt;

use crate::web_groups::my_groups;

/// The address of the site.
pub(crate) const BASE: &str = "https://app.example.com";
/// The tenant of its connections.
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// The person who signs on.
pub(crate) const PERSON: &str = "adele.vance@contoso.example";

/// A site with the connections `acme` and `second`, to the same identity provider.
pub(crate) struct Site {
    pub(crate) app: Router,
    pub(crate) signer: Signer,
    pub(crate) key: SigningKey,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) serial: Mutex<u32>,
    pub(crate) base: String,
}

impl Site {
    pub(crate) async fn new(settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder) -> Site {
        Site::over(store::open("memory:").await.unwrap(), settings).await
    }

    /// A site over this store.
    pub(crate) async fn over(
        store: Arc<dyn Store>,
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
    ) -> Site {
        Site::with_entrada(store, settings).await.0
    }

    /// The same, with what the site is made of.
    pub(crate) async fn with_entrada(
        store: Arc<dyn Store>,
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
    ) -> (Site, Entrada) {
        Site::with_builder(Entrada::builder(BASE).open_store(store), settings).await
    }

    /// The same of a builder that has a store.
    pub(crate) async fn with_builder(
        builder: EntradaBuilder,
        settings: impl Fn(ConnectionBuilder) -> ConnectionBuilder,
    ) -> (Site, Entrada) {
        let (key, signer) = signer();
        let metadata = idp_metadata(&signer);
        let clock = TestClock::at("2026-11-22T10:00:00Z");
        let entrada = builder
            .clock(clock.clone())
            .connection(settings(
                Connection::builder("acme").metadata_xml(metadata.clone()),
            ))
            .connection(settings(
                Connection::builder("second").metadata_xml(metadata),
            ))
            .build()
            .await
            .unwrap();
        let site = Site::of(entrada.clone(), key, signer, clock);
        (site, entrada)
    }

    /// The routes of an app around this `Entrada`; responses are signed by `signer`.
    pub(crate) fn of(
        entrada: Entrada,
        key: SigningKey,
        signer: Signer,
        clock: Arc<TestClock>,
    ) -> Site {
        let base = entrada.base_url().to_string();
        let app = Router::new()
            .route(
                "/private",
                get(|user: CurrentUser| async move { user.name_id().to_string() }),
            )
            .route(
                "/anyone",
                get(|user: Option<CurrentUser>| async move {
                    user.map_or("nobody".to_owned(), |user| user.name_id().to_string())
                }),
            )
            .route(
                "/dangerous",
                get(|user: RecentUser<5>| async move { user.name_id().to_string() }),
            )
            .route("/groups", get(my_groups))
            .merge(entrada.routes())
            .with_state(entrada);
        Site {
            app,
            signer,
            key,
            clock,
            serial: Mutex::new(0),
            base,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Page {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let cookies = parts
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| {
                cookie
                    .to_str()
                    .unwrap()
                    .split(';')
                    .next()
                    .unwrap()
                    .to_owned()
            });
        Page {
            status: parts.status,
            cookies: cookies.collect::<Vec<_>>().join("; "),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str, browser: Browser<'_>) -> Page {
        let request = Request::get(path)
            .header(header::ACCEPT, "text/html,*/*")
            .header(header::COOKIE, browser.0);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_from(&self, host: &str, path: &str) -> Page {
        let request = Request::get(path).header(header::HOST, host);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn begin(&self, path: &str) -> Begun {
        self.begin_as(path, Browser::NONE).await
    }

    pub(crate) async fn begin_as(&self, path: &str, browser: Browser<'_>) -> Begun {
        let page = self.get(path, browser).await;
        let location = page.location();
        let message = redirect::decode(location.split_once('?').unwrap().1).unwrap();
        let id = message
            .xml
            .split(" ID=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        Begun {
            page,
            id,
            request: message.xml,
            relay_state: message.relay_state.unwrap(),
        }
    }

    pub(crate) fn response(&self) -> EntraResponse {
        let serial = {
            let mut serial = self.serial.lock().unwrap_or_else(PoisonError::into_inner);
            *serial += 1;
            *serial
        };
        EntraResponse::new(
            &issuer(),
            &format!("{}/saml/acme/metadata", self.base),
            &format!("{}/saml/acme/acs", self.base),
        )
        .ids(&format!("_r{serial}"), &format!("_a{serial}"))
        .issued(self.clock.now())
        .name_id(PERSON)
        .claim(claim::TENANT_ID, [TENANT])
    }

    pub(crate) fn answer(&self, begun: &Begun) -> String {
        self.response()
            .in_response_to(&begun.id)
            .signed(Sign::Assertion, &self.signer)
            .unwrap()
    }

    /// A signature in base64 over bytes that stand elsewhere.
    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> String {
        STANDARD.encode(self.key.sign(SignatureAlgorithm::RsaSha256, bytes).unwrap())
    }

    pub(crate) fn unsolicited(&self) -> String {
        self.response()
            .signed(Sign::Assertion, &self.signer)
            .unwrap()
    }

    pub(crate) async fn post(&self, begun: &Begun, xml: &str) -> Page {
        self.post_to(
            "acme",
            xml,
            &begun.relay_state,
            Browser::with(&begun.page.cookies),
        )
        .await
    }

    pub(crate) async fn post_to(
        &self,
        connection: &str,
        xml: &str,
        relay_state: &str,
        browser: Browser<'_>,
    ) -> Page {
        let form = PostForm::response("", xml, None);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &form.message)
            .append_pair("RelayState", relay_state)
            .finish();
        let request = Request::post(format!("/saml/{connection}/acs"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, browser.0);
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: String,
    pub(crate) body: String,
}

impl Page {
    /// The address that the browser goes to next: by a redirect, or after a form by a page that goes on.
    pub(crate) fn location(&self) -> String {
        if let Some(refresh) = self.headers.get(header::REFRESH) {
            let (_, url) = refresh.to_str().unwrap().split_once("url=").unwrap();
            return url.to_owned();
        }
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    pub(crate) fn set_cookie(&self, name: &str) -> String {
        self.set_cookie_of(&format!("{name}="))
    }

    /// The cookies whose names begin so.
    pub(crate) fn set_cookie_of(&self, beginning: &str) -> String {
        let all = self
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap());
        all.filter(|cookie| cookie.starts_with(beginning)).collect()
    }

    #[track_caller]
    pub(crate) fn is_refused(&self, status: StatusCode, code: &str) {
        assert!(
            self.body.contains(&format!("<code>{code}</code>")),
            "expected {code}: {}",
            self.body
        );
        assert_eq!(self.status, status, "{code}");
        assert!(!self.body.contains("In Entra"), "advice for administrators");
        assert!(
            !self.cookies.contains("entrada-session"),
            "{code} opened a session"
        );
    }
}

pub(crate) struct Begun {
    pub(crate) page: Page,
    pub(crate) id: String,
    pub(crate) request: String,
    pub(crate) relay_state: String,
}

#[derive(Clone, Copy)]
pub(crate) struct Browser<'a>(pub(crate) &'a str);

impl<'a> Browser<'a> {
    pub(crate) const NONE: Browser<'static> = Browser("");

    pub(crate) fn with(cookies: &'a str) -> Browser<'a> {
        Browser(cookies)
    }
}

pub(crate) struct TestClock(pub(crate) Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn at(moment: &str) -> Arc<TestClock> {
        Arc::new(TestClock(Mutex::new(moment.parse().unwrap())))
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}

/// A fresh key with its certificate.
pub(crate) fn key_pair() -> (SigningKey, Certificate) {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let end = "2029-01-01T00:00:00Z".parse().unwrap();
    let certificate = Certificate::self_signed(&key, "practice", 1, begin, end).unwrap();
    (key, certificate)
}

/// An identity provider's key, and what signs with it.
pub(crate) fn signer() -> (SigningKey, Signer) {
    let (key, certificate) = key_pair();
    let signer = Signer::new(key.clone(), certificate, SignatureAlgorithm::RsaSha256).unwrap();
    (key, signer)
}

/// The metadata of the identity provider that has this key.
pub(crate) fn idp_metadata(signer: &Signer) -> String {
    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: issuer(),
        base: "https://login.example".to_owned(),
        tenant: TENANT.to_owned(),
        certificates: vec![signer.certificate().clone()],
    };
    String::from_utf8(metadata.signed(signer).unwrap()).unwrap()
}

pub(crate) fn path_of(address: &str) -> String {
    address.strip_prefix(BASE).unwrap().to_owned()
}
