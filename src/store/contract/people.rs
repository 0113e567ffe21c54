//! Users and groups for the promises, and short ways to the directory.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::samples::at;
use super::samples::id;
use super::samples::scope;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Listed;
use crate::directory::Origin;
use crate::directory::Query;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::directory::transact;
use crate::ports::TxFuture;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::scim::ListQuery;
use crate::scim::PageLimits;
use crate::scim::Parameters;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::store::Store;

fn bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Ids grow with their numbers.
pub(super) fn user_id(number: u32) -> UserId {
    UserId::from_random(bytes(number))
}

pub(super) fn group_id(number: u32) -> GroupId {
    GroupId::from_random(bytes(number))
}

pub(super) fn resource(kind: ResourceKind, attributes: Value) -> Resource {
    let attributes = attributes.as_object().expect("an object");
    Resource::restored(kind, attributes.clone())
}

/// A user of `acme`, created at the second `number`.
pub(super) fn user(number: u32, attributes: Value) -> UserRecord {
    user_of("acme", number, attributes)
}

pub(super) fn user_of(connection: &str, number: u32, attributes: Value) -> UserRecord {
    UserRecord::new(
        &user_id(number),
        id(connection),
        Origin::Provisioned,
        resource(ResourceKind::User, attributes),
        at(i64::from(number)),
    )
}

/// A group of `acme`, created at the second `number`.
pub(super) fn group(number: u32, name: &str) -> GroupRecord {
    GroupRecord::new(
        &group_id(number),
        id("acme"),
        resource(ResourceKind::Group, json!({"displayName": name})),
        at(i64::from(number)),
    )
}

pub(super) async fn write<T: Send + 'static>(
    store: &Arc<dyn Store>,
    connection: &str,
    work: impl for<'t> FnOnce(
        &'t mut DirectoryTransaction<'_>,
    ) -> TxFuture<'t, Result<T, DirectoryError>>
    + Clone
    + Send
    + Sync
    + 'static,
) -> Result<T, DirectoryError> {
    transact(&**store, &scope(connection), work).await
}

pub(super) async fn insert(
    store: &Arc<dyn Store>,
    user: &UserRecord,
) -> Result<(), DirectoryError> {
    let kept = user.clone();
    write(store, user.connection.as_str(), |directory| {
        Box::pin(async move { directory.insert_user(&kept).await })
    })
    .await
}

pub(super) async fn insert_group(store: &Arc<dyn Store>, group: &GroupRecord) {
    let kept = group.clone();
    let inserted = write(store, "acme", |directory| {
        Box::pin(async move { directory.insert_group(&kept).await })
    });
    inserted.await.expect("the group is kept");
}

pub(super) async fn find(
    store: &Arc<dyn Store>,
    connection: &str,
    number: u32,
) -> Option<UserRecord> {
    let found = store.user(&id(connection), &user_id(number)).await;
    found.expect("the store answers")
}

pub(super) fn view() -> View {
    View::new(
        Arc::new(Schemas::standard()),
        "https://sp.example/scim/acme/v2",
    )
}

/// The list of a filter, with other parameters as in an address. An empty filter is none.
pub(super) fn query(kind: ResourceKind, filter: &str, parameters: &str) -> Query {
    let view = view();
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    if !filter.is_empty() {
        address.append_pair("filter", filter);
    }
    let address = format!("{}&{parameters}", address.finish());
    let of = view.schemas().resource_type(kind);
    let limits = PageLimits {
        most: 1000,
        default: 100,
    };
    let parameters = Parameters::from_query(&address).expect("sound parameters");
    let list = parameters.resolve(of, limits).expect("a sound query");
    Query { list, view }
}

pub(super) async fn users(
    store: &Arc<dyn Store>,
    filter: &str,
    parameters: &str,
) -> Result<Listed<UserRecord>, DirectoryError> {
    let query = query(ResourceKind::User, filter, parameters);
    store.users(&id("acme"), &query).await
}

pub(super) async fn groups(
    store: &Arc<dyn Store>,
    filter: &str,
    parameters: &str,
) -> Result<Listed<GroupRecord>, DirectoryError> {
    let query = query(ResourceKind::Group, filter, parameters);
    store.groups(&id("acme"), &query).await
}

/// The numbers of the users in a list.
pub(super) fn numbers(listed: &[UserRecord]) -> Vec<u32> {
    let number = |user: &UserRecord| {
        let id = user.record().id.as_str();
        u32::from_str_radix(&id[..8], 16).expect("an id of the promises")
    };
    listed.iter().map(number).collect()
}

/// The cursor behind a user.
pub(super) fn cursor(list: &ListQuery, behind: &UserRecord) -> String {
    list.cursor_behind(&behind.record().id)
}

pub(super) fn log_entry(connection: &str, subject: &str, status: u16) -> LogEntry {
    LogEntry {
        connection: id(connection),
        at: at(0),
        credential: "0123456789abcdef".parse().ok(),
        operation: LogOperation::Create,
        resource_kind: Some(ResourceKind::User),
        resource: None,
        subject: Some(subject.to_owned()),
        status,
        scim_type: (status == 409).then(|| "uniqueness".to_owned()),
        detail: None,
        changed: vec!["userName".to_owned(), "name.givenName".to_owned()],
        overlooked: Vec::new(),
        request_id: Some("r-1".to_owned()),
        duration: Duration::from_micros(1234),
    }
}
