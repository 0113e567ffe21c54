//! `entrada validate scim`: Microsoft's tests of provisioning, and further cases, against any SCIM server.

use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::super::Globals;
use super::super::duration::duration;
use super::super::error::CliError;
use super::super::input;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::counted;
use super::super::practice::credential::Credential;
use super::super::progress::Progress;
use super::super::settings::variable;
use super::super::verify::Format;
use super::assertion;
use super::report::report;
use super::stop::stop;
use super::validated::Validated;
use crate::address::shown;
use crate::practice::Origin;
use crate::practice::Outcome;
use crate::practice::ProvisionError;
use crate::practice::Provisioning;
use crate::practice::ScimRun;
use crate::practice::ScimValidation;
use crate::practice::SignIn;

/// Run Microsoft's tests of provisioning against a SCIM server
///
/// Of the 25 tests that a gallery app must pass, those are run that a client can run, with the requests that Entra sends; further cases stand
/// apart. It makes users and groups whose names begin with entrada-validate-, and removes them at its end, also after Ctrl-C. Nobody else is
/// changed.
#[derive(clap::Args)]
#[command(after_help = HELP)]
#[command(group = clap::ArgGroup::new("oauth").args(["client_id", "assertion_file"]).multiple(true))]
pub(in crate::cli) struct Scim {
    /// The address of the SCIM server (Entra: Tenant URL); ?aadOptscim062020 behind it chooses that dialect
    #[arg(value_name = "URL")]
    url: String,
    /// A bearer token; lists of processes show it, and --credential-file or ENTRADA_SCIM_TOKEN do not
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// The OAuth client whose access tokens are used (Entra: Client Identifier)
    #[arg(
        long,
        value_name = "ID",
        requires = "token_url",
        conflicts_with = "token"
    )]
    client_id: Option<String>,
    /// Its secret; lists of processes show it, and --credential-file or ENTRADA_SCIM_CLIENT_SECRET do not
    #[arg(long, value_name = "SECRET", requires = "client_id")]
    client_secret: Option<String>,
    /// The address that access tokens come from (Entra: Token Endpoint)
    #[arg(long, value_name = "URL", requires = "oauth")]
    token_url: Option<String>,
    /// A file with an assertion that stands for the client: a JWT of Entra, or of another issuer that the server accepts
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token", "client_secret"])]
    assertion_file: Option<PathBuf>,
    /// A file with the token, or with the JSON of `entrada client create`, `entrada client federate` or `entrada token create`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["token", "client_id", "token_url"])]
    credential_file: Option<PathBuf>,
    /// The time that one test may take
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "60s")]
    timeout: SignedDuration,
    /// Leave the users and groups that it made, for a look
    #[arg(long)]
    keep: bool,
    /// The form to print: a text for people, JSON (the same as --json), or one page to attach to a submission [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

const HELP: &str = "\
Examples:
  entrada validate scim https://app.example.com/scim/acme/v2 \\
      --credential-file client.json
  entrada validate scim https://app.example.com/scim/acme/v2 \\
      --credential-file client.json --format html > scim.html
  entrada validate scim https://app.example.com/scim/acme/v2 \\
      --assertion-file assertion.jwt \\
      --token-url https://app.example.com/entrada/oauth/acme/token

Environment:
  ENTRADA_SCIM_TOKEN          the bearer token, where no option gives one
  ENTRADA_SCIM_CLIENT_SECRET  the secret of --client-id, likewise

Exit codes:
  0    nothing failed; an optional test that fails is a warning
  1    a test failed
  2    wrong usage, or an address that would show the secret to others
  4    the server gives no answer
  130  stopped by Ctrl-C or SIGTERM";

impl Scim {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        if globals.json && self.format.is_some_and(|format| format != Format::Json) {
            return Err(CliError::Usage(
                "--json prints JSON: expected no other --format beside it".to_owned(),
            ));
        }
        let assertion = self.assertion_file.as_deref().map(assertion::read);
        let assertion = assertion.transpose()?;
        let settings = self.settings()?;
        let timeout = self.timeout.unsigned_abs();
        if timeout.is_zero() {
            return Err(CliError::Usage(
                "--timeout: expected more than 0s".to_owned(),
            ));
        }
        let validation = ScimValidation {
            settings,
            assertion,
            timeout,
            keep: self.keep,
        };
        let progress = Progress::over(ScimValidation::CASES, globals.json || self.is_json());
        let run = input::runtime()?.block_on(async {
            let stop = stop()?;
            let run = validation.run(stop, |name| progress.next(name)).await;
            run.map_err(|error| self.error(&error))
        });
        drop(progress);
        self.report(run?, style)
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    fn settings(&self) -> Result<Provisioning, CliError> {
        let settings = Provisioning::new(&self.url, self.sign_in()?);
        let checked = settings.check();
        checked.map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(settings)
    }

    fn sign_in(&self) -> Result<SignIn, CliError> {
        let has_assertion = self.assertion_file.is_some();
        if let Some(file) = &self.credential_file {
            return match (Credential::of(file)?.sign_in, has_assertion) {
                (SignIn::Federation { .. }, false) => {
                    Err(CliError::input(file.display(), FEDERATION))
                }
                (SignIn::Token(_) | SignIn::ClientCredentials { .. }, true) => {
                    Err(CliError::input(file.display(), NO_FEDERATION))
                }
                (sign_in, _) => Ok(sign_in),
            };
        }
        if has_assertion {
            let token_url = self.token_url.clone();
            return Ok(SignIn::Federation {
                token_url: token_url.ok_or_else(|| CliError::Usage(NO_TOKEN_URL.to_owned()))?,
                client_id: self.client_id.clone(),
                audience: None,
            });
        }
        if let (Some(client_id), Some(token_url)) = (&self.client_id, &self.token_url) {
            let given = self.client_secret.clone();
            return Ok(SignIn::ClientCredentials {
                token_url: token_url.clone(),
                client_id: client_id.clone(),
                client_secret: given.map_or_else(|| from_variable(CLIENT_SECRET), Ok)?,
            });
        }
        let given = self.token.clone();
        given
            .map_or_else(|| from_variable(TOKEN), Ok)
            .map(SignIn::Token)
    }

    fn error(&self, error: &ProvisionError) -> CliError {
        let message = format!("{}: {error}", shown(&self.url));
        match error {
            ProvisionError::Settings(_) => CliError::Usage(message),
            _ => CliError::Io(message),
        }
    }

    fn report(&self, run: ScimRun, style: Style) -> Result<Report, CliError> {
        if run.stopped {
            let cases = counted(run.results.len() as u64, "test");
            let left = match (run.left.is_empty(), self.keep) {
                (true, _) => "everything that was made is removed".to_owned(),
                (false, true) => format!("kept: {}", run.left.join("; ")),
                (false, false) => format!("still at the server: {}", run.left.join("; ")),
            };
            return Err(CliError::Stopped(format!("after {cases}; {left}")));
        }
        let url = shown(&self.url);
        let remarks = remarks(&run, self.keep);
        let validated = Validated {
            subject: "SCIM provisioning",
            target: &url,
            at: Timestamp::now(),
            results: &run.results,
            remarks: &remarks,
            left: &run.left,
            hosted: HOSTED,
        };
        Ok(report(&validated, self.format, style))
    }
}

/// The secret in a variable of the environment, where no option gives one.
fn from_variable(name: &str) -> Result<String, CliError> {
    let secret = variable(name).unwrap_or_default();
    let secret = secret.to_string_lossy().into_owned();
    match secret.is_empty() {
        false => Ok(secret),
        true => Err(CliError::Usage(format!(
            "expected what the server is signed in to with, in --credential-file FILE or in {name}"
        ))),
    }
}

/// Remarks on the results as a whole.
fn remarks(run: &ScimRun, keep: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    let credentials = run.results.iter().filter(|result| {
        result.origin == Origin::Microsoft && matches!(result.number, Some(21 | 22))
    });
    let mut credentials = credentials.map(|result| result.outcome);
    if !credentials.any(|outcome| outcome == Outcome::Passed) {
        remarks.push(NO_CREDENTIALS.to_owned());
    }
    if keep {
        let names = format!(
            "The names of everything that was made begin with {}.",
            run.mark
        );
        remarks.push(names);
    }
    remarks
}

const TOKEN: &str = "ENTRADA_SCIM_TOKEN";
const CLIENT_SECRET: &str = "ENTRADA_SCIM_CLIENT_SECRET";
const FEDERATION: &str =
    "it names a client without a secret: expected an assertion beside it, in --assertion-file FILE";
const NO_FEDERATION: &str = "it holds a secret, which no assertion goes with: expected the JSON of entrada client federate beside --assertion-file";
const NO_TOKEN_URL: &str = "--assertion-file: expected the address of the token endpoint in --token-url, or a --credential-file that has it";
const NO_CREDENTIALS: &str = "Neither test 21 nor test 22 passed: Microsoft takes no new gallery app without one of them. Other apps may go on with a bearer token.";
const HOSTED: &[&str] = &[
    "that Entra itself reaches the server: from Microsoft's network, by its name, with a certificate that Microsoft trusts",
    "that the attribute mapping of your app is right: these tests use Entra's default mapping",
    "that Entra's provisioning service itself gets an access token for its assertion (test 22 sends the assertion that it is given)",
    "that tests 1 to 14 pass as Entra's own service runs them, cycle by cycle, at its pace and with its retries",
];
