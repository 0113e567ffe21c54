//! Problems of one connection: its settings, its metadata and certificates, and our own keys for it.

use jiff::Timestamp;
use url::Url;

use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::Class;
use crate::admin::Done;
use crate::admin::certificates::CertificateFacts;
use crate::admin::certificates::Validity;
use crate::admin::certificates::days;
use crate::admin::connections;
use crate::connection::Connection;
use crate::connection::ConnectionProblem;
use crate::connection::KeyState;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::fetch::FetchError;

/// The part of metadata addresses in a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetadataAddress {
    /// Each is asked for its document.
    Asked,
    /// None is asked.
    LeftAlone,
}

/// Finds settings that an earlier version took, and that would be refused now.
pub(super) fn settings(connection: &Connection) -> Vec<Finding> {
    let built = connection.clone().into_builder().build();
    let problems = built
        .as_ref()
        .err()
        .into_iter()
        .flat_map(|error| error.problems());
    let code = |problem: &ConnectionProblem| match problem {
        ConnectionProblem::Misplaced { code, .. } => code,
        _ => "connection-settings",
    };
    problems
        .map(|problem| Finding::new(connection.id(), code(problem), problem.to_string()))
        .collect()
}

/// Finds what is wrong with the source of trust, or soon will be.
pub(super) async fn trust(
    admin: &Admin,
    connection: &Connection,
    address: MetadataAddress,
    findings: &mut Vec<Finding>,
) -> Done<()> {
    let (id, now) = (connection.id(), admin.now());
    let copy = connections::metadata_copy(admin, connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    if let Err(error) = connection.trust().trust(document, now) {
        findings.push(Finding::new(id, "nobody-to-trust", error.to_string()));
    }
    let warnings = connections::warnings(admin, connection, now).await?;
    findings.extend(warnings.into_iter().map(|one| Finding::of(id, one)));
    let status = connections::standing(admin, connection, now).await?;
    if let Some(failure) = status.failure() {
        let (at, reason) = (failure.at, &failure.reason);
        let message = format!("the last refresh failed, at {at}: {reason}");
        findings.push(Finding::new(id, "metadata-not-refreshed", message));
    }
    if address == MetadataAddress::Asked {
        findings.extend(metadata_address(admin, connection, document).await);
    }
    findings.extend(own_keys(connection, now));
    Ok(())
}

/// Asks the metadata address, and finds that it does not answer, or not with the keys of the copy.
async fn metadata_address(
    admin: &Admin,
    connection: &Connection,
    copy: Option<&[u8]>,
) -> Option<Finding> {
    let id = connection.id();
    let fetched = match connections::first_copy(admin, connection).await {
        Ok(fetched) => fetched?.document,
        Err(error) => {
            let code = match error.class() {
                Class::Invalid => "metadata-unusable",
                _ => "metadata-unreachable",
            };
            let remedy = match error.is_of_several_entities() {
                true => " (--idp-entity-id names it)",
                false => "",
            };
            let start = match &error {
                AdminError::Fetch {
                    error: FetchError::NotProtected,
                    ..
                } => "cannot read ",
                _ => "",
            };
            return Some(Finding::new(id, code, format!("{start}{error}{remedy}")));
        }
    };
    let now = admin.now();
    let certificates = |document: &[u8]| {
        let trust = connection.trust().trust(Some(document), now).ok()?;
        Some(trust.certificates().to_vec())
    };
    if let Some(app_id) = unknown_app(admin, connection, certificates(&fetched)).await {
        let message = format!(
            "the metadata address answers for the app id {app_id} as for none: the tenant has no app of that id with SAML set up, and the keys of the whole tenant sign no response of an app. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url, whole"
        );
        return Some(Finding::new(id, "entra-app-id-unknown", message));
    }
    let differs = copy.is_some_and(|copy| certificates(copy) != certificates(&fetched));
    let message = "the metadata address lists other certificates than the copy in the store: `entrada serve` takes them with its next refresh";
    differs.then(|| Finding::new(id, "metadata-changed", message))
}

/// The app id in a metadata address of Entra's form that answers with the same certificates where it is left out.
async fn unknown_app(
    admin: &Admin,
    connection: &Connection,
    certificates: Option<Vec<Certificate>>,
) -> Option<String> {
    let TrustSource::MetadataUrl { url, policy, .. } = connection.trust() else {
        return None;
    };
    let mut url = Url::parse(url).ok()?;
    if !url.path().ends_with("/federationmetadata.xml") {
        return None;
    }
    let is_app = |name: &str| name.eq_ignore_ascii_case("appid");
    let (_, app_id) = url.query_pairs().find(|(name, _)| is_app(name))?;
    let app_id = app_id.into_owned();
    let others = url.query_pairs().filter(|(name, _)| !is_app(name));
    let others: Vec<_> = others
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others);
    let of_tenant = TrustSource::MetadataUrl {
        url: url.into(),
        entity_id: connection.trust().entity_id().map(str::to_owned),
        policy: policy.clone(),
    };
    let document = connections::first_copy_of(admin, &of_tenant)
        .await?
        .document;
    let trust = of_tenant.trust(Some(&document), admin.now()).ok()?;
    (Some(trust.certificates()) == certificates.as_deref()).then_some(app_id)
}

/// Finds keys of ours that cannot sign, and those whose certificate is over or soon will be.
fn own_keys(connection: &Connection, now: Timestamp) -> Vec<Finding> {
    let id = connection.id();
    let mut findings = Vec::new();
    for (key_id, state, key) in connection.sp_keys().iter() {
        let facts = match key.signer() {
            Ok(signer) => CertificateFacts::of(signer.certificate(), now),
            Err(error) => {
                let message = format!("our own key {key_id}: {error}");
                findings.push(Finding::new(id, "own-key-unusable", message));
                continue;
            }
        };
        let sha256 = &facts.sha256;
        if state == KeyState::Old {
            continue;
        } else if facts.validity != Validity::Valid {
            let message = format!("our own certificate {sha256} is not valid now");
            findings.push(Finding::new(id, "own-certificate-expired", message));
        } else if facts.days_left < DAYS_TO_MENTION {
            let left = days(facts.days_left);
            let message = format!(
                "our own certificate {sha256} expires in {left}: entrada key new {id}, and upload our metadata before it is activated"
            );
            findings.push(Finding::new(id, "own-certificate-expires-soon", message));
        }
    }
    findings
}

/// Days before its end at which our own certificate is mentioned, as with everybody's.
const DAYS_TO_MENTION: i64 = 60;
