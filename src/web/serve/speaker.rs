//! HTTP on one connection: heads go to the app, and the watch is told what arrives and what leaves.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::Version;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
#[cfg(feature = "tls")]
use hyper::server::conn::http2;
use hyper::service::service_fn;
#[cfg(feature = "tls")]
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::sync::watch as signal;
use tower::ServiceExt;

use super::exchange::Exchange;
use super::observed::RequestBody;
use super::observed::ResponseBody;
use super::table::ConnectionEntry;

/// One connection, from its first request on.
pub(super) struct Speaker {
    pub(super) app: Router,
    pub(super) peer: SocketAddr,
    pub(super) entry: ConnectionEntry,
    pub(super) is_secure: bool,
    pub(super) stopped: signal::Receiver<()>,
}

impl Speaker {
    pub(super) async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let stopped = self.stopped.clone();
        let this = Arc::new(self);
        let serving = http1::Builder::new()
            // The table has the time.
            .header_read_timeout(None)
            .max_header_size(BUFFER)
            .max_buf_size(BUFFER)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| this.clone().answer(request)),
            )
            .with_upgrades();
        run(serving, stopped, |serving| serving.graceful_shutdown()).await;
    }

    #[cfg(feature = "tls")]
    pub(super) async fn speak_http2(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let stopped = self.stopped.clone();
        self.entry.watch.multiplexes();
        let this = Arc::new(self);
        let serving = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(BUFFER as u32)
            .max_send_buf_size(BUFFER)
            .initial_stream_window_size(BUFFER as u32)
            .initial_connection_window_size(4 * BUFFER as u32)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| this.clone().answer(request)),
            );
        run(serving, stopped, |serving| serving.graceful_shutdown()).await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response, Infallible> {
        let Some(exchange) = Exchange::begin(&self.entry).map(Arc::new) else {
            let again = [(header::RETRY_AFTER, "1")];
            return Ok((StatusCode::SERVICE_UNAVAILABLE, again).into_response());
        };
        let arriving = |body| {
            let exchange = exchange.clone();
            Body::new(RequestBody { body, exchange })
        };
        let mut request = request.map(arriving);
        if request.version() == Version::HTTP_2 {
            as_in_http_1(&mut request);
        }
        let is_secure = self.is_secure && !is_for_localhost(&request);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let mut response = match request.headers().len() > FIELDS {
            true => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(),
            false => self.app.clone().oneshot(request).await?,
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            exchange.watch().upgraded();
        }
        if is_secure {
            let headers = response.headers_mut();
            let entry = headers.entry(header::STRICT_TRANSPORT_SECURITY);
            entry.or_insert(HeaderValue::from_static(A_YEAR));
        }
        Ok(response.map(|body| Body::new(ResponseBody::new(body, exchange))))
    }
}

/// Runs a connection to its end, which is soon once the server stops.
async fn run<C>(serving: C, mut stopped: signal::Receiver<()>, end: impl Fn(Pin<&mut C>))
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut serving = pin!(serving);
    let mut told = false;
    loop {
        tokio::select! {
            ended = &mut serving => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            _ = stopped.changed(), if !told => {
                told = true;
                end(serving.as_mut());
            }
        }
    }
}

/// Gives a head of HTTP/2 the form that apps know from HTTP/1.1: the host in `Host`, the path alone as address, and one field of
/// cookies (RFC 9113 §8.2.3).
fn as_in_http_1<B>(request: &mut Request<B>) {
    let uri = request.uri();
    let host = uri.authority().map(|host| host.as_str().to_owned());
    if let Some(path) = uri.path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
    let headers = request.headers_mut();
    if let Some(Ok(host)) = host.map(HeaderValue::try_from) {
        headers.insert(header::HOST, host);
    }
    let cookies: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if cookies.len() > 1
        && let Ok(all) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, all);
    }
}

/// True for a request to this machine under the name that all its servers share, those that have no TLS included.
fn is_for_localhost<B>(request: &Request<B>) -> bool {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    name == "localhost" || name.ends_with(".localhost")
}

/// Bytes of a head at most, and of what is read or written at once.
const BUFFER: usize = 64 * 1024;
/// Requests at once over one connection of HTTP/2. Each may hold a head and as much of an answer: 4 MB at the very worst.
#[cfg(feature = "tls")]
const STREAMS: u32 = 32;
/// Fields of the head of a request, as many as HTTP/1.1 takes: each costs more memory than it has bytes.
const FIELDS: usize = 100;
/// The time for which browsers come by TLS alone. Hosts below this one are their owner's affair.
const A_YEAR: &str = "max-age=31536000";
