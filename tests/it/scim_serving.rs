//! A running `entrada serve` with a connection that others provision.

use entrada::directory::add_credential;
use entrada::provisioning::SecretKind;
use entrada::site::SystemClock;
use entrada::store;
use jiff::SignedDuration;

use crate::child::free_address;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::scim::credential;
use crate::serving::Server;

/// A place whose connection `acme` has a token, and the server's address, which outlives the server.
pub(crate) struct ScimSite {
    pub(crate) place: Workspace,
    pub(crate) token: String,
    listen: String,
}

impl ScimSite {
    pub(crate) async fn new() -> ScimSite {
        let place = Workspace::new();
        // Test programs send as fast as they can: how much a connection may send is the business of other tests.
        let settings = format!(
            "[[connection]]\nid = \"acme\"\nmetadata-file = \"{}\"\nscim-rate = 100000\nscim-burst = 100000\n",
            recording("metadata.xml"),
        );
        let settings = place.write("connections.toml", settings);
        place.run(["connection", "apply", &settings]).exits(0);
        let lifetime = SignedDuration::from_hours(24);
        let (credential, secret) = credential("acme", SecretKind::Bearer, lifetime, &SystemClock);
        let store = store::open(&place.database()).await.unwrap();
        add_credential(&*store, &credential).await.unwrap();
        ScimSite {
            place,
            token: credential.secret_text(&secret),
            listen: free_address().to_string(),
        }
    }

    /// Starts the server, anew if another was killed.
    pub(crate) fn serve(&self) -> Server {
        let site = format!("http://{}", self.listen);
        Server::start(
            &self.place,
            &["serve", "--listen", &self.listen, "--base-url", &site],
        )
    }

    /// The address that Entra calls the Tenant URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/scim/acme/v2", self.listen)
    }
}
