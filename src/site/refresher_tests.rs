//! The cost of a refresh that finds nothing new.

use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::configuration::danger::put_connection;
use crate::crypto::Certificate;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::dsig::Signer;
use crate::fetch::FetchLimits;
use crate::practice::EntraMetadata;
use crate::site::SystemClock;
use crate::store;
use crate::xml::counted;

/// Answers each connection with what stands there now.
async fn publisher(answer: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            let answer = answer.lock().unwrap().clone();
            // The other end may hang up at any time.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}/metadata")
}

fn ok(document: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: \"one\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{document}",
        document.len()
    )
}

fn document() -> String {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (begin, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
    let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "test", 1, begin, end).unwrap();
    let signer = Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).unwrap();
    let metadata = EntraMetadata {
        id: format!("_{}", counted::MARK),
        entity_id: "https://idp.example/".to_owned(),
        base: "https://login.example".to_owned(),
        tenant: "tenant".to_owned(),
        certificates: vec![signer.certificate().clone()],
    };
    String::from_utf8(metadata.signed(&signer).unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_not_modified_and_what_is_the_same_are_not_parsed() {
    let document = document();
    let answer = Arc::new(Mutex::new(ok(&document)));
    let url = publisher(answer.clone()).await;
    let store = store::open("memory:").await.unwrap();
    let connection = Connection::builder("acme").metadata_url(url).build();
    let connection = connection.unwrap();
    put_connection(&*store, &connection, Timestamp::now())
        .await
        .unwrap();
    let refresher = Refresher::new(
        store.clone(),
        Fetcher::new(FetchLimits::default()).unwrap(),
        RefreshPolicy::default(),
        Arc::new(SystemClock),
    );
    let refresh = async || {
        let before = counted::readings();
        let refreshed = refresher.refresh(&connection, RefreshTrigger::Manual).await;
        (refreshed.unwrap(), counted::readings() - before)
    };
    let (first, parses) = refresh().await;
    assert!(matches!(first, Refreshed::Replaced { .. }), "{first:?}");
    assert!(parses > 0, "the counter counts");

    let (same, parses) = refresh().await;
    assert!(matches!(same, Refreshed::Unchanged), "{same:?}");
    assert_eq!(parses, 0, "the same bytes");

    *answer.lock().unwrap() =
        "HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\nConnection: close\r\n\r\n".to_owned();
    let (unmodified, parses) = refresh().await;
    assert!(matches!(unmodified, Refreshed::Unchanged), "{unmodified:?}");
    assert_eq!(parses, 0, "a 304");
    let state = store.refresh_record("acme").await.unwrap().state;
    assert_eq!((state.failures, state.lease), (0, None));
}

/// An admin hands a new file over, and the source finds nothing new in it.
#[test]
fn a_document_that_came_another_way_is_noted_too() {
    let now = Timestamp::now();
    let (before, after) = (document(), document());
    let source = |xml: &str| TrustSource::MetadataXml {
        xml: xml.to_owned(),
        file: Some("/etc/idp.xml".to_owned()),
        entity_id: None,
    };
    let first = begun(KeyHistory::default(), &source(&before), None, now).unwrap();
    assert!(begun(first.clone(), &source(&before), None, now).is_none());
    let second = begun(first, &source(&after), None, now).unwrap();
    let states: Vec<bool> = second
        .keys()
        .iter()
        .map(|key| key.retired.is_some())
        .collect();
    assert_eq!(states, [true, false]);
}

#[test]
fn only_where_a_role_may_end_beside_another_a_document_is_read_again() {
    let one = document();
    assert!(!may_have_several_roles(one.as_bytes()));
    let role = "<IDPSSODescriptor/><IDPSSODescriptor/>";
    assert!(may_have_several_roles(format!("{one}{role}").as_bytes()));
    let wide: Vec<u8> = one.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(may_have_several_roles(&wide));
}
