//! Metadata, and the trust that is drawn from it.

use entrada::dsig::TrustedKeys;
use entrada::metadata::Endpoint;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;

/// Reads the bytes as an identity provider's metadata, without and with a choice of the entity.
pub fn metadata(data: &[u8]) {
    let Ok(metadata) = IdpMetadata::read(data, None) else {
        return;
    };
    let chosen = IdpMetadata::read(data, Some(metadata.entity_id()))
        .expect("the only identity provider can be chosen by its ID");
    assert_eq!(chosen.signing_keys(), metadata.signing_keys());
    let Ok(trust) = Trust::of_metadata(&metadata) else {
        return;
    };
    assert!(!trust.entity_id().is_empty());
    assert!((1..=TrustedKeys::MAX).contains(&metadata.signing_keys().len()));
    assert!(trust.sso().is_protected());
    assert!(trust.slo().iter().all(Endpoint::is_protected));
}
