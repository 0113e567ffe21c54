//! Fetching metadata and key sets over HTTP: bounded in size, time and redirects, and only over protected ways.

mod body;
mod caching;
mod document_kind;
mod error;
mod public;
mod redirect;

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::Response;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderName;

pub(crate) use self::body::BodyError;
pub(crate) use self::body::read_body;
pub use self::document_kind::DocumentKind;
pub use self::error::FetchError;
pub use self::redirect::RedirectRefused;
use crate::address::AddressPolicy;
use crate::address::is_protected;

/// A fetched document.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub struct Fetched {
    /// The bytes.
    pub document: Vec<u8>,
    /// The `ETag` it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` it came with.
    pub last_modified: Option<String>,
    /// The time for which it stays as it is, by HTTP caching.
    pub freshness: Option<Duration>,
}

/// A document to fetch, and the conditions.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Request<'a> {
    /// The address.
    pub url: &'a str,
    /// The `ETag` of the copy that is there.
    pub etag: Option<&'a str>,
    /// The `Last-Modified` of the copy that is there.
    pub last_modified: Option<&'a str>,
    /// The addresses that the server may have.
    pub addresses: AddressPolicy,
    /// The kind of the document, which bounds it.
    pub kind: DocumentKind,
    /// The present moment, for dates in headers.
    pub now: Timestamp,
}

impl<'a> Request<'a> {
    /// Asks for the metadata of one entity at an address, whatever is there already.
    pub fn new(url: &'a str, now: Timestamp) -> Request<'a> {
        Request {
            url,
            etag: None,
            last_modified: None,
            addresses: AddressPolicy::Any,
            kind: DocumentKind::Metadata,
            now,
        }
    }
}

/// The server's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub enum FetchResponse {
    /// A document.
    Fetched(Fetched),
    /// The copy that is there is the newest.
    NotModified {
        /// The time for which it stays so, by HTTP caching.
        freshness: Option<Duration>,
    },
}

/// The time that a fetch may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchLimits {
    /// From the first byte sent to the last one received; 20 seconds by default. Entra's metadata service answers
    /// within one; twenty cover a slow proxy.
    pub total: Duration,
    /// Until the server has taken the connection; 5 seconds by default.
    pub connect: Duration,
}

impl Default for FetchLimits {
    fn default() -> FetchLimits {
        FetchLimits {
            total: Duration::from_secs(20),
            connect: Duration::from_secs(5),
        }
    }
}

/// Fetches documents. Its connections are kept for a while, so one is enough for a server.
#[derive(Clone, Debug)]
pub struct Fetcher {
    limits: FetchLimits,
    any: Client,
    /// Made when it is first needed: each client reads all certificates of the system's authorities, which takes longer than
    /// everything else that a server does before it listens.
    public: Arc<OnceLock<Client>>,
}

impl Fetcher {
    /// A fetcher with these limits; fails where the system's TLS library does not start. `HTTPS_PROXY` and its like are
    /// honoured, but not where only public addresses may be fetched from: a proxy resolves names itself.
    pub fn new(limits: FetchLimits) -> Result<Fetcher, FetchError> {
        Ok(Fetcher {
            limits,
            any: client(limits).build().map_err(error::of_request)?,
            public: Arc::default(),
        })
    }

    fn public(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.public.get() {
            return Ok(client);
        }
        let client = client(self.limits).no_proxy();
        let client = client.dns_resolver(Arc::new(public::PublicOnly));
        let client = client.build().map_err(error::of_request)?;
        Ok(self.public.get_or_init(|| client))
    }

    /// Fetches a document: `https`, or `http` on loopback; bounded in size and time; redirects only on the same host
    /// and never to plain `http`; no content encoding, so that what is counted is what is read. Fails with the reason that there is no document.
    pub async fn fetch(&self, request: &Request<'_>) -> Result<FetchResponse, FetchError> {
        let url = Url::parse(request.url).map_err(|_| FetchError::NotProtected)?;
        if !is_protected(&url) {
            return Err(FetchError::NotProtected);
        }
        let client = match request.addresses {
            AddressPolicy::Any => &self.any,
            AddressPolicy::PublicOnly => {
                public::check_literal(&url)?;
                self.public()?
            }
        };
        let mut asked = client
            .get(url)
            .header(header::ACCEPT, request.kind.accept());
        let conditions = [
            (header::IF_NONE_MATCH, request.etag),
            (header::IF_MODIFIED_SINCE, request.last_modified),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                asked = asked.header(name, value);
            }
        }
        let response = asked.send().await.map_err(error::of_request)?;
        let conditional = request.etag.is_some() || request.last_modified.is_some();
        answer(response, conditional, request).await
    }
}

async fn answer(
    response: Response,
    conditional: bool,
    request: &Request<'_>,
) -> Result<FetchResponse, FetchError> {
    let headers = response.headers();
    let freshness = caching::freshness(headers);
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if conditional => {
            return Ok(FetchResponse::NotModified { freshness });
        }
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            return Err(FetchError::Busy {
                status: status.as_u16(),
                retry_after: caching::retry_after(headers, request.now),
            });
        }
        status => return Err(FetchError::Status(status.as_u16())),
    }
    body::check_kind(headers)?;
    let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
    let limit = request.kind.bytes_max();
    let document = read_body(response, limit).await;
    let document = document.map_err(|error| match error {
        BodyError::TooLarge => FetchError::TooLarge { limit },
        BodyError::Broken(error) => error::of_request(error),
    })?;
    Ok(FetchResponse::Fetched(Fetched {
        document,
        etag,
        last_modified,
        freshness,
    }))
}

/// Fetches one metadata document, of 10 MiB at most, for a program that ends soon; see [`Fetcher::fetch`].
pub(crate) async fn metadata(url: &str) -> Result<Fetched, FetchError> {
    let fetcher = Fetcher::new(FetchLimits::default())?;
    match fetcher.fetch(&Request::new(url, Timestamp::now())).await? {
        FetchResponse::Fetched(fetched) => Ok(fetched),
        // Nobody asked for that; `answer` takes it for a wrong status.
        FetchResponse::NotModified { .. } => Err(FetchError::Status(304)),
    }
}

fn client(limits: FetchLimits) -> ClientBuilder {
    Client::builder()
        .timeout(limits.total)
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(IDLE)
        .redirect(redirect::policy())
        .user_agent(concat!("entrada/", env!("CARGO_PKG_VERSION")))
}

/// Idle connections to one host that are kept: with twenty fetches a second at most, a few are in use at once.
const IDLE: usize = 4;
