//! The store that `--database` names, as commands use it: opened, asked, and every failure turned into a
//! [`CliError`]. And the site's address, without which no connection has one.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::Globals;
use super::error::CliError;
use super::input;
use super::settings::ADDRESSES;
use super::settings::EVERY;
use super::settings::Flags;
use super::settings::JUDGED;
use super::usable_store::opening;
use super::usable_store::usable;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::connections;
use crate::admin::site_settings;
use crate::admin::site_settings::SiteAddress;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::ports::Actor;
use crate::ports::StoreError;
use crate::site::StoreClock;
use crate::store;
use crate::store::Store;

/// The address under which people reach the site.
#[derive(clap::Args)]
pub(super) struct BaseUrlOption {
    #[command(flatten)]
    flags: Flags<{ ADDRESSES | JUDGED }>,
}

/// The address under which people reach the site, for one command.
pub(super) struct SiteUrl {
    url: BaseUrl,
    note: Option<String>,
}

/// The address of `entrada serve` if nothing else is said.
pub(super) const DEFAULT_BASE_URL: &str = "http://localhost:8080";

impl BaseUrlOption {
    /// The address for this run, which the site keeps if it has none yet: for commands that have changed something.
    pub(super) fn keep(&self, site: &Site) -> Result<SiteUrl, CliError> {
        let given = self.given(site);
        let given = given.as_ref();
        SiteUrl::of(site.run(site_settings::keep_address(site.admin(), given))?)
    }

    /// The address that was given, else the one that the site keeps. Nothing is written.
    pub(super) fn of(&self, site: &Site) -> Result<SiteUrl, CliError> {
        let given = self.given(site);
        let given = given.as_ref();
        SiteUrl::of(site.run(site_settings::address(site.admin(), given))?)
    }

    fn given(&self, site: &Site) -> Option<BaseUrl> {
        let flag = self.flags.given().texts("base-url").next();
        let flag = flag.and_then(|text| text.parse().ok());
        flag.or_else(|| site.base_url.clone())
    }
}

impl SiteUrl {
    fn of(address: SiteAddress) -> Result<SiteUrl, CliError> {
        let (url, note) = match (address.given, address.kept) {
            (Some(url), Some(kept)) if url != kept => {
                let note = differs(&url, &kept);
                (url, Some(note))
            }
            (Some(url), _) | (None, Some(url)) => (url, None),
            (None, None) => {
                let note = format!(
                    "note: the addresses begin with {DEFAULT_BASE_URL}, for trials on this machine; give --base-url or set ENTRADA_BASE_URL for your site, and it is kept"
                );
                let url = DEFAULT_BASE_URL.parse();
                let url = url.map_err(|error: BaseUrlError| CliError::Usage(error.to_string()))?;
                (url, Some(note))
            }
        };
        Ok(SiteUrl { url, note })
    }

    pub(super) fn get(&self) -> &BaseUrl {
        &self.url
    }

    /// A note about it, so that a wrong one does not end up in Entra by mistake.
    pub(super) fn note(&self) -> Option<String> {
        self.note.clone()
    }
}

impl SiteUrl {
    /// The same, where it matters only if it is not the one that the site keeps.
    pub(super) fn warning(&self) -> Option<String> {
        self.note().filter(|note| note.starts_with("warning"))
    }
}

/// The note about an address that is not the one that the site keeps.
pub(super) fn differs(url: &BaseUrl, kept: &BaseUrl) -> String {
    format!(
        "warning: the base URL of the site is {kept}; {url} holds for this run alone (entrada site set base-url {url} changes it)"
    )
}

pub(super) struct Site {
    runtime: Runtime,
    store: Arc<dyn Store>,
    admin: Admin,
    /// The address of the environment or the file of settings.
    base_url: Option<BaseUrl>,
}

impl Site {
    pub(super) fn open(globals: &Globals) -> Result<Site, CliError> {
        let settings = globals.settings(&Flags::<{ EVERY | ADDRESSES }>::default())?;
        let base_url = settings.base_url();
        let site = Site::open_url(usable(&settings)?)?;
        Ok(Site { base_url, ..site })
    }

    pub(super) fn open_url(url: &str) -> Result<Site, CliError> {
        Site::connect(input::runtime()?, url).map_err(opening)
    }

    pub(super) fn connect(runtime: Runtime, url: &str) -> Result<Site, StoreError> {
        let store = runtime.block_on(store::open(url))?;
        let clock = Arc::new(StoreClock(store.clone()));
        let admin = Admin::new(store.clone(), clock, Actor::CommandLine);
        Ok(Site {
            runtime,
            store,
            admin,
            base_url: None,
        })
    }

    pub(super) fn admin(&self) -> &Admin {
        &self.admin
    }

    pub(super) fn run<T>(&self, work: impl Future<Output = Done<T>>) -> Result<T, CliError> {
        Ok(self.runtime.block_on(work)?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    pub(super) fn ask<'s, T, F>(
        &'s self,
        question: impl FnOnce(&'s dyn Store) -> F,
    ) -> Result<T, CliError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let answer = self.runtime.block_on(question(&*self.store));
        answer.map_err(|error| CliError::Io(error.to_string()))
    }

    /// Waits for something whose failures mean more than one thing.
    pub(super) fn wait<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    pub(super) fn connection(&self, id: &ConnectionId) -> Result<Connection, CliError> {
        self.run(connections::one(self.admin(), id))
    }
}
