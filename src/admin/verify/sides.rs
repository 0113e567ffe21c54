//! The two sides of a sign-on: whom to trust, and who we are.

use jiff::Timestamp;

use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::connections;
use crate::admin::warnings::Warning;
use crate::admin::warnings::warnings;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::TrustSource;
use crate::crypto::Fingerprint;
use crate::metadata::IdpMetadata;
use crate::metadata::TrustError;
use crate::metadata::Validity;
use crate::metadata::lint::Context;
use crate::saml::ServiceProvider;
use crate::saml::Trust;
use crate::site::decryption_keys;
use crate::site::service_provider;
use crate::xenc::DecryptionKeys;

/// The two sides of a sign-on.
pub struct Sides {
    /// The trust in the identity provider.
    pub trust: Trust,
    /// Our names and addresses.
    pub sp: ServiceProvider,
    /// Our keys for encrypted assertions.
    pub keys: Option<DecryptionKeys>,
    /// The connection that both sides come from, on its site.
    pub(super) site: Option<OnSite>,
    /// The oddities of the metadata that the trust comes from.
    pub(super) warnings: Vec<Warning>,
    pub(super) notes: Vec<String>,
}

pub(super) struct OnSite {
    pub(super) connection: Connection,
    pub(super) base_url: BaseUrl,
}

impl Sides {
    /// Both sides as a connection has them at a moment. Fails on an unknown connection or one that nobody can be trusted by,
    /// and where the store does.
    pub async fn of_connection(
        admin: &Admin,
        id: &ConnectionId,
        base_url: &BaseUrl,
        at: Timestamp,
    ) -> Done<Sides> {
        let connection = connections::one(admin, id).await?;
        let copy = connections::metadata_copy(admin, &connection).await?;
        let document = copy.as_ref().map(|copy| copy.document.as_slice());
        let metadata = connection.trust().metadata(document, at).ok().flatten();
        let validity = metadata.map(|metadata| connection.trust().validity(&metadata));
        Ok(Sides {
            trust: connections::trust(admin, &connection, at).await?,
            sp: service_provider(&connection, base_url),
            keys: decryption_keys(&connection),
            warnings: connections::warnings(admin, &connection, at).await?,
            notes: validity
                .and_then(|validity| over(validity, at))
                .into_iter()
                .collect(),
            site: Some(OnSite {
                base_url: base_url.clone(),
                connection,
            }),
        })
    }

    /// The identity provider of metadata from a source at a moment, and us. `entity_id` chooses one of several. Fails on
    /// metadata that cannot be read, or that nobody can be trusted by.
    pub fn of_metadata(
        sp: ServiceProvider,
        document: &[u8],
        source: &str,
        entity_id: Option<&str>,
        at: Timestamp,
    ) -> Result<Sides, TrustError> {
        let metadata =
            IdpMetadata::read_at(document, entity_id, at).map_err(TrustError::Metadata)?;
        let context = Context {
            entity_id,
            ..Context::new(source, at)
        };
        let validity = Validity {
            valid_until: metadata.valid_until(),
            ..Validity::default()
        };
        Ok(Sides {
            warnings: warnings(document, &context),
            notes: over(validity, at).into_iter().collect(),
            ..Sides::new(sp, Trust::of_metadata(&metadata)?)
        })
    }

    /// The identity provider of pinned certificates at a moment, and us. Fails on fingerprints that nobody can be trusted by.
    pub fn of_fingerprints(
        sp: ServiceProvider,
        fingerprints: Vec<Fingerprint>,
        entity_id: String,
        at: Timestamp,
    ) -> Result<Sides, TrustError> {
        let source = TrustSource::Fingerprint {
            fingerprints,
            entity_id,
            // Trust has an address to send people to; nobody is sent anywhere here (RFC 2606 §2).
            sso_url: "https://nowhere.invalid/".to_owned(),
            slo_url: None,
        };
        Ok(Sides::new(sp, source.trust(None, at)?))
    }

    fn new(sp: ServiceProvider, trust: Trust) -> Sides {
        Sides {
            trust,
            sp,
            keys: None,
            site: None,
            warnings: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A word about metadata that is over: a server trusts nobody by it, whatever the checks say.
fn over(validity: Validity, at: Timestamp) -> Option<String> {
    let error = validity.check(at).err()?;
    Some(format!(
        "WARNING: {error}: a server refuses every sign-on by it ({}), whatever the checks say; fetch it anew",
        error.code()
    ))
}
