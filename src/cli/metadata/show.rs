//! `entrada metadata show`: what an identity provider's metadata says.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::super::certificate::CertificateFacts;
use super::super::error::CliError;
use super::super::input;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::rows;
use super::findings::Warning;
use super::findings::warnings;
use crate::address::shown;
use crate::admin::difference::harmless;
use crate::metadata::Binding;
use crate::metadata::Endpoint;
use crate::metadata::IdpMetadata;
use crate::metadata::lint::Context;

/// Show what an identity provider's metadata says
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Show {
    /// The metadata: a file, - for stdin, or an address
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// The identity provider to choose where there are several
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    entity_id: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada metadata show federationmetadata.xml
  entrada metadata show 'https://login.microsoftonline.com/...?appid=APP'
  entrada metadata show --json metadata.xml | jq '.certificates[].days_left'

Exit codes:
  0  printed, with or without warnings
  2  wrong usage, or metadata that cannot be read
  4  the address cannot be reached";

#[derive(Serialize)]
struct Shown<'a> {
    source: Cow<'a, str>,
    entity_id: &'a str,
    valid_until: Option<Timestamp>,
    signed: bool,
    certificates: Vec<CertificateFacts>,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
    name_id_formats: &'a [String],
    wants_signed_requests: bool,
    warnings: Vec<Warning>,
}

impl Show {
    pub(super) fn run(self, style: Style) -> Result<Report, CliError> {
        let now = Timestamp::now();
        let bytes = input::read_metadata(&self.source)?;
        let metadata =
            IdpMetadata::read_at(&bytes, self.entity_id.as_deref(), now).map_err(|error| {
                input::metadata_error(input::name(&self.source), &error, "--entity-id")
            })?;
        let certificates = metadata.signing_certificates().iter();
        let context = Context {
            entity_id: self.entity_id.as_deref(),
            ..Context::new(&self.source, now)
        };
        let report = Shown {
            source: shown(&self.source),
            entity_id: metadata.entity_id(),
            valid_until: metadata.valid_until(),
            signed: metadata.is_signed(),
            certificates: certificates
                .map(|certificate| CertificateFacts::of(certificate, now))
                .collect(),
            sso: metadata.sso().iter().map(harmless).collect(),
            slo: metadata.slo().iter().map(harmless).collect(),
            name_id_formats: metadata.name_id_formats(),
            wants_signed_requests: metadata.wants_signed_requests(),
            warnings: warnings(&bytes, &context),
        };
        Ok(Report::new(report.text(style), &report))
    }
}

impl Shown<'_> {
    fn text(&self, style: Style) -> String {
        let signed = match self.signed {
            true => "yes (by a key that it lists itself; not verified: the source vouches for it)",
            false => "no",
        };
        let valid_until = self
            .valid_until
            .map_or(Cow::from("not said"), |at| at.to_string().into());
        let mut facts = vec![
            ("Entity ID", Cow::from(self.entity_id)),
            ("Valid until", valid_until),
            ("Signed", signed.into()),
        ];
        facts.extend(
            self.sso
                .iter()
                .map(|endpoint| ("Sign-on", address(endpoint))),
        );
        facts.extend(
            self.slo
                .iter()
                .map(|endpoint| ("Logout", address(endpoint))),
        );
        if self.wants_signed_requests {
            facts.push(("Requests", "it takes signed ones alone".into()));
        }
        let formats = self.name_id_formats.iter();
        facts.extend(formats.map(|format| ("NameID format", format.into())));
        let mut text = rows(0, facts);
        for (index, certificate) in self.certificates.iter().enumerate() {
            let heading = format!(
                "Signing certificate {} of {}",
                index + 1,
                self.certificates.len()
            );
            text.push_str(&format!(
                "\n{}\n{}",
                style.bold(&heading),
                certificate.text_with_bar(style)
            ));
        }
        for warning in &self.warnings {
            let advice = style.dim(warning.advice);
            text.push_str(&format!("\n{}\n    {advice}\n", warning.line(style)));
        }
        text
    }
}

pub(super) fn address(endpoint: &Endpoint) -> Cow<'_, str> {
    let binding = match endpoint.binding {
        Binding::HttpRedirect => "HTTP-Redirect",
        Binding::HttpPost => "HTTP-POST",
    };
    format!("{binding}  {}", endpoint.location).into()
}
