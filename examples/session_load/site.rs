//! A site with people and sessions, in a folder of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use entrada::connection::Connection;
use entrada::connection::ConnectionId;
use entrada::crypto::Fingerprint;
use entrada::directory::Origin;
use entrada::directory::Scope;
use entrada::directory::UserId;
use entrada::directory::UserRecord;
use entrada::directory::add_credential;
use entrada::directory::transact;
use entrada::provisioning::CredentialId;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::saml::NameId;
use entrada::scim::Draft;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use entrada::session::Device;
use entrada::session::SessionFilter;
use entrada::session::SessionRecord;
use entrada::session::open_session;
use entrada::store;
use entrada::store::Store;
use entrada::token::Token;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Outcome;

pub(crate) struct Site {
    address: SocketAddr,
    store: Arc<dyn Store>,
    acme: ConnectionId,
    cookie: String,
    bearer: String,
    http: reqwest::Client,
    _folder: TempDir,
}

impl Site {
    /// A site with so many sessions of one person.
    pub(crate) async fn open(sessions: usize) -> Outcome<Site> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:{}", folder.path().join("entrada.db").display());
        let store = store::open(&url).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let pinned = Fingerprint::parse(&"AB".repeat(32))?;
        let acme = Connection::builder("acme").fingerprint(
            pinned,
            "https://sts.windows.net/t/",
            "https://login.example/saml2",
        );
        let entrada = Entrada::builder(format!("http://{address}"))
            .open_store(store.clone())
            .connection(acme)
            .build()
            .await?;
        let app = Router::new()
            .route("/bare", get(async || "You are ada@contoso.example."))
            .route("/checked", get(greet))
            .merge(entrada.routes())
            .with_state(entrada);
        tokio::spawn(async move { entrada::web::serve(listener, app).await });
        let mut site = Site {
            address,
            acme: "acme".parse()?,
            cookie: String::new(),
            bearer: credential(&*store).await?,
            store,
            http: reqwest::Client::new(),
            _folder: folder,
        };
        let ada = site.hire("ada@contoso.example", sessions).await?;
        let (token, record) = site.session(&ada, "ada@contoso.example")?;
        open_session(&*site.store, &record).await?;
        site.cookie = format!("entrada-session={}", token.reveal());
        Ok(site)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A browser's request, with the headers that browsers send.
    pub(crate) fn request(&self, path: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\
             Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\nCookie: theme=dark; {}\r\n\r\n",
            self.address, self.cookie
        )
        .into_bytes()
    }

    /// A user with so many sessions.
    pub(crate) async fn hire(&self, name: &str, sessions: usize) -> Outcome<UserId> {
        let mut bytes = [0; 16];
        openssl::rand::rand_bytes(&mut bytes)?;
        let id = UserId::from_random(bytes);
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let draft = Draft::read(json!({ "userName": name, "externalId": name }), of)?.created();
        let (acme, now) = (self.acme.clone(), Timestamp::now());
        let user = UserRecord::new(&id, acme.clone(), Origin::Provisioned, draft.resource, now);
        let scope = Scope::by_default(acme, now);
        transact(&*self.store, &scope, move |directory| {
            Box::pin(async move { directory.insert_user(&user).await })
        })
        .await?;
        for part in (0..sessions).step_by(AT_ONCE) {
            let mut opening = JoinSet::new();
            for _ in part..sessions.min(part + AT_ONCE) {
                let (store, (_, record)) = (self.store.clone(), self.session(&id, name)?);
                opening.spawn(async move { open_session(&*store, &record).await });
            }
            while let Some(opened) = opening.join_next().await {
                opened??;
            }
        }
        Ok(id)
    }

    /// A session that is not open yet, and its token.
    fn session(&self, user: &UserId, name: &str) -> Outcome<(Token, SessionRecord)> {
        let token = Token::random()?;
        let now = Timestamp::now();
        let handle: String = token.hash().as_bytes()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let record = SessionRecord {
            id: handle.parse()?,
            token: token.hash(),
            connection: self.acme.clone(),
            issuer: "https://sts.windows.net/t/".to_owned(),
            name_id: NameId {
                value: name.to_owned(),
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            session_index: Some(format!("_{handle}")),
            index_is_assertion_id: true,
            authn_instant: now,
            attributes: serde_json::from_value(attributes(name))?,
            opened: now,
            expires: now + SignedDuration::from_hours(8),
            idle: None,
            seen: now,
            user: Some(user.clone()),
            device: Device::new(Some("127.0.0.1".to_owned()), Some("Mozilla/5.0")),
        };
        Ok((token, record))
    }

    pub(crate) async fn deactivate(&self, user: &UserId) -> Outcome<()> {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "Replace", "path": "active", "value": "False" }],
        });
        let url = format!("http://{}/scim/acme/v2/Users/{user}", self.address);
        let request = self.http.patch(url).bearer_auth(&self.bearer);
        let request = request.header("Content-Type", "application/scim+json");
        let answer = request.body(body.to_string()).send().await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(answer.text().await?.into()),
        }
    }

    pub(crate) async fn sessions_of(&self, user: &UserId) -> Outcome<usize> {
        let filter = SessionFilter {
            user: Some(user.clone()),
            ..SessionFilter::default()
        };
        Ok(self.store.sessions(&filter, Timestamp::now()).await?.len())
    }
}

async fn greet(user: CurrentUser) -> String {
    format!("You are {}.", user.name_id())
}

/// The claims that Entra sends, with a few groups.
fn attributes(name: &str) -> serde_json::Value {
    let groups: Vec<String> = (0..5)
        .map(|one| format!("{one:08x}-0000-4000-8000-000000000000"))
        .collect();
    json!([
        { "name": "http://schemas.microsoft.com/identity/claims/tenantid", "values": ["11111111-2222-3333-4444-555555555555"] },
        { "name": "http://schemas.microsoft.com/identity/claims/objectidentifier", "values": ["0f8fad5b-d9cb-469f-a165-70867728950e"] },
        { "name": "http://schemas.microsoft.com/identity/claims/displayname", "values": ["Ada Lovelace"] },
        { "name": "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "values": groups },
        { "name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "values": [name] },
    ])
}

async fn credential(store: &dyn Store) -> Outcome<String> {
    let secret = Token::random()?;
    let mut bytes = [0; 8];
    openssl::rand::rand_bytes(&mut bytes)?;
    let credential = ScimCredential::new(
        CredentialId::from_random(bytes),
        "acme".parse()?,
        SecretKind::Bearer,
        &secret,
        SignedDuration::from_hours(24),
        Timestamp::now(),
    )?;
    add_credential(store, &credential).await?;
    Ok(credential.secret_text(&secret))
}

/// Sessions that are opened at the same time.
const AT_ONCE: usize = 200;
