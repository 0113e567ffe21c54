//! The removal of what a validation made: by its id or by its name, and nothing without the mark.

use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

use reqwest::Method;
use serde_json::Value;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::found;
use super::created_objects::CreatedObject;
use super::server::Server;
use super::server::excerpt;
use super::server::name_in;
use crate::practice::provision::Call;
use crate::practice::provision::ScimResponse;
use crate::practice::provision::Step;
use crate::practice::provision::id_of;
use crate::practice::provision::name_of;
use crate::scim::ResourceKind;

impl Server<'_> {
    /// Removes everything that was made, and says what may still be there, with the reason.
    pub(super) async fn remove_all(&self) -> Vec<String> {
        let (mut removal, mut left) = (Removal::of(self), Vec::new());
        for object in self.created.all().await {
            let went = removal.remove(&object).await;
            left.extend(went.err().map(|reason| sentence(&object, reason)));
        }
        match left.is_empty() {
            true => removal.sweep().await,
            false => left,
        }
    }

    /// Everything that was made. What has no id was refused, or renamed, unless the server finds it under another id.
    pub(super) async fn kept(&self) -> Vec<String> {
        let (mut asking, mut kept) = (Removal::of(self), Vec::new());
        let all = self.created.all().await;
        let known: BTreeSet<&String> = all.iter().filter_map(|object| object.id.as_ref()).collect();
        for object in &all {
            let is_there = object.id.is_some()
                || match asking.asked(self.ids_of(object)).await {
                    Ok(ids) => ids.iter().any(|id| !known.contains(id)),
                    Err(_) => true,
                };
            if is_there {
                kept.push(described(object));
            }
        }
        kept
    }

    /// The ids of what has this name, as far as the server finds it.
    async fn ids_of(&self, object: &CreatedObject) -> Result<Vec<String>, CaseError> {
        let filter = format!("{} eq \"{}\"", name_of(object.kind).path(), object.name);
        let answer = self.look_for(object.kind, filter).await?;
        let resources = match &answer.body["Resources"] {
            Value::Array(resources) => resources.as_slice(),
            _ if answer.status == 404 || answer.body["totalResults"] == 0 => &[],
            _ => {
                let reason = format!("it cannot be looked for: {}", excerpt(&answer));
                return Err(found(reason));
            }
        };
        let named = resources.iter().filter(|resource| {
            name_in(object.kind, resource)
                .is_some_and(|name| name.to_lowercase() == object.name.to_lowercase())
        });
        Ok(named.filter_map(id_of).map(str::to_owned).collect())
    }

    /// Deletes an object once it was read: it may have another name of ours by now, but not one of somebody else.
    async fn remove_one(&self, object: &CreatedObject, id: &str) -> Result<(), CaseError> {
        let mut read = self.call(Step::Read, Method::GET, object.kind);
        read.id = Some(id);
        let answer = self.bounded(read).await?;
        let name = name_in(object.kind, &answer.body);
        let is_ours = name.is_some_and(|name| self.created.is_ours(&name));
        match answer.status {
            404 => return Ok(()),
            200 if is_ours => {}
            200 => {
                return Err(found(
                    "the server has somebody else under this id: not touched",
                ));
            }
            _ => return Err(found(excerpt(&answer))),
        }
        let mut delete = self.call(Step::Delete, Method::DELETE, object.kind);
        delete.id = Some(id);
        let answer = self.bounded(delete).await?;
        let is_gone = matches!(answer.status, 200..=299 | 404);
        ensure(is_gone, "gone", || excerpt(&answer))
    }

    async fn look_for(
        &self,
        kind: ResourceKind,
        filter: String,
    ) -> Result<ScimResponse, CaseError> {
        let mut call = self.call(Step::Match, Method::GET, kind);
        call.query.push(("filter", filter));
        self.bounded(call).await
    }

    /// The answer, if it comes within the time of a case.
    async fn bounded(&self, call: Call<'_>) -> Result<ScimResponse, CaseError> {
        let asked = tokio::time::timeout(self.timeout, self.ask(call)).await;
        asked.unwrap_or_else(|_| Err(self.too_slow()))
    }
}

/// A removal under way. Whatever a server answers, it ends.
struct Removal<'r, 's> {
    server: &'r Server<'s>,
    begun: Instant,
    /// The ids that were deleted.
    deleted: BTreeSet<String>,
    /// Questions in a row that got no answer.
    silent: u32,
}

impl<'r, 's> Removal<'r, 's> {
    fn of(server: &'r Server<'s>) -> Removal<'r, 's> {
        Removal {
            server,
            begun: Instant::now(),
            deleted: BTreeSet::new(),
            silent: 0,
        }
    }

    /// The answer to a question, which is not asked once the server is silent or the time is over.
    async fn asked<T>(
        &mut self,
        question: impl Future<Output = Result<T, CaseError>>,
    ) -> Result<T, CaseError> {
        if self.silent >= SILENT_IN_A_ROW || self.begun.elapsed() >= WHOLE {
            return Err(found(NOT_TRIED));
        }
        let answer = question.await;
        self.silent = match answer {
            Err(CaseError::NoAnswer(_)) => self.silent + 1,
            _ => 0,
        };
        answer
    }

    async fn remove(&mut self, object: &CreatedObject) -> Result<(), CaseError> {
        let server = self.server;
        let mut ids = match &object.id {
            Some(id) => vec![id.clone()],
            None => self.asked(server.ids_of(object)).await?,
        };
        let more = ids.split_off(ids.len().min(MOST_OF_A_NAME));
        for id in ids {
            self.asked(server.remove_one(object, &id)).await?;
            self.deleted.insert(id);
        }
        match more.len() {
            0 => Ok(()),
            more => Err(found(format!("{more} more of this name: not touched"))),
        }
    }

    /// Looks once more for what carries the mark: an answer may have been lost, or a DELETE done nothing. A server without such
    /// filters has none of it found.
    async fn sweep(&mut self) -> Vec<String> {
        let (server, mut left) = (self.server, Vec::new());
        for kind in [ResourceKind::Group, ResourceKind::User] {
            let mark = server.created.mark();
            let filter = format!("{} sw \"{mark}\"", name_of(kind).path());
            let Ok(answer) = self.asked(server.look_for(kind, filter)).await else {
                continue;
            };
            let resources = answer.body["Resources"].as_array().into_iter().flatten();
            for resource in resources.take(MOST_SWEPT) {
                let name = name_in(kind, resource).unwrap_or_default();
                let Some(id) = id_of(resource).filter(|_| server.created.is_ours(&name)) else {
                    continue;
                };
                let is_deleted = self.deleted.contains(id);
                let id = Some(id.to_owned());
                let object = CreatedObject { kind, name, id };
                let went = match is_deleted {
                    true => Err(found("it was deleted with success, and is still there")),
                    false => self.remove(&object).await,
                };
                left.extend(went.err().map(|reason| sentence(&object, reason)));
            }
        }
        left
    }
}

fn described(object: &CreatedObject) -> String {
    let CreatedObject { kind, name, id } = object;
    let id = id.as_ref().map(|id| format!(" (id {id})"));
    let kind = kind.name().to_lowercase();
    format!("{kind} {name}{}", id.unwrap_or_default())
}

fn sentence(object: &CreatedObject, reason: CaseError) -> String {
    format!("{}: {}", described(object), reason.into_found())
}

/// Objects of one name that are removed: this validation makes one of each, or two.
const MOST_OF_A_NAME: usize = 10;
/// Objects that a look for the mark removes, in each kind.
const MOST_SWEPT: usize = 1000;
/// Questions in a row without an answer, after which nothing more is tried.
const SILENT_IN_A_ROW: u32 = 2;
const NOT_TRIED: &str = "not tried: the server gives no answer, or takes too long";
/// A hundred objects take a few seconds.
const WHOLE: Duration = Duration::from_secs(5 * 60);
