//! `entrada practice`: the practice identity provider for one's own app.

mod app;
pub(super) mod credential;
mod joining;

use std::fs::File;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde_json::json;

use self::app::OwnApp;
use self::credential::Credential;
use self::joining::Joining;
use self::joining::refused;
use super::Globals;
use super::duration::duration;
use super::error::CliError;
use super::input;
use super::log;
use super::output;
use super::output::Report;
use super::serve;
use super::settings::Flags;
use super::settings::LOG;
use super::settings::variable;
use super::user::Format;
use crate::address::shown;
use crate::connection::BaseUrl;
use crate::practice::Assignment;
use crate::practice::Directory;
use crate::practice::ExternalId;
use crate::practice::FederatedIdentity;
use crate::practice::PracticeIdp;
use crate::practice::Provisioning;
use crate::practice::Running;
use crate::practice::SignIn;

/// Start the practice identity provider for your own app: sign-on and provisioning without a tenant
///
/// It behaves like Entra, and needs no account. Everybody can sign in as anybody, so it listens on loopback. It and the app may be
/// started in either order.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Practice {
    /// The address to listen on; port 0 lets the system choose
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address, default_value_t = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// The metadata of an app: its address, which is asked again until the app is up, or a file; may be given several times
    #[arg(long, value_name = "METADATA_URL|FILE")]
    app: Vec<String>,
    /// The people, as `entrada user export` writes them: CSV or JSON lines, with their groups [default: those of the demo]
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// The Tenant URL to which people and groups are provisioned: the first is that of the first --app, and so on
    #[arg(long, value_name = "URL")]
    scim_url: Vec<String>,
    /// A file with a token for provisioning, or with the JSON of `entrada client create` or `entrada client federate`: the first is
    /// that of the first --app, and so on
    #[arg(long, value_name = "FILE", visible_alias = "scim-token-file")]
    scim_credential_file: Vec<PathBuf>,
    /// The time for which it waits for an app
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m")]
    wait: SignedDuration,
    /// Listen beyond loopback, where whoever reaches it can sign in as anybody; the URL is its address as browsers know it
    #[arg(long, value_name = "URL")]
    danger_reachable_from_anywhere: Option<BaseUrl>,
    #[command(flatten)]
    log: Flags<LOG>,
}

const HELP: &str = "\
Examples:
  entrada practice --app http://127.0.0.1:3000/saml/acme/metadata
  entrada practice --app http://127.0.0.1:3000/saml/acme/metadata \\
      --scim-credential-file client.json
  entrada practice --app sp.xml --people people.csv --listen 127.0.0.1:0 --json

It prints the line to paste into each app. The address in it stays the same
from start to start, the keys do not: an app takes up the new ones by itself.

People: the columns of a CSV are SCIM paths; userName is enough. The column
groups has names with ; between them. JSON lines hold SCIM Users.
  userName,displayName,title,groups
  ada@example.com,Ada King,Analyst,Admins;Engineering

Provisioning: everybody is provisioned when the app is up, and again with the
button \"Provision now\" on the portal. externalId is the object id.
  entrada client create acme --json >client.json
A file that holds a token alone needs --scim-url beside it.

Environment:
  ENTRADA_SCIM_TOKEN  the token for provisioning, where there is no file

Exit codes:
  0  ended by SIGTERM or Ctrl-C
  2  wrong usage, an address that is not on loopback, or unreadable input
  3  an app that cannot work, or a filter of the log that does not parse
  4  the address cannot be listened on, or an app did not come up in time";

impl Practice {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        log::start(&globals.settings(&self.log)?, "warn");
        let apps = self.apps()?;
        let idp = self.idp(&apps)?;
        let wait = self.wait;
        serve::runtime()?.block_on(async {
            let stop = serve::stop_signal()?;
            tokio::pin!(stop);
            let idp = idp.start().await.map_err(refused)?;
            output::announce(&started(&idp, &apps), globals.json);
            let mut joining = Joining::new(&idp, apps, wait)?;
            let ended = tokio::select! {
                joined = joining.run() => joined,
                () = &mut stop => return stopped(idp).await,
            };
            if let Err(error) = ended {
                idp.shutdown().await;
                // One document has been printed already.
                let exit = error.exit();
                return Ok(Report::silent().note(format!("error: {error}")).exit(exit));
            }
            stop.await;
            stopped(idp).await
        })
    }

    /// The apps with what they are provisioned with.
    fn apps(&self) -> Result<Vec<OwnApp>, CliError> {
        for (flag, given) in [
            ("--scim-url", self.scim_url.len()),
            ("--scim-credential-file", self.scim_credential_file.len()),
        ] {
            if given > self.app.len() {
                return Err(CliError::Usage(format!(
                    "expected an --app for each {flag}: the first belongs to the first, and so on"
                )));
            }
        }
        let mut apps: Vec<OwnApp> = Vec::new();
        for source in &self.app {
            if apps.iter().any(|app| app.source == *source) {
                return Err(CliError::Usage(format!(
                    "--app {source}: it is given twice"
                )));
            }
            let assignment = match self.people {
                Some(_) => Assignment::Everybody,
                None => Directory::sample_assignment(),
            };
            let app = OwnApp::of(source, assignment, self.provisioning(apps.len())?)?;
            apps.push(app);
        }
        Ok(apps)
    }

    /// The provisioning of the app with this number.
    fn provisioning(&self, number: usize) -> Result<Option<Provisioning>, CliError> {
        let url = self.scim_url.get(number);
        let credential = match self.scim_credential_file.get(number) {
            Some(file) => Credential::of(file)?,
            None => {
                let token = variable(TOKEN).unwrap_or_default();
                let token = token.to_string_lossy().into_owned();
                match (url, token.is_empty()) {
                    (None, _) => return Ok(None),
                    (Some(url), true) => {
                        return Err(CliError::Usage(format!(
                            "--scim-url {}: expected its token, in --scim-credential-file FILE or in {TOKEN}",
                            shown(url)
                        )));
                    }
                    (Some(_), false) => SignIn::Token(token).into(),
                }
            }
        };
        let Some(url) = url.or(credential.scim_url.as_ref()) else {
            return Err(CliError::Usage(
                "expected --scim-url beside a --scim-credential-file that does not name it"
                    .to_owned(),
            ));
        };
        let settings = Provisioning {
            external_id: ExternalId::ObjectId,
            ..Provisioning::new(url, credential.sign_in)
        };
        let checked = settings.check();
        checked.map_err(|error| CliError::Usage(format!("--scim-url: {error}")))?;
        Ok(Some(settings))
    }

    fn idp(&self, apps: &[OwnApp]) -> Result<PracticeIdp, CliError> {
        let mut idp = PracticeIdp::new().listen(self.listen);
        if let Some(base_url) = &self.danger_reachable_from_anywhere {
            idp = idp.danger_reachable_from_anywhere(base_url.as_str());
        }
        if let Some(path) = &self.people {
            idp = idp.directory(people(path)?);
        }
        let app_ids = apps.iter().map(|app| app.app_id.as_str());
        Ok(app_ids.fold(idp, PracticeIdp::app_to_come))
    }
}

fn people(path: &PathBuf) -> Result<Directory, CliError> {
    let name = path.display().to_string();
    let format = Format::of(None, &name)?;
    let file = File::open(path).map_err(|error| CliError::input(&name, error))?;
    let directory = Directory::read(Box::new(file), format);
    directory.map_err(|error| CliError::input(&name, error))
}

fn started(idp: &Running, apps: &[OwnApp]) -> Report {
    let portal = idp.portal_url();
    let mut text = format!("The practice identity provider is ready: {portal}\n");
    for app in apps {
        text.push('\n');
        text.push_str(&app.to_paste(&idp.metadata_url(&app.app_id)));
    }
    if apps.is_empty() {
        text.push_str("\nIt knows no app: --app METADATA_URL names one.\n");
    }
    text.push_str("\nIt is for practice: everybody can sign in as anybody. Ctrl-C ends it.");
    let listed = apps.iter().map(|app| {
        json!({
            "app": shown(&app.source),
            "app_id": app.app_id,
            "metadata_url": idp.metadata_url(&app.app_id),
            "provisioning": app.provisioning.as_ref().map(|_| app.provisioning_page(idp)),
            "federation": federation(&idp.federated_identity(&app.app_id)),
        })
    });
    let document = json!({
        "portal": portal,
        "entity_id": idp.entity_id(),
        "sso_url": idp.sso_url(),
        "apps": listed.collect::<Vec<_>>(),
    });
    Report::new(text, &document)
}

fn federation(identity: &FederatedIdentity) -> serde_json::Value {
    json!({
        "issuer": identity.issuer,
        "jwks_url": identity.keys_url,
        "subject": identity.subject,
        "audience": identity.audience,
        "tenant": identity.tenant,
        "app": identity.app_id,
    })
}

async fn stopped(idp: Running) -> Result<Report, CliError> {
    idp.shutdown().await;
    Ok(Report::silent())
}

/// That of the demo's identity provider: apps run at 8080 and 3000.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);
const TOKEN: &str = "ENTRADA_SCIM_TOKEN";
