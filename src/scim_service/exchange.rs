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
    pub(super) context: &'a RequestContext,
    pub(super) endpoint: Option<Endpoint>,
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
        context: &'a RequestContext,
    ) -> Exchange<'a> {
        let endpoint = Endpoint::of(&request.path);
        let operation = endpoint.as_ref().map(|of| of.operation(request.method));
        let operation = operation.unwrap_or(LogOperation::Other);
        let kind = endpoint.as_ref().and_then(Endpoint::kind);
        Exchange {
            service,
            request,
            context,
            endpoint,
            entry: log::begun(context, operation, kind),
            noted: Vec::new(),
            causes: Vec::new(),
        }
    }

    pub(super) fn refused(mut self, refusal: Refusal) -> ServiceResponse {
        let mut answer = ScimAnswer::from(&refusal.error);
        if refusal.error == ScimError::MethodNotAllowed {
            answer.allow = self.endpoint.as_ref().map(Endpoint::methods);
        }
        self.note(refusal);
        self.answered(answer)
    }

    pub(super) fn answered(self, answer: ScimAnswer) -> ServiceResponse {
        ServiceResponse {
            answer,
            log: self.noted,
            causes: self.causes,
        }
    }

    pub(super) fn note(&mut self, refusal: Refusal) {
        let error = &refusal.error;
        let mut entry = log::ended(&self.entry, error.status(), Some(error), self.context);
        entry.subject = refusal.subject.or(entry.subject);
        self.noted.push(entry);
        self.causes.extend(refusal.cause);
    }

    pub(super) fn query(&self) -> Result<Parameters, ScimError> {
        Parameters::from_query(&self.request.query)
    }

    pub(super) fn has_filter(&self) -> bool {
        let mut names = form_urlencoded::parse(self.request.query.as_bytes());
        names.any(|(name, _)| name.eq_ignore_ascii_case("filter"))
    }

    pub(super) fn connection(&self) -> &'a ConnectionId {
        self.context.caller.connection()
    }

    pub(super) fn of(&self, kind: ResourceKind) -> &'a ResourceType {
        self.service.view.schemas().resource_type(kind)
    }
}
