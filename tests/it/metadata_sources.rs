//! The sources beyond a plain address, over HTTP: metadata queries, a pinned signer, and a connection that takes public
//! addresses alone.

use entrada::configuration::danger::put_connection;
use entrada::connection::AddressPolicy;
use entrada::connection::Connection;
use entrada::connection::MetadataPolicy;
use entrada::connection::TrustSource;
use entrada::metadata::MetadataSigner;
use entrada::metadata::RefreshPolicy;
use entrada::ports::Clock as _;
use entrada::store;
use entrada::web::Entrada;
use entrada::web::Refreshed;
use jiff::Timestamp;

use crate::metadata_publisher::LIMITS;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::acme;
use crate::metadata_publisher::by_address;
use crate::metadata_publisher::document;
use crate::metadata_publisher::entity;
use crate::site::BASE;
use crate::site::issuer;
use crate::site::signer;

#[tokio::test]
async fn a_metadata_query_asks_for_the_entity_by_its_encoded_id_and_people_sign_on_by_it() {
    let trusting = Trusting::of(|url| TrustSource::MetadataQuery {
        base_url: url.strip_suffix("/metadata").unwrap().to_owned(),
        entity_id: issuer(),
        policy: MetadataPolicy::default(),
    })
    .await;
    assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
    let path = "GET /entities/https%3A%2F%2Fsts.windows.net%2F11111111-2222-3333-4444-555555555555%2F HTTP/1.1\r\n";
    for request in trusting.publisher.requests() {
        assert!(request.starts_with(path), "{request}");
        assert!(
            request
                .to_lowercase()
                .contains("application/samlmetadata+xml"),
            "{request}"
        );
    }

    // Of a whole federation only the entity that was asked for counts.
    let (_, other) = signer();
    let others = entity("https://other.example/", &[other.certificate()], &other);
    let ours = document(&[trusting.site.signer.certificate()], &trusting.site.signer);
    let both = aggregate(&[others.clone(), ours]);
    trusting.publisher.behave(Manner::good(both));
    let replaced = trusting.refresh().await;
    assert!(
        matches!(replaced, Refreshed::Replaced { .. }),
        "{replaced:?}"
    );
    assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
    let refused = trusting.refusal_of(&other).await;
    assert_eq!(refused.as_deref(), Some("signature-invalid"));

    // The server's metadata for another entity is not taken.
    trusting.publisher.behave(Manner::good(others));
    let failed = trusting.refresh().await;
    assert_eq!(Trusting::failed_with(&failed), "metadata-other-entity");
    assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
}

#[tokio::test]
async fn a_pinned_signer_alone_changes_trust() {
    let (_, operator) = signer();
    let (_, stranger) = signer();
    let certificate = operator.certificate();
    let pins = [
        MetadataSigner::Fingerprints(vec![certificate.fingerprint()]),
        MetadataSigner::Certificates(certificate.to_pem()),
    ];
    for pin in pins {
        let policy = MetadataPolicy {
            signer: Some(pin),
            ..MetadataPolicy::default()
        };
        let trusting = Trusting::signed_by(&operator, policy).await;
        let signer = &trusting.site.signer;
        assert_eq!(trusting.refusal_of(signer).await, None);

        let listed = [signer.certificate(), stranger.certificate()];
        let unsigned = unsigned(&document(&listed, signer));
        let good = String::from_utf8(document(&listed, &operator)).unwrap();
        let changed = good.replace("https://login.example", "https://login.exbmple");
        assert_ne!(changed, good);
        for (document, code) in [
            (document(&listed, &stranger), "metadata-signature"),
            (unsigned, "metadata-unsigned"),
            (changed.into_bytes(), "metadata-signature"),
        ] {
            trusting.publisher.behave(Manner::good(document));
            assert_eq!(Trusting::failed_with(&trusting.refresh().await), code);
            assert_eq!(trusting.refusal_of(signer).await, None, "{code}");
            let refused = trusting.refusal_of(&stranger).await;
            assert_eq!(refused.as_deref(), Some("signature-invalid"), "{code}");
        }
        trusting.publisher.behave(Manner::good(good.into_bytes()));
        let replaced = trusting.refresh().await;
        assert!(
            matches!(replaced, Refreshed::Replaced { .. }),
            "{replaced:?}"
        );
        assert_eq!(trusting.refusal_of(&stranger).await, None);
    }
}

#[tokio::test]
async fn an_unsigned_first_document_starts_nothing_where_a_signer_is_pinned() {
    let (_, operator) = signer();
    let (_, own) = signer();
    let publisher = Publisher::start(unsigned(&document(&[own.certificate()], &own))).await;
    let policy = MetadataPolicy {
        signer: Some(MetadataSigner::Fingerprints(vec![
            operator.certificate().fingerprint(),
        ])),
        ..MetadataPolicy::default()
    };
    let refused = first_start(&publisher, policy).await;
    assert!(
        refused.contains("the pinned signer did not sign"),
        "{refused}"
    );
}

/// The setting of the connection holds for its first copy and for every refresh; without it, loopback is fetched.
#[tokio::test]
async fn a_private_address_is_refused_where_the_connection_takes_public_ones_alone() {
    let trusting = Trusting::new().await;
    let before = trusting.publisher.requests().len();
    let policy = MetadataPolicy {
        addresses: AddressPolicy::PublicOnly,
        ..MetadataPolicy::default()
    };
    let refused = first_start(&trusting.publisher, policy.clone()).await;
    assert!(refused.contains("not on the public internet"), "{refused}");

    let strict = Connection::builder("acme").trust(by_address(&trusting.publisher, policy));
    put_connection(&*trusting.store, &strict.build().unwrap(), Timestamp::now())
        .await
        .unwrap();
    let failed = trusting.refresh().await;
    assert_eq!(Trusting::failed_with(&failed), "fetch-private-address");
    assert_eq!(trusting.publisher.requests().len(), before);
    assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
}

/// The reason that a new connection with this policy does not start.
async fn first_start(publisher: &Publisher, policy: MetadataPolicy) -> String {
    let connection = Connection::builder("acme").trust(by_address(publisher, policy));
    let built = Entrada::builder(BASE)
        .open_store(store::open("sqlite::memory:").await.unwrap())
        .metadata_fetch(LIMITS)
        .metadata_refresh(RefreshPolicy::default())
        .connection(connection)
        .build();
    match built.await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("a connection that nobody can be trusted by"),
    }
}

fn aggregate(entities: &[Vec<u8>]) -> Vec<u8> {
    let mut text = "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">".to_owned();
    for (number, entity) in entities.iter().enumerate() {
        let entity = String::from_utf8(entity.clone()).unwrap();
        let entity = entity.split_once("?>").map_or(&*entity, |(_, rest)| rest);
        text.push_str(&entity.replace("_metadata", &format!("_metadata{number}")));
    }
    text.push_str("</EntitiesDescriptor>");
    text.into_bytes()
}

/// The same document without its signature.
fn unsigned(document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(document.to_vec()).unwrap();
    let begin = text.find("<ds:Signature ").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    format!("{}{}", &text[..begin], &text[end..]).into_bytes()
}

/// The same federation, another of its entities: nothing of the one before is in the way, and nothing of it is trusted.
#[tokio::test]
async fn another_entity_of_the_same_aggregate_is_taken_although_the_publisher_says_not_modified() {
    let (_, other) = signer();
    let others = entity("https://other.example/", &[other.certificate()], &other);
    let trusting = Trusting::of(|url| TrustSource::MetadataUrl {
        url,
        entity_id: Some(issuer()),
        policy: MetadataPolicy::default(),
    })
    .await;
    let ours = document(&[trusting.site.signer.certificate()], &trusting.site.signer);
    let both = aggregate(&[others, ours]);
    let tagged = |body| {
        let lines = "Content-Type: application/xml\r\nETag: \"one\"\r\n";
        Manner::answer("200 OK", lines, body)
    };
    trusting.publisher.behave(tagged(both.clone()));
    let replaced = trusting.refresh().await;
    assert!(
        matches!(replaced, Refreshed::Replaced { .. }),
        "{replaced:?}"
    );

    let connection = trusting.store.connection(&acme()).await.unwrap().unwrap();
    let source = TrustSource::MetadataUrl {
        url: trusting.publisher.url(),
        entity_id: Some("https://other.example/".to_owned()),
        policy: MetadataPolicy::default(),
    };
    let connection = connection.with_trust(source).unwrap();
    put_connection(&*trusting.store, &connection, Timestamp::now())
        .await
        .unwrap();
    let replaced = trusting.refresh().await;
    assert!(
        matches!(replaced, Refreshed::Replaced { .. }),
        "{replaced:?}"
    );
    let last = trusting.publisher.requests().pop().unwrap();
    assert!(!last.to_lowercase().contains("if-none-match"), "{last}");
    let copy = trusting.store.metadata_copy("acme").await.unwrap().unwrap();
    let trust = connection.trust();
    let trust = trust
        .trust(Some(&copy.document), trusting.site.clock.now())
        .unwrap();
    assert_eq!(trust.entity_id(), "https://other.example/");
    assert_eq!(trust.certificates(), [other.certificate().clone()]);
}
