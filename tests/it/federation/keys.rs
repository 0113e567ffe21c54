//! The server of keys in good and in bad days: what it is asked, how often, and what goes on without it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use entrada::ports::Clock;
use entrada::provisioning::NewFederation;
use jiff::SignedDuration;
use serde_json::json;
use tokio::task::JoinSet;

use super::Issuer;
use super::Site;
use crate::log_lines::LogLines;
use crate::metadata_publisher::LIMITS;
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

/// Keys at a private address: nobody who names one has the server ask inside its own network.
#[tokio::test]
async fn no_private_address_is_asked_for_keys_unless_the_federation_allows_it() {
    let log = LogLines::capture();
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publish(&issued.keys(&["ours"]));
    let by_name = site.publisher.url().replace("127.0.0.1", "localhost");
    for (number, url) in [(2, site.publisher.url()), (3, by_name.clone())] {
        let of_strangers = NewFederation {
            keys_url: Some(url),
            keys_addresses: None,
            ..site.settings()
        };
        let client = site.federate("acme", number, &of_strangers).await;
        let client = client.as_str();
        is_unavailable(&site.exchange(&issued, "good", Some(client)).await);
    }
    assert_eq!(site.publisher.requests(), Vec::<String>::new());
    let failed = log.of("federation-keys-failed");
    assert_eq!(failed.len(), 2, "{failed:?}");
    for line in failed {
        assert_eq!(line["fields"]["code"], "fetch-private-address");
        let error = line["fields"]["error"].as_str().unwrap();
        assert!(error.contains("--allow-private-addresses"), "{error}");
    }
    let allowed = NewFederation {
        keys_url: Some(by_name),
        ..site.settings()
    };
    let client = site.federate("acme", 4, &allowed).await;
    let granted = site.exchange(&issued, "good", Some(client.as_str())).await;
    assert_eq!(granted.status, 200, "{granted:?}");
}

#[tokio::test]
async fn a_server_of_keys_that_asks_for_time_has_it() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    let busy = "Retry-After: 120\r\n";
    let busy = Manner::answer("503 Service Unavailable", busy, "");
    site.publisher.behave(busy);
    let put_off = site.exchange(&issued, "good", None).await;
    assert_eq!(put_off.status, 503, "{put_off:?}");
    assert_eq!(put_off.header("retry-after"), "120");
    site.publish(&issued.keys(&["ours"]));
    site.scim.clock.advance(SignedDuration::from_secs(119));
    assert_eq!(site.exchange(&issued, "good", None).await.status, 503);
    assert_eq!(site.publisher.requests().len(), 1);
    site.scim.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(site.exchange(&issued, "good", None).await.status, 200);
    assert_eq!(site.publisher.requests().len(), 2);
}

#[tokio::test]
async fn of_all_federations_together_eight_fetch_keys_at_once() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publisher.behave(Manner::Hang);
    let mut clients = vec![site.client.clone()];
    for number in 2..=12 {
        clients.push(site.federate("acme", number, &site.settings()).await);
    }
    let both = Arc::new((site, issued));
    let mut exchanges = JoinSet::new();
    for client in clients {
        let both = both.clone();
        exchanges.spawn(async move {
            let (site, issued) = &*both;
            is_unavailable(&site.exchange(issued, "good", Some(client.as_str())).await);
        });
    }
    exchanges.join_all().await;
    let mut arrivals = both.0.publisher.arrivals();
    arrivals.sort_unstable();
    assert_eq!(arrivals.len(), 12);
    // The ninth waits until one of the eight before it has been given up.
    let ninth = arrivals[8] - arrivals[0];
    assert!(ninth > LIMITS.total / 2, "{ninth:?}");
    assert!(ninth < Duration::from_secs(5), "{ninth:?}");
}

#[tokio::test]
async fn whoever_sends_tokens_without_keys_again_and_again_is_slowed() {
    let site = Site::new().await;
    let issued = Issuer::run(&[site.case("good", json!({}))]);
    site.publisher
        .behave(Manner::answer("500 Internal Server Error", "", ""));
    let from_one_address = async || {
        site.address.store(100, Ordering::Relaxed);
        site.exchange(&issued, "good", None).await
    };
    let mut asked = 0;
    let slowed = loop {
        let put_off = from_one_address().await;
        if put_off.status == 429 {
            break put_off;
        }
        is_unavailable(&put_off);
        asked += 1;
        assert!(asked < 100, "nobody is slowed");
    };
    assert!((20..40).contains(&asked), "{asked}");
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert_eq!(site.publisher.requests().len(), 1);
    // From another address it is what it was, and with keys the token is taken from this one too.
    is_unavailable(&site.exchange(&issued, "good", None).await);
    site.publish(&issued.keys(&["ours"]));
    site.scim.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(from_one_address().await.status, 200);
}
