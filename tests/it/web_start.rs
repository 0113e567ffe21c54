//! The start of an app: the connections of its code come into the store as by a command.

use std::sync::Arc;

use entrada::admin::AdminError;
use entrada::configuration::note_pinned;
use entrada::configuration::replace_connection;
use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::connection::SpKey;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use entrada::metadata::MetadataCopy;
use entrada::metadata::PinnedNote;
use entrada::saml::Binding;
use entrada::session::Rule;
use entrada::store;
use entrada::store::Store;
use entrada::web::BuildError;
use entrada::web::Entrada;

use crate::metadata_publisher::document;
use crate::site::BASE;
use crate::site::TestClock;
use crate::site::signer;

async fn start(
    store: &Arc<dyn Store>,
    moment: &str,
    connection: ConnectionBuilder,
) -> Result<Entrada, BuildError> {
    let builder = Entrada::builder(BASE).open_store(store.clone());
    let builder = builder.clock(TestClock::at(moment));
    builder.connection(connection).build().await
}

fn pinned(certificate: &Certificate) -> ConnectionBuilder {
    let (pin, sso) = (certificate.fingerprint(), "https://idp.example/sso");
    Connection::builder("acme").fingerprint(pin, "urn:idp", sso)
}

#[tokio::test]
async fn a_certificate_that_the_code_pins_no_longer_retires_with_the_start() {
    let store = store::open("memory:").await.unwrap();
    let key = SigningKey::generate_p256().unwrap();
    let [old, new] = [1, 2].map(|serial| {
        let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
        let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
        Certificate::self_signed(&key, "pinned", serial, begin, end).unwrap()
    });
    let moment = "2026-11-22T10:00:00Z";
    start(&store, moment, pinned(&old)).await.unwrap();
    let note = PinnedNote {
        met: vec![old.clone()],
        source: "sign-on".to_owned(),
        now: moment.parse().unwrap(),
    };
    let acme = "acme".parse().unwrap();
    assert!(note_pinned(&*store, &acme, &note).await.unwrap());

    let later = "2026-11-23T10:00:00Z";
    start(&store, later, pinned(&new)).await.unwrap();
    let history = store.refresh_record("acme").await.unwrap().history;
    let [known] = history.keys() else {
        panic!("one certificate is on record: {history:?}")
    };
    assert_eq!(known.fingerprint, old.fingerprint());
    assert_eq!(known.retired, Some(later.parse().unwrap()));
}

#[tokio::test]
async fn a_binding_that_the_identity_provider_does_not_take_is_found_at_the_start() {
    let store = store::open("memory:").await.unwrap();
    let (_, signer) = signer();
    let acme = pinned(signer.certificate()).request_binding(Binding::HttpPost);
    let started = start(&store, "2026-11-22T10:00:00Z", acme).await;
    let Err(BuildError::Change(AdminError::NoSuchBinding { binding, .. })) = started else {
        panic!("the binding is refused: {:?}", started.err())
    };
    assert_eq!(binding, Binding::HttpPost);
    assert_eq!(store.connections().await.unwrap(), []);
}

/// As with `entrada serve --config`: nobody signs on, and the other connections are served.
#[tokio::test]
async fn an_unchanged_connection_whose_metadata_has_ended_lets_an_app_start() {
    let store = store::open("memory:").await.unwrap();
    let (_, signer) = signer();
    let xml = String::from_utf8(document(&[signer.certificate()], &signer)).unwrap();
    let end = "<EntityDescriptor validUntil=\"2026-11-22T12:00:00Z\" ";
    let xml = xml.replacen("<EntityDescriptor ", end, 1);
    let acme = |name: &str| {
        Connection::builder("acme")
            .metadata_xml(&*xml)
            .display_name(name)
    };
    start(&store, "2026-11-22T10:00:00Z", acme("Acme"))
        .await
        .unwrap();
    let later = "2026-11-22T14:00:00Z";
    start(&store, later, acme("Acme")).await.unwrap();
    start(&store, later, acme("Acme Ltd")).await.unwrap();

    let empty = store::open("memory:").await.unwrap();
    let started = start(&empty, later, acme("Acme")).await;
    assert!(matches!(
        started,
        Err(BuildError::Change(AdminError::Untrusted { .. }))
    ));
}

/// The provider takes other requests by now: that stops its own connection, and no start of an app that has others too.
#[tokio::test]
async fn an_unchanged_binding_that_the_identity_provider_has_dropped_lets_an_app_start() {
    let (_, signer) = signer();
    let document = String::from_utf8(document(&[signer.certificate()], &signer)).unwrap();
    let document = document.replace("bindings:HTTP-POST", "bindings:SOAP");
    let (url, moment) = ("https://idp.invalid/metadata", "2026-11-22T10:00:00Z");
    let now = moment.parse().unwrap();
    let copy = MetadataCopy {
        url: url.to_owned(),
        document: document.into_bytes(),
        fetched: now,
        etag: None,
        last_modified: None,
        digest: None,
    };
    let without = || Connection::builder("acme").metadata_url(url);
    let with = || without().request_binding(Binding::HttpPost);
    let kept = async |acme: ConnectionBuilder| {
        let store = store::open("memory:").await.unwrap();
        let acme = acme.build().unwrap();
        let kept = replace_connection(&*store, None, &acme, Some(&copy), now).await;
        assert!(kept.unwrap());
        store
    };
    let unchanged = start(&kept(with()).await, moment, with().display_name("Acme")).await;
    unchanged.unwrap();
    let changed = start(&kept(without()).await, moment, with()).await;
    assert!(matches!(
        changed,
        Err(BuildError::Change(AdminError::NoSuchBinding { .. }))
    ));
}

/// The code of the app says nothing of keys: `entrada key` has made one.
#[tokio::test]
async fn an_app_that_signs_requests_starts_with_the_key_that_the_store_has() {
    let store = store::open("memory:").await.unwrap();
    let (_, signer) = signer();
    let read = |file| String::from_utf8(crate::fixtures::read(file)).unwrap();
    let key = SpKey::new(read("keys/p256.pem"), read("keys/p256.crt"));
    let moment = "2026-11-22T10:00:00Z";
    let unsigned = start(&store, moment, pinned(signer.certificate()).sign_requests()).await;
    assert!(matches!(unsigned, Err(BuildError::Connection(_))));
    assert_eq!(store.connections().await.unwrap(), []);
    let with_key = pinned(signer.certificate()).sp_key(key).sign_requests();
    start(&store, moment, with_key).await.unwrap();
    let without = pinned(signer.certificate()).sign_requests();
    start(&store, moment, without).await.unwrap();
}

/// `main` prints `Debug` of the error that it returns.
#[tokio::test]
async fn an_error_that_main_returns_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = format!("sqlite:{}/none/entrada.db", folder.path().display());
    let acme = || Connection::builder("acme");
    for (base, store, connection) in [
        ("http://app.example.com", "memory:", acme()),
        (BASE, "memory:", acme()),
        (BASE, "memory:", acme().metadata_url("https://127.0.0.1:1/")),
        (BASE, &nowhere, acme()),
        (BASE, "postgres:", acme()),
    ] {
        let site = Entrada::builder(base).store(store).connection(connection);
        let error = site.build().await.unwrap_err();
        let (shown, printed) = (error.to_string(), format!("{error:?}"));
        let causes = printed.strip_prefix(&shown).expect(&printed);
        assert!(
            causes.is_empty() || causes.starts_with(" (because "),
            "{printed}"
        );
        assert!(!printed.contains('{'), "{printed}");
    }
    let entrada = Entrada::builder(BASE)
        .store("memory:")
        .build()
        .await
        .unwrap();
    let error = entrada.require(Rule::group("Board")).await.unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}
