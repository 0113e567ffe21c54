//! The table of checks. One list decides on a response, drives the report of `entrada verify`, is printed in
//! the documentation and is counted by the tests: each reason has a fixture that fails for it and for nothing
//! else.

use super::reasons;
use super::reasons::Reason;
use super::rules;
use super::rules::Rule;

/// One check on a response.
#[derive(Debug)]
pub struct Check {
    /// Its stable kebab-case name.
    pub name: &'static str,
    /// Its place in the pipeline.
    pub stage: Stage,
    /// Its question, in one line.
    pub question: &'static str,
    /// The clause that it enforces.
    pub clause: &'static str,
    /// The reasons for which it can refuse.
    pub reasons: &'static [Reason],
    /// The rule, for checks on what a verified assertion says.
    pub(super) rule: Option<Rule>,
}

/// The stages that a response passes, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// From bytes to one well-formed message.
    Decode,
    /// Is it signed by a key that we trust?
    Verify,
    /// Is it meant for us, for this request, and now?
    Validate,
    /// Is it used for the first time?
    Admit,
}

/// All checks, in the order in which a response meets them.
pub const CHECKS: &[Check] = &[
    Check {
        name: "size",
        stage: Stage::Decode,
        question: "Is the response within the size limit?",
        clause: "limit of our own",
        reasons: reasons::SIZE,
        rule: None,
    },
    Check {
        name: "encoding",
        stage: Stage::Decode,
        question: "Is it base64 (or XML, for the command line)?",
        clause: "Bindings §3.5.4",
        reasons: reasons::ENCODING,
        rule: None,
    },
    Check {
        name: "xml",
        stage: Stage::Decode,
        question: "Is it one well-formed XML document without a DTD, processing instructions or entities, within the budgets?",
        clause: "XML 1.0; Namespaces in XML 1.0; Bindings §3.5",
        reasons: reasons::XML,
        rule: None,
    },
    Check {
        name: "structure",
        stage: Stage::Decode,
        question: "Is it a SAML 2.0 Response with exactly one assertion, as the schema has it?",
        clause: "Core §3.3.3",
        reasons: reasons::STRUCTURE,
        rule: None,
    },
    Check {
        name: "signature",
        stage: Stage::Verify,
        question: "Is the response or its assertion signed by a key of this connection, and every signature sound?",
        clause: "Core §5.4; Profiles §4.1.4.3",
        reasons: reasons::SIGNATURE,
        rule: None,
    },
    Check {
        name: "decryption",
        stage: Stage::Verify,
        question: "If the assertion is encrypted, does it decrypt with a key of ours, and is it signed?",
        clause: "Core §2.3.4, §6; XML Encryption §4.4",
        reasons: reasons::DECRYPTION,
        rule: None,
    },
    Check {
        name: "assertion",
        stage: Stage::Verify,
        question: "Is what was signed an assertion as the schema has it?",
        clause: "Core §2.3.3",
        reasons: reasons::ASSERTION,
        rule: None,
    },
    Check {
        name: "status",
        stage: Stage::Validate,
        question: "Does the identity provider report success?",
        clause: "Core §3.2.2.2",
        reasons: reasons::STATUS,
        rule: Some(rules::status),
    },
    Check {
        name: "response-issuer",
        stage: Stage::Validate,
        question: "Does the response come from the connection's identity provider?",
        clause: "Profiles §4.1.4.2",
        reasons: reasons::RESPONSE_ISSUER,
        rule: Some(rules::response_issuer),
    },
    Check {
        name: "issuer",
        stage: Stage::Validate,
        question: "Does the assertion come from the connection's identity provider?",
        clause: "Profiles §4.1.4.3",
        reasons: reasons::ISSUER,
        rule: Some(rules::issuer),
    },
    Check {
        name: "destination",
        stage: Stage::Validate,
        question: "Was the response sent to our ACS?",
        clause: "Core §3.2.2; Bindings §3.5.5.2",
        reasons: reasons::DESTINATION,
        rule: Some(rules::destination),
    },
    Check {
        name: "response-in-response-to",
        stage: Stage::Validate,
        question: "Does the response answer our request?",
        clause: "Core §3.2.2; Profiles §4.1.4.3",
        reasons: reasons::RESPONSE_IN_RESPONSE_TO,
        rule: Some(rules::response_in_response_to),
    },
    Check {
        name: "issue-instant",
        stage: Stage::Validate,
        question: "Was it issued in the past?",
        clause: "Core §2.3.3, §3.2.2",
        reasons: reasons::ISSUE_INSTANT,
        rule: Some(rules::issue_instant),
    },
    Check {
        name: "subject",
        stage: Stage::Validate,
        question: "Does the assertion name a person?",
        clause: "Profiles §4.1.4.2",
        reasons: reasons::SUBJECT,
        rule: Some(rules::subject),
    },
    Check {
        name: "subject-confirmation",
        stage: Stage::Validate,
        question: "Is there a bearer confirmation?",
        clause: "Profiles §4.1.4.2",
        reasons: reasons::SUBJECT_CONFIRMATION,
        rule: Some(rules::subject_confirmation),
    },
    Check {
        name: "recipient",
        stage: Stage::Validate,
        question: "Is the confirmation for our ACS?",
        clause: "Profiles §4.1.4.3",
        reasons: reasons::RECIPIENT,
        rule: Some(rules::recipient),
    },
    Check {
        name: "confirmation-deadline",
        stage: Stage::Validate,
        question: "Is the confirmation still good?",
        clause: "Profiles §4.1.4.3",
        reasons: reasons::CONFIRMATION_DEADLINE,
        rule: Some(rules::confirmation_deadline),
    },
    Check {
        name: "confirmation-not-before",
        stage: Stage::Validate,
        question: "Is the confirmation good already?",
        clause: "Core §2.4.1.2",
        reasons: reasons::CONFIRMATION_NOT_BEFORE,
        rule: Some(rules::confirmation_not_before),
    },
    Check {
        name: "in-response-to",
        stage: Stage::Validate,
        question: "Does the assertion answer our request?",
        clause: "Profiles §4.1.4.3",
        reasons: reasons::IN_RESPONSE_TO,
        rule: Some(rules::in_response_to),
    },
    Check {
        name: "conditions",
        stage: Stage::Validate,
        question: "Are there conditions, and do we know them all?",
        clause: "Core §2.5.1",
        reasons: reasons::CONDITIONS,
        rule: Some(rules::conditions),
    },
    Check {
        name: "not-before",
        stage: Stage::Validate,
        question: "Is the assertion good already?",
        clause: "Core §2.5.1.2",
        reasons: reasons::NOT_BEFORE,
        rule: Some(rules::not_before),
    },
    Check {
        name: "deadline",
        stage: Stage::Validate,
        question: "Is the assertion still good?",
        clause: "Core §2.5.1.2",
        reasons: reasons::DEADLINE,
        rule: Some(rules::deadline),
    },
    Check {
        name: "audience",
        stage: Stage::Validate,
        question: "Is the assertion meant for our Entity ID?",
        clause: "Core §2.5.1.4; Profiles §4.1.4.2",
        reasons: reasons::AUDIENCE,
        rule: Some(rules::audience),
    },
    Check {
        name: "authn-statement",
        stage: Stage::Validate,
        question: "Did the person sign in, and when?",
        clause: "Profiles §4.1.4.2",
        reasons: reasons::AUTHN_STATEMENT,
        rule: Some(rules::authn_statement),
    },
    Check {
        name: "authn-freshness",
        stage: Stage::Validate,
        question: "Did the person sign in anew, where that was asked for?",
        clause: "Core §3.4.1, ForceAuthn",
        reasons: reasons::AUTHN_FRESHNESS,
        rule: Some(rules::authn_freshness),
    },
    Check {
        name: "session-deadline",
        stage: Stage::Validate,
        question: "Does the identity provider's session still last?",
        clause: "Core §2.7.2",
        reasons: reasons::SESSION_DEADLINE,
        rule: Some(rules::session_deadline),
    },
    Check {
        name: "tenant",
        stage: Stage::Validate,
        question: "Is the person of the connection's tenant?",
        clause: "Entra's tenantid claim",
        reasons: reasons::TENANT,
        rule: Some(rules::tenant),
    },
    Check {
        name: "replay",
        stage: Stage::Admit,
        question: "Is the assertion used for the first time?",
        clause: "Profiles §4.1.4.5",
        reasons: reasons::REPLAY,
        rule: None,
    },
];
