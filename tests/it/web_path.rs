//! A site below a path, behind a proxy that takes the path away and behind one that leaves it.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::web::Entrada;
use entrada::web::PathPrefix;

use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;

const HOST: &str = "https://app.example.com";

/// A site at `/wiki`, and the browser's way to it.
struct Below {
    site: Site,
    prefix: PathPrefix,
}

impl Below {
    async fn path(prefix: PathPrefix) -> Below {
        let builder = Entrada::builder("https://app.example.com/wiki/")
            .store("memory:")
            .path_prefix(prefix);
        let (mut site, _) = Site::with_builder(builder, |connection| {
            connection
                .allow_idp_initiated()
                .relay_state_target("/private")
                .display_name("Acme")
        })
        .await;
        if prefix == PathPrefix::Kept {
            site.app = Router::new().nest("/wiki", site.app);
        }
        Below { site, prefix }
    }

    /// An address as it arrives behind the proxy.
    fn arrives<'a>(&self, address: &'a str) -> &'a str {
        let path = address.strip_prefix(HOST).unwrap_or(address);
        assert!(
            path.starts_with("/wiki/"),
            "{address} is not below the path"
        );
        match self.prefix {
            PathPrefix::Stripped => path.strip_prefix("/wiki").unwrap(),
            PathPrefix::Kept => path,
        }
    }

    async fn get(&self, address: &str, cookies: &str) -> Page {
        self.site
            .get(self.arrives(address), Browser::with(cookies))
            .await
    }

    async fn post(&self, address: &str, cookies: &str, body: String) -> Page {
        let request = Request::post(self.arrives(address))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, HOST)
            .header(header::COOKIE, cookies);
        self.site
            .send(request.body(Body::from(body)).unwrap())
            .await
    }

    async fn answer(&self, xml: &str, relay_state: &str, cookies: &str) -> Page {
        let form = entrada::saml::post::PostForm::response("", xml, None);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &form.message)
            .append_pair("RelayState", relay_state)
            .finish();
        self.post("https://app.example.com/wiki/saml/acme/acs", cookies, body)
            .await
    }
}

/// The addresses of the links and forms of a page.
fn links(page: &Page) -> Vec<String> {
    let parts = page.body.split(" href=\"").skip(1);
    let forms = page.body.split(" action=\"").skip(1);
    parts
        .chain(forms)
        .map(|part| part.split('"').next().unwrap().replace("&amp;", "&"))
        .collect()
}

#[tokio::test]
async fn a_whole_sign_on_stays_below_the_path() {
    for prefix in [PathPrefix::Stripped, PathPrefix::Kept] {
        let below = Below::path(prefix).await;
        let asked = below.get("/wiki/private?a=b", "").await;
        assert_eq!(
            asked.location(),
            "https://app.example.com/wiki/saml/login?return=%2Fwiki%2Fprivate%3Fa%3Db",
            "{prefix:?}"
        );
        let chooser = below.get(&asked.location(), "").await;
        let login = links(&chooser)
            .into_iter()
            .find(|link| link.contains("/acme/login"))
            .unwrap();
        let begun = below.site.begin(below.arrives(&login)).await;
        let answer = below.site.answer(&begun);
        let page = below
            .answer(&answer, &begun.relay_state, &begun.page.cookies)
            .await;
        assert_eq!(page.location(), "/wiki/private?a=b", "{prefix:?}");
        assert!(
            page.set_cookie("__Host-entrada-session")
                .contains("Path=/;")
                || page
                    .set_cookie("__Host-entrada-session")
                    .ends_with("Path=/")
        );
        let cookies = page.cookies.replace("entrada-request", "ignored");
        let shown = below.get(&page.location(), &cookies).await;
        assert_eq!(shown.body, PERSON);

        // A reload, without the session cookie and with it.
        let again = below.answer(&answer, &begun.relay_state, "").await;
        let led_on = below.get(&again.location(), &cookies).await;
        assert_eq!(led_on.location(), "/wiki/private?a=b");
        let again = below.answer(&answer, &begun.relay_state, &cookies).await;
        assert_eq!(again.location(), "/wiki/private?a=b");

        // The pages of ours link to each other.
        for address in [
            "/wiki/saml/sessions",
            "/wiki/saml/logout",
            "/wiki/saml/acme/acs",
            "/wiki/saml/nobody/login",
            "/wiki/saml/acme/acs/",
        ] {
            for link in links(&below.get(address, &cookies).await) {
                below.arrives(&link);
            }
        }
        let out = below
            .post("/wiki/saml/logout", &cookies, "return=/anyone".to_owned())
            .await;
        assert_eq!(out.location(), "/wiki/anyone");
        assert_eq!(below.get("/wiki/anyone", &cookies).await.body, "nobody");
    }
}

#[tokio::test]
async fn a_path_of_the_app_that_is_named_like_the_prefix_is_kept_apart() {
    let below = Below::path(PathPrefix::Stripped).await;
    let page = below.get("/wiki/saml/sessions", "").await;
    assert_eq!(
        page.location(),
        "https://app.example.com/wiki/saml/login?return=%2Fwiki%2Fsaml%2Fsessions"
    );
}

#[tokio::test]
async fn a_sign_on_that_names_no_page_ends_at_the_start_of_the_site() {
    for prefix in [PathPrefix::Stripped, PathPrefix::Kept] {
        let below = Below::path(prefix).await;
        for (path, expected) in [
            ("/wiki/saml/acme/login", "/wiki/"),
            ("/wiki/saml/acme/login?return=/private", "/wiki/private"),
            (
                "/wiki/saml/acme/login?return=/wiki/private",
                "/wiki/private",
            ),
        ] {
            let begun = below.site.begin(below.arrives(path)).await;
            let answer = below.site.answer(&begun);
            let page = below
                .answer(&answer, &begun.relay_state, &begun.page.cookies)
                .await;
            assert_eq!(page.location(), expected, "{prefix:?}");
        }
        for (relay_state, expected) in [
            ("", "/wiki/"),
            ("/private", "/wiki/private"),
            ("/wiki/private", "/wiki/private"),
            ("https://app.example.com/wiki/private", "/wiki/private"),
            ("https://app.example.com/private", "/wiki/"),
        ] {
            let page = below
                .answer(&below.site.unsolicited(), relay_state, "")
                .await;
            assert_eq!(page.location(), expected, "{prefix:?} {relay_state}");
        }
    }
}

#[tokio::test]
async fn the_service_of_the_command_line_works_below_a_path_either_way() {
    for (prefix, page, status) in [
        (PathPrefix::Stripped, "/", StatusCode::OK),
        (PathPrefix::Stripped, "/saml/acme/metadata", StatusCode::OK),
        (
            PathPrefix::Stripped,
            "/wiki/saml/acme/metadata",
            StatusCode::NOT_FOUND,
        ),
        (PathPrefix::Kept, "/wiki", StatusCode::OK),
        (PathPrefix::Kept, "/wiki/", StatusCode::OK),
        (PathPrefix::Kept, "/wiki/saml/acme/metadata", StatusCode::OK),
        (
            PathPrefix::Kept,
            "/wiki/saml/acme/acs/",
            StatusCode::NOT_FOUND,
        ),
        (PathPrefix::Kept, "/wikipedia", StatusCode::NOT_FOUND),
        (PathPrefix::Kept, "/healthz", StatusCode::OK),
    ] {
        let builder = Entrada::builder("https://app.example.com/wiki")
            .store("memory:")
            .path_prefix(prefix);
        let (mut site, entrada) = Site::with_builder(builder, |connection| connection).await;
        site.app = entrada.service();
        let found = site.get(page, Browser::NONE).await;
        assert_eq!(found.status, status, "{prefix:?} {page}");
        if page.contains("metadata") && status == StatusCode::OK {
            let acs = "Location=\"https://app.example.com/wiki/saml/acme/acs\"";
            assert!(found.body.contains(acs), "{}", found.body);
        }
        if page == "/" || page == "/wiki" {
            assert!(
                found
                    .body
                    .contains("https://app.example.com/wiki/saml/login")
            );
        }
    }
}
