//! The connections of the site with their trust, parsed once and kept until the store says that something
//! changed, by whichever process.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::SignOnError;
use super::service_provider::decryption_keys;
use super::service_provider::service_provider;
use super::service_provider::signer;
use super::service_provider::sp_metadata;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::directory::View;
use crate::dsig::Signer;
use crate::dsig::TrustedKeys;
use crate::metadata::MetadataCopy;
use crate::metadata::Trust;
use crate::metadata::TrustError;
use crate::metadata::Validity;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::saml::ServiceProvider;
use crate::session::SignOnAuthority;
use crate::store::Store;
use crate::xenc::DecryptionKeys;

#[derive(Debug)]
pub(crate) struct LoadedConnection {
    pub(crate) connection: Connection,
    pub(crate) sp: ServiceProvider,
    trust: Result<Trust, TrustError>,
    validity: Validity,
    /// The end of all sign-on by the metadata, roles that go on beside others included.
    ends: Option<Timestamp>,
    /// The moment at which the metadata was read, with the roles that counted then.
    read: Timestamp,
    /// The first end after that: from then on the metadata must be read anew.
    next_end: Option<Timestamp>,
    fetched: Option<Timestamp>,
    version: Option<u64>,
    /// The number of pinned certificates that were met and are written down, or are about to be.
    noted: AtomicUsize,
    pub(crate) signer: Option<Signer>,
    /// Open what is encrypted for us.
    pub(crate) decryption: Option<DecryptionKeys>,
    /// The view of users and groups for those who provision it.
    pub(crate) view: View,
    /// True if anybody provisions it, or did.
    provisioned: bool,
    /// Our metadata as it was last asked for: one document for each connection, gone with this record of it.
    metadata: OnceLock<Arc<[u8]>>,
}

impl LoadedConnection {
    /// The trust of the connection now: metadata that was valid when it was read may have ended since.
    pub(crate) fn trust(&self, now: Timestamp) -> Result<&Trust, SignOnError> {
        self.trusted(now).map_err(SignOnError::NoTrust)
    }

    /// The same, with the reason alone.
    pub(crate) fn trusted(&self, now: Timestamp) -> Result<&Trust, TrustError> {
        let trust = self.trust.as_ref().map_err(TrustError::clone)?;
        self.validity.check(now)?;
        Ok(trust)
    }

    /// The certificates that it trusts, if its metadata is still valid or not.
    pub(crate) fn certificates(&self) -> &[Certificate] {
        self.trust.as_ref().map_or(&[], Trust::certificates)
    }

    /// The pinned certificates that messages have brought to this process.
    pub(crate) fn met(&self) -> Vec<Certificate> {
        let keys = self.trust.as_ref().ok().map(Trust::keys);
        keys.into_iter()
            .flat_map(TrustedKeys::met)
            .cloned()
            .collect()
    }

    /// True if more of them came than were asked for before. It costs nothing where none is pinned.
    pub(crate) fn has_newly_met(&self) -> bool {
        let keys = self.trust.as_ref().ok().map(Trust::keys);
        let met = keys.map_or(0, |keys| keys.met().count());
        met > 0 && self.noted.fetch_max(met, Ordering::Relaxed) < met
    }

    /// Has all of them count as new again: they could not be written down.
    pub(crate) fn forget_noted(&self) {
        self.noted.store(0, Ordering::Relaxed);
    }

    /// Until when the metadata may be used.
    pub(crate) fn validity(&self) -> Validity {
        self.validity
    }

    pub(crate) fn ends(&self) -> Option<Timestamp> {
        self.ends
    }

    pub(crate) fn fetched(&self) -> Option<Timestamp> {
        self.fetched
    }

    pub(crate) fn authority(&self) -> SignOnAuthority {
        SignOnAuthority::of(&self.connection, self.provisioned)
    }

    /// True if reading it again would give the same.
    fn is_of(&self, connection: &Connection, version: Option<u64>, provisioned: bool) -> bool {
        self.version == version && self.provisioned == provisioned && self.connection == *connection
    }

    /// True while the metadata is as it was when it was read: no role has ended since, and the clock was not put back.
    fn holds(&self, now: Timestamp) -> bool {
        self.read <= now && self.next_end.is_none_or(|end| now < end)
    }

    /// Our metadata, written and signed at the first call: anybody may ask for it, and a signature costs a private-key
    /// operation. Other keys or settings make another [`LoadedConnection`].
    pub(crate) fn metadata(&self, base_url: &BaseUrl) -> Result<Arc<[u8]>, SignOnError> {
        if let Some(written) = self.metadata.get() {
            return Ok(written.clone());
        }
        let xml = sp_metadata(&self.connection, base_url).to_xml();
        let xml = Arc::from(xml.map_err(|_| SignOnError::Write)?.into_bytes());
        Ok(self.metadata.get_or_init(|| xml).clone())
    }
}

/// All connections at one revision of the store.
#[derive(Debug)]
pub(crate) struct Snapshot {
    revision: u64,
    connections: BTreeMap<ConnectionId, Arc<LoadedConnection>>,
    read: Timestamp,
    /// The first end of metadata after that.
    next_end: Option<Timestamp>,
}

impl Snapshot {
    pub(crate) fn get(&self, id: &str) -> Option<Arc<LoadedConnection>> {
        self.connections
            .get(&id.parse::<ConnectionId>().ok()?)
            .cloned()
    }

    /// True while all metadata is as it was when it was read.
    fn holds(&self, now: Timestamp) -> bool {
        self.read <= now && self.next_end.is_none_or(|end| now < end)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<LoadedConnection>> {
        self.connections.values()
    }
}

pub(crate) struct Registry {
    base_url: BaseUrl,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    held: RwLock<Option<CachedSnapshot>>,
}

#[derive(Clone)]
struct CachedSnapshot {
    snapshot: Arc<Snapshot>,
    /// The time at which the store last said that it is the newest.
    checked: Instant,
}

impl Registry {
    pub(crate) fn new(base_url: BaseUrl, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Registry {
        Registry {
            base_url,
            store,
            clock,
            held: RwLock::new(None),
        }
    }

    /// The connections as the store had them a moment ago: what another process changes takes effect within
    /// [`FRESH`].
    pub(crate) async fn current(&self) -> Result<Arc<Snapshot>, StoreError> {
        match self.held() {
            Some(held)
                if held.checked.elapsed() < FRESH && held.snapshot.holds(self.clock.now()) =>
            {
                Ok(held.snapshot)
            }
            _ => self.renewed().await,
        }
    }

    /// The connections as the store has them now. It costs one indexed read while nothing changes.
    pub(crate) async fn renewed(&self) -> Result<Arc<Snapshot>, StoreError> {
        let checked = Instant::now();
        let revision = self.store.revision().await?;
        let held = self.held().map(|held| held.snapshot);
        let now = self.clock.now();
        let snapshot = match held {
            Some(snapshot) if snapshot.revision == revision && snapshot.holds(now) => snapshot,
            before => Arc::new(self.read(revision, before.as_deref()).await?),
        };
        let held = CachedSnapshot {
            snapshot: snapshot.clone(),
            checked,
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(snapshot)
    }

    /// The connection of this name. One that is not known yet may have been added by another process a moment ago: it is
    /// looked for at once.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Arc<LoadedConnection>>, StoreError> {
        if let Some(loaded) = self.current().await?.get(id) {
            return Ok(Some(loaded));
        }
        match id.parse::<ConnectionId>() {
            Ok(_) => Ok(self.renewed().await?.get(id)),
            Err(_) => Ok(None),
        }
    }

    /// The same where a name without a connection is an error.
    pub(crate) async fn named(&self, id: &str) -> Result<Arc<LoadedConnection>, SignOnError> {
        self.find(id).await?.ok_or(SignOnError::UnknownConnection)
    }

    /// Reads the connections. Those that are as they were before keep what was parsed for them: where a thousand
    /// connections are refreshed every hour, one changes every few seconds.
    async fn read(&self, revision: u64, before: Option<&Snapshot>) -> Result<Snapshot, StoreError> {
        let versions: HashMap<String, u64> =
            self.store.metadata_versions().await?.into_iter().collect();
        let provisioned: BTreeSet<ConnectionId> =
            self.store.provisioned().await?.into_iter().collect();
        let mut connections = BTreeMap::new();
        for connection in self.store.connections().await? {
            let id = connection.id().clone();
            let version = versions.get(id.as_str()).copied();
            let is_provisioned = provisioned.contains(&id);
            let known = before.and_then(|before| before.connections.get(&id));
            let known = known.filter(|known| {
                known.is_of(&connection, version, is_provisioned) && known.holds(self.clock.now())
            });
            let loaded = match known {
                Some(known) => known.clone(),
                None => Arc::new(self.load(connection, version, is_provisioned).await?),
            };
            connections.insert(id, loaded);
        }
        let read = connections.values().map(|one| one.read).max();
        Ok(Snapshot {
            revision,
            read: read.unwrap_or(Timestamp::MIN),
            next_end: connections.values().filter_map(|one| one.next_end).min(),
            connections,
        })
    }

    fn held(&self) -> Option<CachedSnapshot> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn load(
        &self,
        connection: Connection,
        version: Option<u64>,
        provisioned: bool,
    ) -> Result<LoadedConnection, StoreError> {
        let copy = match connection.trust().copy_name() {
            Some(name) => self
                .store
                .metadata_copy(connection.id().as_str())
                .await?
                .filter(|copy| copy.url == name),
            None => None,
        };
        let fetched = copy.as_ref().map(|copy| copy.fetched);
        let now = self.clock.now();
        let found = ResolvedTrust::of(connection.trust(), copy, now).await?;
        Ok(LoadedConnection {
            sp: service_provider(&connection, &self.base_url),
            signer: signer(&connection),
            decryption: decryption_keys(&connection),
            view: View::of(&connection, &self.base_url.scim(connection.id())),
            trust: found.trust.map(|trust| connection.judging_by(trust)),
            connection,
            provisioned,
            metadata: OnceLock::new(),
            noted: AtomicUsize::new(0),
            validity: found.validity,
            ends: found.ends,
            read: now,
            next_end: found.next_end,
            fetched,
            version,
        })
    }
}

/// A source at a moment: whom it says to trust, and the ends of that.
struct ResolvedTrust {
    trust: Result<Trust, TrustError>,
    validity: Validity,
    ends: Option<Timestamp>,
    next_end: Option<Timestamp>,
}

impl ResolvedTrust {
    /// Reads a source. A large document is read where no sign-on waits for it.
    async fn of(
        source: &TrustSource,
        copy: Option<MetadataCopy>,
        at: Timestamp,
    ) -> Result<ResolvedTrust, StoreError> {
        let given = match source {
            TrustSource::MetadataXml { xml, .. } => xml.len(),
            _ => 0,
        };
        let bytes = copy.as_ref().map_or(given, |copy| copy.document.len());
        if bytes < LARGE {
            return Ok(ResolvedTrust::read(source, copy.as_ref(), at));
        }
        let source = source.clone();
        let reading = spawn_blocking(move || ResolvedTrust::read(&source, copy.as_ref(), at));
        reading.await.map_err(StoreError::new)
    }

    fn read(source: &TrustSource, copy: Option<&MetadataCopy>, at: Timestamp) -> ResolvedTrust {
        let document = copy.map(|copy| copy.document.as_slice());
        match source.metadata(document, at) {
            Ok(Some(metadata)) => ResolvedTrust {
                trust: Trust::of_metadata(&metadata),
                validity: source.validity(&metadata),
                ends: metadata.ends(),
                next_end: metadata.valid_until().filter(|end| *end > at),
            },
            Ok(None) => ResolvedTrust::without_end(source.trust(None, at)),
            Err(error) => ResolvedTrust::without_end(Err(error)),
        }
    }

    fn without_end(trust: Result<Trust, TrustError>) -> ResolvedTrust {
        ResolvedTrust {
            trust,
            validity: Validity::default(),
            ends: None,
            next_end: None,
        }
    }
}

/// Bytes of a document from which on another thread reads it: Entra's have 20 kB, and take a fifth of a millisecond;
/// one of 10 MB would hold up a core's sign-ons for a tenth of a second.
const LARGE: usize = 128 * 1024;

/// The time for which the store's word on its revision is trusted: short against the time in which an admin looks
/// whether a change has taken effect, long against the time between sign-ons under load.
const FRESH: Duration = Duration::from_millis(100);
