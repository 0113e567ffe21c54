//! The memory of the running practice identity provider: apps with their keys, who is signed in at which browser, and
//! whether the next response or logout will be spoiled. Nothing is written to disk.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use url::Url;

use super::aadsts::Aadsts;
use super::app::App;
use super::app::SignIns;
use super::assignment::Assignment;
use super::directory::Directory;
use super::directory::Person;
use super::fault::Fault;
use super::keys::KeyMakingError;
use super::keys::SigningKeys;
use super::keys::make_signer;
use super::lock::Switch;
use super::lock::lock;
use super::provision::Job;
use crate::dsig::Signer;
use crate::ports::Clock;
use crate::saml::NameId;
use crate::token::Token;
use crate::token::TokenHash;

pub(super) struct State {
    base_url: String,
    tenant: String,
    directory: Mutex<Arc<Directory>>,
    apps: Mutex<Vec<RegisteredApp>>,
    /// The keys of apps that are registered later: their metadata is asked for before.
    awaited: Vec<(String, SigningKeys)>,
    clock: Arc<dyn Clock>,
    tenant_keys: OnceCell<SigningKeys>,
    stranger: OnceCell<Signer>,
    sessions: Mutex<VecDeque<IdpSession>>,
    pub(super) fault: Switch<Option<Fault>>,
    pub(super) reach: Switch<Reach>,
}

#[derive(Clone, Debug)]
pub(super) struct RegisteredApp {
    pub(super) app: App,
    pub(super) keys: SigningKeys,
    pub(super) job: Arc<Job>,
}

#[derive(Clone, Debug)]
struct IdpSession {
    token: TokenHash,
    object_id: String,
    since: Timestamp,
    sign_ons: VecDeque<SignOn>,
}

/// One sign-on to an app, which a logout ends.
#[derive(Clone, Debug)]
pub(super) struct SignOn {
    pub(super) app_id: String,
    pub(super) name_id: NameId,
    pub(super) session_index: String,
}

/// The person behind a request, and since when they are signed in.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    pub(super) person: Person,
    pub(super) since: Timestamp,
    pub(super) token: TokenHash,
}

impl SignedIn {
    /// Somebody who proves now who they are, in a session of this token.
    pub(super) fn now(state: &State, person: &Person, token: &Token) -> SignedIn {
        SignedIn {
            person: person.clone(),
            since: state.now(),
            token: token.hash(),
        }
    }
}

impl State {
    pub(super) fn new(
        base_url: String,
        tenant: String,
        directory: Directory,
        apps: Vec<RegisteredApp>,
        awaited: Vec<(String, SigningKeys)>,
        clock: Arc<dyn Clock>,
    ) -> State {
        State {
            base_url,
            tenant,
            directory: Mutex::new(Arc::new(directory)),
            apps: Mutex::new(apps),
            awaited,
            clock,
            tenant_keys: OnceCell::new(),
            stranger: OnceCell::new(),
            sessions: Mutex::default(),
            fault: Switch::default(),
            reach: Switch::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn directory(&self) -> Arc<Directory> {
        lock(&self.directory).clone()
    }

    pub(super) fn change_directory<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(Arc::make_mut(&mut lock(&self.directory)))
    }

    pub(super) fn sso_url(&self) -> String {
        format!("{}/{}/saml2", self.base_url, self.tenant)
    }

    pub(super) fn metadata_url(&self, app_id: Option<&str>) -> String {
        let query = app_id.map(|id| format!("?appid={id}")).unwrap_or_default();
        format!(
            "{}/{}/federationmetadata/2007-06/federationmetadata.xml{query}",
            self.base_url, self.tenant
        )
    }

    /// The cookie that holds a session. Browsers share the cookies of a host among all its ports, so the port
    /// is part of the name. Over `https` no other host can set it.
    pub(super) fn cookie_name(&self) -> String {
        let port = Url::parse(&self.base_url)
            .ok()
            .and_then(|url| url.port_or_known_default());
        let prefix = match self.base_url.starts_with("https:") {
            true => "__Host-",
            false => "",
        };
        format!("{prefix}practice-idp-{}", port.unwrap_or_default())
    }

    pub(super) fn apps(&self) -> Vec<App> {
        lock(&self.apps)
            .iter()
            .map(|entry| entry.app.clone())
            .collect()
    }

    /// The same, with their keys and jobs.
    pub(super) fn registered(&self) -> Vec<RegisteredApp> {
        lock(&self.apps).clone()
    }

    /// Registers an app. One that is there already keeps its keys, and what was provisioned to it.
    pub(super) fn register(&self, app: App, keys: SigningKeys) {
        let mut apps = lock(&self.apps);
        match apps.iter_mut().find(|entry| entry.app.app_id == app.app_id) {
            Some(entry) => entry.app = app,
            None => apps.push(RegisteredApp {
                app,
                keys,
                job: Arc::default(),
            }),
        }
    }

    /// The keys of an app, or of one that is registered later.
    pub(super) fn keys_of(&self, app_id: &str) -> Option<SigningKeys> {
        let awaited = || {
            let mut awaited = self.awaited.iter();
            let (_, keys) = awaited.find(|(id, _)| id == app_id)?;
            Some(keys.clone())
        };
        self.app(app_id).map(|entry| entry.keys).or_else(awaited)
    }

    /// Assigns a person or a group to an app; says whether there is such an app.
    pub(super) fn assign(&self, app_id: &str, object_id: &str) -> bool {
        let assign = |assignment: &mut Assignment| {
            if let Assignment::Only(object_ids) = assignment {
                object_ids.insert(object_id.to_owned());
            }
        };
        self.with_app(app_id, |app| assign(&mut app.assignment))
    }

    /// Takes an assignment away; says whether there is such an app.
    pub(super) fn unassign(&self, app_id: &str, object_id: &str) -> bool {
        let directory = self.directory();
        let unassign = |assignment: &mut Assignment| {
            if let Assignment::Everybody = assignment {
                let people = directory.people.iter().map(|person| &person.object_id);
                let groups = directory.groups.iter().map(|group| &group.object_id);
                *assignment = Assignment::Only(people.chain(groups).cloned().collect());
            }
            if let Assignment::Only(object_ids) = assignment {
                object_ids.remove(object_id);
            }
        };
        self.with_app(app_id, |app| unassign(&mut app.assignment))
    }

    /// Lets those in who are assigned, or everybody; says whether there is such an app.
    pub(super) fn set_sign_ins(&self, app_id: &str, sign_ins: SignIns) -> bool {
        self.with_app(app_id, |app| app.sign_ins = sign_ins)
    }

    fn with_app(&self, app_id: &str, change: impl FnOnce(&mut App)) -> bool {
        self.with(app_id, |entry| change(&mut entry.app)).is_some()
    }

    pub(super) fn with_keys<T>(
        &self,
        app_id: &str,
        change: impl FnOnce(&mut SigningKeys) -> T,
    ) -> Option<T> {
        self.with(app_id, |entry| change(&mut entry.keys))
    }

    fn with<T>(&self, app_id: &str, change: impl FnOnce(&mut RegisteredApp) -> T) -> Option<T> {
        let mut apps = lock(&self.apps);
        let mut entries = apps.iter_mut();
        let entry = entries.find(|entry| entry.app.app_id == app_id);
        entry.map(change)
    }

    pub(super) fn app(&self, app_id: &str) -> Option<RegisteredApp> {
        self.with(app_id, |entry| entry.clone())
    }

    /// The same for a sign-on, where an app that is not there is an error.
    pub(super) fn known_app(&self, app_id: &str) -> Result<RegisteredApp, Aadsts> {
        self.app(app_id).ok_or_else(|| self.unknown(app_id))
    }

    /// The app that sends requests as this issuer, or an error.
    pub(super) fn app_of_issuer(&self, issuer: &str) -> Result<RegisteredApp, Aadsts> {
        let apps = lock(&self.apps);
        let mut known = apps.iter();
        let is_of = |entry: &&RegisteredApp| entry.app.identifiers.iter().any(|id| id == issuer);
        let found = known.find(is_of).cloned();
        found.ok_or_else(|| self.unknown(issuer))
    }

    pub(super) fn unknown(&self, identifier: &str) -> Aadsts {
        Aadsts::UnknownApplication {
            identifier: identifier.to_owned(),
            tenant: self.tenant.clone(),
        }
    }

    /// The keys of the tenant as a whole, made when they are first asked for. Entra lists three or four.
    pub(super) async fn tenant_keys(&self) -> Result<&SigningKeys, KeyMakingError> {
        let make = || async {
            let mut keys = SigningKeys::new(make_signer().await?);
            keys.stage(make_signer().await?);
            keys.stage(make_signer().await?);
            Ok(keys)
        };
        self.tenant_keys.get_or_try_init(make).await
    }

    pub(super) async fn stranger(&self) -> Result<&Signer, KeyMakingError> {
        self.stranger.get_or_try_init(make_signer).await
    }

    pub(super) fn open_session(&self, token: &Token, person: &Person, now: Timestamp) {
        let mut sessions = lock(&self.sessions);
        if sessions.len() == MAX_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(IdpSession {
            token: token.hash(),
            object_id: person.object_id.clone(),
            since: now,
            sign_ons: VecDeque::new(),
        });
    }

    pub(super) fn signed_in(&self, token: &Token) -> Option<SignedIn> {
        let hash = token.hash();
        let sessions = lock(&self.sessions);
        let session = sessions.iter().find(|session| session.token == hash)?;
        Some(SignedIn {
            person: self.directory().person(&session.object_id)?.clone(),
            since: session.since,
            token: hash,
        })
    }

    /// Remembers that an app has got an assertion in this session.
    pub(super) fn remember(&self, token: TokenHash, sign_on: SignOn) {
        let mut sessions = lock(&self.sessions);
        if let Some(session) = sessions.iter_mut().find(|session| session.token == token) {
            if session.sign_ons.len() == MAX_SIGN_ONS {
                session.sign_ons.pop_front();
            }
            session.sign_ons.push_back(sign_on);
        }
    }

    /// Signs out; returns the sign-ons that are now to end.
    pub(super) fn close_session(&self, token: &Token) -> Vec<SignOn> {
        let hash = token.hash();
        let mut sessions = lock(&self.sessions);
        let at = sessions.iter().position(|session| session.token == hash);
        let closed = at.and_then(|at| sessions.remove(at));
        closed.map_or_else(Vec::new, |session| session.sign_ons.into())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Reach {
    /// Every other app is told.
    #[default]
    Everywhere,
    /// No other app is: the answer says `PartialLogout` (Core §3.7.3.2), and their sessions stay open.
    Partial,
}

/// Browsers that are signed in at once, above which the oldest is signed out: a demo has a handful.
const MAX_SESSIONS: usize = 1024;
/// Sign-ons of one session that a logout ends at most, above which the oldest is forgotten: each is a frame on the page.
const MAX_SIGN_ONS: usize = 32;
