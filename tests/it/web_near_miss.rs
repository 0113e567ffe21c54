//! Addresses that are nearly ours.

use axum::body::Body;
use axum::http::Method;
use axum::http::Request;
use axum::http::StatusCode;

use crate::site::Browser;
use crate::site::Site;

#[tokio::test]
async fn an_address_that_is_nearly_ours_has_a_page_that_names_the_one_that_was_meant() {
    let (site, entrada) = Site::with_entrada(
        entrada::store::open("memory:").await.unwrap(),
        |connection| connection,
    )
    .await;
    let whole = Site {
        app: entrada.service(),
        ..Site::new(|connection| connection).await
    };
    for (path, meant) in [
        ("/saml/acme/acs/", "/saml/acme/acs"),
        ("/saml/acme/login/", "/saml/acme/login"),
        ("/saml/acme//acs", "/saml/acme/acs"),
        ("/saml//acme/acs", "/saml/acme/acs"),
        ("/saml/acme/ACS", "/saml/acme/acs"),
        ("/saml/Acme/Acs/", "/saml/acme/acs"),
        ("/saml/acme/acs%20", "/saml/acme/acs"),
        ("/saml/acme/metadata/", "/saml/acme/metadata"),
        ("/saml/acs", "/saml/CONNECTION/acs"),
        ("/saml/acs/", "/saml/CONNECTION/acs"),
        ("/saml/login/", "/saml/login"),
        ("/saml/Logout", "/saml/logout"),
    ] {
        for method in [Method::GET, Method::POST] {
            for one in [&site, &whole] {
                let request = Request::builder().method(method.clone()).uri(path);
                let page = one.send(request.body(Body::empty()).unwrap()).await;
                page.is_refused(StatusCode::NOT_FOUND, "address-unknown");
                let meant = format!("https://app.example.com{meant}");
                assert!(page.body.contains(&meant), "{path}: {}", page.body);
                assert!(page.headers.contains_key("content-security-policy"));
            }
        }
    }
    // Other addresses are the app's own to answer; the command line answers all.
    for path in [
        "//saml/acme/acs",
        "/SAML/acme/acs",
        "/acs",
        "/acme/acs/",
        "/wp-login.php",
    ] {
        let page = whole.get(path, Browser::NONE).await;
        page.is_refused(StatusCode::NOT_FOUND, "address-unknown");
    }
    for path in [
        "/saml",
        "/saml/",
        "/saml/acme",
        "/saml/acme/",
        "/saml/acme/nothing",
    ] {
        let page = site.get(path, Browser::NONE).await;
        page.is_refused(StatusCode::NOT_FOUND, "address-unknown");
    }
    let page = site.get("/saml/ACME/login", Browser::NONE).await;
    page.is_refused(StatusCode::NOT_FOUND, "connection-unknown");
}

#[tokio::test]
async fn a_stranger_is_not_told_of_an_unlisted_connection() {
    let store = entrada::store::open("memory:").await.unwrap();
    let (site, entrada) = Site::with_entrada(store, |connection| connection.unlisted()).await;
    let site = Site {
        app: entrada.service(),
        ..site
    };
    for path in ["/login", "/acs", "/saml/slo", "/metadata/", "/other/login"] {
        let page = site.get(path, Browser::NONE).await;
        page.is_refused(StatusCode::NOT_FOUND, "address-unknown");
        assert!(!page.body.contains("acme"), "{path}: {}", page.body);
    }
    let page = site.get("/saml/ACME/acs/", Browser::NONE).await;
    assert!(page.body.contains("/saml/acme/acs"), "{}", page.body);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_has_a_page_too() {
    let store = entrada::store::open("memory:").await.unwrap();
    let (site, entrada) = Site::with_entrada(store, |connection| connection).await;
    let site = Site {
        app: entrada.service(),
        ..site
    };
    for (method, path, allow) in [
        (Method::PUT, "/saml/acme/acs", "POST"),
        (Method::POST, "/saml/acme/login", "GET"),
        (Method::DELETE, "/saml/acme/metadata", "GET"),
        (Method::PATCH, "/saml/acme/slo", "POST"),
        (Method::POST, "/saml/login", "GET"),
        (Method::PUT, "/saml/logout", "POST"),
        (Method::POST, "/", "GET"),
    ] {
        let request = Request::builder().method(method.clone()).uri(path);
        let page = site.send(request.body(Body::empty()).unwrap()).await;
        page.is_refused(StatusCode::METHOD_NOT_ALLOWED, "address-unknown");
        let allowed = page.headers["allow"].to_str().unwrap();
        assert!(allowed.contains(allow), "{method} {path}: {allowed}");
        assert!(!page.body.contains("/saml/acme/acs"), "{method} {path}");
    }
    for (path, status, meant) in [
        ("/saml/acme/login", 405, "/saml/acme/acs"),
        ("/saml/acme/metadata", 405, "/saml/acme/acs"),
        ("/", 405, "/saml/CONNECTION/acs"),
        ("/saml/login", 405, "/saml/CONNECTION/acs"),
        ("/saml/acme/login/", 404, "/saml/acme/acs"),
        ("/saml/ACME", 404, "/saml/acme/acs"),
        ("/sso/callback", 404, "/saml/CONNECTION/acs"),
    ] {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("SAMLResponse=PHg%2BPC94Pg%3D%3D&RelayState=x"));
        let page = site.send(request.unwrap()).await;
        let status = StatusCode::from_u16(status).unwrap();
        page.is_refused(status, "address-unknown");
        assert!(page.body.contains(meant), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_refused_with_a_page() {
    let site = Site::new(|connection| connection).await;
    for path in [
        "/saml/acme/login?max_age=abc",
        "/saml/acme/login?max_age=-1",
        "/saml/acme/login?max_age=",
        "/saml/acme/login?return=/a&return=/b",
        "/saml/login?max_age=1.5",
        "/saml/login?email=a@b&email=c@d",
        "/saml/acme/acs?code=replayed&code=replayed",
    ] {
        let page = site.get(path, Browser::NONE).await;
        page.is_refused(StatusCode::BAD_REQUEST, "parameters-malformed");
        assert!(page.headers.contains_key("content-security-policy"));
    }
}
