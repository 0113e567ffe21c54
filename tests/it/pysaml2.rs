//! pysaml2 as an identity provider that is not ours: what it signs signs a person on, and what it does not sign nobody. It comes from
//! PyPI, with the SCIM clients: `.ci/setup test` installs both.

use std::process::Command;

use reqwest::Client;
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::child::free_address;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::scim_conformance::program;
use crate::serving::Server;

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_signs_a_person_on_by_assertion_response_or_both() {
    let place = Workspace::new();
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90",
    ]);
    openssl.args(["-subj", "/CN=a throw-away key of a test"]);
    openssl.args(["-keyout", "key.pem", "-out", "cert.pem"]);
    let made = openssl.current_dir(place.path("")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let idp = |arguments: &[&str]| {
        let mut python = Command::new(program("python"));
        python.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/pysaml2/idp.py"
        ));
        python.args(arguments).current_dir(place.path(""));
        Ran::from(python.output().unwrap()).exits(0).stdout
    };

    let trusted = place.write("idp.xml", idp(&["metadata"]));
    let listen = free_address().to_string();
    let site = format!("http://{listen}");
    let add = ["connection", "add", "acme", "--allow-idp-initiated"];
    let trust = ["--base-url", &site, "--metadata-file", &trusted];
    place.run(add.iter().chain(&trust)).exits(0);
    let ours = place.run(["metadata", "sp", "acme"]).exits(0).stdout;
    let ours = place.write("sp.xml", ours);
    let server = Server::start(&place, &["serve", "--listen", &listen]);
    let client = Client::builder().no_proxy().redirect(Policy::none());
    let client = client.build().unwrap();
    for (signed, status, people) in [
        ("nothing", StatusCode::FORBIDDEN, 0),
        ("assertion", StatusCode::SEE_OTHER, 1),
        ("response", StatusCode::SEE_OTHER, 2),
        ("both", StatusCode::SEE_OTHER, 3),
    ] {
        let response = idp(&["respond", &ours, signed]);
        let posted = client.post(format!("{site}/saml/acme/acs"));
        let posted = posted.form(&[("SAMLResponse", response.trim())]);
        assert_eq!(posted.send().await.unwrap().status(), status, "{signed}");
        let sessions = place.run(["session", "list", "--json"]).exits(0).json();
        let sessions = sessions["sessions"].as_array().unwrap().clone();
        assert_eq!(sessions.len(), people, "{signed}: {sessions:?}");
        assert!(
            sessions
                .iter()
                .all(|one| one.to_string().contains("\"zoe\""))
        );
    }
    server.stop();
}
