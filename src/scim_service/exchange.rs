//! One request on its way to its answer.

use url::form_urlencoded;

use super::RequestContext;
use super::ScimAnswer;
use super::ScimRequest;
use super::ScimService;
use super::ServiceResponse;
use super::endpoint::Endpoint;
use super::log;
use super::refusal::Refusal;
use super::request::Method;
use crate::connection::ConnectionId;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::scim::Parameters;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::ScimError;

/// A request with what has become known about it.
pub(super) struct Exchange<'a> {
    pub(super) service: &'a ScimService<'a>,
    pub(super) request: &'a ScimRequest,
    pub(super) occasion: &'a RequestContext,
    endpoint: Option<Endpoint>,
    /// The entry for the log, as far as it is known.
    pub(super) entry: LogEntry,
    /// Entries that belong to no change.
    pub(super) noted: Vec<LogEntry>,
    pub(super) causes: Vec<String>,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(
        service: &'a ScimService<'a>,
        request: &'a ScimRequest,
        occasion: &'a RequestContext,
    ) -> Exchange<'a> {
        let endpoint = Endpoint::of(&request.path);
        let operation = endpoint.as_ref().map(|of| of.operation(request.method));
        let operation = operation.unwrap_or(LogOperation::Other);
        let kind = endpoint.as_ref().and_then(Endpoint::kind);
        Exchange {
            service,
            request,
            occasion,
            endpoint,
            entry: log::begun(occasion, operation, kind),
            noted: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// Refusals are noted, and so are look-ups: a client that has looked for somebody in vain is an answer to "why was
    /// this user not provisioned?". Changes have noted themselves.
    pub(super) async fn answer(mut self) -> ServiceResponse {
        let answer = match self.dispatch().await {
            Ok(answer) => answer,
            Err(refusal) => return self.refused(refusal),
        };
        if self.entry.operation == LogOperation::Search && self.entry.subject.is_some() {
            let entry = log::ended(&self.entry, answer.status, None, self.occasion);
            self.noted.push(entry);
        }
        self.answered(answer)
    }

    pub(super) fn refuse(self, error: ScimError) -> ServiceResponse {
        self.refused(error.into())
    }

    fn refused(mut self, refusal: Refusal) -> ServiceResponse {
        let mut answer = ScimAnswer::from(&refusal.error);
        if refusal.error == ScimError::MethodNotAllowed {
            answer.allow = self.endpoint.as_ref().map(Endpoint::methods);
        }
        self.note(refusal);
        self.answered(answer)
    }

    fn answered(self, answer: ScimAnswer) -> ServiceResponse {
        ServiceResponse {
            answer,
            log: self.noted,
            causes: self.causes,
        }
    }

    /// Notes a refusal.
    pub(super) fn note(&mut self, refusal: Refusal) {
        let error = &refusal.error;
        let mut entry = log::ended(&self.entry, error.status(), Some(error), self.occasion);
        entry.subject = refusal.subject.or(entry.subject);
        self.noted.push(entry);
        self.causes.extend(refusal.cause);
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
            (Method::Post, Endpoint::Resources(kind)) => self.post(kind).await,
            (Method::Put, Endpoint::Resource(kind, id)) => self.put(kind, &id).await,
            (Method::Patch, Endpoint::Resource(kind, id)) => self.patch(kind, &id).await,
            (Method::Delete, Endpoint::Resource(kind, id)) => self.delete(kind, &id).await,
            (Method::Post, Endpoint::Bulk) => self.bulk().await,
            (Method::Get, endpoint) => self.discover(&endpoint).map_err(Refusal::from),
            _ => Err(ScimError::MethodNotAllowed.into()),
        }
    }

    /// The parameters in the address.
    pub(super) fn query(&self) -> Result<Parameters, ScimError> {
        Parameters::from_query(&self.request.query)
    }

    fn search(&self) -> Result<Parameters, ScimError> {
        Parameters::from_search(self.request.json()?)
    }

    /// True if the address has a filter.
    pub(super) fn has_filter(&self) -> bool {
        let mut names = form_urlencoded::parse(self.request.query.as_bytes());
        names.any(|(name, _)| name.eq_ignore_ascii_case("filter"))
    }

    pub(super) fn connection(&self) -> &'a ConnectionId {
        self.occasion.caller.connection()
    }

    pub(super) fn of(&self, kind: ResourceKind) -> &'a ResourceType {
        self.service.view.schemas().resource_type(kind)
    }
}
