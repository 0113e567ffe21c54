//! A person's whole life with an app, with the most talkative filter that operators use: nothing of it is in the log.

use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::saml::redirect;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::Method;
use reqwest::RequestBuilder;
use reqwest::Response;
use reqwest::header;
use reqwest::redirect::Policy;
use serde_json::Value;
use serde_json::json;

use crate::child::free_address;
use crate::command_line::Workspace;
use crate::serving::Server;
use crate::site::TENANT;
use crate::site::idp_metadata;
use crate::site::issuer;
use crate::site::signer;

const NAME: &str = "zenobia.quist@people.example";
const RENAMED: &str = "zenobia.vandermeer@people.example";
const OBJECT_ID: &str = "6f0c1d9e-52b7-4e0b-9d53-0d3a4b8c7e21";
/// All that is known of the person, besides what the servers draw.
const KNOWN: [&str; 8] = [
    "zenobia",
    "quist",
    "vandermeer",
    "people.example",
    OBJECT_ID,
    "quarterdeck",
    "astrolabe",
    "halyard",
];

#[tokio::test]
async fn nothing_about_people_is_logged() {
    for format in ["text", "json"] {
        let (secrets, log) = life(format).await;
        let log = log.to_lowercase();
        for secret in secrets.iter().map(String::as_str).chain(KNOWN) {
            assert!(!secret.is_empty());
            assert!(!log.contains(&secret.to_lowercase()), "{secret}: {log}");
        }
        // It was the life that was logged.
        for event in [
            "sign-on-begun",
            "signed-on",
            "signed-out",
            "refused",
            "response-came-again",
            "scim-credential-refused",
            "address-mistaken",
            "method-refused",
            "cookie-doubled",
            "audience-mismatch",
            "user-inactive",
            "a request was answered",
        ] {
            assert!(log.contains(event), "{event}: {log}");
        }
    }
}

/// Runs it, and gives the secrets that came up, and the log.
async fn life(format: &str) -> (Vec<String>, String) {
    let place = Workspace::new();
    let (_, signer) = signer();
    let metadata = place.write("metadata.xml", idp_metadata(&signer));
    place
        .run(["connection", "add", "acme", "--metadata-file", &metadata])
        .exits(0);
    let token = place
        .run(["token", "create", "acme", "--json"])
        .exits(0)
        .json();
    let token = token["token"].as_str().unwrap().to_owned();
    let listen = free_address().to_string();
    let mut entrada = place.entrada();
    entrada.env("ENTRADA_LOG", "entrada=debug");
    let at = Visited {
        base_url: format!("http://{listen}"),
        client: Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .unwrap(),
        token: token.clone(),
    };
    let serve = [
        "serve",
        "--listen",
        &listen,
        "--base-url",
        &at.base_url,
        "--log-format",
        format,
    ];
    let server = Server::start_command(entrada, &serve);
    let mut secrets = vec![token];

    // Somebody joins, and moves.
    let person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": NAME, "externalId": OBJECT_ID,
        "displayName": "Zenobia Quist", "title": "Astrolabe keeper", "emails": [{"value": NAME, "type": "work"}],
    });
    let created = at.scim(Method::POST, "/Users", &person, 201).await;
    let user = format!("/Users/{}", created["id"].as_str().unwrap());
    secrets.push(created["id"].as_str().unwrap().to_owned());
    at.scim(Method::POST, "/Users", &person, 409).await;
    at.scim(
        Method::POST,
        "/Users",
        &json!({"userName": NAME, "active": "quist"}),
        400,
    )
    .await;
    let filter = format!("/Users?filter=userName%20eq%20%22{NAME}%22");
    at.scim(Method::GET, &filter, &Value::Null, 200).await;
    let members = json!([{"value": created["id"]}]);
    let group = json!({"displayName": "Quarterdeck", "members": members});
    let group = at.scim(Method::POST, "/Groups", &group, 201).await;
    let group = format!("/Groups/{}", group["id"].as_str().unwrap());
    at.scim(
        Method::PATCH,
        &user,
        &patch("displayName", json!("Zenobia Vandermeer")),
        200,
    )
    .await;
    at.scim(
        Method::PATCH,
        &user,
        &patch("nowhere", json!("Vandermeer")),
        200,
    )
    .await;
    let stranger = at.client.get(format!("{}/scim/acme/v2{user}", at.base_url));
    let stranger = stranger.bearer_auth("halyard").send().await.unwrap();
    assert_eq!(stranger.status(), 401);

    // They sign on; the response comes again, here and elsewhere; somebody else's is refused.
    let sign_on = async |audience: &str, code: &str, secrets: &mut Vec<String>| {
        let login = format!("/saml/acme/login?return=/of/{NAME}&login_hint={NAME}");
        let login = at.get(&login, "").await;
        let request_cookie = cookie(&login);
        let location = login.headers()[header::LOCATION].to_str().unwrap();
        let request = redirect::decode(location.split_once('?').unwrap().1).unwrap();
        let (_, id) = request.xml.split_once(" ID=\"").unwrap();
        let relay_state = request.relay_state.unwrap();
        let answer = at
            .response(audience)
            .in_response_to(id.split('"').next().unwrap());
        let answer = answer.signed(Sign::Assertion, &signer).unwrap();
        let response = at.post(&answer, &relay_state, &request_cookie).await;
        let session = cookie(&response);
        let text = response.text().await.unwrap();
        assert!(text.contains(code), "{code}: {text}");
        for cookies in [&session, &request_cookie] {
            let values = cookies.split("; ").filter_map(|pair| pair.split_once('='));
            let values = values.map(|(_, value)| value.to_owned());
            secrets.extend(values.filter(|value| value.len() > 12));
        }
        secrets.push(relay_state.clone());
        (session, answer, relay_state)
    };
    let ours = format!("{}/saml/acme/metadata", at.base_url);
    let (session, answer, relay_state) = sign_on(&ours, "", &mut secrets).await;
    assert!(session.contains("entrada-session"), "{session}");
    let home = at.get("/", &session).await.text().await.unwrap();
    assert!(home.contains(NAME), "{home}");
    at.post(&answer, &relay_state, &session).await;
    at.post(&answer, &relay_state, "").await;
    let other = format!("{ours}/of/another");
    sign_on(&other, "audience-mismatch", &mut secrets).await;
    at.get("/", &format!("{session}; {session}")).await;

    // They type addresses, and sign out.
    for path in [
        format!("/saml/acme/acs/{NAME}"),
        format!("/{NAME}"),
        format!("/SCIM/acme/v2/Users/{NAME}"),
    ] {
        at.get(&path, &session).await;
    }
    let put = at
        .client
        .put(format!("{}/saml/acme/login?for={NAME}", at.base_url));
    assert_eq!(put.send().await.unwrap().status(), 405);
    let (second, ..) = sign_on(&ours, "", &mut secrets).await;
    let out = at.client.post(format!("{}/saml/logout", at.base_url));
    out.header(header::COOKIE, second).send().await.unwrap();

    // They leave.
    sign_on(&ours, "", &mut secrets).await;
    at.scim(
        Method::PATCH,
        &user,
        &patch("userName", json!(RENAMED)),
        200,
    )
    .await;
    at.scim(Method::PATCH, &user, &patch("active", json!(false)), 200)
        .await;
    sign_on(&ours, "user-inactive", &mut secrets).await;
    at.scim(Method::DELETE, &group, &Value::Null, 204).await;
    at.scim(Method::DELETE, &user, &Value::Null, 204).await;
    let stopped = tokio::task::spawn_blocking(move || server.stop()).await;
    let (code, log) = stopped.unwrap();
    assert_eq!(code, Some(0), "{log}");
    (secrets, log)
}

/// The site, as programs and people reach it.
struct Visited {
    base_url: String,
    client: Client,
    token: String,
}

impl Visited {
    async fn scim(&self, method: Method, path: &str, body: &Value, status: u16) -> Value {
        let url = format!("{}/scim/acme/v2{path}", self.base_url);
        let request = self.client.request(method, url).bearer_auth(&self.token);
        let request = request.header(header::CONTENT_TYPE, "application/scim+json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let (found, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(found, status, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn get(&self, path: &str, cookies: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base_url));
        send(request, cookies).await
    }

    async fn post(&self, xml: &str, relay_state: &str, cookies: &str) -> Response {
        let form = PostForm::response("", xml, None);
        let fields = [
            ("SAMLResponse", form.message.as_str()),
            ("RelayState", relay_state),
        ];
        let request = self.client.post(format!("{}/saml/acme/acs", self.base_url));
        send(request.form(&fields), cookies).await
    }

    fn response(&self, audience: &str) -> EntraResponse {
        let unique = Timestamp::now().as_nanosecond();
        EntraResponse::new(
            &issuer(),
            audience,
            &format!("{}/saml/acme/acs", self.base_url),
        )
        .ids(&format!("_r{unique}"), &format!("_a{unique}"))
        .issued(Timestamp::now())
        .name_id(NAME)
        .claim(claim::TENANT_ID, [TENANT])
        .claim(claim::OBJECT_ID, [OBJECT_ID])
        .claim(claim::GROUPS, ["Quarterdeck"])
    }
}

async fn send(request: RequestBuilder, cookies: &str) -> Response {
    let request = request.header(header::COOKIE, cookies);
    request.send().await.unwrap()
}

/// All cookies that a response sets, as a browser sends them back.
fn cookie(response: &Response) -> String {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

fn patch(path: &str, value: Value) -> Value {
    let operations = json!([{"op": "replace", "path": path, "value": value}]);
    let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    json!({"schemas": [schema], "Operations": operations})
}
