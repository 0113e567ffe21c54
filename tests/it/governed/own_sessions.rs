//! The page on which people see where they are signed on, and the lifetimes of sessions.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::session::SessionFilter;
use entrada::session::open_session;
use entrada::token::Token;
use jiff::SignedDuration;

use super::ADA;
use super::EVE;
use super::Governed;
use super::Person;
use crate::site::Browser;
use crate::site::Page;

async fn end(site: &Governed, cookies: &str, what: &str) -> Page {
    let request = Request::post("/saml/sessions")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookies);
    let body = Body::from(format!("end={what}"));
    site.site.send(request.body(body).unwrap()).await
}

/// Waits until the request of just now is noted: that is done beside it.
async fn is_noted(site: &Governed, cookies: &str) {
    let (_, token) = cookies.split_once("entrada-session=").unwrap();
    let token = token.split(';').next().unwrap();
    let hash = Token::parse(token).unwrap().hash();
    let now = site.site.now();
    for _ in 0..200 {
        let record = site.store.session(&hash, now).await.unwrap().unwrap();
        if record.seen == now {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the request was not noted");
}

/// The handles of the sessions that a page offers to end.
fn handles(page: &Page) -> Vec<String> {
    let parts = page.body.split("name=\"end\" value=\"").skip(1);
    let values = parts.map(|part| part.split('"').next().unwrap().to_owned());
    values.filter(|value| value != "others").collect()
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_and_nobody_elses() {
    for rule in [true, false] {
        let site = match rule {
            true => Governed::provisioned(|connection| connection.just_in_time()).await,
            false => Governed::open(|connection| connection).await,
        };
        let ada = Person::of_entra(ADA, "ada@contoso.example");
        let (laptop, phone) = (site.let_in(&ada).await, site.let_in(&ada).await);
        let tablet = site.let_in(&ada).await;
        let eve = site
            .let_in(&Person::of_entra(EVE, "eve@contoso.example"))
            .await;

        let page = site
            .site
            .get("/saml/sessions", Browser::with(&laptop))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("This is the one that you are using."));
        let others = handles(&page);
        assert_eq!(others.len(), 2, "{}", page.body);
        let of_eve = {
            let own = site.site.get("/saml/sessions", Browser::with(&eve)).await;
            assert_eq!(handles(&own).len(), 0);
            let listed = site
                .store
                .sessions(&Default::default(), site.site.now())
                .await;
            let listed = listed.unwrap().into_iter();
            let mut of_eve = listed.filter(|one| one.name_id.value.starts_with("eve"));
            of_eve.next().unwrap().id
        };
        let page = end(&site, &laptop, of_eve.as_str()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert!(site.knows(&eve).await, "somebody else's session was ended");

        end(&site, &laptop, &others[0]).await;
        let left = [site.knows(&phone).await, site.knows(&tablet).await];
        assert_eq!(left.iter().filter(|live| **live).count(), 1);
        end(&site, &laptop, "others").await;
        assert!(!site.knows(&phone).await && !site.knows(&tablet).await);
        assert!(site.knows(&laptop).await && site.knows(&eve).await);
    }
}

#[tokio::test]
async fn nobody_ends_a_session_without_one() {
    let site = Governed::open(|connection| connection).await;
    let page = end(&site, "", "others").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let cookies = site.let_in(&Person::named("ada")).await;
    let page = end(&site, &cookies, "nonsense").await;
    page.is_refused(StatusCode::BAD_REQUEST, "form-malformed");
}

#[tokio::test]
async fn a_form_of_a_neighbour_ends_nothing() {
    let site = Governed::open(|connection| connection).await;
    let ada = Person::named("ada");
    let (here, there) = (site.let_in(&ada).await, site.let_in(&ada).await);
    for (header, value, expected) in [
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("origin", "https://evil.example.com", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("origin", crate::site::BASE, StatusCode::SEE_OTHER),
    ] {
        let request = Request::post("/saml/sessions")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, here.as_str())
            .header(header, value);
        let request = request.body(Body::from("end=others")).unwrap();
        let page = site.site.send(request).await;
        assert_eq!(page.status, expected, "{header}: {value}");
        let is_live = expected == StatusCode::FORBIDDEN;
        assert_eq!(site.knows(&there).await, is_live, "{header}: {value}");
    }
}

#[tokio::test]
async fn a_session_ends_for_want_of_a_request_and_lives_by_them() {
    let idle = Duration::from_secs(16 * 60);
    let site = Governed::open(|connection| connection.session_idle(idle)).await;
    let ada = Person::named("ada");
    let (used, unused) = (site.let_in(&ada).await, site.let_in(&ada).await);
    for _ in 0..3 {
        site.site.clock.advance(SignedDuration::from_mins(15));
        assert!(site.knows(&used).await);
        is_noted(&site, &used).await;
    }
    assert!(!site.knows(&unused).await);
    site.site.clock.advance(SignedDuration::from_mins(16));
    assert!(!site.knows(&used).await);
}

#[tokio::test]
async fn all_other_sessions_end_however_many_there_are() {
    let site = Governed::open(|connection| connection).await;
    let ada = Person::named("ada");
    let oldest = site.let_in(&ada).await;
    site.site.clock.advance(SignedDuration::from_secs(1));
    let all = SessionFilter::default();
    let first = site.store.sessions(&all, site.site.now());
    let first = first.await.unwrap().remove(0);
    for number in 0..520 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&u32::to_be_bytes(number));
        let mut record = first.clone();
        record.id = format!("{number:016x}").parse().unwrap();
        record.token = Token::from_random(bytes).hash();
        record.opened = site.site.now();
        open_session(&*site.store, &record).await.unwrap();
    }
    site.site.clock.advance(SignedDuration::from_secs(1));
    let laptop = site.let_in(&ada).await;
    let page = site
        .site
        .get("/saml/sessions", Browser::with(&laptop))
        .await;
    assert_eq!(handles(&page).len(), 499, "the newest 500 are shown");
    // The oldest is not on the page, and ends all the same.
    end(&site, &laptop, first.id.as_str()).await;
    assert!(!site.knows(&oldest).await);
    end(&site, &laptop, "others").await;
    let left = site.store.sessions(&all, site.site.now());
    assert_eq!(left.await.unwrap().len(), 1);
    assert!(site.knows(&laptop).await);
}
