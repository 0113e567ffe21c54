//! Guards in front of routes: who comes in, who does not, and what becomes of a door whose group changes.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::routing::get;
use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::session::Rule;
use entrada::session::UnboundRule;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use entrada::web::GuardError;
use entrada::web::Permitted;
use entrada::web::Requirement;
use jiff::Timestamp;
use serde_json::json;

use crate::log_lines::LogLines;
use crate::site::BASE;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;
use crate::site::TENANT;
use crate::site::TestClock;
use crate::site::idp_metadata;
use crate::site::issuer;
use crate::site::signer;
use crate::web_groups::BOARD;
use crate::web_groups::Provisioned;
use crate::web_groups::STAFF;

async fn page(user: CurrentUser) -> String {
    user.name_id().to_string()
}

struct Board;

impl Requirement for Board {
    fn rule() -> Rule {
        Rule::any_connection().and(Rule::group("Board"))
    }
}

async fn extracted(user: Permitted<Board>) -> String {
    user.name_id().to_string()
}

async fn perhaps(user: Option<Permitted<Board>>) -> &'static str {
    match user {
        Some(_) => "board",
        None => "others",
    }
}

impl Provisioned {
    /// Puts a guarded page at this path, for people of any connection.
    pub(crate) async fn guard(&mut self, path: &str, rule: Rule) {
        let rule = Rule::any_connection().and(rule);
        let guard = self.entrada.require(rule).await.unwrap();
        self.mount(|routes| routes.route(path, get(page)).route_layer(guard));
    }

    fn mount(&mut self, routes: impl FnOnce(Router<Entrada>) -> Router<Entrada>) {
        let routes = routes(Router::new()).with_state(self.entrada.clone());
        self.site.app = std::mem::take(&mut self.site.app).merge(routes);
    }

    pub(crate) async fn visit(&self, path: &str, cookies: &str) -> Page {
        self.site.get(path, Browser::with(cookies)).await
    }

    async fn opens(&self, path: &str, cookies: &str) -> bool {
        let page = self.visit(path, cookies).await;
        match page.status {
            StatusCode::OK => assert_eq!(page.body, PERSON),
            status => assert_eq!(status, StatusCode::FORBIDDEN, "{}", page.body),
        }
        page.status == StatusCode::OK
    }

    async fn rename(&self, group: &str, name: &str) {
        let rename = json!({"op": "replace", "path": "displayName", "value": name});
        self.patch(&format!("/Groups/{group}"), rename).await;
    }
}

#[tokio::test]
async fn membership_opens_and_closes_a_door_with_the_next_request() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    let board = at.group("Board", Some(BOARD), &[]).await;
    at.guard("/name", Rule::group("board")).await;
    at.guard("/object", Rule::group(BOARD.to_uppercase())).await;
    at.mount(|routes| {
        routes
            .route("/argument", get(extracted))
            .route("/perhaps", get(perhaps))
    });
    let cookies = at.sign_on(&[]).await;
    for _ in 0..2 {
        for path in ["/name", "/object", "/argument"] {
            assert!(!at.opens(path, &cookies).await, "{path}");
        }
        assert_eq!(at.visit("/perhaps", &cookies).await.body, "others");
        at.add(&board, &person).await;
        for path in ["/name", "/object", "/argument"] {
            assert!(at.opens(path, &cookies).await, "{path}");
        }
        assert_eq!(at.visit("/perhaps", &cookies).await.body, "board");
        at.remove(&board, &person).await;
    }
    assert_eq!(at.visit("/perhaps", "").await.body, "others");
}

#[tokio::test]
async fn a_group_within_the_group_opens_the_door() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    let inner = at.group("Inner", None, &[&person]).await;
    at.group("Board", Some(BOARD), &[&inner]).await;
    at.guard("/name", Rule::group("Board")).await;
    at.guard("/object", Rule::group(BOARD)).await;
    let cookies = at.sign_on(&[]).await;
    assert!(at.opens("/name", &cookies).await);
    assert!(at.opens("/object", &cookies).await);
}

#[tokio::test]
async fn whoever_is_not_let_in_hears_why_in_their_own_way() {
    let mut at = Provisioned::new().await;
    at.person().await;
    at.group("Secret Plans", None, &[]).await;
    at.guard("/door", Rule::group("Secret Plans")).await;

    let stranger = at.visit("/door?a=b", "").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
    let login = "https://app.example.com/saml/login?return=%2Fdoor%3Fa%3Db";
    assert_eq!(stranger.location(), login);
    let program = |method: &str, cookies: &str| {
        let request = Request::builder().method(method).uri("/door");
        let request = request.header(header::ACCEPT, "application/json");
        request
            .header(header::COOKIE, cookies)
            .body(Body::empty())
            .unwrap()
    };
    let answer = at.site.send(program("GET", "")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.body, r#"{"error":"not-signed-on"}"#);

    let cookies = at.sign_on(&[]).await;
    let answer = at.site.send(program("GET", &cookies)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.body, r#"{"error":"not-permitted"}"#);
    let page = at.visit("/door", &cookies).await;
    page.is_refused(StatusCode::FORBIDDEN, "not-permitted");
    assert!(!page.body.contains("Secret"), "{}", page.body);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(page.headers[header::X_FRAME_OPTIONS], "DENY");
}

#[tokio::test]
async fn a_renamed_group_keeps_its_door_and_the_next_bearer_of_the_name_does_not_get_it() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    let board = at.group("Board", None, &[]).await;
    at.guard("/door", Rule::group("Board")).await;
    at.entrada.prepare::<Board>().await.unwrap();
    at.mount(|routes| routes.route("/argument", get(extracted)));
    let cookies = at.sign_on(&[]).await;
    at.rename(&board, "Directors").await;
    let impostor = at.group("Board", None, &[&person]).await;
    for path in ["/door", "/argument"] {
        assert!(!at.opens(path, &cookies).await, "{path}");
    }
    at.add(&board, &person).await;
    at.remove(&impostor, &person).await;
    for path in ["/door", "/argument"] {
        assert!(at.opens(path, &cookies).await, "{path}");
    }
    at.guard("/later", Rule::group("Board")).await;
    assert!(!at.opens("/later", &cookies).await, "a guard built later");
}

#[tokio::test]
async fn a_deleted_group_closes_its_door_until_the_guard_is_built_again() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    let board = at.group("Board", None, &[&person]).await;
    at.guard("/door", Rule::group("Board")).await;
    let cookies = at.sign_on(&[]).await;
    assert!(at.opens("/door", &cookies).await);
    at.scim("DELETE", &format!("/Groups/{board}"), json!({}))
        .await;
    assert!(!at.opens("/door", &cookies).await);
    at.group("Board", None, &[&person]).await;
    assert!(!at.opens("/door", &cookies).await);
    at.guard("/again", Rule::group("Board")).await;
    assert!(at.opens("/again", &cookies).await);
}

#[tokio::test]
async fn a_group_that_comes_after_the_guard_is_found_once_and_then_followed() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    at.guard("/door", Rule::group("Board")).await;
    let cookies = at.sign_on(&[(claim::GROUPS, &["Board"])]).await;
    assert!(!at.opens("/door", &cookies).await, "a claim is no name");
    let board = at.group("Board", None, &[&person]).await;
    assert!(at.opens("/door", &cookies).await);
    at.rename(&board, "Directors").await;
    assert!(at.opens("/door", &cookies).await);
}

#[tokio::test]
async fn a_name_that_several_groups_bear_opens_nothing() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    at.group("Board", Some(BOARD), &[&person]).await;
    let second = at.group("BOARD", Some(STAFF), &[&person]).await;
    let log = LogLines::capture();
    at.guard("/door", Rule::group("Board")).await;
    let cookies = at.sign_on(&[]).await;
    for _ in 0..3 {
        assert!(!at.opens("/door", &cookies).await);
    }
    assert_eq!(log.having("group", "Board").len(), 1, "once, not each time");
    at.rename(&second, "Staff").await;
    assert!(at.opens("/door", &cookies).await);
}

#[tokio::test]
async fn an_object_id_may_be_a_claim_unless_the_directory_has_the_group() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    at.guard("/door", Rule::group(BOARD)).await;
    let claimed = BOARD.to_uppercase();
    let cookies = at.sign_on(&[(claim::GROUPS, &[&claimed])]).await;
    assert!(at.opens("/door", &cookies).await);
    let board = at.group("Board", Some(BOARD), &[]).await;
    assert!(!at.opens("/door", &cookies).await, "the claim is refuted");
    at.add(&board, &person).await;
    assert!(at.opens("/door", &cookies).await);
}

#[tokio::test]
async fn roles_connections_and_combinations() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    at.group("Staff", Some(STAFF), &[&person]).await;
    let cookies = at.sign_on(&[(claim::ROLE, &["Reader", "Auditor"])]).await;
    for (number, (rule, expected)) in [
        (Rule::role("Auditor"), true),
        (Rule::role("auditor"), false),
        (Rule::connection("acme"), true),
        (Rule::connection("second"), false),
        (Rule::role("Admin").or(Rule::group("Staff")), true),
        (Rule::role("Admin").and(Rule::group("Staff")), false),
        (Rule::role("Reader").and(Rule::group(STAFF)), true),
        (
            Rule::any([Rule::group("Board"), Rule::group("Staff")]),
            true,
        ),
        (
            Rule::all([Rule::group("Board"), Rule::group("Staff")]),
            false,
        ),
        (
            Rule::connection("second")
                .or(Rule::all([Rule::connection("acme"), Rule::group("Staff")])),
            true,
        ),
        (Rule::any_connection(), true),
        (Rule::all([]), false),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/door{number}");
        let said = rule.to_string();
        at.guard(&path, rule).await;
        assert_eq!(at.opens(&path, &cookies).await, expected, "{said}");
    }
}

#[tokio::test]
async fn a_name_stands_for_another_group_in_another_connection() {
    let mut at = Provisioned::new().await;
    let person = at.person().await;
    at.group("Board", Some(BOARD), &[]).await;
    let member = at
        .scim_of("second", "POST", "/Users", json!({"userName": PERSON}))
        .await;
    let members = json!([{"value": member["id"]}]);
    let board = json!({"displayName": "Board", "externalId": BOARD, "members": members});
    at.scim_of("second", "POST", "/Groups", board).await;
    at.guard("/name", Rule::group("Board")).await;
    at.guard("/object", Rule::group(BOARD)).await;
    let cookies = at.sign_on(&[]).await;
    for path in ["/name", "/object"] {
        assert!(!at.opens(path, &cookies).await, "{path}");
    }
    let leads = at.group("Leads", None, &[&person]).await;
    at.guard("/leads", Rule::group("Leads")).await;
    assert!(at.opens("/leads", &cookies).await);
    at.scim("DELETE", &format!("/Groups/{leads}"), json!({}))
        .await;
    assert!(!at.opens("/leads", &cookies).await);
}

/// A site with these connections, to the same identity provider, that admits everybody.
async fn site_of(ids: &[&str]) -> (Site, Entrada) {
    let (key, signer) = signer();
    let metadata = idp_metadata(&signer);
    let clock = TestClock::at("2026-11-22T10:00:00Z");
    let mut builder = Entrada::builder(BASE).store("memory:").clock(clock.clone());
    for id in ids {
        let connection = Connection::builder(*id).metadata_xml(metadata.clone());
        builder = builder.connection(connection.allow_idp_initiated());
    }
    let entrada = builder.build().await.unwrap();
    (Site::of(entrada.clone(), key, signer, clock), entrada)
}

/// The cookies of somebody with the role `Auditor`, over this connection.
async fn auditor(site: &Site, connection: &str) -> String {
    let response = EntraResponse::new(
        &issuer(),
        &format!("{BASE}/saml/{connection}/metadata"),
        &format!("{BASE}/saml/{connection}/acs"),
    );
    let response = response
        .ids(&format!("_r{connection}"), &format!("_a{connection}"))
        .issued(site.now())
        .name_id(PERSON)
        .claim(claim::TENANT_ID, [TENANT])
        .claim(claim::ROLE, ["Auditor"])
        .claim(claim::GROUPS, [BOARD]);
    let xml = response.signed(Sign::Assertion, &site.signer).unwrap();
    let page = site.post_to(connection, &xml, "", Browser::NONE).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    page.cookies
}

struct Auditors;

impl Requirement for Auditors {
    fn rule() -> Rule {
        Rule::role("Auditor")
    }
}

async fn audit(user: Permitted<Auditors>) -> String {
    user.name_id().to_string()
}

async fn maybe(user: Option<Permitted<Auditors>>) -> &'static str {
    user.map_or("others", |_| "auditors")
}

#[tokio::test]
async fn a_rule_without_a_connection_is_of_the_only_one_and_a_later_one_does_not_widen_it() {
    let (mut site, entrada) = site_of(&["acme"]).await;
    entrada.prepare::<Auditors>().await.unwrap();
    let mut routes = Router::new().route("/argument", get(audit));
    let rules = [
        ("/role", Rule::role("Auditor")),
        ("/object", Rule::group(BOARD)),
        ("/either", Rule::role("Auditor").or(Rule::group("Board"))),
        ("/both", Rule::role("Auditor").and(Rule::group(BOARD))),
    ];
    for (path, rule) in rules {
        let guard = entrada.require(rule).await.unwrap();
        routes = routes.merge(Router::new().route(path, get(page)).route_layer(guard));
    }
    let everybody = Rule::any_connection().and(Rule::role("Auditor"));
    let guard = entrada.require(everybody).await.unwrap();
    routes = routes.merge(Router::new().route("/any", get(page)).route_layer(guard));
    site.app = site.app.merge(routes.with_state(entrada.clone()));

    let acme = entrada.store().connection(&"acme".parse().unwrap()).await;
    let mut later = serde_json::to_value(acme.unwrap().unwrap()).unwrap();
    later["id"] = json!("later");
    let later: Connection = serde_json::from_value(later).unwrap();
    put_connection(entrada.store(), &later, Timestamp::now())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    for (connection, expected) in [("acme", StatusCode::OK), ("later", StatusCode::FORBIDDEN)] {
        let cookies = auditor(&site, connection).await;
        for path in ["/argument", "/role", "/object", "/either", "/both"] {
            let page = site.get(path, Browser::with(&cookies)).await;
            assert_eq!(page.status, expected, "{connection} {path}");
        }
        let page = site.get("/any", Browser::with(&cookies)).await;
        assert_eq!(page.status, StatusCode::OK, "{connection}");
    }
}

#[tokio::test]
async fn a_rule_without_a_connection_is_refused_where_there_are_none_or_several() {
    for ids in [&[][..], &["acme", "bolt"]] {
        let (mut site, entrada) = site_of(ids).await;
        for rule in [
            Rule::role("Auditor"),
            Rule::group("Board"),
            Rule::group(BOARD),
            Rule::connection("acme").or(Rule::role("Auditor")),
        ] {
            let said = rule.to_string();
            let error = entrada.require(rule).await.unwrap_err();
            let GuardError::Unbound(unbound) = error else {
                panic!("{error}");
            };
            assert_eq!(
                ids.is_empty(),
                matches!(unbound, UnboundRule::NoConnection { .. })
            );
            assert!(unbound.to_string().contains(&said), "{unbound}");
        }
        let rule = Rule::connection("acme").and(Rule::role("Auditor"));
        entrada.require(rule).await.unwrap();
        let prepared = entrada.prepare::<Auditors>().await;
        assert!(matches!(prepared, Err(GuardError::Unbound(_))));

        let routes = Router::new()
            .route("/argument", get(audit))
            .route("/maybe", get(maybe));
        site.app = site.app.merge(routes.with_state(entrada));
        let stranger = site.get("/argument", Browser::NONE).await;
        assert_eq!(stranger.status, StatusCode::SEE_OTHER);
        for id in ids {
            let cookies = auditor(&site, id).await;
            for path in ["/argument", "/maybe"] {
                let page = site.get(path, Browser::with(&cookies)).await;
                assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
                assert_eq!(page.body, r#"{"error":"guard-unbound"}"#);
            }
        }
    }
}
