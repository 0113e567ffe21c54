//! A metadata file that an admin edits while the server runs.

use std::fs;
use std::time::Duration;

use entrada::connection::Connection;
use entrada::connection::TrustSource;
use entrada::event::Happened;
use entrada::store;
use entrada::web::Entrada;
use tokio::time::timeout;

use crate::metadata_publisher::document;
use crate::site::BASE;
use crate::site::signer;

#[tokio::test]
async fn a_file_is_read_again_when_it_changes_and_a_broken_one_changes_nothing() {
    let ((_, old), (_, new)) = (signer(), signer());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.xml");
    let first = document(&[old.certificate()], &old);
    fs::write(&path, &first).unwrap();
    let source = TrustSource::MetadataXml {
        xml: String::from_utf8(first).unwrap(),
        file: Some(path.display().to_string()),
        entity_id: None,
    };
    let store = store::open("sqlite::memory:").await.unwrap();
    let begun = jiff::Timestamp::now();
    let entrada = Entrada::builder(BASE)
        .open_store(store.clone())
        .connection(Connection::builder("acme").trust(source))
        .build()
        .await
        .unwrap();
    let mut events = entrada.trust_events();
    let mut next = async || {
        let event = timeout(Duration::from_secs(10), events.recv()).await;
        event.unwrap().unwrap().happened
    };
    assert_eq!(next().await, Happened::MetadataUnchanged);
    let known = store.refresh_record("acme").await.unwrap().history;
    let [known] = known.keys() else {
        panic!("one key: {known:?}")
    };
    assert!(known.first_seen >= begun && known.last_seen >= begun);

    // As editors and mounts do it: another file in its place.
    let replace = |bytes: &[u8]| {
        let beside = folder.path().join("new.xml");
        fs::write(&beside, bytes).unwrap();
        fs::rename(&beside, &path).unwrap();
    };
    replace(&document(&[old.certificate(), new.certificate()], &old));
    assert_eq!(next().await, Happened::MetadataRefreshed);
    let fingerprint = new.certificate().fingerprint();
    assert_eq!(next().await, Happened::CertificateTrusted { fingerprint });

    replace(b"<EntityDescriptor");
    let Happened::MetadataRejected { code, .. } = next().await else {
        panic!("a broken file")
    };
    assert_eq!(code, "xml-not-well-formed");
    fs::remove_file(&path).unwrap();
    let Happened::MetadataRejected { code, .. } = next().await else {
        panic!("no file")
    };
    assert_eq!(code, "file-unreadable");
    let history = store.refresh_record("acme").await.unwrap().history;
    assert_eq!(history.active().count(), 2);
    let state = store.refresh_record("acme").await.unwrap().state;
    assert_eq!(state.failures, 2);
}
