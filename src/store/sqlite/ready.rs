//! The work of a transaction: a future that waits for nothing but the store, whose methods are ready at once on the writer's
//! thread.

use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

/// Runs a future that is ready at the first look; for one that waits, the error is [`NotReady`]: the writer waits for
/// nobody.
pub(super) fn ready<T>(work: impl Future<Output = T>) -> Result<T, NotReady> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(NotReady),
    }
}

/// A fault of ours: the work of a transaction would keep everybody else's changes waiting. It is undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the work of a transaction waited for something else")]
pub(super) struct NotReady;

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use jiff::Timestamp;

    use super::NotReady;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connection;
    use crate::directory::Directory;
    use crate::directory::DirectoryTx;
    use crate::directory::Origin;
    use crate::directory::Put;
    use crate::directory::Scope;
    use crate::directory::UserId;
    use crate::directory::UserRecord;
    use crate::ports::TxOutcome;
    use crate::ports::TxWork;
    use crate::scim::Draft;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;
    use crate::store::SqliteStore;

    fn ada(scope: &Scope) -> UserRecord {
        let schemas = Schemas::standard();
        let user = schemas.resource_type(ResourceKind::User);
        let draft = Draft::read(serde_json::json!({"userName": "ada"}), user);
        let resource = draft.unwrap().created().resource;
        let id = UserId::from_random([7; 16]);
        UserRecord::new(
            &id,
            scope.connection.clone(),
            Origin::Provisioned,
            resource,
            scope.now,
        )
    }

    #[tokio::test]
    async fn work_that_waits_for_something_else_is_undone() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let put = put_connection(&store, &acme, Timestamp::UNIX_EPOCH).await;
        put.unwrap();
        let scope = Scope::by_default("acme".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let run = async |waits: bool| {
            let ada = ada(&scope);
            let work = store.run(
                &scope.connection,
                TxWork::<DirectoryTx>::new(move |rows| {
                    Box::pin(async move {
                        rows.put_user(&ada, Put::New).await.unwrap();
                        if waits {
                            tokio::task::yield_now().await;
                        }
                        TxOutcome::Commit
                    })
                }),
            );
            work.await
        };
        let error = run(true).await.unwrap_err();
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        assert_eq!(cause, Some(&NotReady));
        let (id, acme) = (UserId::from_random([7; 16]), &scope.connection);
        assert!(store.user(acme, &id).await.unwrap().is_none());
        assert_eq!(run(false).await.unwrap(), TxOutcome::Commit);
        assert!(store.user(acme, &id).await.unwrap().is_some());
    }
}
