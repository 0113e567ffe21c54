//! Opening a store.

use std::time::Duration;

use deadpool_postgres::Manager;
use deadpool_postgres::ManagerConfig;
use deadpool_postgres::Pool;
use deadpool_postgres::RecyclingMethod;
use deadpool_postgres::Runtime;

use super::PostgresStore;
use super::address::DatabaseAddress;
use super::migrations;
use crate::ports::StoreError;

impl PostgresStore {
    /// Connects to the database of a URL, as libpq takes it, and brings its tables up to date. Several hosts may be named: the one that
    /// takes changes is used. Between machines the server must show a certificate that fits (`sslmode=verify-full`), unless the URL says
    /// another `sslmode`.
    ///
    /// Fails with an [`AddressError`](crate::store::AddressError) for a URL that is none, and with a
    /// [`DatabaseFault`](crate::store::DatabaseFault) for a database that cannot be reached, does not let this process in, is a standby or too
    /// old, or was written by a newer version.
    pub async fn open(url: &str) -> Result<PostgresStore, StoreError> {
        let store = PostgresStore::connect(url).await?;
        migrations::run(&store).await?;
        Ok(store)
    }

    /// Connects to the database of a URL, whose tables stay as they are.
    pub(in crate::store) async fn connect(url: &str) -> Result<PostgresStore, StoreError> {
        let address = DatabaseAddress::parse(url).map_err(StoreError::new)?;
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(address.config, address.tls, recycling))
            .max_size(address.connections)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .runtime(Runtime::Tokio1)
            .build();
        let store = PostgresStore::new(pool.map_err(StoreError::new)?, address.statements);
        store.read_clock().await?;
        migrations::check(&store).await?;
        Ok(store)
    }
}

/// The time that a connection is waited for: a request that gets none is refused.
const PATIENCE: Duration = Duration::from_secs(5);
