//! From a request to what answers it.

use super::Method;
use super::RequestContext;
use super::ScimAnswer;
use super::ScimRequest;
use super::ScimService;
use super::ServiceResponse;
use super::endpoint::Endpoint;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use crate::provisioning::LogOperation;
use crate::scim::BulkMethod;
use crate::scim::Parameters;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

impl ScimService<'_> {
    /// Answers a request. What it changes is on disk when this returns; a request that is refused has changed nothing,
    /// but for a Bulk request, whose operations stand each for itself.
    pub async fn answer(&self, request: &ScimRequest, context: &RequestContext) -> ServiceResponse {
        Exchange::new(self, request, context).answer().await
    }

    /// The response to a request that was refused before it could be read, such as one with too large a body.
    pub fn refuse(
        &self,
        request: &ScimRequest,
        context: &RequestContext,
        error: ScimError,
    ) -> ServiceResponse {
        Exchange::new(self, request, context).refused(error.into())
    }
}

impl Exchange<'_> {
    /// Refusals are noted, and so are look-ups: a client that has looked for somebody in vain is an answer to "why was
    /// this user not provisioned?". Changes have noted themselves.
    async fn answer(mut self) -> ServiceResponse {
        let answer = match self.dispatch().await {
            Ok(answer) => answer,
            Err(refusal) => return self.refused(refusal),
        };
        if self.entry.operation == LogOperation::Search && self.entry.subject.is_some() {
            let entry = log::ended(&self.entry, answer.status, None, self.context);
            self.noted.push(entry);
        }
        self.answered(answer)
    }

    async fn dispatch(&mut self) -> Result<ScimAnswer, Refusal> {
        let endpoint = self.endpoint.clone().ok_or(ScimError::NoEndpoint)?;
        match (self.request.method, endpoint) {
            (_, Endpoint::Me) => Err(ScimError::NotImplemented("/Me").into()),
            (Method::Get, Endpoint::Root) => self.list(&ResourceKind::ALL, self.query()?).await,
            (Method::Get, Endpoint::Resources(kind)) => self.list(&[kind], self.query()?).await,
            (Method::Post, Endpoint::Search(Some(kind))) => {
                self.list(&[kind], self.search()?).await
            }
            (Method::Post, Endpoint::Search(None)) => {
                self.list(&ResourceKind::ALL, self.search()?).await
            }
            (Method::Get, Endpoint::Resource(kind, id)) => self.read(kind, &id).await,
            (Method::Post, Endpoint::Resources(kind)) => {
                self.write(BulkMethod::Post, kind, None).await
            }
            (Method::Put, Endpoint::Resource(kind, id)) => {
                self.write(BulkMethod::Put, kind, Some(&id)).await
            }
            (Method::Patch, Endpoint::Resource(kind, id)) => {
                self.write(BulkMethod::Patch, kind, Some(&id)).await
            }
            (Method::Delete, Endpoint::Resource(kind, id)) => {
                self.write(BulkMethod::Delete, kind, Some(&id)).await
            }
            (Method::Post, Endpoint::Bulk) => self.bulk().await,
            (Method::Get, endpoint) => self.discover(&endpoint).map_err(Refusal::from),
            _ => Err(ScimError::MethodNotAllowed.into()),
        }
    }

    fn search(&self) -> Result<Parameters, ScimError> {
        Parameters::from_search(self.request.json()?)
    }
}
