//! The consequences of Entra's own mapping of `externalId`, from the identity provider to the findings of `entrada
//! check`.

use entrada::practice::App;
use entrada::practice::Directory;
use entrada::practice::ExternalId;
use entrada::practice::PracticeIdp;
use entrada::practice::Provisioning;
use entrada::practice::Running;

use super::APP;
use crate::child::free_address;
use crate::command_line::Workspace;
use crate::serving::Server;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// `entrada serve` with a connection to the identity provider, which knows it as an admin would have entered it.
struct Site {
    place: Workspace,
    idp: Running,
    url: String,
    token: String,
    _server: Server,
}

impl Site {
    async fn start() -> Site {
        let listen = free_address().to_string();
        let url = format!("http://{listen}");
        let app = App {
            assignment: Directory::sample_assignment(),
            ..App::new(
                APP,
                "Expenses",
                format!("{url}/saml/acme/metadata"),
                format!("{url}/saml/acme/acs"),
            )
        };
        let idp = PracticeIdp::new().app(app).start().await.unwrap();
        let place = Workspace::new();
        let metadata = idp.metadata_url(APP);
        place
            .run(["connection", "add", "acme", "--metadata-url", &metadata])
            .exits(0);
        let token = place.run(["token", "create", "acme", "--json"]).exits(0);
        let token = token.json()["token"].as_str().unwrap().to_owned();
        let server = Server::start(&place, &["serve", "--listen", &listen, "--base-url", &url]);
        Site {
            place,
            idp,
            url,
            token,
            _server: server,
        }
    }

    /// Provisions everybody by a mapping.
    async fn provision(&self, external_id: ExternalId) {
        let tenant_url = format!("{}/scim/acme/v2", self.url);
        let settings = Provisioning {
            external_id,
            ..Provisioning::new(tenant_url, self.token.as_str())
        };
        self.idp.set_provisioning(APP, settings).await.unwrap();
        let summary = self.idp.provision_now(APP).await.unwrap();
        assert_eq!((summary.failed, summary.quarantined), (0, false));
    }

    /// Alice signs on with a fresh browser.
    async fn sign_on(&self) -> Page {
        let alice = self.idp.directory().people[0].object_id.clone();
        let browser = UserAgent::new();
        let picker = browser.open(format!("{}/saml/login", self.url)).await;
        let posts_itself = browser.submit(&picker.form().press("person", &alice)).await;
        browser.submit(&posts_itself.form()).await
    }

    /// The codes of what `entrada check` finds in the directory.
    fn findings(&self) -> Vec<(String, String)> {
        let ran = self.place.run(["check", "--json"]);
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let found = findings.iter();
        let found = found.map(|found| (text(&found["code"]), text(&found["message"])));
        found
            .filter(|(code, _)| code.starts_with("external-id"))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entras_default_mapping_lets_nobody_in_and_check_says_which_to_change() {
    let site = Site::start().await;
    site.provision(ExternalId::MailNickname).await;
    let page = site.sign_on().await;
    assert!(
        page.html.contains("<code>user-not-provisioned</code>"),
        "{page:?}"
    );
    let [(code, message)] = &site.findings()[..] else {
        panic!("{:?}", site.findings());
    };
    assert_eq!(code, "external-id-is-mail-nickname");
    assert!(message.contains("objectId"), "{message}");

    site.provision(ExternalId::ObjectId).await;
    let page = site.sign_on().await;
    assert!(page.html.contains("You are signed in as"), "{page:?}");
    assert_eq!(site.findings(), []);
}
