//! The work of those who run a site, as functions: people, credentials, connections, keys, the log, checks.
//!
//! Each takes an [`Admin`] and returns typed data or an [`AdminError`]. None prints or reads arguments: the command line and consoles
//! call the same functions, and add the words, the forms and the exit codes.
//!
//! ```
//! use std::sync::Arc;
//!
//! use entrada::admin::Admin;
//! use entrada::admin::Class;
//! use entrada::admin::people;
//! use entrada::ports::Actor;
//! use entrada::site::SystemClock;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = entrada::store::open("memory:").await?;
//! let admin = Admin::new(store, Arc::new(SystemClock), Actor::CommandLine);
//! let error = people::deactivate(&admin, None, "ada@example.com").await.unwrap_err();
//! assert_eq!(error.class(), Class::Absent);
//! assert_eq!(error.to_string(), "there is no user ada@example.com");
//! # Ok(())
//! # }
//! ```

pub mod certificates;
pub mod check;
pub mod clients;
pub mod connections;
mod credential_expiry;
pub mod credentials;
pub mod decode;
pub(crate) mod difference;
#[doc(hidden)]
pub mod effects;
mod error;
pub mod explain;
pub(crate) mod federations;
pub mod keys;
pub mod log;
pub mod people;
#[doc(hidden)]
pub mod provisioning;
mod random;
pub mod sessions;
pub mod site_settings;
pub mod sp_metadata;
#[doc(hidden)]
pub mod store;
pub(crate) mod tls_files;
pub mod transfer;
pub(crate) mod validation;
pub mod verify;
pub mod warnings;

use std::sync::Arc;
use std::sync::OnceLock;

use jiff::Timestamp;

pub use self::difference::Difference;
pub use self::error::AdminError;
pub use self::error::Class;
pub use self::error::Unreadable;
use crate::fetch::FetchLimits;
use crate::fetch::Fetcher;
use crate::ports::Actor;
use crate::ports::Clock;
use crate::store::Store;

/// A site, for those who work on it. Clones are cheap, and share the store.
#[derive(Clone)]
pub struct Admin {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    actor: Actor,
    /// Made when it is first needed: it reads all certificates of the system's authorities.
    fetcher: Arc<OnceLock<Fetcher>>,
}

/// The result of a function of this module.
pub type Done<T> = Result<T, AdminError>;

impl Admin {
    /// The site of this store, for this actor.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, actor: Actor) -> Admin {
        Admin {
            store,
            clock,
            actor,
            fetcher: Arc::default(),
        }
    }

    /// The same site with a fetcher that there is already: a server hands over its own.
    pub fn with_fetcher(self, fetcher: Fetcher) -> Admin {
        Admin {
            fetcher: Arc::new(OnceLock::from(fetcher)),
            ..self
        }
    }

    /// The same site for another actor: a server has one for each request.
    pub fn by(&self, actor: Actor) -> Admin {
        Admin {
            actor,
            ..self.clone()
        }
    }

    /// The store of the site.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn fetcher(&self) -> Done<Fetcher> {
        if let Some(fetcher) = self.fetcher.get() {
            return Ok(fetcher.clone());
        }
        let made = Fetcher::new(FetchLimits::default()).map_err(AdminError::Http)?;
        Ok(self.fetcher.get_or_init(|| made).clone())
    }

    /// The one who works on it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::clients::RevokedPart;
    use super::credentials::NewCredential;
    use super::log::LogQuestion;
    use super::people::ListQuery;
    use super::sessions::WhoseSessions;
    use super::transfer::Export;
    use super::transfer::Format;
    use super::transfer::Import;
    use super::transfer::ImportOptions;
    use super::transfer::MatchBy;
    use super::*;
    use crate::directory::GroupRecord;
    use crate::directory::UserRecord;
    use crate::provisioning::CredentialId;
    use crate::provisioning::SecretKind;
    use crate::site::SystemClock;

    /// A server runs the functions on several threads.
    fn is_send<T: Send>(_: T) {}

    #[tokio::test]
    async fn every_function_can_go_from_thread_to_thread() {
        let store = crate::store::open("memory:").await.unwrap();
        let admin = Admin::new(store, Arc::new(SystemClock), Actor::CommandLine);
        let id = "acme".parse().unwrap();
        is_send(connections::all(&admin, None));
        is_send(connections::one(&admin, &id));
        let name = "ada";
        let base_url = "https://app.example".parse().unwrap();
        let query = ListQuery {
            connection: None,
            filter: None,
            limit: 1,
            cursor: None,
        };
        is_send(people::list::<UserRecord>(&admin, &query, |_| true));
        is_send(people::one::<GroupRecord>(&admin, None, name));
        is_send(people::user(&admin, None, name, &base_url));
        is_send(people::group(&admin, None, name, 1, &base_url));
        is_send(people::deactivate(&admin, None, name));
        is_send(people::delete(&admin, None, name));
        is_send(people::unlink(&admin, None, name));
        let whose = WhoseSessions::default();
        let credential = CredentialId::from_random([1; 8]);
        let new = NewCredential {
            kind: SecretKind::Bearer,
            lifetime: SignedDuration::from_hours(1),
            label: None,
        };
        let hour = SignedDuration::from_hours(1);
        is_send(credentials::list(&admin, None));
        is_send(provisioning::begin(&admin, &id));
        is_send(credentials::create(&admin, &id, new));
        is_send(credentials::rotate(&admin, &credential, hour));
        is_send(credentials::extend(&admin, &credential, hour));
        is_send(credentials::revoke(&admin, &credential));
        is_send(clients::list(&admin, None));
        is_send(clients::rotate(&admin, &credential, hour));
        is_send(clients::revoke(&admin, &credential, RevokedPart::Named));
        is_send(verify::Sides::of_connection(
            &admin,
            &id,
            &base_url,
            admin.now(),
        ));
        is_send(sp_metadata::sp_metadata(&admin, &id, &base_url));
        is_send(site_settings::address(&admin, None));
        is_send(site_settings::keep_address(&admin, None));
        is_send(site_settings::set_address(&admin, &base_url));
        let question = LogQuestion {
            connection: None,
            subject: None,
            since: None,
            outcome: None,
            kind: None,
            limit: 1,
        };
        is_send(log::latest(&admin, &question));
        let mut page = log::latest(&admin, &question).await.unwrap();
        is_send(page.reader.behind(&admin, 1));
        is_send(explain::person(&admin, &id, name));
        let how = ImportOptions {
            format: Format::Csv,
            by: MatchBy::UserName,
            dry_run: true,
        };
        let input = Box::new(std::io::empty());
        is_send(async {
            let mut import = Import::begin(&admin, &id, input, how).await.ok()?;
            import.next().await.ok()
        });
        is_send(async {
            let mut export = Export::begin(&admin, &id, None).await.ok()?;
            export.next().await.ok()
        });
        is_send(check::site(&admin, None, check::MetadataAddress::Asked));
        is_send(sessions::list(&admin, &whose));
        is_send(sessions::revoke(&admin, &[]));
        is_send(sessions::revoke_all(&admin, &whose));
        let edit = connections::Edit::of_other_settings(|present| Ok(present.clone()));
        is_send(connections::change(&admin, &id, &edit));
        let base_url = "https://app.example".parse().unwrap();
        is_send(connections::preview(&admin, &id, &edit, &base_url));
        is_send(connections::change_agreed(
            &admin,
            &id,
            &edit,
            &base_url,
            |question| question.agreed_in_advance(),
        ));
        is_send(connections::list(&admin, &base_url));
        is_send(connections::show(&admin, &id, &base_url));
        is_send(effects::of_connection(&admin, &id));
        is_send(connections::remove(&admin, &id));
        is_send(connections::purge(&admin, &id));
        is_send(connections::restore(&admin, &id, None, &id));
        is_send(keys::list(&admin, &id));
        is_send(keys::make(&admin, &id));
        let file = std::path::Path::new("entrada.db");
        is_send(store::facts(name));
        is_send(store::facts_of_backup(file));
        is_send(store::backup(name, file));
        is_send(store::restore(name, file, admin.now()));
    }
}
