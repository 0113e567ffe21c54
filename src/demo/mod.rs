//! The demo: a sample app with its service provider, and a practice identity provider that already knows it.

mod app;
mod people;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::admin::AdminError;
use crate::admin::credentials;
use crate::admin::credentials::NewCredential;
use crate::connection::Connection;
use crate::connection::ConnectionIdError;
use crate::connection::GroupChange;
use crate::ports::Actor;
use crate::practice::App;
use crate::practice::Directory;
use crate::practice::ExternalId;
use crate::practice::PracticeError;
use crate::practice::PracticeIdp;
use crate::practice::ProvisionError;
use crate::practice::Provisioning;
use crate::practice::Running;
use crate::practice::SignIn;
use crate::provisioning::DEFAULT_LIFETIME;
use crate::provisioning::SecretKind;
use crate::provisioning::TokenLifetime;
use crate::web::Background;
use crate::web::BuildError;
use crate::web::Entrada;

/// The addresses and choices of the demo. By default it listens on loopback, at 8080 and 8081.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DemoOptions {
    /// The sample app; port 0 lets the system choose.
    pub(crate) listen: SocketAddr,
    /// The practice identity provider; port 0 lets the system choose.
    pub(crate) idp_listen: SocketAddr,
    /// The effect on a person's sessions in the sample app when provisioning changes their groups.
    pub(crate) group_change: GroupChange,
}

impl Default for DemoOptions {
    fn default() -> DemoOptions {
        DemoOptions {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            idp_listen: (Ipv4Addr::LOCALHOST, 8081).into(),
            group_change: GroupChange::default(),
        }
    }
}

/// A demo that runs. As text, it says where to click.
#[derive(Debug)]
pub(crate) struct Demo {
    app_url: String,
    idp: Running,
    server: Background,
}

impl Demo {
    /// Starts both servers, and has the identity provider provision the sample app once; everything they know is in
    /// memory. Fails for an address that is not on loopback or cannot be listened on, or a part that does not start.
    pub(crate) async fn start(options: DemoOptions) -> Result<Demo, DemoError> {
        for address in [options.listen, options.idp_listen] {
            if !address.ip().is_loopback() {
                return Err(DemoError::BeyondLoopback(address));
            }
        }
        let failed = |cause| DemoError::Listen(options.listen, cause);
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let app_url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let idp = PracticeIdp::new()
            .listen(options.idp_listen)
            .app(registration(&app_url))
            .start()
            .await?;
        let entrada = Entrada::builder(&app_url)
            .store("memory:")
            .connection(
                Connection::builder(CONNECTION)
                    .display_name("Contoso (practice)")
                    .metadata_url(idp.metadata_url(APP_ID))
                    .default_relay_state(app::PROTECTED)
                    .group_change(options.group_change)
                    .allow_idp_initiated(),
            )
            .build()
            .await?;
        let sign_in = scim_client(&entrada).await?;
        let app = app::router(entrada, CONNECTION.parse()?, &idp.portal_url());
        let server = Background::start(listener, app);
        provision(&idp, &app_url, sign_in).await?;
        Ok(Demo {
            app_url,
            idp,
            server,
        })
    }

    pub(crate) fn app_url(&self) -> String {
        format!("{}/", self.app_url)
    }

    pub(crate) fn portal_url(&self) -> String {
        self.idp.portal_url()
    }

    /// Ends both servers; connections that are open get a few seconds.
    pub(crate) async fn shutdown(self) {
        tokio::join!(self.server.shutdown(), self.idp.shutdown());
    }
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The Entrada demo is ready.\n")?;
        writeln!(f, "  Sample app                  {}", self.app_url())?;
        writeln!(f, "  Practice identity provider  {}\n", self.portal_url())?;
        writeln!(
            f,
            "1. Open the sample app, click \"Sign in\", and pick a person."
        )?;
        writeln!(
            f,
            "2. Sign out. Then open the identity provider and sign on from the app's tile."
        )?;
        writeln!(
            f,
            "3. Choose a fault there, and see the app refuse the next response."
        )?;
        writeln!(
            f,
            "4. Hire or disable somebody there, press \"Provision now\", and see the app's people change.\n"
        )?;
        write!(
            f,
            "The identity provider is for practice: everybody can sign in as anybody. Ctrl-C ends both."
        )
    }
}

/// An OAuth client for the sample app's SCIM server, as `entrada client create` makes one.
async fn scim_client(entrada: &Entrada) -> Result<SignIn, DemoError> {
    let connection = CONNECTION.parse()?;
    let new = NewCredential {
        kind: SecretKind::Client(TokenLifetime::default()),
        lifetime: DEFAULT_LIFETIME,
        label: None,
    };
    let made = credentials::create(&entrada.admin(Actor::App), &connection, new).await?;
    let client = made.credential.client().map(|client| &client.id);
    Ok(SignIn::ClientCredentials {
        token_url: entrada.base_url().oauth_token(&connection),
        client_id: client.map_or_else(String::new, ToString::to_string),
        client_secret: made.credential.secret_text(&made.secret),
    })
}

/// Brings people and groups into the sample app. Whatever fails there is shown on the portal, and the demo goes on.
async fn provision(idp: &Running, app_url: &str, sign_in: SignIn) -> Result<(), DemoError> {
    let settings = Provisioning {
        external_id: ExternalId::ObjectId,
        ..Provisioning::new(format!("{app_url}/scim/{CONNECTION}/v2"), sign_in)
    };
    idp.set_provisioning(APP_ID, settings).await?;
    let summary = idp.provision_now(APP_ID).await?;
    if summary.failed > 0 || summary.quarantined {
        tracing::warn!(
            event = "demo-not-provisioned",
            failed = summary.failed,
            "the sample app was not provisioned"
        );
    }
    Ok(())
}

/// The sample app as the identity provider knows it: what an admin would enter in Entra.
fn registration(app_url: &str) -> App {
    App {
        logout_url: Some(format!("{app_url}/saml/{CONNECTION}/slo")),
        relay_state: Some(format!("{app_url}{}", app::PROTECTED)),
        assignment: Directory::sample_assignment(),
        ..App::new(
            APP_ID,
            "Sample app",
            format!("{app_url}/saml/{CONNECTION}/metadata"),
            format!("{app_url}/saml/{CONNECTION}/acs"),
        )
    }
}

const APP_ID: &str = "4b1f6c2e-0d35-4a7c-9f4e-1c2b3a4d5e6f";
const CONNECTION: &str = "contoso";

#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The demo has no passwords and no TLS.
    #[error(
        "expected a loopback address, such as 127.0.0.1:0, found {0}: the demo has no passwords and no TLS"
    )]
    BeyondLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    IdentityProvider(#[from] PracticeError),
    #[error(transparent)]
    ServiceProvider(#[from] BuildError),
    /// The client for provisioning cannot be made.
    #[error(transparent)]
    Client(#[from] AdminError),
    /// The connection's name is invalid.
    #[error(transparent)]
    Connection(#[from] ConnectionIdError),
    /// Provisioning cannot be set up.
    #[error(transparent)]
    Provisioning(#[from] ProvisionError),
}
