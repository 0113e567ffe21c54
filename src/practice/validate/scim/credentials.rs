//! Microsoft's tests of the sign-in of provisioning, of which one must pass; and the requests that a token endpoint must refuse.

use std::slice;

use jiff::SignedDuration;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::found;
use super::case_error::mismatch;
use super::further::answers;
use super::redaction::redacted;
use super::server::Server;
use super::server::excerpt;
use crate::practice::client_assertion::AssertionSource;
use crate::practice::provision::AccessToken;
use crate::practice::provision::Client;
use crate::practice::provision::Failure;
use crate::practice::provision::KeptToken;
use crate::practice::provision::Log;
use crate::practice::provision::Provisioning;
use crate::practice::provision::SignIn;
use crate::practice::provision::SignInContext;
use crate::practice::provision::listed;

pub(super) async fn client(server: &Server<'_>) -> Result<String, CaseError> {
    match &server.settings.sign_in {
        SignIn::ClientCredentials { .. } => signs_in(server).await,
        _ => Err(CaseError::NotApplicable(NO_CLIENT.to_owned())),
    }
}

pub(super) async fn federation(server: &Server<'_>) -> Result<String, CaseError> {
    match &server.settings.sign_in {
        SignIn::Federation { .. } => signs_in(server).await,
        _ => Err(CaseError::NotApplicable(NO_ASSERTION.to_owned())),
    }
}

/// Fetches an access token, and sends a request with that token alone: the one that other cases use proves nothing here.
async fn signs_in(server: &Server<'_>) -> Result<String, CaseError> {
    let fetched = server.client.access_token().await?;
    let opened = opens(server, &fetched).await;
    opened.map_err(|reason| reason.map(|text| redacted(&text, slice::from_ref(&fetched.token))))
}

async fn opens(server: &Server<'_>, fetched: &AccessToken) -> Result<String, CaseError> {
    let expected = "expires_in from 3600 to 21600 seconds";
    let lifetime = fetched.lifetime;
    let lifetime = lifetime.ok_or_else(|| mismatch(expected, "no expires_in"))?;
    let fits = (SHORTEST..=LONGEST).contains(&lifetime);
    ensure(fits, expected, || lifetime.as_secs().to_string())?;
    let answer = answers::asked_with(server, &fetched.token).await?;
    let expected = "a ListResponse for a request with the access token that was fetched";
    ensure(listed(&answer).is_ok(), expected, || excerpt(&answer))?;
    Ok(format!(
        "an access token for {} minutes, which opens the server",
        lifetime.as_mins()
    ))
}

pub(super) async fn wrong_secret(server: &Server<'_>) -> Result<String, CaseError> {
    let mut sign_in = server.settings.sign_in.clone();
    match &mut sign_in {
        SignIn::ClientCredentials { client_secret, .. } => {
            "nobody-has-this-secret".clone_into(client_secret);
        }
        _ => return Err(CaseError::NotApplicable(NO_CLIENT.to_owned())),
    }
    refused(server, sign_in, None).await
}

/// Each bit of the first character of a signature in base64url counts, so another one is another signature.
pub(super) async fn changed_assertion(server: &Server<'_>) -> Result<String, CaseError> {
    let not_applicable = || CaseError::NotApplicable(NO_ASSERTION.to_owned());
    let Some(AssertionSource::Given(assertion)) = server.signing.assertions else {
        return Err(not_applicable());
    };
    let (signed, signature) = assertion.rsplit_once('.').ok_or_else(not_applicable)?;
    let (first, rest) = signature.split_at_checked(1).ok_or_else(not_applicable)?;
    let other = if first == "A" { "B" } else { "A" };
    let changed = format!("{signed}.{other}{rest}");
    let sign_in = server.settings.sign_in.clone();
    let refused = refused(server, sign_in, Some(&changed)).await;
    refused.map_err(|reason| reason.map(|text| redacted(&text, slice::from_ref(&changed))))
}

/// Signs in in a way that must be refused.
async fn refused(
    server: &Server<'_>,
    sign_in: SignIn,
    assertion: Option<&str>,
) -> Result<String, CaseError> {
    let settings = Provisioning::new(server.settings.tenant_url.as_str(), sign_in);
    let (log, kept) = (Log::default(), KeptToken::default());
    let signing = SignInContext {
        kept: &kept,
        assertions: assertion.map(AssertionSource::Given),
        ..server.signing
    };
    let stranger = Client::new(&settings, &log, signing);
    let stranger = stranger.map_err(|error| found(error.to_string()))?;
    match stranger.access_token().await {
        Ok(_) => Err(found("an access token")),
        Err(Failure::NoAccessToken(refusal)) if refusal.contains("invalid_client") => {
            Ok("invalid_client".to_owned())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn place(server: &Server<'_>) -> Result<String, CaseError> {
    let (SignIn::ClientCredentials { token_url, .. } | SignIn::Federation { token_url, .. }) =
        &server.settings.sign_in
    else {
        return Err(CaseError::NotApplicable(NO_TOKEN_ENDPOINT.to_owned()));
    };
    let tenant_url = server.settings.tenant_url.split('?').next();
    let tenant_url = tenant_url.unwrap_or_default().trim_end_matches('/');
    let is_below = token_url.starts_with(&format!("{tenant_url}/"));
    let expected = "a token endpoint outside the Tenant URL";
    ensure(!is_below, expected, || "one below it".to_owned())?;
    Ok("outside the Tenant URL".to_owned())
}

const NO_CLIENT: &str = "it needs a client: --client-id, --client-secret and --token-url";
const NO_ASSERTION: &str = "it needs an assertion: --assertion-file and --token-url";
const NO_TOKEN_ENDPOINT: &str = "it needs a token endpoint: --token-url";
/// Microsoft's bounds.
const SHORTEST: SignedDuration = SignedDuration::from_mins(60);
const LONGEST: SignedDuration = SignedDuration::from_mins(360);
