//! Microsoft's tests of the credentials of provisioning, of which one must pass; and what a token endpoint must refuse.

use jiff::SignedDuration;

use super::departure::Departure;
use super::departure::differs;
use super::departure::ensure;
use super::departure::found;
use super::further::answers;
use super::server::Server;
use super::server::excerpt;
use crate::practice::provision::Client;
use crate::practice::provision::Failure;
use crate::practice::provision::KeptToken;
use crate::practice::provision::Log;
use crate::practice::provision::Provisioning;
use crate::practice::provision::SignIn;
use crate::practice::provision::SignInContext;
use crate::practice::provision::listed;

pub(super) async fn client(server: &Server<'_>) -> Result<String, Departure> {
    needs_client(server)?;
    signs_in(server).await
}

/// Fetches an access token, and sends a request with that token alone: the one that other cases use proves nothing here.
async fn signs_in(server: &Server<'_>) -> Result<String, Departure> {
    let fetched = server.client.access_token().await?;
    let expected = "expires_in from 3600 to 21600 seconds";
    let lifetime = fetched.lifetime;
    let lifetime = lifetime.ok_or_else(|| differs(expected, "no expires_in"))?;
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

pub(super) async fn federation(_: &Server<'_>) -> Result<String, Departure> {
    let reason = "the assertion is signed by Entra, for the application that is registered there";
    Err(Departure::NotApplicable(reason.to_owned()))
}

pub(super) async fn wrong_secret(server: &Server<'_>) -> Result<String, Departure> {
    let (token_url, client_id) = needs_client(server)?;
    let sign_in = SignIn::ClientCredentials {
        token_url: token_url.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: "nobody-has-this-secret".to_owned(),
    };
    let settings = Provisioning::new(server.settings.tenant_url.as_str(), sign_in);
    let (log, kept) = (Log::default(), KeptToken::default());
    let signing = SignInContext {
        kept: &kept,
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

pub(super) async fn place(server: &Server<'_>) -> Result<String, Departure> {
    let (token_url, _) = needs_client(server)?;
    let tenant_url = server.settings.tenant_url.split('?').next();
    let tenant_url = tenant_url.unwrap_or_default().trim_end_matches('/');
    let is_below = token_url.starts_with(&format!("{tenant_url}/"));
    let expected = "a token endpoint outside the Tenant URL";
    ensure(!is_below, expected, || "one below it".to_owned())?;
    Ok("outside the Tenant URL".to_owned())
}

fn needs_client<'s>(server: &'s Server<'_>) -> Result<(&'s str, &'s str), Departure> {
    match &server.settings.sign_in {
        SignIn::ClientCredentials {
            token_url,
            client_id,
            ..
        } => Ok((token_url, client_id)),
        _ => Err(Departure::NotApplicable(NO_CLIENT.to_owned())),
    }
}

const NO_CLIENT: &str = "it needs a client: --client-id, --client-secret and --token-url";
/// Microsoft's bounds.
const SHORTEST: SignedDuration = SignedDuration::from_mins(60);
const LONGEST: SignedDuration = SignedDuration::from_mins(360);
