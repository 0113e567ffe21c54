//! Service discovery (RFC 7644 §4): the schemas of a server, and its service provider configuration.

use reqwest::Method;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::server::Server;
use super::server::excerpt;
use crate::practice::provision::Call;
use crate::practice::provision::Step;
use crate::scim::ResourceKind;

pub(super) async fn schemas(server: &Server<'_>) -> Result<String, CaseError> {
    let expected = "every mapped attribute but id in /Schemas, externalId of users and groups too";
    let schemas = server.schemas().await.as_ref();
    let schemas = schemas.map_err(CaseError::clone)?;
    let missing = schemas.missing();
    ensure(missing.is_empty(), expected, || {
        format!("not in /Schemas: {}", missing.join(", "))
    })?;
    Ok("every mapped attribute".to_owned())
}

pub(super) async fn configuration(server: &Server<'_>) -> Result<String, CaseError> {
    let call = Call {
        endpoint: "/ServiceProviderConfig",
        ..server.call(Step::Read, Method::GET, ResourceKind::User)
    };
    let answer = server.ask(call).await?;
    let expected = "status 200 with patch.supported and filter.supported true";
    let supports = |feature: &str| answer.body[feature]["supported"] == true;
    let says_so = answer.status == 200 && supports("patch") && supports("filter");
    ensure(says_so, expected, || match answer.status {
        200 if answer.body.is_object() => {
            let [patch, filter] = ["patch", "filter"].map(|name| &answer.body[name]["supported"]);
            format!("patch.supported {patch}, filter.supported {filter}")
        }
        _ => excerpt(&answer),
    })?;
    Ok("PATCH and filters are supported".to_owned())
}
