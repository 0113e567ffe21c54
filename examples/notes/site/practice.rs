//! The practice identity provider in the place of a tenant: it knows the site as Entra would, and provisions it.

use std::error::Error;
use std::net::Ipv4Addr;

use entrada::admin::credentials;
use entrada::admin::credentials::NewCredential;
use entrada::connection::ConnectionBuilder;
use entrada::ports::Actor;
use entrada::practice::App;
use entrada::practice::Directory;
use entrada::practice::ExternalId;
use entrada::practice::PracticeIdp;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::provisioning::DEFAULT_LIFETIME;
use entrada::provisioning::SecretKind;
use entrada::web::Entrada;

use super::CONNECTION;

/// The identity provider, while it runs.
pub(super) struct Practice {
    idp: Running,
}

impl Practice {
    /// Starts it, with the site registered as an admin would do it in Entra.
    pub(super) async fn start(url: &str) -> Result<Practice, Box<dyn Error>> {
        let app = App {
            assignment: Directory::sample_assignment(),
            logout_url: Some(format!("{url}/saml/{CONNECTION}/slo")),
            ..App::new(
                APP_ID,
                "Notes",
                format!("{url}/saml/{CONNECTION}/metadata"),
                format!("{url}/saml/{CONNECTION}/acs"),
            )
        };
        let free = (Ipv4Addr::LOCALHOST, 0).into();
        let idp = PracticeIdp::new().listen(free).app(app).start().await?;
        Ok(Practice { idp })
    }

    /// A connection to it, with leave for its tiles.
    pub(super) fn connect(&self, connection: ConnectionBuilder) -> ConnectionBuilder {
        let metadata_url = self.idp.metadata_url(APP_ID);
        connection.metadata_url(metadata_url).allow_idp_initiated()
    }

    /// Makes a secret, as `entrada token create` does, and has the people and groups brought to the site. It must be
    /// served by now.
    pub(super) async fn provision(
        &self,
        entrada: &Entrada,
        url: &str,
    ) -> Result<(), Box<dyn Error>> {
        let new = NewCredential {
            kind: SecretKind::Bearer,
            lifetime: DEFAULT_LIFETIME,
            label: None,
        };
        let admin = entrada.admin(Actor::App);
        let made = credentials::create(&admin, &CONNECTION.parse()?, new).await?;
        let settings = Provisioning {
            external_id: ExternalId::ObjectId,
            ..Provisioning::new(
                format!("{url}/scim/{CONNECTION}/v2"),
                made.credential.secret_text(&made.secret),
            )
        };
        self.idp.set_provisioning(APP_ID, settings).await?;
        self.idp.provision_now(APP_ID).await?;
        Ok(())
    }

    /// The address at which people and groups are changed.
    pub(super) fn portal_url(&self) -> String {
        self.idp.portal_url()
    }

    pub(super) async fn stop(self) {
        self.idp.shutdown().await;
    }
}

/// The application id of the site.
const APP_ID: &str = "6e1d0a52-93c4-4f0b-8a17-2d5b7c9e4f60";
