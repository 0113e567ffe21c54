//! Warnings of things that are likely to go wrong with a connection.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde::Serializer;

use super::certificates::days;
use super::connections::days_between;
use crate::connection::ConnectionProblem;
use crate::connection::MisplacedAcs;
use crate::metadata::ExpiryLevel;
use crate::metadata::LastCertificate;
use crate::metadata::lint::Context;
use crate::metadata::lint::Finding;
use crate::metadata::lint::Severity;
use crate::metadata::lint::lint;

/// A thing that is likely to go wrong, and the remedy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Warning {
    /// A stable kebab-case code.
    pub code: &'static str,
    /// The weight of it.
    #[serde(serialize_with = "by_name")]
    pub severity: Severity,
    /// The finding.
    pub message: String,
    /// The remedy, and the place for it in Entra.
    pub advice: &'static str,
    /// Of what runs out: the last level that is reached, in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// The entity that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
}

fn by_name<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.as_str())
}

impl Warning {
    /// An ACS that nothing of ours can answer.
    pub(crate) fn of_acs(misplaced: MisplacedAcs) -> Warning {
        let (code, message) = match misplaced {
            MisplacedAcs::NoRoute => (
                "acs-without-route",
                "no route answers the ACS of the connection: its path must end with /saml/ID/acs, to the letter and without a slash behind it",
            ),
            MisplacedAcs::OtherHost => (
                "acs-on-another-host",
                "the ACS of the connection has another scheme, host or port than the site: cookies do not get there, and no sign-on can end",
            ),
        };
        Warning {
            code,
            severity: Severity::Error,
            message: message.to_owned(),
            advice: "leave --acs-url out, so that it follows the base URL, or correct it; and in Entra: Single sign-on > Basic SAML Configuration > Reply URL",
            days: None,
            entity_id: None,
        }
    }

    /// A value of Entra's pages that seems to be at a wrong place.
    pub(crate) fn of_value(problem: &ConnectionProblem) -> Option<Warning> {
        let ConnectionProblem::Misplaced { code, message } = problem else {
            return None;
        };
        Some(Warning {
            code,
            severity: Severity::Warning,
            message: message.clone(),
            advice: "copy all values from the page of one app in Entra: Single sign-on",
            days: None,
            entity_id: None,
        })
    }

    /// A finding in metadata.
    pub fn of(finding: Finding) -> Warning {
        Warning {
            code: finding.lint.code,
            severity: finding.lint.severity,
            message: finding.detail,
            advice: finding.lint.advice,
            days: finding.days,
            entity_id: finding.entity_id,
        }
    }

    /// The last pinned certificate nears its end, and no other is pinned that lasts longer.
    pub(crate) fn of_pin(last: &LastCertificate, now: Timestamp) -> Warning {
        let left = days_between(now, last.not_after);
        let (code, when) = match last.level {
            ExpiryLevel::Past => (
                "certificate-expired",
                format!("expired {} ago", days(-left)),
            ),
            _ => (
                "certificate-expires-soon",
                format!("expires in {}", days(left)),
            ),
        };
        Warning {
            code,
            severity: Severity::Warning,
            message: format!(
                "the pinned certificate {} {when}; none that lasts longer is pinned",
                last.fingerprint
            ),
            advice: "Pin the next one beside it before the switch: entrada connection update ID --fingerprint ... --certificate NEXT.cer. In Entra: Single sign-on > SAML Certificates > Edit > New Certificate.",
            days: Some(last.level.days()),
            entity_id: None,
        }
    }

    /// The moment from which nobody signs on, since the dates of certificates are enforced, is near or past.
    pub(crate) fn of_stopping(last: &LastCertificate, now: Timestamp) -> Warning {
        let left = days_between(now, last.not_after);
        let (severity, when) = match last.level {
            ExpiryLevel::Past => (
                Severity::Error,
                format!(
                    "nobody can sign on: the last certificate ended {} ago",
                    days(-left)
                ),
            ),
            _ => (
                Severity::Warning,
                format!(
                    "in {} nobody can sign on any more: the last certificate ends",
                    days(left)
                ),
            ),
        };
        Warning {
            code: "sign-on-stops",
            severity,
            message: format!(
                "{when}, at {} ({}), and the connection enforces the dates of certificates",
                last.not_after, last.fingerprint
            ),
            advice: "In Entra: Single sign-on > SAML Certificates > Edit > New Certificate, and make it active before that moment; or let dates only be reported: entrada connection update ID --report-certificate-dates.",
            days: Some(last.level.days()),
            entity_id: None,
        }
    }

    /// The same warning about the end of a certificate, with the word that it shuts nobody out.
    pub(crate) fn without_effect(mut self) -> Warning {
        if self.is_of_certificate() {
            self.message
                .push_str("; sign-on goes on after its end, since dates are only reported");
        }
        self
    }

    /// True if it is about the end of a certificate of the identity provider.
    pub(crate) fn is_of_certificate(&self) -> bool {
        ["certificate-expires-soon", "certificate-expired"].contains(&self.code)
    }

    /// Sign-ons look for users by a claim that this identity provider does not send by itself.
    pub fn of_link_rule(idp_entity_id: &str) -> Warning {
        Warning {
            code: "object-id-from-elsewhere",
            severity: Severity::Warning,
            message: format!(
                "the rule object-id looks for the claim objectidentifier, which Entra sends, and {idp_entity_id:?} is not Entra: unless it sends that claim too, everybody is turned away (user-claim-missing)"
            ),
            advice: "Choose another rule: entrada connection update ID --link-rule name-id (the NameID is the userName), user-principal-name or email.",
            days: None,
            entity_id: None,
        }
    }

    /// The finding and the remedy.
    pub fn text(&self) -> String {
        format!("{}. {}", self.message, self.advice)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.severity, self.text(), self.code)
    }
}

/// The things that are likely to go wrong with a document: its findings without the mere notes.
pub(crate) fn warnings(document: &[u8], context: &Context<'_>) -> Vec<Warning> {
    lint(document, context)
        .into_iter()
        .filter(|finding| finding.lint.severity >= Severity::Warning)
        .map(Warning::of)
        .collect()
}
