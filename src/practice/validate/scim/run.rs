//! A run of all cases, one after the other, which ends in time, and cleans up after itself.

use std::time::Duration;
use std::time::Instant;

use tokio::sync::OnceCell;

use super::case::Case;
use super::case_error::CaseError;
use super::created_objects::CreatedObjects;
use super::further::FURTHER;
use super::redaction::redacted;
use super::server::Server;
use super::server::cut;
use super::table::MICROSOFT;
use crate::practice::client_assertion::AssertionSource;
use crate::practice::provision::Client;
use crate::practice::provision::ExternalId;
use crate::practice::provision::KeptToken;
use crate::practice::provision::Log;
use crate::practice::provision::ProvisionError;
use crate::practice::provision::Provisioning;
use crate::practice::provision::SignInContext;
use crate::practice::validate::result::CaseResult;
use crate::practice::validate::result::Origin;
use crate::practice::validate::result::Outcome;
use crate::site::SystemClock;

/// A validation of a SCIM server.
pub(crate) struct ScimValidation {
    /// The server, and the way in which it is signed in to.
    pub(crate) settings: Provisioning,
    /// The assertion of a sign-in by federation.
    pub(crate) assertion: Option<String>,
    /// The time that one case may take.
    pub(crate) timeout: Duration,
    /// Leaves what it made, for a look.
    pub(crate) keep: bool,
}

/// A run of the cases.
pub(crate) struct ScimRun {
    /// The beginning of the names of what was made.
    pub(crate) mark: String,
    pub(crate) results: Vec<CaseResult>,
    /// The objects that may still be there, each with the reason.
    pub(crate) left: Vec<String>,
    /// True if somebody stopped it before its end.
    pub(crate) stopped: bool,
}

impl ScimValidation {
    pub(crate) const CASES: usize = MICROSOFT.len() + FURTHER.len();

    /// Runs all cases until `stop`, and tells `before` each its name. Fails for settings that cannot be used, and for a
    /// server that gives no answer to the first request.
    pub(crate) async fn run(
        self,
        stop: impl Future<Output = ()>,
        mut before: impl FnMut(&'static str),
    ) -> Result<ScimRun, ProvisionError> {
        let settings = Provisioning {
            external_id: ExternalId::ObjectId,
            ..self.settings
        };
        let (log, kept) = (Log::default(), KeptToken::default());
        let signing = SignInContext {
            clock: &SystemClock,
            kept: &kept,
            assertions: self.assertion.as_deref().map(AssertionSource::Given),
        };
        let machine =
            |error: openssl::error::ErrorStack| ProvisionError::Machine(error.to_string());
        let server = Server {
            settings: &settings,
            client: Client::new(&settings, &log, signing)?,
            signing,
            created: CreatedObjects::new().map_err(machine)?,
            timeout: self.timeout,
            schemas: OnceCell::new(),
        };
        let mut results = Vec::new();
        let stopped = tokio::select! {
            ran = run_all(&server, &mut results, &mut before) => {
                ran?;
                false
            }
            () = stop => true,
        };
        let left = match self.keep {
            false => server.remove_all().await,
            true => server.kept().await,
        };
        let secrets = server.secrets().await;
        let shown = |one: &String| cut(&redacted(one, &secrets), MAX_TEXT);
        let left = left.iter().map(shown).collect();
        Ok(ScimRun {
            mark: server.created.mark().to_owned(),
            results,
            left,
            stopped,
        })
    }
}

async fn run_all(
    server: &Server<'_>,
    results: &mut Vec<CaseResult>,
    before: &mut impl FnMut(&'static str),
) -> Result<(), ProvisionError> {
    let first = tokio::time::timeout(server.timeout, server.schemas()).await;
    let not_signed_in = match first.unwrap_or(&Err(server.too_slow())) {
        Err(CaseError::NoAnswer(reason)) => {
            return Err(ProvisionError::Connection(reason.clone()));
        }
        Err(CaseError::NoAccessToken(reason)) => Some(format!("not tried: {reason}")),
        _ => None,
    };
    let (begun, mut silent) = (Instant::now(), 0);
    for case in MICROSOFT.iter().chain(&FURTHER) {
        before(case.name);
        let left = WHOLE.saturating_sub(begun.elapsed());
        // A token endpoint that is asked again and again slows its clients down.
        if let Some(reason) = not_signed_in.as_ref().filter(|_| !case.is_of_sign_in()) {
            let ran = Err(CaseError::NoAccessToken(reason.clone()));
            results.push(result(case, ran, &server.secrets().await));
            continue;
        }
        let ran = match (silent < SILENT_IN_A_ROW, left.is_zero()) {
            (true, false) => run_one(server, case, left).await,
            (false, _) => Err(CaseError::NoAnswer(format!(
                "not tried: the server gave no answer to the {SILENT_IN_A_ROW} cases before"
            ))),
            (true, true) => Err(CaseError::NoAnswer(format!(
                "not tried: the whole has taken {WHOLE:?}"
            ))),
        };
        silent = match ran {
            Err(CaseError::NoAnswer(_)) => silent + 1,
            _ => 0,
        };
        results.push(result(case, ran, &server.secrets().await));
    }
    Ok(())
}

async fn run_one(server: &Server<'_>, case: &Case, left: Duration) -> Result<String, CaseError> {
    let limit = server.timeout.min(left);
    let ran = tokio::time::timeout(limit, (case.steps)(server)).await;
    ran.unwrap_or_else(|_| Err(server.too_slow()))
}

fn result(case: &Case, ran: Result<String, CaseError>, secrets: &[String]) -> CaseResult {
    // What is redacted first cannot be cut within a secret.
    let redacted = |text: String| cut(&redacted(&text, secrets), MAX_TEXT);
    let ran = match ran {
        Ok(found) => Ok(redacted(found)),
        Err(reason) => Err(reason.map(redacted)),
    };
    let failed = Outcome::failed(case.need);
    let (outcome, expected, found) = match ran {
        Ok(found) => (Outcome::Passed, None, found),
        Err(CaseError::Mismatch { expected, found }) => (failed, expected, found),
        Err(CaseError::NoAnswer(found) | CaseError::NoAccessToken(found)) => (failed, None, found),
        Err(CaseError::NotApplicable(found)) => (Outcome::NotApplicable, None, found),
    };
    CaseResult {
        number: case.number,
        name: case.name,
        origin: match case.number {
            Some(_) => Origin::Microsoft,
            None => Origin::Entrada,
        },
        need: case.need,
        clause: case.clause,
        outcome,
        expected: expected.unwrap_or_else(|| case.expected.to_owned()),
        found,
    }
}

/// Characters of what was expected, or found, in a report.
const MAX_TEXT: usize = 500;
/// Cases in a row without an answer, after which nothing more is tried.
const SILENT_IN_A_ROW: u32 = 3;
/// The whole takes half a minute with a quick server, at Entra's 25 requests a second.
const WHOLE: Duration = Duration::from_secs(20 * 60);
