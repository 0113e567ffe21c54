//! The documents that tell a client about the server (RFC 7644 §4): `/ServiceProviderConfig`, `/ResourceTypes` and
//! `/Schemas`.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::Attribute;
use super::ResourceType;
use super::Schema;
use super::Schemas;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ServiceLimits {
    /// Operations in one Bulk request.
    pub bulk_operations: usize,
    /// Bytes of a Bulk request.
    pub bulk_bytes: usize,
    /// Resources on one page.
    pub page: usize,
    /// Resources on a page whose size the client does not name.
    pub default_page: usize,
}

impl Schemas {
    /// The body of `/ServiceProviderConfig` (RFC 7643 §5, RFC 9865 §4). `base` is the address of the server up to `/v2`.
    pub(crate) fn service_provider_config(&self, limits: &ServiceLimits, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": true},
            "bulk": {
                "supported": true,
                "maxOperations": limits.bulk_operations,
                "maxPayloadSize": limits.bulk_bytes,
            },
            "filter": {"supported": true, "maxResults": limits.page},
            "changePassword": {"supported": false},
            "sort": {"supported": true},
            "etag": {"supported": true},
            "pagination": {
                "cursor": true,
                "index": true,
                "defaultPaginationMethod": "index",
                "defaultPageSize": limits.default_page,
                "maxPageSize": limits.page,
            },
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token of the connection, in the header Authorization.",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750",
                    "primary": true,
                },
                {
                    "type": "httpbasic",
                    "name": "Basic",
                    "description": "A name and a password of the connection.",
                    "specUri": "https://www.rfc-editor.org/info/rfc7617",
                },
            ],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{base}/ServiceProviderConfig"),
            },
        })
    }

    /// The bodies at `/ResourceTypes`, each with its `id` (RFC 7643 §6).
    pub fn resource_types(&self, base: &str) -> Vec<Value> {
        let types = [&self.user, &self.group];
        types.map(|of| of.to_json(base)).into()
    }

    /// The bodies at `/Schemas`, each with its `id` (RFC 7643 §7).
    pub fn to_json(&self, base: &str) -> Vec<Value> {
        let mut schemas = Vec::new();
        for of in [&self.user, &self.group] {
            schemas.push(of.core.to_json(of.attribute("externalId"), base));
            let extensions = of.extensions.iter();
            schemas.extend(extensions.map(|schema| schema.to_json(None, base)));
        }
        schemas
    }
}

impl ResourceType {
    fn to_json(&self, base: &str) -> Value {
        let name = self.kind.name();
        let extensions: Vec<Value> = self
            .extensions
            .iter()
            .map(|schema| json!({"schema": schema.id(), "required": false}))
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "description": self.core.description,
            "endpoint": self.kind.endpoint(),
            "schema": self.core.id(),
            "schemaExtensions": extensions,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{base}/ResourceTypes/{name}"),
            },
        })
    }
}

impl Schema {
    /// The schema, with an attribute that all resources have: Microsoft's validator wants to see `externalId` where it is
    /// mapped to, although no schema of the RFC has it.
    fn to_json(&self, common: Option<&Arc<Attribute>>, base: &str) -> Value {
        let attributes = self.attributes.iter().chain(common);
        let attributes = attributes.map(|attribute| attribute.to_json());
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id(),
            "name": self.name,
            "description": self.description,
            "attributes": attributes.collect::<Vec<_>>(),
            "meta": {
                "resourceType": "Schema",
                "location": format!("{base}/Schemas/{}", self.id()),
            },
        })
    }
}
