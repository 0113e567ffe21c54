//! The register of the objects that a validation creates at a server, by which they are removed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use openssl::error::ErrorStack;
use openssl::rand::rand_bytes;

use crate::practice::lock::lock;
use crate::practice::provision::Job;
use crate::practice::provision::name_of;
use crate::scim::ResourceKind;
use crate::text;

/// The mark of one run, and the objects that carry it.
pub(super) struct CreatedObjects {
    mark: String,
    names: AtomicU32,
    /// The objects that were sent. The server's id stands beside one once it is known.
    sent: Mutex<Vec<CreatedObject>>,
    /// The memories of the engine, which know further ids.
    jobs: Mutex<Vec<Arc<Job>>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CreatedObject {
    pub(super) kind: ResourceKind,
    pub(super) name: String,
    pub(super) id: Option<String>,
}

impl CreatedObjects {
    /// A mark that no other run has. Fails where the machine has no randomness.
    pub(super) fn new() -> Result<CreatedObjects, ErrorStack> {
        let mut random = [0; 4];
        rand_bytes(&mut random)?;
        Ok(CreatedObjects {
            mark: format!("{PREFIX}{}-", text::hex(&random)),
            names: AtomicU32::new(0),
            sent: Mutex::default(),
            jobs: Mutex::default(),
        })
    }

    /// The beginning of every name of this run.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// A name that nobody has yet.
    pub(super) fn name(&self) -> String {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        format!("{}{number:03}", self.mark)
    }

    /// True for a name of this run, in any case.
    pub(super) fn is_ours(&self, name: &str) -> bool {
        name.to_lowercase().starts_with(&self.mark)
    }

    /// Says that an object is about to be made.
    pub(super) fn sending(&self, kind: ResourceKind, name: &str) {
        let object = CreatedObject {
            kind,
            name: name.to_owned(),
            id: None,
        };
        let mut sent = lock(&self.sent);
        if !sent.contains(&object) {
            sent.push(object);
        }
    }

    /// Says which id an object got.
    pub(super) fn made(&self, kind: ResourceKind, name: &str, id: &str) {
        let object = CreatedObject {
            kind,
            name: name.to_owned(),
            id: Some(id.to_owned()),
        };
        lock(&self.sent).push(object);
    }

    /// A memory for the engine.
    pub(super) fn job(&self) -> Arc<Job> {
        let job = Arc::new(Job::default());
        lock(&self.jobs).push(job.clone());
        job
    }

    /// Everything that may be at the server, groups first: by the id where it is known, else by the name.
    pub(super) async fn all(&self) -> Vec<CreatedObject> {
        let mut known = BTreeMap::new();
        let mut names = Vec::new();
        for CreatedObject { kind, name, id } in lock(&self.sent).iter() {
            match id {
                Some(id) => drop(known.insert((is_user(*kind), id.clone()), name.clone())),
                None => names.push((is_user(*kind), name.clone())),
            }
        }
        let jobs = lock(&self.jobs).clone();
        for job in jobs {
            let mut memory = job.memory.lock().await;
            for kind in [ResourceKind::User, ResourceKind::Group] {
                for link in memory.of(kind).values() {
                    let name = link.sent.text(name_of(kind)).to_owned();
                    known.insert((is_user(kind), link.id.clone()), name);
                }
            }
        }
        let is_known = |user: bool, name: &str| {
            let mut known = known.iter();
            known.any(|((kind, _), known)| (*kind, known.as_str()) == (user, name))
        };
        names.retain(|(user, name)| !is_known(*user, name));
        let names = names.into_iter().map(|(user, name)| (user, None, name));
        let known = known.into_iter();
        let known = known.map(|((user, id), name)| (user, Some(id), name));
        let mut all: Vec<_> = known.chain(names).collect();
        all.sort();
        let object = |(user, id, name)| CreatedObject {
            kind: match user {
                true => ResourceKind::User,
                false => ResourceKind::Group,
            },
            name,
            id,
        };
        all.into_iter().map(object).collect()
    }
}

/// Groups go first: some servers keep users who are members.
fn is_user(kind: ResourceKind) -> bool {
    kind == ResourceKind::User
}

/// The beginning of every name of every run, for those who look for what one has left.
pub(super) const PREFIX: &str = "entrada-validate-";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_an_id_is_known_by_it_and_the_rest_by_its_name() {
        let created = CreatedObjects::new().unwrap();
        let (ada, bob, sales) = (created.name(), created.name(), created.name());
        assert!(created.is_ours(&ada.to_uppercase()) && !created.is_ours("ada"));
        for name in [&ada, &ada, &bob] {
            created.sending(ResourceKind::User, name);
        }
        created.sending(ResourceKind::Group, &sales);
        created.made(ResourceKind::User, &bob, "2");
        let all = created.all().await;
        let found: Vec<_> = all
            .iter()
            .map(|one| (&one.name, one.id.as_deref()))
            .collect();
        assert_eq!(found, [(&sales, None), (&ada, None), (&bob, Some("2"))]);
    }

    #[test]
    fn two_runs_have_two_marks() {
        let (one, other) = (
            CreatedObjects::new().unwrap(),
            CreatedObjects::new().unwrap(),
        );
        assert_ne!(one.mark(), other.mark());
        assert!(!other.is_ours(&one.name()));
    }
}
