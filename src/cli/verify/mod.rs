//! `entrada verify`: all checks on one captured response, as a sign-on would make them, with a remedy for each
//! failure.

mod html;
mod question;
mod relay_state;
mod report;

use std::time::Duration;

use jiff::Timestamp;

use self::html::Page;
use self::question::Question;
use self::relay_state::Targets;
use self::relay_state::too_long;
use self::report::Findings;
use super::Globals;
use super::captured;
use super::captured::Content;
use super::captured::Unchosen;
use super::captured::read_capture;
use super::duration;
use super::error::CliError;
use super::input;
use super::metadata::Warning;
use super::metadata::warnings;
use super::output::Report;
use super::output::Style;
use super::site::BaseUrlOption;
use super::site::Site;
use crate::connection::ConnectionId;
use crate::connection::IdpInitiated;
use crate::connection::TrustSource;
use crate::crypto::DecryptionKey;
use crate::crypto::Fingerprint;
use crate::metadata::IdpMetadata;
use crate::metadata::Trust;
use crate::metadata::Validity;
use crate::metadata::lint::Context;
use crate::saml::ClockSkew;
use crate::saml::Diagnosis;
use crate::saml::Hint;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::ServiceProvider;
use crate::saml::UnverifiedResponse;
use crate::site::decryption_keys;
use crate::site::service_provider;
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
    /// Judge as of this moment [default: now]
    #[arg(long, value_name = "RFC 3339", value_parser = moment)]
    at: Option<Timestamp>,
    /// How far the clocks may be apart, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(0..=600))]
    clock_skew: u64,
    /// Our private key in PEM or DER, for an encrypted assertion [default: the keys of the connection]
    #[arg(long, value_name = "PEM")]
    sp_key: Option<String>,
    /// What to print: a text for people, JSON (the same as --json), or one page to attach to a ticket [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Show the person's name and attributes in --format html, which leaves them out by default
    #[arg(long)]
    show_values: bool,
}

/// What `entrada verify` prints.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A text for people.
    Text,
    /// What `--json` prints.
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
        let sides = match &self.connection {
            Some(id) => self.sides_of_connection(id, globals)?,
            None => self.sides_of_arguments()?,
        };
        let chosen = captured::chosen(&entries, self.entry, &sides.sp.acs_url);
        let (message, which) = chosen.map_err(|error| match error {
            Unchosen::Usage(error) => error,
            other => CliError::input(input::name(&self.response), other),
        })?;
        let response = match &message.content {
            Content::Xml(xml) => UnverifiedResponse::from_xml(xml.clone()),
            Content::Field(field) => UnverifiedResponse::from_post(field),
        };
        let own = self.sp_key.as_deref().map(read_private_key).transpose()?;
        let keys = own.as_ref().or(sides.keys.as_ref());
        let request_id = self.request_id.as_ref();
        let question = Question::of(request_id, self.unsolicited, &response, &sides.trust, keys);
        let at = self.at.unwrap_or_else(now);
        let diagnosis = Diagnosis::of(
            response,
            &sides.trust,
            keys,
            question.request.as_ref(),
            &sides.sp,
            ClockSkew::new(Duration::from_secs(self.clock_skew)),
            at,
        );
        let mut hints = sides.hints(&diagnosis);
        let mut notes = which;
        notes.extend(sides.notes.iter().cloned());
        let before = message.content.before_markup();
        notes.extend(before.map(|found| format!("note: {found}")));
        let relay_state = message.relay_state.as_deref();
        match sides.led_by(relay_state, question.answers_nothing) {
            Some(Ok(note)) => notes.push(note),
            Some(Err(hint)) => hints.push(hint),
            None => {}
        }
        let findings = Findings::of(&diagnosis, question.request_id_source, hints);
        notes.extend(question.warning.map(str::to_owned));
        let report = findings.report(style);
        let report = match self.format {
            Some(Format::Html) => report.with_text(
                Page {
                    findings: &findings,
                    sp: &sides.sp,
                    idp_entity_id: sides.trust.entity_id(),
                    request: question.request.as_ref(),
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

    /// Both sides as the arguments have them.
    fn sides_of_arguments(&self) -> Result<Sides, CliError> {
        let at = self.at.unwrap_or_else(now);
        let (trust, warnings, over) = match &self.metadata {
            Some(source) => trust_of_metadata(source, self.idp_entity_id.as_deref(), at)?,
            None => (self.trust_of_fingerprints()?, Vec::new(), None),
        };
        let sp = ServiceProvider {
            entity_id: self.sp_entity_id.clone().unwrap_or_default(),
            acs_url: self.acs_url.clone().unwrap_or_default(),
            tenant: self.tenant.clone(),
        };
        Ok(Sides {
            trust,
            sp,
            keys: None,
            targets: None,
            warnings,
            notes: over.into_iter().collect(),
        })
    }

    /// Both sides as a connection has them, but for what the arguments say of ours.
    fn sides_of_connection(&self, id: &ConnectionId, globals: &Globals) -> Result<Sides, CliError> {
        let site = Site::open(globals)?;
        let connection = site.connection(id)?;
        let base_url = self.base_url.of(&site)?;
        let sp = service_provider(&connection, base_url.get());
        let mut notes = Vec::new();
        if self.sp_entity_id.is_none() || self.acs_url.is_none() {
            notes.extend(base_url.note());
        }
        if self.unsolicited && connection.sign_on().idp_initiated == IdpInitiated::Refuse {
            notes.push(format!("WARNING: the connection {id} refuses responses that answer no request, so a server refuses this one whatever its checks say; --allow-idp-initiated admits them"));
        }
        let copy = site.metadata_copy(&connection)?;
        let document = copy.as_ref().map(|copy| copy.document.as_slice());
        let at = self.at.unwrap_or_else(now);
        if let Ok(Some(metadata)) = connection.trust().metadata(document, at) {
            let validity = connection.trust().validity(&metadata);
            notes.extend(over(validity, at));
        }
        Ok(Sides {
            trust: site.trust(&connection, at)?,
            sp: ServiceProvider {
                entity_id: self.sp_entity_id.clone().unwrap_or(sp.entity_id),
                acs_url: self.acs_url.clone().unwrap_or(sp.acs_url),
                tenant: self.tenant.clone().or(sp.tenant),
            },
            keys: decryption_keys(&connection),
            warnings: site.warnings(&connection, at)?,
            notes,
            targets: Some(Targets {
                base_url: base_url.get().clone(),
                connection,
            }),
        })
    }

    fn trust_of_fingerprints(&self) -> Result<Trust, CliError> {
        let source = TrustSource::Fingerprint {
            fingerprints: self.fingerprint.clone(),
            entity_id: self.idp_entity_id.clone().unwrap_or_default(),
            // Trust has an address to send people to; this command sends nobody anywhere (RFC 2606 §2).
            sso_url: "https://nowhere.invalid/".to_owned(),
            slo_url: None,
        };
        source
            .trust(None, self.at.unwrap_or_else(now))
            .map_err(|error| CliError::Usage(error.to_string()))
    }
}

/// The two sides of a sign-on.
struct Sides {
    trust: Trust,
    sp: ServiceProvider,
    keys: Option<DecryptionKeys>,
    /// The targets of a RelayState; known of a connection in the store.
    targets: Option<Targets>,
    /// The oddities of the metadata that the trust comes from.
    warnings: Vec<Warning>,
    notes: Vec<String>,
}

impl Sides {
    /// A note or a hint on the RelayState of a response: a server refuses one that is too long beside every response, and lets
    /// itself be led by it where the response answers nothing.
    fn led_by(
        &self,
        relay_state: Option<&str>,
        answers_nothing: bool,
    ) -> Option<Result<String, Hint>> {
        let relay_state = relay_state?;
        if let Some(hint) = too_long(relay_state) {
            return Some(Err(hint));
        }
        let leads = answers_nothing && !relay_state.trim().is_empty();
        Some(self.targets.as_ref().filter(|_| leads)?.of(relay_state))
    }

    /// The hints that the metadata gives on a refusal: it may be that of another app, or of no tenant at all.
    fn hints(&self, diagnosis: &Diagnosis) -> Vec<Hint> {
        let about_trust = |refusal: &Refusal| {
            ["signature", "issuer", "response-issuer"].contains(&refusal.check())
        };
        if !diagnosis.refusal().is_some_and(about_trust) {
            return Vec::new();
        }
        self.warnings
            .iter()
            .filter(|warning| warning.code.starts_with("entra-"))
            .map(|warning| Hint {
                code: warning.code,
                message: warning.text(),
            })
            .collect()
    }
}

fn trust_of_metadata(
    source: &str,
    entity_id: Option<&str>,
    at: Timestamp,
) -> Result<(Trust, Vec<Warning>, Option<String>), CliError> {
    let bytes = input::read_metadata(source)?;
    let name = input::name(source);
    let metadata = IdpMetadata::read_at(&bytes, entity_id, at)
        .map_err(|error| input::metadata_error(name, &error, "--idp-entity-id"))?;
    let trust = Trust::of_metadata(&metadata)
        .map_err(|error| CliError::Configuration(format!("cannot trust {name}: {error}")))?;
    let context = Context {
        entity_id,
        ..Context::new(source, at)
    };
    let validity = Validity {
        valid_until: metadata.valid_until(),
        ..Validity::default()
    };
    Ok((trust, warnings(&bytes, &context), over(validity, at)))
}

/// A word about metadata that is over: a server trusts nobody by it, whatever the checks say.
fn over(validity: Validity, at: Timestamp) -> Option<String> {
    let error = validity.check(at).err()?;
    Some(format!(
        "WARNING: {error}: a server refuses every sign-on by it ({}), whatever the checks say; fetch it anew",
        error.code()
    ))
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
