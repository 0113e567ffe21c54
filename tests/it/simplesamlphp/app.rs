//! `entrada serve` with the connection `foreign`, which trusts the foreign identity provider.

use serde_json::Value;

use super::ALICE;
use super::ServiceProvider;
use super::Signed;
use super::SimpleSamlPhp;
use crate::child::free_address;
use crate::command_line::Workspace;
use crate::serving::Server;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// An app that runs.
pub(super) struct App {
    pub(super) place: Workspace,
    pub(super) server: Server,
    pub(super) base_url: String,
}

impl App {
    /// Starts one whose connection was added with these options.
    pub(super) async fn start(idp: &SimpleSamlPhp, options: &[&str]) -> App {
        let place = Workspace::new();
        add(&place, idp, options);
        App::serve(place, &["--listen", "127.0.0.1:0"])
    }

    /// Starts one that is provisioned, and the secret to provision it with.
    pub(super) async fn start_provisioned(idp: &SimpleSamlPhp, options: &[&str]) -> (App, String) {
        let place = Workspace::new();
        add(&place, idp, options);
        let create = place.run(["token", "create", "foreign", "--json"]);
        let token = create.exits(0).json()["token"].as_str().unwrap().to_owned();
        (App::serve(place, &["--listen", "127.0.0.1:0"]), token)
    }

    /// Starts one that has a key of its own and signs what it sends.
    pub(super) async fn start_with_key(idp: &SimpleSamlPhp) -> App {
        App::serve(with_key(idp), &["--listen", "127.0.0.1:0"])
    }

    /// The same under another host: browsers share the cookies of a host among its ports, so that two apps in one
    /// browser need two hosts.
    pub(super) async fn start_with_key_elsewhere(idp: &SimpleSamlPhp) -> App {
        let address = free_address().to_string();
        let base_url = format!("http://{address}");
        App::serve(
            with_key(idp),
            &["--listen", &address, "--base-url", &base_url],
        )
    }

    fn serve(place: Workspace, options: &[&str]) -> App {
        let server = Server::start(&place, &[&["serve"], options].concat());
        let base_url = server.started["base_url"].as_str().unwrap().to_owned();
        App {
            place,
            server,
            base_url,
        }
    }

    pub(super) fn entity_id(&self) -> String {
        format!("{}/saml/foreign/metadata", self.base_url)
    }

    pub(super) fn slo_url(&self) -> String {
        format!("{}/saml/foreign/slo", self.base_url)
    }

    /// The certificate of its active key, in base64.
    pub(super) fn certificate(&self) -> String {
        let keys = self.place.run(["key", "list", "foreign", "--json"]);
        let keys = keys.exits(0).json();
        let pem = keys["keys"][0]["certificate"].as_str().unwrap();
        pem.lines().filter(|line| !line.starts_with('-')).collect()
    }

    /// Registers it by hand.
    pub(super) fn register(&self, idp: &mut SimpleSamlPhp, signed: Signed) {
        idp.register(&ServiceProvider {
            entity_id: &self.entity_id(),
            acs_url: &format!("{}/saml/foreign/acs", self.base_url),
            signed,
        });
    }

    /// Registers it by what `entrada metadata sp` prints.
    pub(super) fn register_metadata(&self, idp: &mut SimpleSamlPhp, settings: Value) {
        let print = ["metadata", "sp", "foreign", "--base-url", &self.base_url];
        let metadata = self.place.run(print).exits(0).stdout;
        idp.register_metadata(&self.entity_id(), &metadata, settings);
    }

    /// From our page to theirs and back. Who is signed in there already is not asked again.
    pub(super) async fn sign_on(&self, idp: &SimpleSamlPhp, browser: &UserAgent) -> Page {
        let page = browser.open(format!("{}/saml/login", self.base_url)).await;
        let form = page.form();
        let post = match form.field("SAMLResponse") {
            Some(_) => form,
            None => idp.sign_in(browser, &page, ALICE).await,
        };
        browser.submit(&post).await
    }

    /// Tells if the browser is signed in here.
    pub(super) async fn knows(&self, browser: &UserAgent) -> bool {
        let page = browser.open(&self.base_url).await;
        is_signed_in(&page)
    }
}

/// True if it is the start page of somebody who is signed in. The identity provider chooses the name that it shows.
pub(super) fn is_signed_in(page: &Page) -> bool {
    page.html.contains("You are signed in as")
}

fn with_key(idp: &SimpleSamlPhp) -> Workspace {
    let place = Workspace::new();
    add(&place, idp, &[]);
    place.run(["key", "new", "foreign"]).exits(0);
    add(&place, idp, &["--replace", "--sign-requests"]);
    place
}

fn add(place: &Workspace, idp: &SimpleSamlPhp, options: &[&str]) {
    let url = idp.metadata_url().to_string();
    let add = ["connection", "add", "foreign", "--metadata-url", &url];
    place.run(add.iter().chain(options)).exits(0);
}
