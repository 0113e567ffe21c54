//! The configurations of `docs/proxies.md` and `docs/browser.md`: each is cut out of the page and run by the proxy that it is for, in front of
//! `entrada serve` as the page starts it. What a person or Entra sends must arrive as if nobody stood between.

mod servers;

use std::fs;

use entrada::practice::App;
use entrada::practice::PracticeIdp;
use entrada::practice::Running;
use reqwest::Certificate;
use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::Method;
use reqwest::RequestBuilder;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;

use self::servers::Proxy;
use self::servers::Started;
pub(crate) use self::servers::runs;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::serving::Server;
use crate::user_agent::UserAgent;

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    holds(&servers::NGINX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    holds(&servers::CADDY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy() {
    holds(&servers::HAPROXY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apache() {
    holds(&servers::APACHE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_takes_a_path_away_or_leaves_it() {
    for (proxy, prefix) in [
        (&servers::NGINX_STRIPPED, "stripped"),
        (&servers::NGINX_KEPT, "kept"),
    ] {
        let site = Site::behind(proxy, "/wiki", &["--path-prefix", prefix]).await;
        site.a_person_signs_on(HeaderMap::new()).await;
    }
}

async fn holds(proxy: &Proxy) {
    let site = Site::behind(proxy, "", &[]).await;
    site.a_person_signs_on(HeaderMap::new()).await;
    let forged = [
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "globex.example"),
        ("x-forwarded-proto", "http"),
    ];
    let forged =
        forged.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
    site.a_person_signs_on(HeaderMap::from_iter(forged)).await;
    site.what_is_large_or_long_or_odd_arrives().await;
    site.metrics_stay_inside().await;
    site.plain_http_leads_to_https().await;
    let log = tokio::task::spawn_blocking(|| site.server.stop()).await;
    let (_, log) = log.unwrap();
    // Neither what the proxy says nor what a client forges.
    assert!(!log.contains("plain-http-at-proxy"), "{log}");
}

/// `entrada serve` behind a proxy. The connection `acme` trusts the practice identity provider and has the site's host for its
/// own; `globex` is provisioned.
struct Site {
    server: Server,
    proxy: Started,
    idp: Running,
    /// The address of the site as people reach it, and as the proxy does.
    outside: String,
    inside: String,
    token: String,
    _place: Workspace,
}

impl Site {
    async fn behind(proxy: &Proxy, path: &str, options: &[&str]) -> Site {
        let prepared = proxy.prepare(HOST);
        let outside = format!("https://{HOST}:{}{path}", prepared.address.port());
        let route = |name| format!("{outside}/saml/acme/{name}");
        let app = App::new(APP, "Expenses", route("metadata"), route("acs"));
        let idp = PracticeIdp::new().app(app).start().await.unwrap();
        let place = Workspace::new();
        for (id, host, trust) in [
            ("acme", HOST, ["--metadata-url", &idp.metadata_url(APP)]),
            (
                "globex",
                "globex.example",
                ["--metadata-file", &recording("metadata.xml")],
            ),
        ] {
            let add = ["connection", "add", id, "--host", host];
            place.run(add.iter().chain(&trust)).exits(0);
        }
        let token = place.run(["token", "create", "globex", "--json"]);
        let token = token.exits(0).json()["token"].as_str().unwrap().to_owned();
        let listen = ["serve", "--listen", ANY, "--admin-listen", ANY];
        let site = ["--base-url", &outside, "--trusted-proxy", "127.0.0.1"];
        let server = Server::start(&place, &[&listen[..], &site, options].concat());
        let inside = server.started["listening"].as_str().unwrap().to_owned();
        Site {
            proxy: prepared.start(inside.trim_start_matches("http://")).await,
            server,
            idp,
            outside,
            inside,
            token,
            _place: place,
        }
    }

    /// A client with an address of its own, which finds the site's host where the proxy listens.
    fn client(&self) -> ClientBuilder {
        let pem = fs::read(self.proxy.certificate()).unwrap();
        Client::builder()
            .no_proxy()
            .local_address(Some(CLIENT.parse().unwrap()))
            .resolve(HOST, self.proxy.address)
            .tls_certs_merge([Certificate::from_pem(&pem).unwrap()])
    }

    /// Signs on over the connection that the host chooses. The list of sessions says where from.
    async fn a_person_signs_on(&self, headers: HeaderMap) {
        let browser = UserAgent::of(self.client().default_headers(headers));
        let alice = self.idp.directory().people[0].object_id.clone();
        let picker = browser.open(format!("{}/saml/login", self.outside)).await;
        let posts_itself = browser.submit(&picker.form().press("person", &alice)).await;
        let page = browser.submit(&posts_itself.form()).await;
        assert!(page.html.contains("You are signed in as"), "{page:?}");
        assert!(page.url.as_str().starts_with(&self.outside), "{page:?}");
        let sessions = browser
            .open(format!("{}/saml/sessions", self.outside))
            .await;
        let from = format!(" at {CLIENT}<br>");
        assert!(sessions.html.contains(&from), "{sessions:?}");
        assert!(!sessions.html.contains("192.0.2.1"), "{sessions:?}");
    }

    /// Everything gets the answer that it gets without the proxy.
    async fn what_is_large_or_long_or_odd_arrives(&self) {
        let four_mebibytes = format!("SAMLResponse={}", "A".repeat(4 * 1024 * 1024 - 13));
        let too_large = format!("{four_mebibytes}A");
        let long = format!("/saml/acme/slo?SAMLRequest={}", "A".repeat(28_000));
        for (method, path, body, status) in [
            (Method::POST, "/saml/acme/acs", &*four_mebibytes, 403),
            (Method::POST, "/saml/acme/acs", &too_large, 400),
            (Method::GET, &long, "", 403),
            (Method::GET, "/saml//acme/acs/", "", 404),
            (Method::GET, "/scim/globex/v2/Users/a%2Fb", "", 404),
            (
                Method::GET,
                "/scim/globex/v2/Users?filter=userName+eq+%22%C3%A4%2F%22",
                "",
                200,
            ),
        ] {
            let ask = |site: &str| {
                let client = self.client().build().unwrap();
                let request = client.request(method.clone(), format!("{site}{path}"));
                self.answer(request.body(body.to_owned()))
            };
            let (outside, inside) = (ask(&self.outside).await, ask(&self.inside).await);
            assert_eq!(outside, inside, "{method} {}", &path[..path.len().min(80)]);
            assert_eq!(outside.0, status, "{outside:?}");
        }
    }

    /// The status of an answer, and what it says without its number: the code of a page, or the whole of something else.
    async fn answer(&self, request: RequestBuilder) -> (u16, String) {
        let cookies = format!("a={}", "A".repeat(16_000));
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies)
            .bearer_auth(&self.token);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let code = text.split_once("<code>");
        let code = code.and_then(|(_, rest)| rest.split_once("</code>"));
        (status, code.map_or(&*text, |(code, _)| code).to_owned())
    }

    async fn metrics_stay_inside(&self) {
        let client = self.client().build().unwrap();
        let get = |site: &str, path: &str| client.get(format!("{site}{path}")).send();
        let admin = self.server.started["admin"].as_str().unwrap();
        assert_eq!(get(admin, "/metrics").await.unwrap().status(), 200);
        assert_eq!(get(&self.outside, "/metrics").await.unwrap().status(), 404);
        let ready = get(&self.outside, "/readyz").await.unwrap();
        assert!(!ready.text().await.unwrap().contains("acme"));
    }

    async fn plain_http_leads_to_https(&self) {
        let client = self.client().redirect(Policy::none()).build().unwrap();
        let begun = client.get(format!("{}/saml/acme/login", self.outside));
        let begun = begun.send().await.unwrap();
        let cookie = begun.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-entrada-request-"), "{cookie}");
        let told = begun.headers().get_all(header::STRICT_TRANSPORT_SECURITY);
        assert_eq!(told.iter().count(), 1);
        let Some(plain) = self.proxy.plain else {
            return;
        };
        let answer = client.get(format!("http://{HOST}:{}/saml/login?a=%2F", plain.port()));
        let answer = answer.send().await.unwrap();
        assert!(answer.status().is_redirection(), "{answer:?}");
        let location = format!("https://{HOST}/saml/login?a=%2F");
        assert_eq!(answer.headers()[header::LOCATION], location.as_str());
    }
}

const HOST: &str = "app.example.com";
/// The address that people come from.
const CLIENT: &str = "127.0.0.77";
const ANY: &str = "127.0.0.1:0";
const APP: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
