//! The pages, as somebody at a browser without scripts uses them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::practice::Directory;
use entrada::practice::PracticeIdp;
use entrada::practice::Running;
use reqwest::StatusCode;
use serde_json::json;

use super::ADA;
use super::APP;
use super::SALES;
use super::TOKEN;
use super::ada;
use super::directory;
use super::joins;
use super::patch;
use super::script::Expected;
use super::script::Script;
use super::start;
use super::stranger;
use super::token_endpoint::TokenEndpoint;
use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// The form of this address on a page.
#[track_caller]
fn form(page: &Page, path: &str) -> Form {
    let mut forms = page.forms().into_iter();
    let found = forms.find(|form| form.action.path() == path);
    found.unwrap_or_else(|| panic!("no form for {path} on {page:?}"))
}

async fn open(idp: &Running, path: &str) -> Page {
    let url = format!("{}{path}", idp.portal_url().trim_end_matches('/'));
    UserAgent::new().open(url).await
}

/// Fills in a form of a page, presses a button, and returns what follows.
async fn send(page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
    let fill = |form: Form, (name, value): &(&str, &str)| form.fill(name, value);
    let filled = fields.iter().fold(form(page, path), fill);
    UserAgent::new().submit(&filled).await
}

async fn press(page: &Page, path: &str, name: &str, value: &str) -> Page {
    UserAgent::new()
        .submit(&form(page, path).press(name, value))
        .await
}

#[tokio::test]
async fn an_admin_sets_up_tests_and_provisions_an_app() {
    let server = Script::start().await;
    let idp = start(directory(), &[ADA]).await;
    let path = format!("/apps/{APP}/provisioning");
    let page = open(&idp, &path).await;
    assert!(page.html.contains("Nothing has been sent yet."), "{page:?}");
    let url = server.url();
    let page = send(
        &page,
        &path,
        &[("tenant_url", url), ("secret_token", TOKEN)],
    )
    .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.html.contains(TOKEN), "{page:?}");

    server.play(vec![stranger()]);
    let page = send(&page, &format!("{path}/test"), &[]).await;
    assert!(page.html.contains("The connection works."), "{page:?}");
    server.play(joins());
    let page = send(&page, &format!("{path}/now"), &[]).await;
    assert!(page.html.contains("1 created"), "{page:?}");
    assert!(page.html.contains("<code>POST /Users</code>"), "{page:?}");
    server.assert_played();

    // The token stays for this server alone; the flag that somebody types is heard.
    let flagged = format!("{url}?aadOptscim062020");
    let page = send(&page, &path, &[("tenant_url", &flagged)]).await;
    assert_eq!(form(&page, &path).field("dialect"), Some("compliant"));
    assert_eq!(form(&page, &path).field("tenant_url"), Some(url));
    server.play(vec![stranger()]);
    let page = send(&page, &format!("{path}/test"), &[]).await;
    assert!(page.html.contains("The connection works."), "{page:?}");
    server.assert_played();
    let other = send(&page, &path, &[("tenant_url", "http://127.0.0.1:9/scim")]).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    let never = send(&page, &path, &[("every", "soon")]).await;
    assert_eq!(never.status, StatusCode::BAD_REQUEST);
    let gone = open(&idp, "/apps/none/provisioning").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_admin_lets_it_sign_in_by_client_credentials() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = start(directory(), &[ADA]).await;
    let path = format!("/apps/{APP}/provisioning");
    let fields = [
        ("tenant_url", server.url()),
        ("sign_in", "client-credentials"),
        ("token_url", endpoint.url()),
        ("client_id", "client-1"),
        ("client_secret", "s3cr3t"),
    ];
    let page = send(&open(&idp, &path).await, &path, &fields).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.html.contains("s3cr3t"), "{page:?}");
    let shown = form(&page, &path);
    assert_eq!(shown.field("sign_in"), Some("client-credentials"));
    assert_eq!(shown.field("client_id"), Some("client-1"));

    let refusal = json!({"error": "invalid_client"}).to_string();
    endpoint.answers(401, refusal.clone());
    let page = send(&page, &format!("{path}/test"), &[]).await;
    let sentence = "The connection test failed: no access token: status 401 from the Token Endpoint, invalid_client: the Client \
                    Identifier or the Client Secret is wrong, revoked or expired";
    assert!(page.html.contains(sentence), "{page:?}");
    endpoint.answers(401, refusal);
    let page = send(&page, &format!("{path}/now"), &[]).await;
    assert!(page.html.contains("In quarantine since"), "{page:?}");
    endpoint.issues(TOKEN, json!(3600));
    server.play(joins());
    let page = send(&page, &format!("{path}/now"), &[]).await;
    assert!(page.html.contains("1 created"), "{page:?}");
    let line = format!("<code>POST {}</code>", endpoint.url());
    assert!(page.html.contains(&line), "{page:?}");
    assert!(!page.html.contains(TOKEN), "{page:?}");
    endpoint.requests();

    // The secret stays for this token endpoint alone.
    let page = send(&page, &path, &[("client_id", "client-2")]).await;
    assert_eq!(page.status, StatusCode::OK);
    endpoint.issues(TOKEN, json!(3600));
    server.play(vec![stranger()]);
    send(&page, &format!("{path}/test"), &[]).await;
    let sent = endpoint.requests().remove(0).authorization.unwrap();
    assert_eq!(
        sent,
        format!("Basic {}", STANDARD.encode("client-2:s3cr3t"))
    );
    let elsewhere = send(&page, &path, &[("token_url", "http://127.0.0.1:9/token")]).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    let sentence = "expected a Client Secret";
    assert!(elsewhere.html.contains(sentence), "{elsewhere:?}");
}

#[tokio::test]
async fn an_admin_sees_what_to_enter_for_a_federation_and_spoils_an_assertion() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = start(directory(), &[ADA]).await;
    let path = format!("/apps/{APP}/provisioning");
    let page = open(&idp, &path).await;
    let base = format!("http://{}/{}", idp.address(), PracticeIdp::TENANT);
    let command = format!(
        "entrada client federate CONNECTION \\\n    --tenant {} \\\n    --app {APP} \\\n    --subject ",
        PracticeIdp::TENANT
    );
    assert!(page.html.contains(&command), "{page:?}");
    assert!(!page.html.contains("The next assertion"), "{page:?}");

    let fields = [
        ("tenant_url", server.url()),
        ("sign_in", "federation"),
        ("token_url", endpoint.url()),
    ];
    let page = send(&page, &path, &fields).await;
    let command = "entrada client federate acme \\\n";
    for shown in [
        command,
        &format!(
            "--issuer {base}/v2.0 \\\n    --audience api://{APP} \\\n    --jwks-url {base}/discovery/v2.0/keys \\\n    --allow-private-addresses"
        ),
        "It will be valid.",
    ] {
        assert!(page.html.contains(shown), "{shown} {page:?}");
    }
    let spoil = format!("{path}/assertion");
    let page = press(&page, &spoil, "fault", "wrong-subject").await;
    let bad = "The next assertion will be bad: of another principal.";
    assert!(page.html.contains(bad), "{page:?}");
    let page = press(&page, &spoil, "fault", "").await;
    assert!(page.html.contains("It will be valid."), "{page:?}");

    // What comes from somebody's settings is quoted for the shell.
    let page = send(&page, &path, &[("audience", "it's;here")]).await;
    let quoted = r"--audience 'it'\''s;here' \";
    assert!(page.html.contains(quoted), "{page:?}");
}

#[tokio::test]
async fn an_admin_edits_disables_and_deletes_a_person() {
    let server = Script::start().await;
    let idp = super::provisioned(
        &server,
        entrada::practice::Dialect::Usual,
        directory(),
        &[ADA],
    )
    .await;
    super::cycle(&idp, &server, joins()).await;
    let path = format!("/directory/people/{ADA}");
    let page = open(&idp, &path).await;
    let page = send(&page, &path, &[("job_title", "Countess")]).await;
    let page = press(&page, &format!("{path}/state"), "state", "disable").await;
    assert!(page.html.contains("cannot sign in"), "{page:?}");
    let script = vec![
        Expected::get("/Users/u-1").answers(200, ada()),
        Expected::patch(
            "/Users/u-1",
            patch(json!([
                {"op": "Replace", "path": "active", "value": "False"},
                {"op": "Replace", "path": "title", "value": "Countess"},
            ])),
        ),
    ];
    super::cycle(&idp, &server, script).await;

    let sign_in = open(&idp, "/").await;
    let refused = press(&sign_in, "/signin", "person", ADA).await;
    assert!(refused.html.contains("AADSTS50057</strong>"), "{refused:?}");

    let page = press(&page, &format!("{path}/apps"), "unassign", APP).await;
    let page = press(&page, &format!("{path}/apps"), "assign", APP).await;
    let page = press(&page, &format!("{path}/state"), "state", "delete").await;
    assert!(page.html.contains("Deleted people"), "{page:?}");
    let page = press(&page, &format!("{path}/state"), "state", "restore").await;
    assert_eq!(page.url.path(), path);
    let page = press(&page, &format!("{path}/state"), "state", "delete").await;
    press(&page, &format!("{path}/state"), "state", "purge").await;
    super::cycle(&idp, &server, vec![Expected::delete("/Users/u-1")]).await;
    assert_eq!(open(&idp, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_admin_hires_people_and_keeps_groups() {
    let idp = start(directory(), &[]).await;
    let page = open(&idp, "/directory").await;
    let fields = [
        ("given_name", "Bea"),
        ("surname", "Boss"),
        ("user_principal_name", "bea@x.example"),
    ];
    let person = send(&page, "/directory/people", &fields).await;
    assert!(person.html.contains("<h1>Bea Boss</h1>"), "{person:?}");
    let twice = send(&page, "/directory/people", &fields).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    let path = person.url.path().to_owned();
    let nobody = send(&person, &path, &[("manager", "nobody@x.example")]).await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    send(&person, &path, &[("manager", "ADA@x.example")]).await;
    let bea = idp.directory().people[1].clone();
    assert_eq!(bea.manager.as_deref(), Some(ADA));

    let group = send(&page, "/directory/groups", &[("name", "Support")]).await;
    let path = group.url.path().to_owned();
    let group = send(&group, &path, &[("name", "Help")]).await;
    assert!(group.html.contains("<h1>Help</h1>"), "{group:?}");
    let support = idp.directory().groups[1].object_id.clone();
    press(&group, &format!("{path}/members"), "member", &bea.object_id).await;
    assert_eq!(members(&idp.directory(), &support), ["Bea"]);
    assert_eq!(members(&idp.directory(), SALES), ["Ada"]);
    press(&group, &format!("{path}/apps"), "assign", APP).await;
    let removed = send(&group, &format!("{path}/delete"), &[]).await;
    assert_eq!(removed.url.path(), "/directory");
    assert_eq!(idp.directory().groups.len(), 1);
}

fn members(directory: &Directory, group: &str) -> Vec<String> {
    let members = directory.members(group);
    members.map(|person| person.given_name.clone()).collect()
}

#[tokio::test]
async fn another_site_cannot_press_the_buttons() {
    let idp = start(directory(), &[ADA]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let portal = idp.portal_url();
    let paths = [
        "directory/people".to_owned(),
        "directory/groups".to_owned(),
        format!("directory/people/{ADA}"),
        format!("directory/people/{ADA}/state"),
        format!("directory/people/{ADA}/apps"),
        format!("directory/groups/{SALES}"),
        format!("directory/groups/{SALES}/members"),
        format!("directory/groups/{SALES}/delete"),
        format!("apps/{APP}/provisioning"),
        format!("apps/{APP}/provisioning/test"),
        format!("apps/{APP}/provisioning/now"),
        format!("apps/{APP}/provisioning/assertion"),
    ];
    for path in paths {
        let post = client
            .post(format!("{portal}{path}"))
            .header("sec-fetch-site", "cross-site");
        let status = post
            .form(&[("state", "delete")])
            .send()
            .await
            .unwrap()
            .status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(*idp.directory(), directory());
}
