//! Rollovers of the practice identity provider's certificate, with and without notice, while people sign on: not one
//! of them notices.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use entrada::connection::Connection;
use entrada::metadata::RefreshPolicy;
use entrada::practice::App;
use entrada::practice::Directory;
use entrada::practice::EntraResponse;
use entrada::practice::PracticeIdp;
use entrada::practice::Running;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use entrada::web::Refreshed;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio::time::sleep;

use crate::metadata_publisher::acme;
use crate::site::signer;
use crate::user_agent::UserAgent;

const APP_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// Browsers that each sign on twice a second: fifty sign-ons a second.
const BROWSERS: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rollover_costs_a_sign_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (entity_id, acs) = (
        format!("{base}/saml/acme/metadata"),
        format!("{base}/saml/acme/acs"),
    );
    let (_, first) = signer();
    let app = App::new(APP_ID, "App", &entity_id, &acs);
    let idp = PracticeIdp::new().app_with_key(app, first.clone());
    let idp = idp.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("entrada.db").display());
    let connection = Connection::builder("acme")
        .metadata_url(idp.metadata_url(APP_ID))
        .allow_idp_initiated();
    // Only what a rollover causes by itself refreshes here; three come within seconds, in place of years.
    let entrada = Entrada::builder(&base)
        .store(database)
        .metadata_refresh(RefreshPolicy {
            early_interval: Duration::from_millis(500),
            ..RefreshPolicy::default()
        })
        .connection(connection)
        .build()
        .await
        .unwrap();
    let routes = Router::new()
        .route(
            "/private",
            get(|user: CurrentUser| async move { user.name_id().to_string() }),
        )
        .merge(entrada.routes())
        .with_state(entrada.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });

    let stop = Arc::new(AtomicBool::new(false));
    let mut browsers = JoinSet::new();
    for _ in 0..BROWSERS {
        let agent = signed_in(&idp).await;
        browsers.spawn(sign_on_until(agent, base.clone(), "/private", stop.clone()));
    }
    let pause = || sleep(Duration::from_secs(2));
    pause().await;
    let staged = idp.stage_key(APP_ID).await.unwrap().unwrap();
    pause().await;
    assert!(idp.activate_staged_key(APP_ID));
    pause().await;
    let switched = idp.switch_key(APP_ID).await.unwrap().unwrap();
    pause().await;
    assert_eq!(idp.remove_inactive_keys(APP_ID), 2);
    pause().await;
    stop.store(true, Ordering::Relaxed);

    let mut count = 0;
    while let Some(ended) = browsers.join_next().await {
        count += ended.unwrap();
    }
    assert!(count >= 10 * BROWSERS, "{count} sign-ons");

    let history = entrada
        .store()
        .refresh_record("acme")
        .await
        .unwrap()
        .history;
    let known: Vec<_> = history.keys().iter().map(|key| key.fingerprint).collect();
    let fingerprints = [first.certificate(), &staged, &switched].map(|one| one.fingerprint());
    assert_eq!(known, fingerprints);

    // The old key is listed no longer: once that is known, nobody signs on by it.
    let refreshed = entrada.refresh_metadata(&acme()).await.unwrap();
    assert!(
        matches!(refreshed, Refreshed::Replaced { .. }),
        "{refreshed:?}"
    );
    let response = EntraResponse::new(&idp.entity_id(), &entity_id, &acs)
        .issued(jiff::Timestamp::now())
        .name_id("somebody")
        .claim(claim::TENANT_ID, [PracticeIdp::TENANT]);
    let xml = response.signed(Sign::Assertion, &first).unwrap();
    let form = PostForm::response("", &xml, None);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let posted = client.post(&acs).form(&[("SAMLResponse", form.message)]);
    let page = posted.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<code>signature-invalid</code>"), "{page}");
}

/// A browser that is signed in at the identity provider, so that it is asked nothing more.
pub(crate) async fn signed_in(idp: &Running) -> UserAgent {
    let agent = UserAgent::new();
    let portal = agent.open(idp.portal_url()).await;
    let person = &Directory::sample().people[0];
    let form = portal.forms().remove(0).press("person", &person.object_id);
    agent.submit(&form).await;
    agent
}

/// Signs on twice a second, and counts. Each sign-on must end on the page that was asked for, which says who came.
pub(crate) async fn sign_on_until(
    agent: UserAgent,
    base: String,
    path: &'static str,
    stop: Arc<AtomicBool>,
) -> usize {
    let mut beat = interval(Duration::from_millis(500));
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        beat.tick().await;
        let login = format!("{base}/saml/acme/login?return={path}");
        let response = agent.open(login).await.form();
        let page = agent.submit(&response).await;
        assert_eq!(page.url.path(), path, "{}", page.html);
        assert!(page.html.contains('@'), "{}", page.html);
        count += 1;
    }
    count
}
