//! The page of the sample app that shows its directory: the people and groups that were provisioned to it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::Markup;
use maud::html;
use serde_json::Value;

use crate::connection::ConnectionId;
use crate::directory::Directory;
use crate::directory::DirectoryError;
use crate::directory::GroupRecord;
use crate::directory::Query;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::practice::Page;
use crate::scim::PageLimits;
use crate::scim::Parameters;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::ui;
use crate::web::Entrada;

pub(super) async fn show(entrada: &Entrada, connection: &ConnectionId, portal: &str) -> Response {
    match Provisioned::read(entrada.store(), connection).await {
        Ok(provisioned) => provisioned.page(portal).into_response(),
        Err(error) => {
            tracing::error!(event = "store-failed", %error, "the directory of the sample app cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

struct Provisioned {
    people: Vec<UserRecord>,
    groups: Vec<(GroupRecord, Vec<String>)>,
}

impl Provisioned {
    async fn read(
        store: &(impl Directory + ?Sized),
        connection: &ConnectionId,
    ) -> Result<Provisioned, DirectoryError> {
        let people = match everything(ResourceKind::User) {
            Some(query) => store.users(connection, &query).await?.resources,
            None => Vec::new(),
        };
        let listed = match everything(ResourceKind::Group) {
            Some(query) => store.groups(connection, &query).await?.resources,
            None => Vec::new(),
        };
        let mut groups = Vec::new();
        for group in listed {
            let page = store
                .members(connection, &group.id(), None, SHOWN as u64)
                .await?;
            let names = page.members.into_iter().filter_map(|member| member.display);
            let mut names: Vec<String> = names.collect();
            names.sort_by_cached_key(|name| name.to_lowercase());
            groups.push((group, names));
        }
        Ok(Provisioned { people, groups })
    }

    fn page(&self, portal: &str) -> Page {
        let body = html! {
            section.card {
                h1 { "People and groups of this app" }
                p.soft { "The identity provider has provisioned them over SCIM. Change somebody on its portal, press “Provision now” there, and load this page again." }
                (self.people())
            }
            section.card {
                h2 { "Groups" }
                @if self.groups.is_empty() { p.soft { "There are none." } }
                (ui::folded(self.groups.len(), "groups", self.members()))
            }
            p.row { a href="/" { "Start page" } a href=(portal) { "The identity provider’s portal" } }
        };
        Page::of_sample_app("People", body)
    }

    fn people(&self) -> Markup {
        let heads = ["Name", "userName", "Job title", "Account"];
        html! { div.wide { (ui::table("people", heads, self.people.iter().map(row))) } }
    }

    fn members(&self) -> Markup {
        html! {
            dl id="groups" {
                @for (group, members) in &self.groups {
                    dt { (text(group.record().resource.attributes().get("displayName"))) }
                    dd { (members.join(", ")) }
                }
            }
        }
    }
}

fn row(person: &UserRecord) -> [Markup; 4] {
    let attributes = person.record().resource.attributes();
    let is_active = attributes.get("active") != Some(&Value::Bool(false));
    [
        html! { (text(attributes.get("displayName"))) },
        html! { (text(attributes.get("userName"))) },
        html! { (text(attributes.get("title"))) },
        html! { @if is_active { "active" } @else { "inactive" } },
    ]
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// The first of all resources of a kind, by their names. Such a query always resolves.
fn everything(kind: ResourceKind) -> Option<Query> {
    let schemas = Arc::new(Schemas::standard());
    let limits = PageLimits {
        most: SHOWN,
        default: SHOWN,
    };
    let by_name = Parameters::from_query("sortBy=displayName").ok()?;
    let list = by_name.resolve(schemas.resource_type(kind), limits);
    Some(Query {
        list: list.ok()?,
        view: View::new(schemas.clone(), ""),
    })
}

/// People, groups, and members of a group on the page: the sample has five people.
const SHOWN: usize = 200;
