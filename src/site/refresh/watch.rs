//! Files with metadata: looked at every few seconds, and read again when they are others, however an editor or a mount
//! has replaced them. A file that is broken or gone changes nothing but the log.

use std::collections::HashMap;
use std::fs::Metadata;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use super::RefreshService;
use crate::connection::ConnectionId;
use crate::connection::Origin;
use crate::metadata::RefreshTrigger;

/// The files as they were when they were last read.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    looked: Option<Instant>,
    files: HashMap<ConnectionId, WatchedFile>,
}

#[derive(Clone, PartialEq, Debug)]
struct WatchedFile {
    /// The copy's name: another path, or a document that an admin has handed over since, is another file.
    source: Option<String>,
    stamp: Option<Stamp>,
    read: Instant,
}

/// The marks that change with a file. The inode changes when a mount puts another file in its place with the same time.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode,
        }
    }
}

impl Watched {
    pub(crate) async fn look(&mut self, service: &RefreshService) {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return;
        }
        let Ok(snapshot) = service.0.registry.current().await else {
            return;
        };
        self.looked = Some(Instant::now());
        let before = std::mem::take(&mut self.files);
        for loaded in snapshot.iter() {
            let connection = &loaded.connection;
            let Some(Origin::File(path)) = connection.trust().origin() else {
                continue;
            };
            let metadata = tokio::fs::metadata(&path).await;
            let now = WatchedFile {
                source: connection.trust().copy_name(),
                stamp: metadata.ok().as_ref().map(Stamp::of),
                read: Instant::now(),
            };
            let seen = before.get(connection.id());
            let same = seen.filter(|seen| {
                seen.source == now.source && seen.stamp == now.stamp && seen.read.elapsed() < READ
            });
            if same.is_none() {
                let _ = service
                    .refresh(connection, RefreshTrigger::Manual)
                    .finished()
                    .await;
            }
            let seen = same.cloned().unwrap_or(now);
            self.files.insert(connection.id().clone(), seen);
        }
    }
}

/// The time between looks at files: an admin who saves one waits no longer than that.
const LOOK: Duration = Duration::from_secs(2);
/// A file that looks the same is read all the same after an hour, as what is fetched is: file systems exist whose
/// times do not change.
const READ: Duration = Duration::from_secs(60 * 60);
