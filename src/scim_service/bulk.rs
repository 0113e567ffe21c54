//! Bulk (RFC 7644 §3.7): each operation as if it came alone, in a transaction of its own and with its own entry in the log.

use super::LIMITS;
use super::ScimAnswer;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use super::request::Conditions;
use super::write::status;
use crate::provisioning::LogOperation;
use crate::scim::BulkDone;
use crate::scim::BulkMethod;
use crate::scim::BulkOperation;
use crate::scim::BulkRequest;

impl Exchange<'_> {
    pub(super) async fn bulk(&mut self) -> Result<ScimAnswer, Refusal> {
        let request = BulkRequest::parse(self.request.json()?, LIMITS.bulk_operations)?;
        let whole = self.entry.clone();
        let mut run = request.run();
        while let Some(operation) = run.next() {
            let kind = operation.kind;
            self.entry = log::begun(self.context, named(operation.method), Some(kind));
            self.entry.resource = operation.id.as_deref().map(log::short);
            let done = self.one(operation).await;
            run.done(done.map_err(|refusal| {
                let error = refusal.error.clone();
                self.note(refusal);
                error
            }));
        }
        self.entry = whole;
        Ok(ScimAnswer::json(200, run.response()))
    }

    async fn one(&mut self, operation: BulkOperation) -> Result<BulkDone, Refusal> {
        let BulkOperation { method, kind, .. } = operation;
        let conditions = Conditions {
            if_match: operation.version,
            if_none_match: None,
        };
        let id = operation.id.as_deref();
        let stored = self.change(method, kind, id, operation.data, conditions);
        let stored = stored.await?;
        let record = stored.record();
        Ok(BulkDone {
            status: status(method, kind),
            id: record.id.clone(),
            location: record.location(self.service.view.base()),
            version: (method != BulkMethod::Delete).then_some(record.version),
        })
    }
}

fn named(method: BulkMethod) -> LogOperation {
    match method {
        BulkMethod::Post => LogOperation::Create,
        BulkMethod::Put => LogOperation::Replace,
        BulkMethod::Patch => LogOperation::Patch,
        BulkMethod::Delete => LogOperation::Delete,
    }
}
