//! TLS on a listener: the certificate, read again when it changes, and the handshake. A client that stalls in a handshake is one
//! whose head does not come: the stream that is observed lies below.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use jiff::Timestamp;
use openssl::error::ErrorStack;
use openssl::ssl::AlpnError;
use openssl::ssl::Error;
use openssl::ssl::Ssl;
use openssl::ssl::SslAcceptor;
use openssl::ssl::SslContext;
use openssl::ssl::SslMethod;
use openssl::ssl::SslMode;
use openssl::ssl::SslOptions;
use openssl::ssl::SslVersion;
use openssl::ssl::select_next_proto;
use openssl::x509::X509;
use tokio::time::sleep;
use tokio_openssl::SslStream;

use super::observed::Observed;
use crate::admin::tls_files::Pair;
use crate::admin::tls_files::TlsError;
use crate::admin::tls_files::TlsFiles;
use crate::admin::tls_files::shown;
use crate::crypto::Certificate;

/// The certificate of a server, in files that are read again every ten seconds: one that is renewed is taken up without a restart,
/// and connections that are open live on. Clones share it. See [`Serving::tls`](super::Serving::tls).
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    files: TlsFiles,
    served: RwLock<Served>,
    /// The files as they were found last, good or not: what has not changed is not tried again.
    last_read: Mutex<LastRead>,
}

type LastRead = Result<Vec<Certificate>, String>;

#[derive(Clone)]
struct Served {
    context: SslContext,
    end: Timestamp,
}

impl Tls {
    /// Reads a certificate with its chain, and its private key, in PEM or any other form that is common. Fails where the two do not
    /// belong together, and for a certificate that has expired.
    pub fn open(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Tls, TlsError> {
        let files = TlsFiles {
            certificate: certificate.into(),
            key: key.into(),
        };
        let pair = files.read()?;
        Ok(Tls(Arc::new(Inner {
            served: RwLock::new(Served::of(&pair, &files)?),
            last_read: Mutex::new(Ok(all(&pair))),
            files,
        })))
    }

    /// The end of the certificate that is served.
    pub fn certificate_end(&self) -> Timestamp {
        self.served().end
    }

    /// Reads the files again at once. The certificate that is served stays where they hold none that will do; the log says so.
    pub fn reload(&self) {
        self.look(true);
    }

    /// Takes up what has changed, or all of it where that was `asked` for.
    fn look(&self, asked: bool) {
        let Inner {
            files,
            served,
            last_read,
        } = &*self.0;
        // Held while the files are read: of two looks at once, the later one has read what is newer.
        let mut last_read = last_read.lock().unwrap_or_else(PoisonError::into_inner);
        let read = files.read();
        let found = match &read {
            Ok(pair) => Ok(all(pair)),
            Err(error) => Err(error.to_string()),
        };
        if *last_read == found && !asked {
            return;
        }
        *last_read = found;
        match read.and_then(|pair| Served::of(&pair, files)) {
            Ok(fresh) => {
                tracing::info!(event = "tls-certificate-read", not_after = %fresh.end, "the certificate was read again");
                *served.write().unwrap_or_else(PoisonError::into_inner) = fresh;
            }
            Err(error) => {
                let not_after = self.certificate_end();
                tracing::error!(event = "tls-certificate-kept", %error, %not_after, "the certificate cannot be replaced: the one before stays");
            }
        }
    }

    /// Looks after the files for as long as it is awaited.
    pub(super) async fn keep_fresh(&self) {
        loop {
            sleep(LOOK).await;
            let tls = self.clone();
            // A look that panicked is made again.
            let _ = tokio::task::spawn_blocking(move || tls.look(false)).await;
        }
    }

    fn served(&self) -> Served {
        let served = self.0.served.read();
        served.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn accept(&self, stream: Observed) -> Result<SslStream<Observed>, Error> {
        let ssl = Ssl::new(&self.served().context)?;
        let mut stream = SslStream::new(ssl, stream)?;
        Pin::new(&mut stream).accept().await?;
        Ok(stream)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.files.fmt(f)
    }
}

/// The certificate first, then those of who issued it.
fn all(pair: &Pair) -> Vec<Certificate> {
    let own = std::iter::once(&pair.certificate);
    own.chain(&pair.chain).cloned().collect()
}

impl Served {
    fn of(pair: &Pair, files: &TlsFiles) -> Result<Served, TlsError> {
        let file = shown(&files.certificate);
        let end = pair.certificate.not_after();
        if end <= Timestamp::now() {
            return Err(TlsError::Expired { file, end });
        }
        match context(pair) {
            Ok(context) => Ok(Served { context, end }),
            Err(error) => Err(TlsError::OpenSsl { file, error }),
        }
    }
}

/// True if both sides have chosen HTTP/2.
pub(super) fn is_http2<S>(stream: &SslStream<S>) -> bool {
    stream.ssl().selected_alpn_protocol() == Some(b"h2")
}

fn context(pair: &Pair) -> Result<SslContext, ErrorStack> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_options(SslOptions::NO_RENEGOTIATION);
    // Idle connections keep no buffers.
    builder.set_mode(SslMode::RELEASE_BUFFERS);
    builder.set_certificate(&*X509::from_der(pair.certificate.der())?)?;
    for issuer in &pair.chain {
        builder.add_extra_chain_cert(X509::from_der(issuer.der())?)?;
    }
    builder.set_private_key(pair.key.private())?;
    builder.check_private_key()?;
    builder.set_alpn_select_callback(|_, offered| {
        // Who wants to speak something else alone is not taken for a browser (ALPACA).
        select_next_proto(PROTOCOLS, offered).ok_or(AlpnError::ALERT_FATAL)
    });
    Ok(builder.build().into_context())
}

/// The names of what is spoken here, each behind its length (RFC 7301 §3.1).
const PROTOCOLS: &[u8] = b"\x02h2\x08http/1.1";
/// The time between two looks at the files.
const LOOK: Duration = Duration::from_secs(10);
