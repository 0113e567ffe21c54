//! `entrada practice` beside an app of one's own.

use std::future::IntoFuture;
use std::net::TcpListener;

use entrada::connection::Connection;
use entrada::directory::add_credential;
use entrada::provisioning::DEFAULT_LIFETIME;
use entrada::provisioning::SecretKind;
use entrada::site::SystemClock;
use entrada::web;
use entrada::web::Entrada;

use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;
use crate::scim::credential;
use crate::scim_serving::ScimSite;
use crate::serving::Server;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

const FREE: &str = "127.0.0.1:0";
/// The address of an app that does not come up: nobody listens at the port of `discard`.
const ABSENT: &str = "http://127.0.0.1:9/saml/acme/metadata";

/// The app wants the metadata of the identity provider before it has any of its own, and is asked for it by then.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_comes_up_later_is_registered_provisioned_and_signs_people_on() {
    let listener = tokio::net::TcpListener::bind(FREE).await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let place = Workspace::new();
    let people = "userName,displayName,groups\nada@example.com,Ada King,Board\nbea@example.com,,\n";
    let people = place.write("people.csv", people);
    let year = DEFAULT_LIFETIME;
    let (credential, secret) = credential("acme", SecretKind::Bearer, year, &SystemClock);
    let token = format!("{}\n", credential.secret_text(&secret));
    let token = place.write("token.txt", token);
    let metadata = format!("{base_url}/saml/acme/metadata");
    let scim = format!("{base_url}/scim/acme/v2");
    let arguments = ["practice", "--listen", FREE, "--app", &metadata, "--people"];
    let provisioning = [&people, "--scim-url", &scim, "--scim-token-file", &token];
    let practice = Server::start(&place, &[&arguments[..], &provisioning[..]].concat());
    let own = &practice.started["apps"][0];
    assert_eq!(own["app"], metadata);

    let metadata_url = own["metadata_url"].as_str().unwrap();
    let connection = Connection::builder("acme").metadata_url(metadata_url);
    let entrada = Entrada::builder(&base_url).store("memory:");
    let entrada = entrada.connection(connection).build().await.unwrap();
    add_credential(entrada.store(), &credential).await.unwrap();
    let serving = tokio::spawn(web::serve(listener, entrada.service()).into_future());

    let agent = UserAgent::new();
    let log = own["provisioning"].as_str().unwrap();
    while !agent.open(log).await.html.contains("3 created") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let picker = agent
        .open(format!("{base_url}/saml/acme/login?return=/"))
        .await;
    assert!(picker.html.contains("in Board"), "{picker:?}");
    let chosen = picker.form().press("person", &id_of(&picker, "Ada King"));
    let response = agent.submit(&chosen).await;
    let home = agent.submit(&response.form()).await;
    assert!(home.html.contains("ada@example.com"), "{home:?}");

    let (code, said) = practice.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(&format!("registered: Identifier {metadata}")),
        "{said}"
    );
    assert!(said.contains("provisioned: 3 created, 0 failed"), "{said}");
    assert!(!said.contains(&credential.secret_text(&secret)), "{said}");
    serving.abort();
}

/// The object id on a person's button.
fn id_of(picker: &Page, name: &str) -> String {
    let (before, _) = picker.html.split_once(name).unwrap();
    let (_, value) = before.rsplit_once("value=\"").unwrap();
    value.split_once('"').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_a_file_that_cannot_be_provisioned_is_registered_and_the_reason_said() {
    let place = Workspace::new();
    place.add("acme");
    let sp = ["metadata", "sp", "acme", "--base-url", "http://127.0.0.1:9"];
    let file = place.write("sp.xml", place.run(sp).exits(0).stdout);
    let scim = [
        "--scim-url",
        "http://127.0.0.1:9/scim/acme/v2",
        "--wait",
        "0s",
    ];
    let mut command = place.entrada();
    command.env("ENTRADA_SCIM_TOKEN", "the-secret-token");
    let arguments = ["practice", "--listen", FREE, "--app", &file];
    let practice = Server::start_command(command, &[&arguments[..], &scim[..]].concat());
    let page = practice.started["apps"][0]["provisioning"]
        .as_str()
        .unwrap();
    let agent = UserAgent::new();
    while !agent.open(page).await.html.contains("In quarantine") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (code, said) = practice.stop();
    assert_eq!(code, Some(0), "{said}");
    let identifier = "registered: Identifier http://127.0.0.1:9/saml/acme/metadata";
    assert!(said.contains(identifier), "{said}");
    assert!(!said.contains("the-secret-token"), "{said}");
}

/// The whole way by the command line: what `client` prints is what `practice` takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_provisioned_with_as_it_was_printed() {
    let site = ScimSite::new().await;
    let server = site.serve();
    let place = &site.place;
    let client = place.run(["client", "create", "acme", "--json"]).exits(0);
    let base_url = site.url().replace("/scim/acme/v2", "");
    let metadata = place.run(["metadata", "sp", "acme", "--base-url", &base_url]);
    let app = place.write("sp.xml", metadata.exits(0).stdout);
    let secret = client.json()["client_secret"].as_str().unwrap().to_owned();
    let client = place.write("client.json", client.stdout);
    let arguments = ["practice", "--listen", FREE, "--app", &app];
    let arguments = [&arguments[..], &["--scim-credential-file", &client]].concat();
    let practice = Server::start(place, &arguments);
    let own = &practice.started["apps"][0];
    let page = own["provisioning"].as_str().unwrap().to_owned();
    let federation = own["federation"].clone();
    let agent = UserAgent::new();
    let provisioned = async |what: &str| {
        while !agent.open(&page).await.html.contains(what) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    provisioned(" created").await;
    let shown = agent.open(&page).await.html;
    assert!(
        shown.contains("an access token for 3600 seconds"),
        "{shown}"
    );
    assert!(shown.contains("entrada client federate acme "), "{shown}");
    let (code, said) = practice.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" 0 failed"), "{said}");
    assert!(!said.contains(&secret) && !shown.contains(&secret));

    // The values that it prints are those that `federate` wants. They stay the same where the address does.
    let flag = |name: &str| federation[name].as_str().unwrap().to_owned();
    let address = flag("issuer");
    let address = address.split('/').nth(2).unwrap();
    let federate = [
        "client",
        "federate",
        "acme",
        "--json",
        "--tenant",
        &flag("tenant"),
        "--app",
        &flag("app"),
        "--subject",
        &flag("subject"),
        "--issuer",
        &flag("issuer"),
        "--audience",
        &flag("audience"),
        "--jwks-url",
        &flag("jwks_url"),
        "--allow-private-addresses",
    ]
    .map(str::to_owned);
    let client = place.run(federate).exits(0).stdout;
    let client = place.write("client.json", client);
    let arguments = ["practice", "--listen", address, "--app", &app];
    let arguments = [&arguments[..], &["--scim-credential-file", &client]].concat();
    let practice = Server::start(place, &arguments);
    assert_eq!(practice.started["apps"][0]["federation"], federation);
    provisioned(" matched").await;
    let (code, said) = practice.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" 0 failed"), "{said}");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn an_app_that_does_not_come_up_ends_it_after_a_time() {
    let wait = [
        "practice", "--listen", FREE, "--app", ABSENT, "--wait", "0s",
    ];
    let ran = run(wait.iter().chain(&["--json"])).exits(4);
    assert_eq!(ran.json()["apps"][0]["app"], ABSENT);
    assert!(
        ran.stderr.contains(&format!("Waiting for {ABSENT}")),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("did not come up in time"), "{ran:?}");

    let ran = run(wait).exits(4);
    let paste = "entrada connection add acme --base-url http://127.0.0.1:9 --metadata-url 'http";
    assert!(ran.stdout.contains(paste), "{ran:?}");
    assert!(
        ran.stdout
            .contains("Connection::builder(\"acme\").metadata_url("),
        "{ran:?}"
    );
}

#[test]
fn the_address_to_paste_stays_the_same_from_start_to_start() {
    let urls = [(); 2].map(|()| {
        let wait = [
            "--app",
            ABSENT,
            "--app",
            "http://127.0.0.1:9/other",
            "--wait",
            "0s",
        ];
        let ran = run(["practice", "--listen", FREE, "--json"].iter().chain(&wait)).exits(4);
        let app_ids = [0, 1].map(|app| ran.json()["apps"][app]["app_id"].to_string());
        assert_ne!(app_ids[0], app_ids[1]);
        app_ids
    });
    assert_eq!(urls[0], urls[1]);
}

#[test]
fn it_listens_beyond_loopback_only_where_that_is_asked_for_by_name() {
    let ran = run(["practice", "--listen", "0.0.0.0:0"]).exits(2);
    assert!(ran.stderr.contains("found 0.0.0.0:0"), "{ran:?}");
    assert!(
        ran.stderr.contains("--danger-reachable-from-anywhere URL"),
        "{ran:?}"
    );
    let place = Workspace::new();
    let danger = ["--danger-reachable-from-anywhere", "https://idp.example/"];
    let arguments = ["practice", "--listen", FREE];
    let practice = Server::start(&place, &[&arguments[..], &danger[..]].concat());
    assert_eq!(practice.started["portal"], "https://idp.example/");
    assert_eq!(practice.stop().0, Some(0));
}

#[test]
fn what_cannot_be_used_is_said_before_it_starts() {
    let place = Workspace::new();
    let nobody = place.write("nobody.csv", "userName\n");
    let twice = place.write(
        "twice.jsonl",
        "{\"userName\":\"ada\"}\n{\"userName\":\"Ada\"}\n",
    );
    let empty = place.write("token.txt", "\n\n ");
    let alone = place.write("alone.txt", "a-token");
    let half = place.write(
        "half.json",
        r#"{"client_secret":"s3cr3t","scim_url":"https://app.example/"}"#,
    );
    let idp = recording("metadata.xml");
    let scim = "http://127.0.0.1:9/scim";
    for (arguments, expected) in [
        (&["--app", ABSENT, "--app", ABSENT][..], "given twice"),
        (&["--app", "http://app.example/metadata"], "not https"),
        (
            &["--app", "https://u:p@app.example/metadata"],
            "without a user name",
        ),
        (&["--app", &idp], "SPSSODescriptor"),
        (
            &["--app", "/nonexistent.xml"],
            "cannot read /nonexistent.xml",
        ),
        (&["--scim-url", scim], "expected an --app"),
        (&["--app", ABSENT, "--scim-url", scim], "ENTRADA_SCIM_TOKEN"),
        (
            &[
                "--app",
                ABSENT,
                "--scim-url",
                scim,
                "--scim-credential-file",
                &empty,
            ],
            "it is empty",
        ),
        (
            &["--app", ABSENT, "--scim-credential-file", &alone],
            "expected --scim-url beside",
        ),
        (
            &["--app", ABSENT, "--scim-credential-file", &half],
            "expected a token, or the JSON of entrada client create",
        ),
        (&["--scim-credential-file", &alone], "expected an --app"),
        (&["--people", &nobody], "at least one person"),
        (&["--people", &twice], "Ada comes twice"),
        (&["--people", "people.xlsx"], ".csv or .jsonl"),
    ] {
        let ran = run(["practice", "--listen", FREE].iter().chain(arguments)).exits(2);
        assert!(ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("s3cr3t"), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn an_address_that_is_taken_is_a_failure_of_the_network() {
    let taken = TcpListener::bind(FREE).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(["practice", "--listen", &address, "--json"]).exits(4);
    assert_eq!(ran.json()["error"], "io");
    assert!(ran.stderr.contains(&address), "{ran:?}");
}
