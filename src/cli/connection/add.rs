//! `entrada connection add`.

use std::path::Path;
use std::path::PathBuf;

use serde::Serialize;

use super::super::Globals;
use super::super::error::CliError;
use super::super::metadata::Warning;
use super::super::output::Report;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::directory_flags::DirectoryFlags;
use super::pinned::Pinned;
use super::scim::ScimFlags;
use super::settings::OneOrMore;
use super::settings::Settings;
use super::settings::read_key_pair;
use super::source::SourceFlags;
use super::view::ForEntra;
use super::view::View;
use crate::admin::AdminError;
use crate::admin::connections;
use crate::admin::connections::Change;
use crate::admin::connections::Edit;
use crate::admin::connections::Expected;
use crate::admin::connections::Wanted;
use crate::connection::ConnectionId;
use crate::connection::SpKeys;

/// Add a connection, and print what to paste into Entra
///
/// Whom it trusts comes from a metadata address (recommended; it is fetched now, to check it), a metadata file, a metadata query server, or
/// a certificate that you pin, by its SHA-256 or as a file. A connection without a usable signing key cannot be created.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Add {
    /// The connection's id: lower-case letters, digits and inner hyphens
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    source: SourceFlags,
    /// A name for people
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Our Entity ID [default: BASE-URL/saml/ID/metadata]
    #[arg(long, value_name = "URI")]
    sp_entity_id: Option<String>,
    /// Our ACS [default: BASE-URL/saml/ID/acs]
    #[arg(long, value_name = "URL")]
    acs_url: Option<String>,
    /// The local path where people land after a sign-on that named none [default: /]
    #[arg(long, value_name = "PATH")]
    relay_state: Option<String>,
    /// Let sign-ons that begin at the identity provider lead to this local path too (its RelayState); may be repeated
    #[arg(long, value_name = "PATH")]
    relay_state_target: Vec<String>,
    /// Go straight to this connection under this host name; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Lead people with e-mail addresses of this domain to this connection; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    email_domain: Vec<String>,
    /// Leave the connection out of the public sign-in page: people come by host name, e-mail domain or its own address
    #[arg(long)]
    unlisted: bool,
    /// Admit sign-ons that begin at the identity provider, such as tiles in My Apps
    #[arg(long)]
    allow_idp_initiated: bool,
    #[command(flatten)]
    directory: DirectoryFlags,
    /// How long a session lasts, in seconds: 60 to 2592000 [default: 28800]
    #[arg(long, value_name = "SECONDS")]
    session_lifetime: Option<u64>,
    /// The tenant that every response must name [default: that of Entra's issuer]
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Ask for a NameID of this format [default: the app's setting in Entra]
    #[arg(long, value_name = "URI")]
    name_id_format: Option<String>,
    /// Ask for exactly this way of signing in; may be repeated. It breaks sign-ons with another one (AADSTS75011)
    #[arg(long, value_name = "URI")]
    authn_context: Vec<String>,
    /// Sign sign-on requests with our own key; one is made if there is none
    #[arg(long)]
    sign_requests: bool,
    /// Send sign-on requests over this binding alone [default: redirect, or post where that is all there is]
    #[arg(long, value_name = "BINDING", value_parser = ["redirect", "post"])]
    request_binding: Option<String>,
    /// Our private key, in PEM or DER: it signs our messages and decrypts assertions (entrada key new makes one, too)
    #[arg(long, value_name = "FILE", requires = "sp_cert")]
    sp_key: Option<PathBuf>,
    /// The certificate of our key, in every form that `entrada fingerprint` reads
    #[arg(long, value_name = "FILE", requires = "sp_key")]
    sp_cert: Option<PathBuf>,
    #[command(flatten)]
    scim: ScimFlags,
    /// Replace the connection of this id; its keys stay
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada connection add acme --base-url https://app.example.com \\
      --metadata-url 'https://login.microsoftonline.com/...?appid=APP'
  entrada connection add acme --metadata-file acme.xml --allow-idp-initiated \\
      --relay-state-target /reports --email-domain acme.example --sign-requests
  entrada connection add acme --fingerprint AB:CD:... \\
      --idp-entity-id https://sts.windows.net/TENANT/ \\
      --sso-url https://login.microsoftonline.com/TENANT/saml2

  entrada connection add uni --mdq https://mdq.example.org \\
      --idp-entity-id https://idp.uni.example/ --metadata-signer federation.pem

Exit codes:
  0  added
  2  wrong usage, or an id that is taken
  3  settings that do not hold together, or nobody to trust
  4  the metadata address cannot be reached, or the store does not answer";

#[derive(Serialize)]
struct Added {
    connection: View,
    entra: ForEntra,
    replaced: bool,
    warnings: Vec<Warning>,
}

impl Add {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        self.read_files()?;
        let settings = self.settings()?;
        let site = Site::open(globals)?;
        let Change {
            connection,
            replaced,
        } = self.put(&settings, &site)?;
        let site_url = self.base_url.keep(&site)?;
        let base_url = site_url.get();
        let added = Added {
            connection: View::of(&connection, base_url),
            entra: ForEntra::of(&connection, base_url),
            replaced,
            warnings: site.warnings(&connection, site.now())?,
        };
        let verb = if added.replaced { "Replaced" } else { "Added" };
        let text = format!(
            "{verb} the connection {}.\n\n{}",
            self.id,
            added.entra.text()
        );
        let warnings = added.warnings.iter().map(ToString::to_string);
        let notes: Vec<String> = warnings.chain(site_url.note()).collect();
        Ok(Report::new(text, &added).notes(notes))
    }

    /// Puts the connection with its metadata.
    fn put(&self, settings: &Settings, site: &Site) -> Result<Change, CliError> {
        let met: Vec<_> = self.source.pinned()?.iter().map(Pinned::met).collect();
        let expected = match self.replace {
            true => Expected::Anything,
            false => Expected::Nothing,
        };
        let edit = Edit::new(expected, |present| {
            let keys = present.map_or_else(SpKeys::none, |present| present.sp_keys().clone());
            let connection = settings.connection(Path::new(""), keys);
            Ok(Wanted {
                connection: connection.map_err(AdminError::Settings)?,
                met: met.clone(),
            })
        });
        site.run(connections::change(site.admin(), &self.id, &edit))
    }

    /// A file on the command line that cannot be read is unreadable input; in a file of settings it is one problem
    /// among others.
    fn read_files(&self) -> Result<(), CliError> {
        if let (Some(key), Some(certificate)) = (&self.sp_key, &self.sp_cert) {
            read_key_pair(key, certificate)?;
        }
        self.source.read_files()
    }

    fn settings(&self) -> Result<Settings, CliError> {
        Ok(Settings {
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            sp_entity_id: self.sp_entity_id.clone(),
            acs_url: self.acs_url.clone(),
            relay_state: self.relay_state.clone(),
            relay_state_target: OneOrMore::More(self.relay_state_target.clone()),
            host: OneOrMore::More(self.host.clone()),
            email_domain: OneOrMore::More(self.email_domain.clone()),
            unlisted: self.unlisted,
            allow_idp_initiated: self.allow_idp_initiated,
            jit: self.directory.jit,
            sign_on: self.directory.sign_on,
            link_rule: self.directory.link_rule,
            group_change: self.directory.group_change,
            seats: self.directory.seats,
            session_idle: self.directory.session_idle,
            session_lifetime: self.session_lifetime,
            tenant: self.tenant.clone(),
            name_id_format: self.name_id_format.clone(),
            authn_context: OneOrMore::More(self.authn_context.clone()),
            sign_requests: self.sign_requests,
            request_binding: self.request_binding.clone(),
            scim_rate: self.scim.scim_rate,
            scim_burst: self.scim.scim_burst,
            scim_extension: self.scim.extensions()?,
            sp_key: self.sp_key.clone(),
            sp_cert: self.sp_cert.clone(),
            ..self.source.settings()
        })
    }
}
