//! A metadata server that behaves as it is told, well or badly, and counts who asks; and a site that trusts it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::connection::ConnectionId;
use entrada::connection::MetadataPolicy;
use entrada::connection::TrustSource;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::fetch::FetchLimits;
use entrada::metadata::RefreshPolicy;
use entrada::metadata::RefreshState;
use entrada::practice::EntraMetadata;
use entrada::practice::Sign;
use entrada::store;
use entrada::store::Store;
use entrada::web::Entrada;
use entrada::web::Refreshed;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio::time::timeout;

use crate::command_line::Workspace;
use crate::site::BASE;
use crate::site::Site;
use crate::site::TENANT;
use crate::site::TestClock;
use crate::site::issuer;
use crate::site::signer;

/// The server's way with a request.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Sends this head and body, as they are.
    Answer(String, Vec<u8>),
    /// Sends the head and then one byte now and again.
    Drip(String),
    /// Takes the request and never answers.
    Hang,
}

/// A metadata server.
pub(crate) struct Publisher {
    pub(crate) address: std::net::SocketAddr,
    accepting: JoinHandle<()>,
    manner: Arc<Mutex<Manner>>,
    requests: Requests,
}

/// An address where connections are neither taken nor refused.
pub(crate) struct Deaf {
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

async fn accept(listener: TcpListener, manner: Arc<Mutex<Manner>>, requests: Requests) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, manner.clone(), requests.clone()));
    }
}

/// The requests that came, whole, and when.
type Requests = Arc<Mutex<Vec<(Instant, String)>>>;

impl Publisher {
    pub(crate) async fn start(document: Vec<u8>) -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let manner = Arc::new(Mutex::new(Manner::good(document)));
        let requests = Requests::default();
        Publisher {
            address: listener.local_addr().unwrap(),
            accepting: tokio::spawn(accept(listener, manner.clone(), requests.clone())),
            manner,
            requests,
        }
    }

    /// From now on connections at its address are neither taken nor refused: a client that connects waits. It lasts
    /// as long as the returned value.
    pub(crate) async fn take_no_connection(&mut self) -> Deaf {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(1).unwrap();
        let mut waiting = Vec::new();
        // The queue has room for one or two. Whoever comes next is neither taken nor refused.
        while waiting.len() < 16 {
            let connecting = TcpStream::connect(self.address);
            match timeout(Duration::from_millis(200), connecting).await {
                Ok(stream) => waiting.push(stream.unwrap()),
                Err(_) => {
                    return Deaf {
                        listener,
                        _waiting: waiting,
                    };
                }
            }
        }
        panic!("the queue of connections is never full");
    }

    /// Takes connections again.
    pub(crate) fn recover(&mut self, deaf: Deaf) {
        let (manner, requests) = (self.manner.clone(), self.requests.clone());
        self.accepting = tokio::spawn(accept(deaf.listener, manner, requests));
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metadata", self.address)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// The requests that came, whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock();
        let requests = requests.unwrap_or_else(PoisonError::into_inner);
        requests
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// The times at which they came.
    pub(crate) fn arrivals(&self) -> Vec<Instant> {
        let requests = self.requests.lock();
        let requests = requests.unwrap_or_else(PoisonError::into_inner);
        requests.iter().map(|(at, _)| *at).collect()
    }
}

impl Manner {
    /// 200 with a document.
    pub(crate) fn good(document: Vec<u8>) -> Manner {
        Manner::answer("200 OK", "Content-Type: application/xml\r\n", document)
    }

    /// A status, further header lines, and a body of the length that the head says.
    pub(crate) fn answer(status: &str, lines: &str, body: impl Into<Vec<u8>>) -> Manner {
        let body = body.into();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        Manner::Answer(head, body)
    }
}

async fn serve(mut stream: TcpStream, manner: Arc<Mutex<Manner>>, requests: Requests) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let manner = {
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push((Instant::now(), request));
        manner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    };
    // The other end may hang up at any time.
    let _ = answer(&mut stream, manner).await;
}

async fn answer(stream: &mut TcpStream, manner: Manner) -> std::io::Result<()> {
    match manner {
        Manner::Answer(head, body) => {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await
        }
        Manner::Drip(head) => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                sleep(Duration::from_millis(50)).await;
            }
        }
        Manner::Hang => {
            sleep(Duration::from_secs(60)).await;
            Ok(())
        }
    }
}

/// Metadata as Entra has it, with these certificates.
pub(crate) fn document(certificates: &[&Certificate], by: &Signer) -> Vec<u8> {
    entity(&issuer(), certificates, by)
}

/// The same for another entity.
pub(crate) fn entity(entity_id: &str, certificates: &[&Certificate], by: &Signer) -> Vec<u8> {
    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: entity_id.to_owned(),
        base: "https://login.example".to_owned(),
        tenant: TENANT.to_owned(),
        certificates: certificates.iter().copied().cloned().collect(),
    };
    metadata.signed(by).unwrap()
}

/// A site whose connection `acme` trusts what a publisher says.
pub(crate) struct Trusting {
    pub(crate) publisher: Publisher,
    pub(crate) site: Site,
    pub(crate) entrada: Entrada,
    pub(crate) store: Arc<dyn Store>,
    /// The place of the store, for commands beside the site.
    pub(crate) place: Workspace,
}

pub(crate) fn acme() -> ConnectionId {
    "acme".parse().unwrap()
}

/// Limits in which a test ends.
pub(crate) const LIMITS: FetchLimits = FetchLimits {
    total: Duration::from_millis(700),
    connect: Duration::from_millis(300),
};

impl Trusting {
    pub(crate) async fn new() -> Trusting {
        Trusting::with(|connection| connection).await
    }

    /// With these settings of the connection.
    pub(crate) async fn with(
        settings: impl FnOnce(ConnectionBuilder) -> ConnectionBuilder,
    ) -> Trusting {
        let (publisher, key, signer) = own_publisher().await;
        let connection = settings(Connection::builder("acme").metadata_url(publisher.url()));
        Trusting::open(publisher, key, signer, connection, RefreshPolicy::default()).await
    }

    /// With this source, made of the publisher's address.
    pub(crate) async fn of(source: impl FnOnce(String) -> TrustSource) -> Trusting {
        let (publisher, key, signer) = own_publisher().await;
        let connection = Connection::builder("acme").trust(source(publisher.url()));
        Trusting::open(publisher, key, signer, connection, RefreshPolicy::default()).await
    }

    /// With a server that looks ten times a second for changes, and this policy of the connection.
    pub(crate) async fn watchful(policy: MetadataPolicy) -> Trusting {
        Trusting::watching(policy, |connection| connection).await
    }

    /// The same with these settings of the connection.
    pub(crate) async fn watching(
        policy: MetadataPolicy,
        settings: impl FnOnce(ConnectionBuilder) -> ConnectionBuilder,
    ) -> Trusting {
        let (publisher, key, signer) = own_publisher().await;
        let connection = Connection::builder("acme").trust(by_address(&publisher, policy));
        let refresh = RefreshPolicy {
            floor: Duration::from_millis(100),
            ..RefreshPolicy::default()
        };
        Trusting::open(publisher, key, signer, settings(connection), refresh).await
    }

    /// With metadata that an operator has signed.
    pub(crate) async fn signed_by(operator: &Signer, policy: MetadataPolicy) -> Trusting {
        let (key, signer) = signer();
        let publisher = Publisher::start(document(&[signer.certificate()], operator)).await;
        let connection = Connection::builder("acme").trust(by_address(&publisher, policy));
        Trusting::open(publisher, key, signer, connection, RefreshPolicy::default()).await
    }

    async fn open(
        publisher: Publisher,
        key: SigningKey,
        signer: Signer,
        connection: ConnectionBuilder,
        refresh: RefreshPolicy,
    ) -> Trusting {
        let clock = TestClock::at("2026-11-22T10:00:00Z");
        let place = Workspace::new();
        let store = store::open(&place.database()).await.unwrap();
        let entrada = Entrada::builder(BASE)
            .open_store(store.clone())
            .clock(clock.clone())
            .metadata_fetch(LIMITS)
            .metadata_refresh(refresh)
            .connection(connection)
            .build()
            .await
            .unwrap();
        let site = Site::of(entrada.clone(), key, signer, clock);
        let trusting = Trusting {
            publisher,
            site,
            entrada,
            store,
            place,
        };
        // The first scheduled refresh is over before a test begins: in the store, and for those who would join it.
        while trusting.state().await.last_success.is_none() {
            sleep(Duration::from_millis(20)).await;
        }
        trusting.refresh().await;
        trusting
    }

    pub(crate) async fn state(&self) -> RefreshState {
        self.store.refresh_record("acme").await.unwrap().state
    }

    /// An admin's refresh.
    pub(crate) async fn refresh(&self) -> Refreshed {
        self.entrada.refresh_metadata(&acme()).await.unwrap()
    }

    /// Signs on with a response of this key: returns the code of the refusal, or nothing.
    pub(crate) async fn refusal_of(&self, signer: &Signer) -> Option<String> {
        let begun = self.site.begin("/saml/acme/login").await;
        let response = self.site.response().in_response_to(&begun.id);
        let xml = response.signed(Sign::Assertion, signer).unwrap();
        let page = self.site.post(&begun, &xml).await;
        if page.cookies.contains("entrada-session") {
            return None;
        }
        let code = page.body.split("<code>").nth(1).unwrap();
        Some(code.split("</code>").next().unwrap().to_owned())
    }

    #[track_caller]
    pub(crate) fn failed_with(refreshed: &Refreshed) -> String {
        match refreshed {
            Refreshed::Failed(failure) => failure.code.clone(),
            other => panic!("expected a failure: {other:?}"),
        }
    }
}

/// A publisher whose metadata lists a fresh key, which has signed it too.
async fn own_publisher() -> (Publisher, SigningKey, Signer) {
    let (key, signer) = signer();
    let publisher = Publisher::start(document(&[signer.certificate()], &signer)).await;
    (publisher, key, signer)
}

/// Trust in the metadata of the publisher, on these conditions.
pub(crate) fn by_address(publisher: &Publisher, policy: MetadataPolicy) -> TrustSource {
    TrustSource::MetadataUrl {
        url: publisher.url(),
        entity_id: None,
        policy,
    }
}
