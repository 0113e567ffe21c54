//! Our own keys for a connection, and their rollover.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::Admin;
use super::AdminError;
use super::Done;
use super::certificates::CertificateFacts;
use super::connections;
use super::connections::Edit;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::connection::SpKey;
use crate::connection::SpKeyError;
use crate::connection::SpKeyId;
use crate::connection::SpKeys;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;

/// A key of ours as it is shown: without its private half.
#[derive(Serialize)]
pub struct OwnKey {
    /// The id.
    pub id: SpKeyId,
    /// The stage of its life.
    pub state: KeyState,
    /// Its certificate, in PEM.
    pub certificate: String,
    /// The facts about that.
    #[serde(flatten)]
    pub facts: CertificateFacts,
}

/// Lists the keys of a connection. Fails on an unknown connection, a certificate that cannot be read, and where the store does.
pub async fn list(admin: &Admin, id: &ConnectionId) -> Done<Vec<OwnKey>> {
    own_keys(&connections::one(admin, id).await?, admin.now())
}

/// Makes a key, and lists the keys then. The first one of a connection is active at once; a later one is announced until it is
/// activated. Fails on an unknown connection, where others kept the change from being made, and where the store does.
pub async fn make(admin: &Admin, id: &ConnectionId) -> Done<Vec<OwnKey>> {
    let (connection, now) = (connections::one(admin, id).await?.id().clone(), admin.now());
    // To draw an RSA key takes a long time of computing.
    let drawn = spawn_blocking(move || generate(connection.as_str(), now)).await;
    let key = drawn.map_err(|_| AdminError::NoKey("it was interrupted".to_owned()))??;
    change(admin, id, move |keys| match keys.is_empty() {
        true => keys.with_active(key.clone()),
        false => keys.with_next(key.clone()),
    })
    .await
}

/// Signs with this key from now on, and lists the keys then. Fails on an unknown connection or key, and where the store does.
pub async fn activate(admin: &Admin, id: &ConnectionId, key: &SpKeyId) -> Done<Vec<OwnKey>> {
    change(admin, id, |keys| keys.activated(key)).await
}

/// Forgets a key for good, and lists the rest. Fails on an unknown connection or key, one that is needed, or where the store
/// does.
pub async fn retire(admin: &Admin, id: &ConnectionId, key: &SpKeyId) -> Done<Vec<OwnKey>> {
    change(admin, id, |keys| keys.retired(key)).await
}

async fn change(
    admin: &Admin,
    id: &ConnectionId,
    edit: impl Fn(SpKeys) -> Result<SpKeys, SpKeyError> + Send + Sync,
) -> Done<Vec<OwnKey>> {
    let edit = Edit::of_other_settings(|present| {
        let keys = edit(present.sp_keys().clone())?;
        Ok(present.clone().with_sp_keys(keys)?)
    });
    let changed = connections::change(admin, id, &edit).await?;
    own_keys(&changed.connection, admin.now())
}

fn own_keys(connection: &Connection, now: Timestamp) -> Done<Vec<OwnKey>> {
    let own_key = |(id, state, key): (&SpKeyId, KeyState, &SpKey)| {
        let certificate = key
            .certificate()
            .map_err(|error| AdminError::NoKey(error.to_string()))?;
        Ok(OwnKey {
            id: id.clone(),
            state,
            certificate: certificate.to_pem(),
            facts: CertificateFacts::of(&certificate, now),
        })
    };
    connection.sp_keys().iter().map(own_key).collect()
}

/// Draws a key and makes its certificate: RSA with 2048 bits, which everybody can use, and three years, as Entra's have.
pub(crate) fn generate(connection: &str, now: Timestamp) -> Done<SpKey> {
    let failed = |error: &dyn std::fmt::Display| AdminError::NoKey(error.to_string());
    let key = SigningKey::generate_rsa_2048().map_err(|error| failed(&error))?;
    let end = now.checked_add(LIFETIME).map_err(|error| failed(&error))?;
    let serial = u64::try_from(now.as_microsecond()).unwrap_or(1);
    let name = format!("entrada {connection}");
    let certificate =
        Certificate::self_signed(&key, &name, serial, now, end).map_err(|error| failed(&error))?;
    Ok(SpKey::new(key.to_pem(), certificate.to_pem()))
}

/// Three years.
const LIFETIME: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);
