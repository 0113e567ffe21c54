//! `entrada serve` with TLS of its own, as an operator runs it.

use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use jiff::Timestamp;
use reqwest::Client;
use reqwest::StatusCode;

use super::*;
use crate::serving::Server;
use crate::serving::get as plain;
use crate::site::BASE;
use crate::site::PERSON;
use crate::site::TENANT;
use crate::site::idp_metadata;
use crate::site::issuer;
use crate::site::signer;

fn address(server: &Server) -> SocketAddr {
    let listening = server.started["listening"].as_str().unwrap();
    let address = listening.strip_prefix("https://").expect("it speaks TLS");
    address.parse().unwrap()
}

fn hang_up(server: &Server) {
    let id = server.process().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-HUP", &id]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_on_over_tls_of_our_own() {
    let place = Workspace::new();
    let (_, signer) = signer();
    let metadata = place.write("metadata.xml", idp_metadata(&signer));
    let add = ["connection", "add", "acme", "--allow-idp-initiated"];
    place
        .run(add.into_iter().chain(["--metadata-file", &metadata]))
        .exits(0);
    let files = files(&place, "site", 24 * 30);
    let config = place.write(
        "entrada.toml",
        format!("listen = '127.0.0.1:0'\nadmin-listen = '127.0.0.1:0'\nbase-url = '{BASE}'\ntls-cert = 'site.pem'\ntls-key = 'site.key'\n"),
    );
    let server = Server::start(&place, &["serve", "--config", &config]);

    let root = reqwest::Certificate::from_pem(files.own.to_pem().as_bytes()).unwrap();
    let client = Client::builder()
        .add_root_certificate(root)
        .resolve(HOST, address(&server))
        .cookie_store(true)
        .no_proxy()
        .build()
        .unwrap();
    let metadata = format!("{BASE}/saml/acme/metadata");
    let acs = format!("{BASE}/saml/acme/acs");
    let response = EntraResponse::new(&issuer(), &metadata, &acs)
        .ids("_r", "_a")
        .issued(Timestamp::now())
        .name_id(PERSON)
        .claim(claim::TENANT_ID, [TENANT]);
    let response = response.signed(Sign::Assertion, &signer).unwrap();
    let form = PostForm::response("", &response, None);
    let post = client
        .post(acs)
        .form(&[("SAMLResponse", form.message.as_str())]);
    let page = post.send().await.unwrap();
    // The client has followed the answer to the start page, with the cookie that only TLS carries.
    assert_eq!(page.status(), StatusCode::OK);
    let hsts = &page.headers()["strict-transport-security"];
    assert_eq!(hsts, "max-age=31536000");
    assert!(page.text().await.unwrap().contains(PERSON));

    let admin = server.started["admin"].as_str().unwrap().to_owned();
    let metrics = tokio::task::spawn_blocking(move || plain(&format!("{admin}/metrics")));
    let (_, metrics) = metrics.await.unwrap();
    let end = files.own.not_after().as_second();
    let line = format!("entrada_tls_certificate_expiry_timestamp_seconds {end}");
    assert!(metrics.contains(&line), "{metrics}");
    let (code, log) = tokio::task::spawn_blocking(move || server.stop())
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_reads_the_certificate_again() {
    let place = Workspace::new();
    let first = files(&place, "first", 24 * 30);
    let second = files(&place, "second", 24 * 60);
    let (certificate, key) = (first.certificate.as_str(), first.key.as_str());
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let tls = ["--tls-cert", certificate, "--tls-key", key];
    let server = Server::start(&place, &[&serve[..], &tls].concat());
    let base_url = server.started["base_url"].as_str().unwrap();
    assert!(base_url.starts_with("https://localhost:"), "{base_url}");
    std::fs::copy(&second.key, key).unwrap();
    hang_up(&server);
    replace(&first, &second);
    hang_up(&server);
    let to = address(&server);
    let taken_up = async {
        while shown(&connect(to, |_| {}).await.unwrap()) != second.own {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, taken_up).await.unwrap();
    let (code, log) = tokio::task::spawn_blocking(move || server.stop())
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the certificate was read again"), "{log}");
}

#[test]
fn serve_says_why_a_certificate_cannot_be_served() {
    let place = Workspace::new();
    let good = files(&place, "good", 24 * 30);
    let other = files(&place, "other", 24 * 30);
    let expired = files(&place, "expired", -1);
    let half = place.write("half.toml", "tls-cert = 'good.pem'\n");
    let run = |certificate: &str, key: &str, more: &[&str]| {
        let tls = ["serve", "--tls-cert", certificate, "--tls-key", key];
        place.run(tls.iter().chain(more))
    };
    for (ran, expected) in [
        (run("absent.pem", &good.key, &[]), "cannot read absent.pem"),
        (run(&good.key, &good.key, &[]), "the certificate in"),
        (
            run(&good.certificate, &good.certificate, &[]),
            "the private key in",
        ),
        (
            run(&good.certificate, &other.key, &[]),
            "belongs to no certificate in",
        ),
        (
            run(&expired.certificate, &expired.key, &[]),
            "expired.pem expired at",
        ),
        (
            run(
                &good.certificate,
                &good.key,
                &["--base-url", "http://localhost:8443"],
            ),
            "expected --base-url with an https address",
        ),
        (place.run(["serve", "--config", &half]), "go together"),
    ] {
        let ran = ran.exits(3);
        assert!(
            ran.stderr.contains(expected) && ran.stdout.is_empty(),
            "{expected}: {ran:?}"
        );
    }
    let ran = place
        .run(["serve", "--tls-cert", &good.certificate])
        .exits(2);
    assert!(ran.stderr.contains("--tls-key <FILE>"), "{ran:?}");
}

#[test]
fn check_finds_certificates_that_end_and_keys_that_do_not_fit() {
    use std::os::unix::fs::PermissionsExt;

    let place = Workspace::new();
    let files_of = |hours, name| files(&place, name, hours);
    let good = files_of(24 * 30, "good");
    files_of(24 * 6, "soon");
    files_of(-1, "past");
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&good.key, mode).unwrap();
    };
    let codes = |certificate: &str, key: &str| {
        let settings = format!("tls-cert = '{certificate}'\ntls-key = '{key}'\n");
        let config = place.write("entrada.toml", settings);
        let ran = place.run(["check", "--offline", "--config", &config, "--json"]);
        let findings = ran.json()["findings"].clone();
        let of_tls = |finding: &serde_json::Value| {
            let code = finding["code"].as_str().unwrap().to_owned();
            code.starts_with("tls-")
                .then_some((code, finding["days"].as_i64()))
        };
        let findings = findings.as_array().unwrap();
        findings.iter().filter_map(of_tls).collect::<Vec<_>>()
    };
    let one = |code: &str, days| vec![(code.to_owned(), days)];
    for name in ["good.key", "soon.key", "past.key"] {
        let mode = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(place.path(name), mode).unwrap();
    }
    assert_eq!(codes("good.pem", "good.key"), []);
    assert_eq!(
        codes("soon.pem", "soon.key"),
        one("tls-certificate-ends", Some(7))
    );
    assert_eq!(
        codes("past.pem", "past.key"),
        one("tls-certificate-ends", Some(0))
    );
    assert_eq!(
        codes("good.pem", "soon.key"),
        one("tls-key-does-not-fit", None)
    );
    assert_eq!(codes("absent.pem", "good.key"), one("tls-files", None));
    mode(0o644);
    assert_eq!(codes("good.pem", "good.key"), one("tls-key-readable", None));
    let half = place.write("half.toml", "tls-key = 'good.key'\n");
    let ran = place.run(["check", "--offline", "--config", &half]);
    assert!(ran.exits(1).stdout.contains("[tls-files]"));
}
