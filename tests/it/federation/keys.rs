//! The server of keys in good and in bad days: what it is asked, how often, and what goes on without it.

use entrada::ports::Clock;
use jiff::SignedDuration;
use serde_json::json;

use super::Issuer;
use super::Site;
use crate::metadata_publisher::Manner;
use crate::scim::Answer;

const JSON: &str = "Content-Type: application/json\r\n";

fn is_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.body["error"], "temporarily_unavailable");
    let retry_after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&retry_after), "{retry_after}");
}

#[tokio::test]
async fn without_keys_and_without_their_server_a_token_is_put_off_and_taken_later() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    let keys = issued.keys(&["ours"]);
    let symmetric =
        json!({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}]});
    let elsewhere = "Location: http://localhost:1/keys\r\n";
    let page = "Content-Type: text/html\r\n";
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_owned();
    for (name, manner) in [
        ("down", Manner::answer("500 Internal Server Error", "", "")),
        ("busy", Manner::answer("503 Service Unavailable", "", "")),
        ("elsewhere", Manner::answer("302 Found", elsewhere, "")),
        ("a page", Manner::answer("200 OK", page, keys.to_string())),
        ("empty", Manner::answer("200 OK", JSON, "")),
        ("huge", Manner::answer("200 OK", JSON, " ".repeat(300_000))),
        (
            "symmetric",
            Manner::answer("200 OK", JSON, symmetric.to_string()),
        ),
        (
            "twice",
            Manner::answer("200 OK", JSON, "{\"keys\":[],\"keys\":[]}"),
        ),
        ("slow", Manner::Drip(head)),
        ("deaf", Manner::Hang),
    ] {
        site.publisher.behave(manner);
        let before = site.publisher.requests().len();
        is_unavailable(&site.exchange(&issued, "good", None).await);
        assert_eq!(site.publisher.requests().len(), before + 1, "{name}");
        // Others who ask in the next seconds are put off as well, and the server has its rest.
        site.publish(&keys);
        is_unavailable(&site.exchange(&issued, "good", None).await);
        assert_eq!(site.publisher.requests().len(), before + 1, "{name}");
        site.scim.clock.advance(SignedDuration::from_secs(30));
    }
    let granted = site.exchange(&issued, "good", None).await;
    assert_eq!(granted.status, 200, "{granted:?}");
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_in_five_minutes() {
    let site = Site::new().await;
    let next = |name: &str| {
        let mut case = site.case(name, json!({}));
        case["key"] = json!("next");
        case["header"] = json!({"kid": "next"});
        case
    };
    let mut strange = site.case("strange", json!({}));
    strange["header"] = json!({"kid": "nobody's"});
    let issued = Issuer::run(&[site.case("good", json!({})), next("next"), strange]);
    site.publish(&issued.keys(&["ours"]));
    let status = async |token: &str| site.exchange(&issued, token, None).await.status;
    assert_eq!(status("good").await, 200);
    for _ in 0..5 {
        assert_eq!(status("strange").await, 401);
        assert_eq!(status("next").await, 401);
    }
    assert_eq!(site.publisher.requests().len(), 1);
    // The issuer has switched keys; the old one is gone.
    site.publish(&issued.keys(&["next"]));
    site.scim.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(status("next").await, 200);
    assert_eq!(status("next").await, 200);
    assert_eq!(status("good").await, 401);
    assert_eq!(site.publisher.requests().len(), 2);
}

#[tokio::test]
async fn keys_go_on_while_their_server_is_down_and_are_renewed_after_a_day() {
    let site = Site::new().await;
    let day = 24 * 3600;
    let now = site.scim.clock.now().as_second();
    let at = |name: &str, later: i64| {
        let times = json!({"iat": now + later, "nbf": now + later, "exp": now + later + 3900});
        site.case(name, times)
    };
    let issued = Issuer::run(&[
        site.case("good", json!({})),
        at("next day", day),
        at("third day", 2 * day + 60),
    ]);
    site.publish(&issued.keys(&["ours"]));
    let status = async |token: &str| site.exchange(&issued, token, None).await.status;
    assert_eq!(status("good").await, 200);
    site.publisher
        .behave(Manner::answer("500 Internal Server Error", "", ""));
    site.scim.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(status("next day").await, 200);
    assert_eq!(status("next day").await, 200);
    assert_eq!(site.publisher.requests().len(), 2);
    // It is back, and the issuer has withdrawn the key.
    site.publish(&issued.keys(&["next"]));
    site.scim
        .clock
        .advance(SignedDuration::from_hours(24) + SignedDuration::from_mins(1));
    assert_eq!(status("third day").await, 401);
    assert_eq!(site.publisher.requests().len(), 3);
}

#[tokio::test]
async fn all_who_come_at_once_wait_for_one_request() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publish(&issued.keys(&["ours"]));
    let one = || site.exchange(&issued, "good", None);
    let all = tokio::join!(one(), one(), one(), one());
    for exchanged in [all.0, all.1, all.2, all.3] {
        assert_eq!(exchanged.status, 200, "{exchanged:?}");
    }
    assert_eq!(site.publisher.requests().len(), 1);
}
