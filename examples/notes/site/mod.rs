//! The site as a whole: its two databases, Entrada, the identity provider where it is for practice, and the server.

mod archivist;
mod board;
mod guards;
mod pages;
mod practice;
mod routes;

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use axum::Router;
use entrada::connection::Connection;
use entrada::web;
use entrada::web::Entrada;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::board::Board;
use self::practice::Practice;

/// The settings of the site.
pub(crate) struct Settings {
    /// The address that it listens on.
    pub(crate) listen: SocketAddr,
    /// The address that people reach it at; where it listens, if there is none.
    pub(crate) base_url: Option<String>,
    /// The folder of its databases.
    pub(crate) folder: PathBuf,
    /// The identity provider that signs people in.
    pub(crate) provider: Provider,
    /// The group that keeps the board, by name or object id.
    pub(crate) admin_group: String,
}

/// The identity provider that signs people in.
pub(crate) enum Provider {
    /// The practice identity provider, which the site starts, and which provisions it.
    Practice,
    /// A tenant of Entra.
    Tenant {
        /// The App Federation Metadata Url.
        metadata_url: String,
    },
}

/// The site, while it runs.
pub(crate) struct Site {
    url: String,
    entrada: Entrada,
    practice: Option<Practice>,
    tasks: Vec<JoinHandle<()>>,
}

impl Site {
    /// Opens the databases and serves.
    pub(crate) async fn start(settings: Settings) -> Result<Site, Box<dyn Error>> {
        let listener = TcpListener::bind(settings.listen).await?;
        let here = format!("http://{}", listener.local_addr()?);
        let url = settings.base_url.unwrap_or(here);
        let connection = Connection::builder(CONNECTION).display_name("Your organisation");
        let (practice, connection) = match settings.provider {
            Provider::Practice => {
                let practice = Practice::start(&url).await?;
                let connection = practice.connect(connection);
                (Some(practice), connection)
            }
            Provider::Tenant { metadata_url } => (None, connection.metadata_url(metadata_url)),
        };
        let store = settings.folder.join("entrada.db");
        let entrada = Entrada::builder(&url)
            .store(format!("sqlite:{}", store.display()))
            .connection(connection)
            .build()
            .await?;
        let (app, following) = app(&entrada, &settings.folder, &settings.admin_group).await?;
        let serving = tokio::spawn(async move {
            if let Err(error) = web::serve(listener, app).await {
                tracing::error!(%error, "the server has ended");
            }
        });
        if let Some(practice) = &practice {
            practice.provision(&entrada, &url).await?;
        }
        Ok(Site {
            url,
            entrada,
            practice,
            tasks: vec![serving, tokio::spawn(following)],
        })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The portal of the practice identity provider.
    pub(crate) fn portal_url(&self) -> Option<String> {
        self.practice.as_ref().map(Practice::portal_url)
    }

    /// Ends it. What is in the databases stays: an event that is being dealt with is dealt with at the next start.
    pub(crate) async fn stop(self) {
        for task in self.tasks {
            task.abort();
        }
        if let Some(practice) = self.practice {
            practice.stop().await;
        }
        self.entrada.close().await;
    }
}

/// The app over this `Entrada`, with its notes in this folder; and the care for notes whose authors leave, which runs beside it.
pub(crate) async fn app(
    entrada: &Entrada,
    folder: &Path,
    admin_group: &str,
) -> Result<(Router, impl Future<Output = ()> + use<>), Box<dyn Error>> {
    let board = Board::open(&folder.join("notes.db"))?;
    let app = routes::router(entrada.clone(), board.clone(), admin_group).await?;
    Ok((app, archivist::follow(entrada.clone(), board)))
}

/// The connection: `entrada token create notes` makes the secret that Entra provisions it with.
const CONNECTION: &str = "notes";
