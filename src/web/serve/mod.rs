//! Serving an app on a socket, so that slow clients do not keep others waiting. A client can hold a connection by a
//! head that does not end, by a body that trickles, by an answer that it does not read, and by doing nothing. Each has
//! its limit ([`ServeLimits`]), and a listener has no more connections than it can bear. Where one more comes, the
//! connection goes whose client has kept the server waiting for the longest, first among those of the address that has
//! the most. Requests that have arrived and are being answered are never cut for others.

mod background;
mod connections;
mod exchange;
mod file_limit;
mod limits;
mod observed;
mod speaker;
mod stop;
mod table;
#[cfg(feature = "tls")]
mod tls;
mod wait;
mod watch;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch as signal;
use tokio::time::MissedTickBehavior;
use tokio::time::interval;
use tokio::time::sleep;

pub(crate) use self::background::Background;
pub use self::limits::ServeLimits;
use self::observed::Observed;
use self::speaker::Speaker;
pub use self::stop::stop_signal;
use self::table::Admission;
use self::table::ConnectionEntry;
use self::table::Slot;
use self::table::Table;
#[cfg(feature = "tls")]
pub use self::tls::Tls;
#[cfg(feature = "tls")]
pub use crate::admin::tls_files::TlsError;

/// Without the feature there is none.
#[cfg(not(feature = "tls"))]
#[derive(Clone)]
enum Tls {}

/// Serves an app on a listener, in place of `axum::serve`: slow clients never stop others.
///
/// The app finds the address of its peer as `ConnectInfo<SocketAddr>`. The soft limit of open files of this process is
/// raised to the hard one. It speaks HTTP/1.1, upgrades such as WebSockets included; TLS is a proxy's, or with the feature `tls`
/// its own, with HTTP/2 ([`Serving::tls`]).
///
/// ```no_run
/// # async fn run(app: axum::Router) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// entrada::web::serve(listener, app)
///     .with_graceful_shutdown(entrada::web::stop_signal()?)
///     .await
/// # }
/// ```
pub fn serve(listener: TcpListener, app: Router) -> Serving {
    Serving {
        listener,
        app,
        limits: None,
        tls: None,
        stop: Box::pin(pending()),
    }
}

/// A server that runs when it is awaited; see [`serve`].
#[must_use = "a server runs when it is awaited"]
pub struct Serving {
    listener: TcpListener,
    app: Router,
    limits: Option<ServeLimits>,
    tls: Option<Tls>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Serving {
    /// Other limits than the defaults.
    pub fn limits(self, limits: ServeLimits) -> Serving {
        Serving {
            limits: Some(limits),
            ..self
        }
    }

    /// Speaks TLS 1.2 and 1.3 with this certificate, which is read again when it changes, and HTTP/2 with clients that can. Answers tell browsers to come by TLS alone
    /// from then on (`Strict-Transport-Security`, for a year), unless they come to `localhost`.
    #[cfg(feature = "tls")]
    pub fn tls(self, tls: Tls) -> Serving {
        Serving {
            tls: Some(tls),
            ..self
        }
    }

    /// Ends the server when `stop` ends: no more connections are taken, requests that have arrived are answered.
    pub fn with_graceful_shutdown(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Serving {
        Serving {
            stop: Box::pin(stop),
            ..self
        }
    }

    async fn run(self) {
        file_limit::raise();
        let table = Arc::new(Table::new(self.limits.unwrap_or_default()));
        let (stopping, stopped) = signal::channel(());
        let server = Server {
            app: self.app,
            table: table.clone(),
            tls: self.tls,
            stopped,
        };
        let _cut_on_drop = CutOnDrop(table.clone());
        let mut stop = self.stop;
        tokio::select! {
            () = &mut stop => {}
            () = server.accept(&self.listener) => {}
            () = server.keep_fresh() => {}
        }
        drop(self.listener);
        drop(server);
        table.stop();
        drop(stopping);
        table.drained(SWEEP).await;
    }
}

impl IntoFuture for Serving {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.run().await;
            Ok(())
        })
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving")
            .field("listener", &self.listener)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Ends all connections when a server ends, or nobody awaits it any longer: who would look after them?
struct CutOnDrop(Arc<Table>);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        self.0.cut_all();
    }
}

struct Server {
    app: Router,
    table: Arc<Table>,
    tls: Option<Tls>,
    stopped: signal::Receiver<()>,
}

impl Server {
    async fn keep_fresh(&self) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            tls.keep_fresh().await;
        }
        pending().await
    }

    async fn accept(&self, listener: &TcpListener) {
        let mut tick = interval(SWEEP);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = None;
        loop {
            if let Some((stream, peer)) = waiting.take() {
                waiting = self.admit(stream, peer);
            }
            tokio::select! {
                _ = tick.tick() => self.table.cut_overdue(),
                () = self.table.changed(), if waiting.is_some() => {}
                () = sleep(FULL), if waiting.is_some() => {}
                accepted = listener.accept(), if waiting.is_none() => match accepted {
                    Ok(connection) => waiting = Some(connection),
                    Err(error) => self.not_accepted(&error).await,
                },
            }
        }
    }

    /// Gives the connection a slot and serves it; gives it back where every slot is taken by work.
    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<(TcpStream, SocketAddr)> {
        match self.table.admit(peer.ip()) {
            Admission::Slot(slot) => {
                tokio::spawn(self.connection(stream, peer, slot));
                None
            }
            Admission::Full => Some((stream, peer)),
            Admission::TooManyOfOne => None,
        }
    }

    /// A connection that was gone again is nothing. Else files are out, most likely: whoever keeps us waiting goes.
    async fn not_accepted(&self, error: &io::Error) {
        let gone = [
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::ConnectionReset,
        ];
        if gone.contains(&error.kind()) {
            return;
        }
        self.table.no_files(error);
        sleep(FULL).await;
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: Slot,
    ) -> impl Future<Output = ()> + Send + use<> {
        let tls = self.tls.clone();
        let _ = stream.set_nodelay(true);
        let entry = ConnectionEntry::clone(&slot);
        let cut = entry.watch.clone();
        let speaker = Speaker {
            app: self.app.clone(),
            peer,
            entry,
            is_secure: tls.is_some(),
            stopped: self.stopped.clone(),
        };
        let stream = Observed::new(stream, slot);
        let speaking = async move {
            match tls {
                None => speaker.speak(stream).await,
                #[cfg(feature = "tls")]
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) if tls::is_http2(&stream) => speaker.speak_http2(stream).await,
                    Ok(stream) => speaker.speak(stream).await,
                    Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
                },
                #[cfg(not(feature = "tls"))]
                Some(none) => match none {},
            }
        };
        async move {
            tokio::select! {
                () = speaking => {}
                () = cut.cut_off() => {}
            }
        }
    }
}

/// The time between two looks through the table for those who have had their time.
const SWEEP: Duration = Duration::from_millis(500);
/// The time to wait for a slot, or for a file.
const FULL: Duration = Duration::from_millis(20);
