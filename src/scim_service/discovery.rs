//! The documents that tell a client about the server (RFC 7644 §4).

use serde_json::Value;

use super::LIMITS;
use super::ScimAnswer;
use super::endpoint::Endpoint;
use super::exchange::Exchange;
use crate::scim::ListResponse;
use crate::scim::PagePosition;
use crate::scim::ScimError;

impl Exchange<'_> {
    /// There are so few of these that nobody may filter them: whoever tries must not take all for those that match
    /// (RFC 7644 §4).
    pub(super) fn discover(&self, endpoint: &Endpoint) -> Result<ScimAnswer, ScimError> {
        let view = self.service.view;
        let (schemas, base) = (view.schemas(), view.base());
        let body = match endpoint {
            _ if endpoint.methods() == "POST" => return Err(ScimError::MethodNotAllowed),
            _ if self.has_filter() => return Err(ScimError::FilterOnDiscovery),
            Endpoint::ServiceProviderConfig => schemas.service_provider_config(&LIMITS, base),
            Endpoint::ResourceTypes => all(schemas.resource_types(base)),
            Endpoint::ResourceType(id) => one("resource type", schemas.resource_types(base), id)?,
            Endpoint::Schemas => all(schemas.to_json(base)),
            Endpoint::Schema(id) => one("schema", schemas.to_json(base), id)?,
            _ => return Err(ScimError::NoEndpoint),
        };
        let location = body["meta"]["location"].as_str().map(str::to_owned);
        Ok(ScimAnswer {
            location,
            ..ScimAnswer::json(200, body)
        })
    }
}

fn all(bodies: Vec<Value>) -> Value {
    let resources = bodies.into_iter().filter_map(|body| match body {
        Value::Object(body) => Some(body),
        _ => None,
    });
    let resources: Vec<_> = resources.collect();
    let response = ListResponse {
        total_results: Some(resources.len() as u64),
        resources,
        place: PagePosition::Index(1),
    };
    response.into_json()
}

/// The one of this id; URNs are compared without case (RFC 8141 §3.1).
fn one(kind: &str, bodies: Vec<Value>, id: &str) -> Result<Value, ScimError> {
    let is = |body: &Value| {
        let own = body["id"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    };
    let found = bodies.into_iter().find(is);
    found.ok_or_else(|| ScimError::not_found(kind, id))
}
