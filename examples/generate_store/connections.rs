//! The connections of the store: one of each kind of trust, and of each way to find a person's user.

use std::fs;
use std::path::Path;
use std::time::Duration;

use entrada::configuration::replace_connection;
use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::connection::SpKey;
use entrada::connection::SpKeys;
use entrada::connection::TrustSource;
use entrada::crypto::Certificate;
use entrada::crypto::Fingerprint;
use entrada::crypto::SigningKey;
use entrada::crypto::certificates_from_bytes;
use entrada::dsig::Signer;
use entrada::metadata::MetadataCopy;
use entrada::practice::EntraMetadata;
use entrada::store::Store;
use jiff::Timestamp;

use crate::Failure;
use crate::TENANT;
use crate::now;

/// One connection of each kind of trust, and of each way to find a person's user.
pub(crate) async fn put_connections(
    store: &dyn Store,
    signer: &Signer,
    keys: &Path,
) -> Result<(), Failure> {
    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: issuer(),
        base: "https://login.example".to_owned(),
        tenant: TENANT.to_owned(),
        certificates: vec![signer.certificate().clone(), key(keys, "staged")?.1],
    };
    let document = metadata.signed(signer)?;
    let xml = String::from_utf8(document.clone())?;
    let month = Duration::from_secs(30 * 24 * 3600);
    let pin = signer.certificate().fingerprint();
    let other = Fingerprint::parse(&"AB".repeat(32))?;
    let own = SpKey::new(
        fs::read_to_string(keys.join("sp.pem"))?,
        fs::read_to_string(keys.join("sp.crt"))?,
    );
    let of = |id: &str| Connection::builder(id).session_lifetime(month);
    let connections: [ConnectionBuilder; 6] = [
        of("acme")
            .metadata_xml(&xml)
            .display_name("Acme")
            .allow_idp_initiated()
            .seats(50)
            .sp_keys(SpKeys::none().with_active(own)?)
            .sign_requests()
            .email_domain("acme.example")
            .relay_state_target("/reports"),
        of("jit")
            .metadata_xml(&xml)
            .allow_idp_initiated()
            .sign_on(SignOnPolicy::JustInTime)
            .link_rule(LinkRule::NameId)
            .session_idle(month),
        of("open").metadata_xml(&xml).allow_idp_initiated(),
        of("pinned").trust(TrustSource::Fingerprint {
            fingerprints: vec![pin, other],
            entity_id: issuer(),
            sso_url: "https://login.example/saml2".to_owned(),
            slo_url: Some("https://login.example/logout".to_owned()),
        }),
        of("query").metadata_query("https://127.0.0.1:9", issuer()),
        of("tied")
            .metadata_url("https://127.0.0.1:9/metadata.xml?appid=1")
            .allow_idp_initiated()
            .link_rule(LinkRule::UserPrincipalName),
    ];
    for connection in connections {
        let connection = connection.build()?;
        let copy = connection.trust().copy_name().map(|url| MetadataCopy {
            url,
            document: document.clone(),
            fetched: now(),
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
            digest: None,
        });
        replace_connection(store, None, &connection, copy.as_ref(), Timestamp::now()).await?;
    }
    Ok(())
}

pub(crate) fn key(folder: &Path, name: &str) -> Result<(SigningKey, Certificate), Failure> {
    let private = SigningKey::from_bytes(&fs::read(folder.join(format!("{name}.pem")))?)?;
    let certificates = certificates_from_bytes(&fs::read(folder.join(format!("{name}.crt")))?)?;
    let certificate = certificates.into_iter().next().ok_or("no certificate")?;
    Ok((private, certificate))
}

pub(crate) fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}
