//! One refresh: the right to it, the document, the guard, and one transaction with what came of it. It knows nothing
//! of routes and schedules, so that the command line can refresh with it too.

#[cfg(all(test, feature = "practice"))]
#[path = "refresher_tests.rs"]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::task::spawn_blocking;

use super::refresh_error::RefreshError;
use crate::configuration::claim_refresh;
use crate::configuration::finish_refresh;
use crate::connection::Connection;
use crate::connection::Origin;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::fetch::DocumentKind;
use crate::fetch::FetchResponse;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::Request;
use crate::metadata::Accepted;
use crate::metadata::Claim;
use crate::metadata::FinishedRefresh;
use crate::metadata::IdpMetadata;
use crate::metadata::KeyChanges;
use crate::metadata::KeyHistory;
use crate::metadata::MetadataCopy;
use crate::metadata::NotClaimed;
use crate::metadata::RefreshFailure;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshState;
use crate::metadata::RefreshTrigger;
use crate::metadata::document_text;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::store::Store;
use crate::token::Token;

/// Refreshes the metadata of connections, one at a time for each, whichever process asks.
#[derive(Clone)]
pub(crate) struct Refresher {
    store: Arc<dyn Store>,
    fetcher: Fetcher,
    policy: RefreshPolicy,
    clock: Arc<dyn Clock>,
}

/// The outcome of a refresh.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The source vouches for the copy that is there.
    Unchanged,
    /// The document has changed; it is what counts from now on.
    Replaced {
        /// The keys that came and went with it.
        keys: KeyChanges,
    },
    /// Nothing has changed, for this reason.
    Failed(RefreshFailure),
    /// It was not the moment.
    NotNow(NotClaimed),
    /// The connection's trust comes from nowhere that could be asked: a fingerprint, or a document without a file.
    NoOrigin,
}

enum DocumentChange {
    /// The copy that is there, or the very bytes that it was made of.
    Same { freshness: Option<Duration> },
    New {
        accepted: Box<Accepted>,
        fetched: Fetched,
    },
}

impl Refresher {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        fetcher: Fetcher,
        policy: RefreshPolicy,
        clock: Arc<dyn Clock>,
    ) -> Refresher {
        Refresher {
            store,
            fetcher,
            policy,
            clock,
        }
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub(crate) fn policy(&self) -> &RefreshPolicy {
        &self.policy
    }

    /// Refreshes the metadata of one connection. Whatever goes wrong on the way to a new document is a
    /// [`Refreshed::Failed`], and on record in the store. A connection that the store does not have, cannot read, or has with
    /// another source by now is [`NotClaimed::OtherSource`].
    pub(crate) async fn refresh(
        &self,
        connection: &Connection,
        trigger: RefreshTrigger,
    ) -> Result<Refreshed, StoreError> {
        let (id, source) = (connection.id(), connection.trust());
        let (Some(name), Some(origin)) = (source.copy_name(), source.origin()) else {
            return Ok(Refreshed::NoOrigin);
        };
        let holder = random().map_err(StoreError::new)?;
        let claim = Claim {
            source: name.clone(),
            trigger,
            policy: self.policy,
            holder,
            now: self.clock.now(),
        };
        let mut state = match claim_refresh(&*self.store, id, &claim).await? {
            Ok(state) => state,
            Err(not_claimed) => return Ok(Refreshed::NotNow(not_claimed)),
        };
        let copy = self.store.metadata_copy(id.as_str()).await?;
        let copy = copy.filter(|copy| copy.url == name);
        let found = self.look(source, &origin, copy.as_ref()).await;
        let history = self.store.refresh_record(id.as_str()).await?.history;
        let (outcome, copy, history) = match found {
            Ok(DocumentChange::Same { freshness }) => {
                state.succeed(self.clock.now(), freshness, &self.policy, fraction());
                let (source, now) = (source.clone(), self.clock.now());
                let begun = spawn_blocking(move || begun(history, &source, copy, now)).await;
                (Refreshed::Unchanged, None, begun.unwrap_or_default())
            }
            Ok(DocumentChange::New { accepted, fetched }) => {
                self.take(&mut state, name, *accepted, fetched, history)
            }
            Err(error) => {
                let now = self.clock.now();
                let failure = RefreshFailure::new(now, error.code(), &error.to_string());
                let wait = error.retry_after();
                state.fail(failure.clone(), wait, &self.policy, fraction());
                (Refreshed::Failed(failure), None, None)
            }
        };
        let finished = FinishedRefresh {
            state,
            copy,
            history,
        };
        match finish_refresh(&*self.store, id, holder, &finished).await? {
            true => Ok(outcome),
            // It took so long that somebody else has the right by now.
            false => Ok(Refreshed::NotNow(NotClaimed::Held {
                until: self.clock.now(),
            })),
        }
    }

    /// Gets the first copy for a connection that the store need not have yet, past the guard. A source without an
    /// origin has all that it needs, and no copy: `Ok(None)`.
    pub(crate) async fn first_copy(
        &self,
        source: &TrustSource,
    ) -> Result<Option<MetadataCopy>, RefreshError> {
        let (Some(name), Some(origin @ Origin::Url(_))) = (source.copy_name(), source.origin())
        else {
            return Ok(None);
        };
        match self.look(source, &origin, None).await? {
            DocumentChange::New { accepted, fetched } => {
                Ok(Some(copy_of(name, *accepted, fetched, self.clock.now())))
            }
            DocumentChange::Same { .. } => Ok(None),
        }
    }

    /// Asks the origin, and holds what it says against the guard.
    async fn look(
        &self,
        source: &TrustSource,
        origin: &Origin,
        copy: Option<&MetadataCopy>,
    ) -> Result<DocumentChange, RefreshError> {
        let kind = DocumentKind::metadata(source.entity_id());
        let fetched = match origin {
            Origin::File(path) => read_file(path, kind.bytes_max()).await?,
            Origin::Url(url) => {
                let request = Request {
                    etag: copy.and_then(|copy| copy.etag.as_deref()),
                    last_modified: copy.and_then(|copy| copy.last_modified.as_deref()),
                    addresses: source.policy().cloned().unwrap_or_default().addresses,
                    kind,
                    ..Request::new(url, self.clock.now())
                };
                match self.fetcher.fetch(&request).await? {
                    FetchResponse::Fetched(fetched) => fetched,
                    FetchResponse::NotModified { freshness } => {
                        return Ok(DocumentChange::Same { freshness });
                    }
                }
            }
        };
        let (source, copy, now) = (source.clone(), copy.cloned(), self.clock.now());
        // Reading a whole federation takes seconds of computing: sign-ons are not to wait for it.
        let judged = spawn_blocking(move || judge(&source, copy.as_ref(), fetched, now));
        judged.await.map_err(|_| RefreshError::Interrupted)?
    }

    /// Makes what was accepted the document that counts.
    fn take(
        &self,
        state: &mut RefreshState,
        name: String,
        accepted: Accepted,
        fetched: Fetched,
        mut history: KeyHistory,
    ) -> (Refreshed, Option<MetadataCopy>, Option<KeyHistory>) {
        let now = self.clock.now();
        let metadata = accepted.metadata();
        let certificates = metadata.signing_certificates();
        let keys = history.observe(certificates, plain(&name), now);
        state.cache_duration = metadata.cache_duration();
        state.succeed(now, fetched.freshness, &self.policy, fraction());
        let copy = copy_of(name, accepted, fetched, now);
        history.note_document(&copy.document);
        (Refreshed::Replaced { keys }, Some(copy), Some(history))
    }
}

/// The digest first: the same bytes need no parsing.
fn judge(
    source: &TrustSource,
    copy: Option<&MetadataCopy>,
    fetched: Fetched,
    now: Timestamp,
) -> Result<DocumentChange, RefreshError> {
    let is_there = match (source, copy) {
        (_, Some(copy)) => copy.is_of(&fetched.document),
        (TrustSource::MetadataXml { xml, .. }, None) => document_text(&fetched.document)
            .is_ok_and(|text| text == xml.trim_start_matches('\u{feff}')),
        _ => false,
    };
    if is_there {
        let freshness = fetched.freshness;
        return Ok(DocumentChange::Same { freshness });
    }
    let before = source.metadata(copy.map(|copy| copy.document.as_slice()), now);
    let before = before.ok().flatten();
    let guard = source.guard(before.as_ref().map(IdpMetadata::entity_id), now);
    let accepted = Box::new(guard.judge(&fetched.document)?);
    Ok(DocumentChange::New { accepted, fetched })
}

/// The history of a connection whose copy came another way than by a refresh, or of whose copy a role has ended; `None` where
/// what is trusted is on record, so that nothing is parsed for it. Of a document that an admin handed over nobody wrote down
/// when: its keys are first seen now.
fn begun(
    mut history: KeyHistory,
    source: &TrustSource,
    copy: Option<MetadataCopy>,
    now: Timestamp,
) -> Option<KeyHistory> {
    let (name, since) = match &copy {
        Some(copy) => (copy.url.clone(), copy.fetched),
        None => (source.copy_name()?, now),
    };
    let document = match (&copy, source) {
        (Some(copy), _) => copy.document.as_slice(),
        (None, TrustSource::MetadataXml { xml, .. }) => xml.as_bytes(),
        (None, _) => return None,
    };
    let known: BTreeSet<Fingerprint> = history.active().map(|key| key.fingerprint).collect();
    let is_begun = !known.is_empty() && history.active().all(|key| key.source == plain(&name));
    let is_read = is_begun && history.is_of(document);
    if is_read && !may_have_several_roles(document) {
        return None;
    }
    let metadata = source.metadata(Some(document), now).ok().flatten()?;
    let certificates = metadata.signing_certificates();
    let listed: BTreeSet<Fingerprint> = certificates.iter().map(Certificate::fingerprint).collect();
    if is_read && known == listed {
        return None;
    }
    let since = if is_begun { now } else { since };
    let _ = history.observe(certificates, plain(&name), since);
    history.note_document(document);
    Some(history)
}

/// False where no role can end while another goes on: a role has two tags at most. In UTF-16 nothing is searched for.
fn may_have_several_roles(document: &[u8]) -> bool {
    let is_wide = document
        .iter()
        .take(4)
        .any(|byte| [0, 0xfe, 0xff].contains(byte));
    is_wide || memmem::find_iter(document, b"IDPSSODescriptor").count() > 2
}

/// A copy's name without its conditions: where it came from.
fn plain(name: &str) -> &str {
    name.split('#').next().unwrap_or(name)
}

fn copy_of(name: String, accepted: Accepted, fetched: Fetched, now: Timestamp) -> MetadataCopy {
    MetadataCopy {
        url: name,
        digest: Some(MetadataCopy::digest_of(&fetched.document)),
        document: accepted.into_document(),
        fetched: now,
        etag: fetched.etag,
        last_modified: fetched.last_modified,
    }
}

async fn read_file(path: &str, limit: usize) -> Result<Fetched, RefreshError> {
    let unreadable = |error| RefreshError::File(Arc::new(error));
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut document = Vec::new();
    let mut bounded = file.take(limit as u64 + 1);
    bounded
        .read_to_end(&mut document)
        .await
        .map_err(unreadable)?;
    if document.len() > limit {
        return Err(RefreshError::FileTooLarge { limit });
    }
    Ok(Fetched {
        document,
        etag: None,
        last_modified: None,
        freshness: None,
    })
}

fn random() -> Result<u64, NoRandomNumbers> {
    let token = Token::random().map_err(|_| NoRandomNumbers)?;
    let hash = token.hash();
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// A number from 0 to 1 for jitter. Without random numbers all wait their longest, which harms nobody.
fn fraction() -> f64 {
    let number = random().unwrap_or_default() >> 32;
    f64::from(u32::try_from(number).unwrap_or_default()) / f64::from(u32::MAX)
}

/// The operating system has no random numbers.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("random numbers are unavailable")]
struct NoRandomNumbers;
