//! Faults in the requests that are passed on, and in the answers.

use axum::http::Method;
use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Fault;
use super::Proxy;
use super::Request;

impl Proxy {
    pub(super) async fn spoil_request(&self, request: &mut Request) {
        let patch = request.method == Method::PATCH;
        match self.fault {
            Fault::NoFilters if request.has("filter=") => request.query.clear(),
            Fault::MembersAreShown => {
                request.query = request.query.replace("excludedAttributes=members", "");
            }
            Fault::NoExternalIdFilter => {
                request.query = request
                    .query
                    .replace("filter=externalId", "filter=nickName");
            }
            Fault::PagesOverlap => {
                request.query = request.query.replace("startIndex=6", "startIndex=5");
            }
            Fault::FilterHasCase if request.has("userName") && request.has("ENTRADA") => {
                request.query = request.query.replace("ENTRADA", "NOBODY");
            }
            Fault::NobodyComesBack if patch => self.drop_operations(request, |operation| {
                operation["path"] == "active" && operation["value"] == "True"
            }),
            Fault::EmptyTextIsKept if patch => self.drop_operations(request, |operation| {
                operation["path"] == "title" && operation["value"] == ""
            }),
            Fault::NullIsKept if patch => self.drop_operations(request, |operation| {
                operation["path"] == "title" && operation["value"].is_null()
            }),
            Fault::TextIsNoBoolean if patch => {
                self.drop_operations(request, |operation| operation["value"] == "False");
            }
            Fault::RemoveEmpties if patch => {
                let operations = request.operations().into_iter().flatten();
                for operation in operations.filter(|one| one["path"] == "members") {
                    if operation["op"] == "Remove" {
                        *operation = json!({"op": "remove", "path": "members"});
                    }
                }
            }
            Fault::RenamedGroupsAreEmpty if patch && request.path.starts_with("/Groups") => {
                let operations = request.operations().unwrap();
                if operations.iter().any(|one| one["path"] == "displayName") {
                    operations.insert(0, json!({"op": "remove", "path": "members"}));
                }
            }
            _ => {}
        }
    }

    fn drop_operations(&self, request: &mut Request, is_dropped: impl Fn(&Value) -> bool) {
        if let Some(operations) = request.operations() {
            operations.retain(|operation| !is_dropped(operation));
        }
    }

    pub(super) async fn spoil_answer(&self, request: &Request, answer: &mut Answer) {
        let post = request.method == Method::POST;
        match self.fault {
            Fault::ActiveIsText => texts(&mut answer.body),
            Fault::NobodyIsMissing if answer.body["totalResults"] == 0 => {
                answer.status = 404;
                answer.body = error(404);
            }
            Fault::NoGroupSchema if request.path == "/Schemas" => {
                let schemas = answer.body["Resources"].as_array_mut().unwrap();
                schemas.retain(|schema| schema["name"] != "Group");
            }
            Fault::NoExternalIdInSchemas if request.path == "/Schemas" => {
                for schema in answer.body["Resources"].as_array_mut().unwrap() {
                    let attributes = schema["attributes"].as_array_mut().unwrap();
                    attributes.retain(|attribute| attribute["name"] != "externalId");
                }
            }
            Fault::PlainJson => {
                for (_, value) in answer
                    .headers
                    .iter_mut()
                    .filter(|(name, _)| *name == "content-type")
                {
                    *value = "application/json".to_owned();
                }
            }
            Fault::StatusIsNumber if answer.status == 404 => answer.body["status"] = json!(404),
            Fault::DuplicateIs400 if answer.status == 409 => {
                answer.status = 400;
                answer.body = error(400);
            }
            Fault::PostAnswersAnother
                if post && request.path == "/Users" && answer.status == 201 =>
            {
                answer.body = self.served.bystander().await;
            }
            Fault::PostAnswersIdOfAnother if post && answer.status == 201 => {
                answer.body["id"] = self.served.bystander().await["id"].clone();
            }
            Fault::PostAnswersDots if post && answer.status == 201 => {
                answer.body["id"] = json!("..");
            }
            Fault::GetShowsAnother if request.is(&Method::GET, "/Users/") => {
                let id = answer.body["id"].clone();
                answer.body = self.served.bystander().await;
                answer.body["id"] = id;
                answer.body["title"] = json!("Chancellor");
            }
            Fault::EmptyOperationsAreRefused if request.body["Operations"] == json!([]) => {
                answer.status = 400;
                answer.body = error(400);
            }
            Fault::MarkupInErrors if post && answer.status == 201 => {
                answer.status = 400;
                answer.body = error(400);
                answer.body["detail"] = json!("<script>alert(1)</script>\u{1b}[2J");
            }
            Fault::RepeatsSecrets if post && answer.status == 201 => {
                answer.status = 400;
                answer.body = error(400);
                answer.body["detail"] = json!(format!("you sent {}", self.served.token));
            }
            Fault::ListsAreWrong
                if !answer.body["Resources"].is_null() && request.path != "/Schemas" =>
            {
                answer.body["totalResults"] = json!("many");
                answer.body["Resources"] = json!(7);
            }
            _ => {}
        }
    }
}

fn error(status: u16) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string()})
}

/// Makes booleans of `active` texts, everywhere.
fn texts(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(texts),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Bool(is) if name == "active" => {
                        *value = json!(if *is { "True" } else { "False" });
                    }
                    value => texts(value),
                }
            }
        }
        _ => {}
    }
}
