//! The pages of a site over HTTP: their language, their brand, and those of an app's own.

use axum::body::Body;
use axum::http::Method;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::routing::get;
use entrada::session::Rule;
use entrada::store;
use entrada::web::BuildError;
use entrada::web::Entrada;
use entrada::web::EntradaBuilder;
use entrada::web::Permitted;
use entrada::web::Requirement;
use entrada::web::pages::Brand;
use entrada::web::pages::BrandError;
use entrada::web::pages::English;
use entrada::web::pages::Page as OwnPage;
use entrada::web::pages::Phrase;
use entrada::web::pages::Reader;

use crate::command_line::Workspace;
use crate::site::BASE;
use crate::site::Browser;
use crate::site::Page;
use crate::site::Site;

/// A door for the board of a connection.
struct Board;

impl Requirement for Board {
    fn rule() -> Rule {
        Rule::connection("acme").and(Rule::group("Board"))
    }
}

/// A site with a route of the app's that is for the board alone.
async fn site(builder: impl FnOnce(EntradaBuilder) -> EntradaBuilder) -> Site {
    let store = store::open("memory:").await.unwrap();
    let builder = builder(Entrada::builder(BASE).open_store(store));
    let (site, entrada) = Site::with_builder(builder, |connection| connection).await;
    let board = get(|_: Permitted<Board>| async { "the board" });
    let app = axum::Router::new()
        .route("/board", board)
        .with_state(entrada);
    Site {
        app: site.app.merge(app),
        ..site
    }
}

async fn visit(site: &Site, path: &str, languages: &str, browser: Browser<'_>) -> Page {
    let request = Request::get(path)
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT_LANGUAGE, languages)
        .header(header::COOKIE, browser.0);
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_of_ours_and_of_a_guard_are_in_the_language_of_the_reader() {
    let site = site(|builder| builder).await;
    let begun = site.begin("/saml/acme/login").await;
    let cookies = site.post(&begun, &site.answer(&begun)).await.cookies;
    let browser = Browser::with(&cookies);
    for (path, status, german, english) in [
        ("/saml/sessions", 200, "Ihre Sitzungen", "Your sessions"),
        (
            "/saml/login",
            200,
            "Wählen Sie Ihre Organisation",
            "Choose your organisation",
        ),
        (
            "/saml/nobody/login",
            404,
            "Die Anmeldung ist fehlgeschlagen",
            "The sign-in did not succeed",
        ),
        (
            "/saml/acme/login?max_age=x",
            400,
            "Die Anmeldung ist fehlgeschlagen",
            "The sign-in did not succeed",
        ),
        (
            "/saml/nowhere",
            404,
            "Diese Seite gibt es nicht",
            "There is no such page",
        ),
        (
            "/saml/acme/acs",
            405,
            "Hier gibt es nichts zu sehen",
            "Nothing to see here",
        ),
        (
            "/board",
            403,
            "Sie haben keinen Zugriff auf diese Seite",
            "This page is not for you",
        ),
    ] {
        for (languages, tag, said) in [
            ("de-CH, en;q=0.5", "de", german),
            ("fr, en;q=0.5, de;q=0.1", "en", english),
            ("fr", "en", english),
            ("\"><script>;q=1, de;q=x", "en", english),
        ] {
            let page = visit(&site, path, languages, browser).await;
            assert_eq!(page.status.as_u16(), status, "{path}");
            assert!(page.body.contains(said), "{path}: {}", page.body);
            assert!(page.body.contains(&format!("<html lang=\"{tag}\">")));
            assert_eq!(page.headers[header::CONTENT_LANGUAGE], tag);
            assert_eq!(page.headers[header::VARY], "accept-language");
            assert_eq!(
                page.headers[header::CONTENT_TYPE],
                "text/html; charset=utf-8"
            );
            assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }
}

#[tokio::test]
async fn an_own_page_has_our_status_and_headers_and_the_others_stay_ours() {
    let own = |page: &OwnPage, reader: &Reader<'_>| match page {
        OwnPage::SignIn { choices, .. } => Some(format!("{} here", choices.len())),
        OwnPage::NotPermitted { reference, .. } => {
            let said = reader.say(Phrase::AsksForMore);
            Some(format!("{said} {}", reference.code))
        }
        _ => None,
    };
    let site = site(|builder| builder.pages(own).language(English)).await;
    let begun = site.begin("/saml/acme/login").await;
    let cookies = site.post(&begun, &site.answer(&begun)).await.cookies;
    let browser = Browser::with(&cookies);
    for (path, status, said) in [
        ("/saml/login", StatusCode::OK, "2 here"),
        (
            "/board",
            StatusCode::FORBIDDEN,
            "ask your administrator. not-permitted",
        ),
    ] {
        let page = visit(&site, path, "de", browser).await;
        assert_eq!(page.status, status);
        assert!(page.body.ends_with(said), "{}", page.body);
        let policy = page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"));
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(page.headers[header::CONTENT_LANGUAGE], "en");
    }
    let ours = visit(&site, "/saml/sessions", "de", browser).await;
    assert!(
        ours.body.contains("<h1>Your sessions</h1>"),
        "{}",
        ours.body
    );
}

#[tokio::test]
async fn a_page_is_as_long_as_its_head_says() {
    let site = site(|builder| builder).await;
    for method in [Method::GET, Method::HEAD] {
        let request = Request::builder().method(method).uri("/saml/logout");
        let page = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK);
        let length = page.headers.get(header::CONTENT_LENGTH);
        let length = length.map(|length| length.to_str().unwrap().parse::<usize>().unwrap());
        assert!(length.is_none_or(|length| length > 500), "{length:?}");
    }
}

#[tokio::test]
async fn a_brand_that_cannot_be_shown_lets_no_app_start() {
    let brand = Brand::new("Acme").logo(*b"GIF89a");
    let started = Entrada::builder(BASE)
        .store("memory:")
        .brand(brand)
        .build()
        .await;
    assert!(matches!(
        started,
        Err(BuildError::Brand(BrandError::LogoFormat))
    ));

    let place = Workspace::new();
    let logo = place.write("logo.gif", "GIF89a");
    let absent = place.path("absent.svg");
    for (options, code, said) in [
        (
            &["--brand-name", "Acme", "--brand-logo", &logo][..],
            3,
            "a PNG or an SVG",
        ),
        (
            &["--brand-name", "Acme", "--brand-logo", &absent],
            2,
            "absent.svg",
        ),
        (
            &["--brand-name", "Acme", "--brand-colour", "red"],
            2,
            "expected a colour such as #0a5",
        ),
        (&["--brand-name", " "], 2, "a brand's name"),
        (&["--brand-colour", "#0a5"], 2, "--brand-name"),
        (&["--language", "fr"], 2, "possible values"),
    ] {
        let listen = ["serve", "--listen", "127.0.0.1:0"];
        let ran = place.run(listen.iter().chain(options)).exits(code);
        assert!(ran.stderr.contains(said), "{options:?}: {ran:?}");
    }
}
