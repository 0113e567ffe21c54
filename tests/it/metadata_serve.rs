//! `entrada serve` and its metadata: two processes on one store, and a rollover under load.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use entrada::practice::App;
use entrada::practice::EntraResponse;
use entrada::practice::PracticeIdp;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::child::free_address;
use crate::command_line::Workspace;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::document;
use crate::metadata_rollover::sign_on_until;
use crate::metadata_rollover::signed_in;
use crate::serving::Server;
use crate::site::signer;

/// The time between two requests never falls below the floor, so no due time was used twice; and the schedule was
/// kept, so the processes did not hinder each other either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_file_ask_once_for_each_due_time() {
    let (_, signer) = signer();
    let publisher = Publisher::start(document(&[signer.certificate()], &signer)).await;
    let place = Workspace::new();
    let config = place.write(
        "entrada.toml",
        format!(
            "listen = '127.0.0.1:0'\nbase-url = 'https://app.example.com'\n\
             [metadata-refresh]\ninterval = 3\nfloor = 3\n\
             [[connection]]\nid = 'acme'\nmetadata-url = '{}'\n",
            publisher.url()
        ),
    );
    let first = Server::start(&place, &["serve", "--config", &config]);
    let second = Server::start(&place, &["serve", "--config", &config]);
    // The first copy, which came with the settings, is no refresh.
    sleep(Duration::from_secs(13)).await;
    for server in [first, second] {
        let (code, stderr) = server.stop();
        assert_eq!(code, Some(0), "{stderr}");
        assert!(!stderr.contains("WARN"), "{stderr}");
    }
    let arrivals = publisher.arrivals();
    let refreshes = &arrivals[1..];
    let gaps: Vec<Duration> = refreshes.windows(2).map(|two| two[1] - two[0]).collect();
    println!(
        "two processes: {} refreshes, {gaps:?} apart",
        refreshes.len()
    );
    assert!((3..=5).contains(&refreshes.len()), "{gaps:?}");
    // A request may be late on its way, and the next one early.
    let floor = Duration::from_millis(2500);
    assert!(gaps.iter().all(|gap| *gap > floor), "{gaps:?}");
}

const APP_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// Browsers that each sign on twice a second. All have one address, which may begin 20 a second for as long as the test
/// takes.
const BROWSERS: usize = 9;

/// The rollover test of the library, against the binary as operators run it, on a file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_loses_no_sign_on_while_the_identity_provider_switches_keys() {
    // The port must be known beforehand, since the addresses of the connection have it.
    let listen = free_address();
    let base = format!("http://{listen}");
    let (entity_id, acs) = (
        format!("{base}/saml/acme/metadata"),
        format!("{base}/saml/acme/acs"),
    );
    let (_, first) = signer();
    let app = App::new(APP_ID, "App", &entity_id, &acs);
    let idp = PracticeIdp::new().app_with_key(app, first.clone());
    let idp = idp.start().await.unwrap();
    let place = Workspace::new();
    // Only what a rollover causes by itself refreshes here.
    let config = place.write(
        "entrada.toml",
        format!(
            "listen = '{listen}'\nbase-url = '{base}'\n\
             [metadata-refresh]\nearly-interval = 1\n\
             [[connection]]\nid = 'acme'\nmetadata-url = '{}'\nallow-idp-initiated = true\n",
            idp.metadata_url(APP_ID)
        ),
    );
    let server = Server::start(&place, &["serve", "--config", &config]);

    let stop = Arc::new(AtomicBool::new(false));
    let mut browsers = JoinSet::new();
    for _ in 0..BROWSERS {
        let agent = signed_in(&idp).await;
        browsers.spawn(sign_on_until(agent, base.clone(), "/", stop.clone()));
    }
    let began = Instant::now();
    let pause = || sleep(Duration::from_secs(2));
    pause().await;
    idp.stage_key(APP_ID).await.unwrap().unwrap();
    pause().await;
    assert!(idp.activate_staged_key(APP_ID));
    pause().await;
    idp.switch_key(APP_ID).await.unwrap().unwrap();
    pause().await;
    assert_eq!(idp.remove_inactive_keys(APP_ID), 2);
    pause().await;
    stop.store(true, Ordering::Relaxed);
    let mut count = 0;
    while let Some(ended) = browsers.join_next().await {
        count += ended.unwrap();
    }
    let took = began.elapsed();
    println!("rollover against serve: {count} sign-ons in {took:?}, none failed");
    assert!(count >= 10 * BROWSERS, "{count} sign-ons in {took:?}");

    // The old key is listed no longer. A response of nobody has the metadata fetched again; then it is refused too.
    let (_, stranger) = signer();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (by, id) in [(&stranger, "stranger"), (&first, "old")] {
        let response = EntraResponse::new(&idp.entity_id(), &entity_id, &acs)
            .ids(&format!("_r{id}"), &format!("_a{id}"))
            .issued(jiff::Timestamp::now())
            .name_id("somebody")
            .claim(claim::TENANT_ID, [PracticeIdp::TENANT]);
        let xml = response.signed(Sign::Assertion, by).unwrap();
        let form = PostForm::response("", &xml, None);
        let posted = client.post(&acs).form(&[("SAMLResponse", form.message)]);
        let page = posted.send().await.unwrap().text().await.unwrap();
        assert!(
            page.contains("<code>signature-invalid</code>"),
            "{id}: {page}"
        );
    }
    let (code, stderr) = server.stop();
    assert_eq!(code, Some(0), "{stderr}");
    for event in ["trust-key-added", "trust-key-retired"] {
        assert!(stderr.contains(event), "{event}: {stderr}");
    }
}
