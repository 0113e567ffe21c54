//! `entrada verify`: all checks on one captured response, as a sign-on would make them, each failure with a remedy.

mod html;
mod report;

use std::time::Duration;

use jiff::Timestamp;

use self::html::Page;
use self::report::report;
use super::Globals;
use super::captured;
use super::captured::Content;
use super::captured::read_capture;
use super::duration;
use super::error::CliError;
use super::input;
use super::output::Report;
use super::output::Style;
use super::site::BaseUrlOption;
use super::site::Site;
use crate::admin::verify::Answered;
use crate::admin::verify::Question;
use crate::admin::verify::Sides;
use crate::connection::ConnectionId;
use crate::crypto::DecryptionKey;
use crate::crypto::Fingerprint;
use crate::metadata::TrustError;
use crate::saml::MessageId;
use crate::saml::ServiceProvider;
use crate::saml::UnverifiedResponse;
use crate::xenc::DecryptionKeys;

/// Make all checks on one captured response, and say what mends each that fails
///
/// The response is raw XML, the base64 that was posted to the ACS, the body of that form, a request copied from the browser's
/// developer tools (as cURL, fetch or PowerShell), the page that posts itself, or a recording (HAR, SAML-tracer, Postman); and
/// all of these in a data: address or a dump in hexadecimal (xxd, hexdump -C). Of several messages, the latest that was posted
/// to the ACS is taken. Trust comes from metadata, from a pinned certificate, or from a connection
/// in the store.
///
/// With neither --request-id nor --unsolicited, the response is taken to answer the request that it names itself:
/// a warning says that this was not checked, and its checks count as skipped.
///
/// Nobody is signed in by this, and the replay cache is neither asked nor filled.
#[derive(clap::Args)]
#[command(after_help = HELP)]
#[command(group(clap::ArgGroup::new("trust").required(true).args(["metadata", "fingerprint", "connection"])))]
#[command(group(clap::ArgGroup::new("request").args(["request_id", "unsolicited"])))]
pub(super) struct Verify {
    /// The captured response; - reads stdin
    #[arg(value_name = "RESPONSE")]
    response: String,
    /// Of a capture that holds several messages, take this one [default: the latest response to the ACS]
    #[arg(long, value_name = "N")]
    entry: Option<usize>,
    /// Trust the identity provider of this metadata
    #[arg(long, value_name = "FILE|URL")]
    metadata: Option<String>,
    /// Trust the certificate with this SHA-256 fingerprint, taken from the response's KeyInfo; may be repeated
    #[arg(long, value_name = "HEX", requires = "idp_entity_id")]
    fingerprint: Vec<Fingerprint>,
    /// The identity provider's entity ID; with --metadata, the one to choose where there are several
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    idp_entity_id: Option<String>,
    /// Trust whom this connection in the store trusts, and take our side from it
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    base_url: BaseUrlOption,
    /// Our Entity ID (Entra: Identifier)
    #[arg(long, value_name = "URI", value_parser = input::visible, required_unless_present = "connection")]
    sp_entity_id: Option<String>,
    /// Our ACS (Entra: Reply URL)
    #[arg(long, value_name = "URL", value_parser = input::visible, required_unless_present = "connection")]
    acs_url: Option<String>,
    /// The ID of the AuthnRequest that the response must answer
    #[arg(long, value_name = "ID", value_parser = request_id)]
    request_id: Option<MessageId>,
    /// The response must answer no request (IdP-initiated sign-on)
    #[arg(long)]
    unsolicited: bool,
    /// The tenant that the response must name; by default the one in the issuer of an Entra identity provider
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Refuse a key whose certificate has expired or is not valid yet, as a connection with this setting does
    #[arg(long)]
    enforce_certificate_dates: bool,
    /// Judge as of this moment [default: now]
    #[arg(long, value_name = "RFC 3339", value_parser = moment)]
    at: Option<Timestamp>,
    /// The difference that clocks may have, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(0..=600))]
    clock_skew: u64,
    /// Our private key in PEM or DER, for an encrypted assertion [default: the keys of the connection]
    #[arg(long, value_name = "PEM")]
    sp_key: Option<String>,
    /// The form to print: a text for people, JSON (the same as --json), or one page to attach to a ticket [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Show the person's name and attributes in --format html, which leaves them out by default
    #[arg(long)]
    show_values: bool,
}

/// The output of `entrada verify` and `entrada validate`.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A text for people.
    Text,
    /// The JSON of `--json`.
    Json,
    /// One page that needs nothing else.
    Html,
}

const HELP: &str = "\
Examples:
  entrada verify response.txt --metadata federationmetadata.xml \\
      --sp-entity-id https://app.example.com/saml/acme/metadata \\
      --acs-url https://app.example.com/saml/acme/acs \\
      --request-id id-1f2e3d --at 2026-11-22T09:30:00Z
  entrada verify rec.har --connection acme --base-url https://app.example.com
  entrada verify rec.har --connection acme --format html > ticket.html
  entrada verify - --fingerprint 'sha256 Fingerprint=AB:CD:...' \\
      --idp-entity-id https://sts.windows.net/TENANT/ \\
      --sp-entity-id https://app.example.com/saml/acme/metadata \\
      --acs-url https://app.example.com/saml/acme/acs \\
      --unsolicited < response.xml

Exit codes:
  0  accepted
  1  refused
  2  wrong usage, or something that cannot be read
  3  the connection or its metadata cannot be used
  4  unreachable, or I/O";

impl Verify {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        if globals.json && self.format.is_some_and(|format| format != Format::Json) {
            return Err(CliError::Usage(
                "--json prints JSON: expected no other --format beside it".to_owned(),
            ));
        }
        let entries = read_capture(&self.response)?;
        let at = self.at.unwrap_or_else(now);
        let (mut sides, base_url_note) = match &self.connection {
            Some(id) => self.sides_of_connection(id, globals, at)?,
            None => (self.sides_of_arguments(at)?, None),
        };
        if self.enforce_certificate_dates {
            sides.trust = sides.trust.enforcing_certificate_dates();
        }
        let chosen = captured::chosen(&entries, self.entry, &sides.sp.acs_url, &self.response);
        let (message, mut notes) = chosen?;
        notes.extend(base_url_note);
        let before = message.content.before_markup();
        if let Some(file) = &self.sp_key {
            sides.keys = Some(read_private_key(file)?);
        }
        let verification = sides.judge(Question {
            response: match &message.content {
                Content::Xml(xml) => UnverifiedResponse::from_xml(xml.clone()),
                Content::Field(field) => UnverifiedResponse::from_post(field),
            },
            relay_state: message.relay_state.clone(),
            answers: match (&self.request_id, self.unsolicited) {
                (Some(id), _) => Answered::Request(id.clone()),
                (None, true) => Answered::Nothing,
                (None, false) => Answered::AsItSays,
            },
            at,
            clock_skew: Duration::from_secs(self.clock_skew),
            notes: Vec::from_iter(before.map(|found| format!("note: {found}"))),
        });
        notes.extend(verification.notes.iter().cloned());
        let report = report(&verification, style);
        let report = match self.format {
            Some(Format::Html) => report.with_text(
                Page {
                    verification: &verification,
                    sides: &sides,
                    at,
                    notes: &notes,
                    show_values: self.show_values,
                }
                .text(),
            ),
            _ => report,
        };
        Ok(report.notes(notes))
    }

    /// True if `--format` asks for what `--json` prints.
    pub(super) fn wants_json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    fn sides_of_arguments(&self, at: Timestamp) -> Result<Sides, CliError> {
        let sp = ServiceProvider {
            entity_id: self.sp_entity_id.clone().unwrap_or_default(),
            acs_url: self.acs_url.clone().unwrap_or_default(),
            tenant: self.tenant.clone(),
        };
        let idp_entity_id = self.idp_entity_id.as_deref();
        let Some(source) = &self.metadata else {
            let idp_entity_id = idp_entity_id.unwrap_or_default().to_owned();
            return Sides::of_fingerprints(sp, self.fingerprint.clone(), idp_entity_id, at)
                .map_err(|error| CliError::Usage(error.to_string()));
        };
        let document = input::read_metadata(source)?;
        let name = input::name(source);
        Sides::of_metadata(sp, &document, source, idp_entity_id, at).map_err(|error| match error {
            TrustError::Metadata(error) => input::metadata_error(name, &error, "--idp-entity-id"),
            error => CliError::Configuration(format!("cannot trust {name}: {error}")),
        })
    }

    /// Both sides as a connection has them, but for what the arguments say of ours, and a note on its address.
    fn sides_of_connection(
        &self,
        id: &ConnectionId,
        globals: &Globals,
        at: Timestamp,
    ) -> Result<(Sides, Option<String>), CliError> {
        let site = Site::open(globals)?;
        let base_url = self.base_url.of(&site)?;
        let sides = Sides::of_connection(site.admin(), id, base_url.get(), at);
        let mut sides = site.run(sides)?;
        let given = (self.sp_entity_id.clone(), self.acs_url.clone());
        let note = match given {
            (Some(_), Some(_)) => None,
            _ => base_url.note(),
        };
        let sp = &mut sides.sp;
        sp.entity_id = given.0.unwrap_or_else(|| sp.entity_id.clone());
        sp.acs_url = given.1.unwrap_or_else(|| sp.acs_url.clone());
        sp.tenant = self.tenant.clone().or(sp.tenant.take());
        Ok((sides, note))
    }
}

/// The present second: finer than that, a report is only harder to read.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    duration::moment(text).ok_or("expected a time such as 2026-11-22T09:30:00Z")
}

fn request_id(text: &str) -> Result<MessageId, &'static str> {
    MessageId::from_text(text).ok_or("expected 1 to 256 characters")
}

fn read_private_key(file: &str) -> Result<DecryptionKeys, CliError> {
    let pem = input::read(file)?;
    let unusable = |error: &dyn std::fmt::Display| CliError::input(input::name(file), error);
    let key = DecryptionKey::from_bytes(&pem).map_err(|error| unusable(&error))?;
    DecryptionKeys::new(vec![key]).map_err(|error| unusable(&error))
}
