//! Bulk (RFC 7644 §3.7): each operation as if it came alone, in a transaction of its own and with its own entry in the log.

use super::LIMITS;
use super::ScimAnswer;
use super::change::patch_status;
use super::exchange::Exchange;
use super::log;
use super::refusal::Refusal;
use super::request::Conditions;
use super::stored::Stored;
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
            self.entry = log::begun(self.occasion, named(operation.method), Some(kind));
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
        let kind = operation.kind;
        let id = operation.id.unwrap_or_default();
        let conditions = Conditions {
            if_match: operation.version,
            if_none_match: None,
        };
        let data = operation.data;
        let (status, stored) = match operation.method {
            BulkMethod::Post => (201, self.create(kind, data).await?),
            BulkMethod::Put => (200, self.replace(kind, &id, data, conditions).await?),
            BulkMethod::Patch => {
                let stored = self.change(kind, &id, data, conditions).await?;
                (patch_status(kind), stored)
            }
            BulkMethod::Delete => (204, self.remove(kind, &id, conditions).await?),
        };
        Ok(self.done(operation.method, status, &stored))
    }

    fn done(&self, method: BulkMethod, status: u16, stored: &Stored) -> BulkDone {
        let record = stored.record();
        BulkDone {
            status,
            id: record.id.clone(),
            location: record.location(self.service.view.base()),
            version: (method != BulkMethod::Delete).then_some(record.version),
        }
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
