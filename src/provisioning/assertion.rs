//! The checks on a token that stands for a client (RFC 7523 §3), one row for each. The signature has held by then:
//! no [`VerifiedJwt`] exists before.

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use super::Authenticated;
use super::CredentialRefusal;
use super::Federation;
use super::Proof;
use super::ScimCredential;
use crate::connection::ConnectionId;
use crate::jwt::VerifiedJwt;
use crate::moment;
use crate::saml::ClockSkew;
use crate::text::is_guid;
use crate::text::shown;

/// One check on the claims of a token.
pub struct AssertionCheck {
    /// Its stable kebab-case name.
    pub name: &'static str,
    /// The claims that it looks at.
    pub claims: &'static str,
    /// Its question, in one line.
    pub question: &'static str,
    /// The clause that it enforces.
    pub clause: &'static str,
    /// The remedy: the field in the portal, and the setting of ours.
    pub remedy: &'static str,
    rule: Rule,
}

type Rule = fn(&Facts<'_>) -> Result<(), Mismatch>;

/// A token with what it is held against.
struct Facts<'a> {
    token: &'a VerifiedJwt,
    trust: &'a Federation,
    skew: SignedDuration,
    now: Timestamp,
}

struct Mismatch {
    expected: String,
    found: String,
}

/// Declares the checks: the rule that judges, the name, the claims, the question, the clause and the remedy.
macro_rules! checks {
    ($($rule:ident $name:literal $claims:literal $question:literal $clause:literal $remedy:expr;)+) => {
        /// All checks on the claims of a token, in the order in which a refusal names them.
        pub const ASSERTION_CHECKS: &[AssertionCheck] = &[$(AssertionCheck {
            name: $name,
            claims: $claims,
            question: $question,
            clause: $clause,
            remedy: $remedy,
            rule: $rule,
        }),+];
    };
}

const CLOCK: &str = "Compare this machine's clock with true time (timedatectl). If it is right, the token was kept too long, or was not made by Entra.";

checks! {
    tenant "assertion-tenant" "`tid`" "Is the token of the tenant?" "Microsoft identity platform, access token claims"
        "In Entra: Overview > Tenant ID is what --tenant must be. If they differ, make a new federation and revoke this one.";
    issuer "assertion-issuer" "`iss`" "Is the token of the issuer?" "RFC 7523 §3, 1"
        "In Entra: your app > Provisioning > Connectivity > Workload Identity Federation: Issuer (iss) is what --issuer must be, to the letter.";
    audience "assertion-audience" "`aud`" "Is the token meant for the app, and for it alone?" "RFC 7523 §3, 3"
        "In Entra: your app > Provisioning > Connectivity > Workload Identity Federation: Audience (aud), without /.default, is what --audience must be.";
    app "assertion-app" "`appid`, `azp`" "Was the token issued to the workload identity's app?" "Microsoft identity platform, access token claims"
        "In Entra: your app > Provisioning > Connectivity > Select Workload Identity: the Application (client) ID of that app is what --app must be.";
    subject "assertion-subject" "`sub`" "Is it the token of the provisioning service, and not of another principal of the tenant?" "RFC 7523 §3, 2"
        "In Entra: your app > Provisioning > Connectivity > Workload Identity Federation: Subject (sub) is what --subject must be. Take it from there, never from this message alone: others of the tenant can get such a token.";
    version "assertion-version" "`ver`" "Is it a token of a form that we know?" "Microsoft identity platform, access token claims"
        "No setting leads to this: the token comes from something else than Entra's token service of version 1 or 2.";
    expiry "assertion-expiry" "`exp`" "Is the token still good?" "RFC 7523 §3, 4" CLOCK;
    not_before "assertion-not-before" "`nbf`" "Is the token good already?" "RFC 7523 §3, 5" CLOCK;
    issued_at "assertion-issued-at" "`iat`" "Was it issued in the past?" "RFC 7523 §3, 6" CLOCK;
    lifetime "assertion-lifetime" "`iat`, `exp`" "Does it hold for a day at most?" "limit of our own; RFC 7523 §3, 4"
        "Entra's tokens hold for about 65 minutes. In Entra: look for a token lifetime policy of the app.";
}

/// A refused token: each check that failed, with what was expected and what was found.
#[derive(Clone, PartialEq, Eq)]
pub struct AssertionRefusal {
    /// One at least, in the order of the table.
    failures: Vec<AssertionFailure>,
}

/// A check that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssertionFailure {
    /// The name of the check.
    pub check: &'static str,
    /// The value that it asks for.
    pub expected: String,
    /// The value that the token has; a long one is cut, and what does not show is spelled out.
    pub found: String,
    /// The remedy: the field in the portal, and the setting of ours.
    pub remedy: &'static str,
}

impl AssertionRefusal {
    /// The checks that failed.
    pub fn failures(&self) -> &[AssertionFailure] {
        &self.failures
    }

    /// True if the token is of the tenant that the connection trusts. All tenants share Entra's signing keys, so whoever has a tenant
    /// can send a token that is signed: those of other tenants are told nothing of what is expected.
    pub fn is_of_the_tenant(&self) -> bool {
        self.failures.iter().all(|failure| failure.check != TENANT)
    }
}

/// Each check that failed, with expected and found.
impl fmt::Display for AssertionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.failures.iter().enumerate() {
            let before = if index == 0 { "" } else { "; " };
            let AssertionFailure {
                check,
                expected,
                found,
                ..
            } = failure;
            write!(f, "{before}{check}: expected {expected}, found {found}")?;
        }
        Ok(())
    }
}

impl std::error::Error for AssertionRefusal {}
debug_as_sentence!(AssertionRefusal);

/// The reason that a token does not stand for the client of a credential.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The credential opens nothing, or is no federation.
    #[error(transparent)]
    Credential(#[from] CredentialRefusal),
    /// The token is another one.
    #[error(transparent)]
    Claims(#[from] AssertionRefusal),
}
debug_as_sentence!(AssertionError);

impl ScimCredential {
    /// The proof for the client for which a token stands, if it does.
    ///
    /// # Errors
    /// A credential that has ended, is for another connection or no federation, and a token with any claim wrong.
    pub fn check_assertion(
        &self,
        token: &VerifiedJwt,
        connection: &ConnectionId,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Result<Authenticated, AssertionError> {
        let Proof::Federation { trust, .. } = &self.proof else {
            return Err(CredentialRefusal::Unknown.into());
        };
        let proven = self.opens(connection, now)?;
        trust.check(token, skew, now)?;
        Ok(proven)
    }
}

impl Federation {
    /// Holds what a token claims against what is believed of the client, check by check.
    ///
    /// # Errors
    /// Every check that fails.
    pub fn check(
        &self,
        token: &VerifiedJwt,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Result<(), AssertionRefusal> {
        let facts = Facts {
            token,
            trust: self,
            skew: skew.duration(),
            now,
        };
        let failed = ASSERTION_CHECKS.iter().filter_map(|check| {
            let Mismatch { expected, found } = (check.rule)(&facts).err()?;
            Some(AssertionFailure {
                check: check.name,
                expected,
                found,
                remedy: check.remedy,
            })
        });
        let failures: Vec<_> = failed.collect();
        match failures.is_empty() {
            true => Ok(()),
            false => Err(AssertionRefusal { failures }),
        }
    }

    /// True for the issuer of a published key (`issuer`, an addition of Entra's) that signs for this tenant: it is our issuer, or names
    /// the tenant, or any tenant in its place.
    pub fn is_issuer_of_key(&self, issuer: &str) -> bool {
        let mut parts = issuer.split('/');
        let names_it = |part: &str| part == "{tenantid}" || part.eq_ignore_ascii_case(&self.tenant);
        issuer == self.issuer || parts.any(names_it)
    }
}

fn tenant(facts: &Facts<'_>) -> Result<(), Mismatch> {
    is_id("tid", &facts.trust.tenant, facts)
}

fn issuer(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let expected = &facts.trust.issuer;
    match facts.text("iss") {
        Some(found) if found == expected => Ok(()),
        _ => facts.mismatch(expected, &["iss"]),
    }
}

/// A list of audiences is refused, even one of ours alone: RFC 7519 §4.1.3 allows it, Entra never sends one, and a token for several
/// is one that another of them can pass on to us.
fn audience(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let ours = &facts.trust.audiences;
    match facts.text("aud") {
        Some(found) if ours.iter().any(|one| one == found) => Ok(()),
        _ => facts.mismatch(&ours.join(" or "), &["aud"]),
    }
}

/// Tokens of version 1 name the app as `appid`, those of version 2 as `azp`; the ones for provisioning are of version 2 and have
/// `appid`. Whatever is there must be the app.
fn app(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let claims = ["appid", "azp"].map(|name| facts.token.claim(name));
    let mut named = claims.iter().flatten().peekable();
    let expected = &facts.trust.app;
    let is_it = |claim: &&Value| {
        let found = claim.as_str();
        found.is_some_and(|found| found.eq_ignore_ascii_case(expected))
    };
    match named.peek().is_some() && named.all(is_it) {
        true => Ok(()),
        false => facts.mismatch(expected, &["appid", "azp"]),
    }
}

/// The object id is shown beside it, since one of Microsoft's pages takes one for the other; it decides nothing. Nothing of a person goes
/// into a log, so both are shown of a principal of the app alone.
fn subject(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let expected = &facts.trust.subject;
    let hidden = |found: &str| {
        Err(Mismatch {
            expected: expected.clone(),
            found: found.to_owned(),
        })
    };
    match facts.text("sub") {
        Some(found) if found == expected => Ok(()),
        // Delegated permissions are a person's.
        _ if facts.token.claim("scp").is_some() => hidden("the token of a person (scp)"),
        // An ID token names no app.
        _ if app(facts).is_err() => hidden(OF_A_PERSON),
        // The subject of a principal is its object id; that of a person is made for each app, and no GUID.
        Some(found) if is_guid(found) => facts.mismatch(expected, &["sub", "oid"]),
        _ if facts.token.claim("sub").is_some() => hidden(OF_A_PERSON),
        _ => facts.mismatch(expected, &["sub"]),
    }
}

fn version(facts: &Facts<'_>) -> Result<(), Mismatch> {
    match facts.text("ver") {
        Some("1.0" | "2.0") => Ok(()),
        _ => facts.mismatch("1.0 or 2.0", &["ver"]),
    }
}

fn expiry(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let earliest = moment::earlier(facts.now, facts.skew);
    facts.time("exp", "after", earliest, |end| end > earliest)
}

fn not_before(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let latest = moment::later(facts.now, facts.skew);
    facts.time("nbf", "at the latest", latest, |begin| begin <= latest)
}

fn issued_at(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let latest = moment::later(facts.now, facts.skew);
    facts.time("iat", "at the latest", latest, |issued| issued <= latest)
}

/// A missing time has failed its own check.
fn lifetime(facts: &Facts<'_>) -> Result<(), Mismatch> {
    let (Some(issued), Some(end)) = (facts.moment("iat"), facts.moment("exp")) else {
        return Ok(());
    };
    match end.duration_since(issued) <= LONGEST {
        true => Ok(()),
        false => Err(Mismatch {
            expected: format!("{} hours at most", LONGEST.as_hours()),
            found: format!("{} hours", end.duration_since(issued).as_hours()),
        }),
    }
}

/// Ids of Entra are GUIDs, so letter case does not count.
fn is_id(name: &str, expected: &str, facts: &Facts<'_>) -> Result<(), Mismatch> {
    match facts.text(name) {
        Some(found) if found.eq_ignore_ascii_case(expected) => Ok(()),
        _ => facts.mismatch(expected, &[name]),
    }
}

impl Facts<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.token.claim(name)?.as_str()
    }

    /// A `NumericDate` (RFC 7519 §2) in whole seconds, as Entra writes it.
    fn moment(&self, name: &str) -> Option<Timestamp> {
        let seconds = self.token.claim(name)?.as_i64()?;
        Some(moment::of_seconds(seconds))
    }

    /// Holds a time against a bound. One that is missing fails.
    fn time(
        &self,
        name: &str,
        relation: &str,
        bound: Timestamp,
        holds: impl Fn(Timestamp) -> bool,
    ) -> Result<(), Mismatch> {
        let skew = self.skew.as_secs();
        let expected = format!("{name} {relation} {bound} (with {skew} s of skew)");
        match self.moment(name) {
            Some(found) if holds(found) => Ok(()),
            Some(found) => Err(Mismatch {
                expected,
                found: found.to_string(),
            }),
            None => self.mismatch(&expected, &[name]),
        }
    }

    /// The first of these claims is not what was expected; those that are there are shown.
    fn mismatch(&self, expected: &str, names: &[&str]) -> Result<(), Mismatch> {
        let claims = names.iter().map(|name| (name, self.token.claim(name)));
        let found: Vec<_> = claims
            .filter_map(|(name, value)| Some(format!("{name} {}", in_words(value?))))
            .collect();
        Err(Mismatch {
            expected: expected.to_owned(),
            found: match found.is_empty() {
                true => format!("no {}", names[0]),
                false => found.join(", "),
            },
        })
    }
}

/// A claim as it stands in a sentence: a text as it is, all else as JSON.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

const TENANT: &str = "assertion-tenant";

/// The words for a token that may be a person's, in place of its subject.
const OF_A_PERSON: &str = "the token of a person, or of another app";

/// The longest time that a token may hold. Entra's hold for about 65 minutes, and for a day where a service evaluates access
/// continuously.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
