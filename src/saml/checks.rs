//! The table of checks, with the reasons for which each can refuse and the remedy for each of them in Entra. One list decides on
//! a response, drives the report of `entrada verify`, is printed in the documentation and is counted by the tests: each reason
//! has a fixture that fails for it and for nothing else.

use super::reasons::Reason;
use super::reasons::reason;
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

/// Declares the checks, in the order in which a response meets them: the stage, the rule where one judges, the name, the question,
/// the clause, and each reason with its remedy.
macro_rules! checks {
    (@rule) => { None };
    (@rule $rule:ident) => { Some(rules::$rule) };
    ($($stage:ident $(by $rule:ident)? $name:literal $question:literal $clause:literal { $($code:literal $remedy:expr;)+ })+) => {
        /// All checks, in the order in which a response meets them.
        pub const CHECKS: &[Check] = &[$(Check {
            name: $name,
            stage: Stage::$stage,
            question: $question,
            clause: $clause,
            reasons: &[$(reason($code, $remedy)),+],
            rule: checks!(@rule $($rule)?),
        }),+];
    };
}

const TAMPERED: &str = "No setting of Entra leads to this. The message was damaged or altered on its way, or does not come from Entra: capture it once more at the browser, whole.";
const CLOCK: &str = "Compare this machine's clock with true time (timedatectl). If it is right, the response was kept too long: sign in anew, and do not reload the page that posted it.";
const REPLY_URL: &str = "In Entra: Enterprise applications > your app > Single sign-on > Basic SAML Configuration > Reply URL (Assertion Consumer Service URL): make it the expected address, to the letter, and the default one.";
const IDENTIFIER: &str = "In Entra: Single sign-on > Basic SAML Configuration > Identifier (Entity ID): make it the expected value, to the letter. An Identifier that is not a URI comes back with `spn:` in front: use a URI, or set ours with --sp-entity-id.";
const TRUST: &str = "Entra signed with a certificate that this connection does not trust. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url (it must end in ?appid=…; the address without it lists other keys) and set it as --metadata-url.";
const FINGERPRINT: &str = "Download the active certificate in Entra (Single sign-on > SAML Certificates > Certificate (Base64)), run `entrada fingerprint FILE`, and add the SHA-256 line to the connection.";
const RENEW: &str = "In Entra: Single sign-on > SAML Certificates > Edit > New Certificate, save, and make it active; the connection takes it up from its metadata address, or by --fingerprint. Until then entrada connection update CONNECTION --report-certificate-dates lets people in.";
const SIGNING: &str = "In Entra: Single sign-on > SAML Certificates > Edit > Signing Option: Sign SAML assertion (or response and assertion), Signing Algorithm: SHA-256.";
const OTHER_ISSUER: &str = "The response comes from another tenant or identity provider than the connection's. Compare the Microsoft Entra Identifier in Single sign-on > Set up with the entity ID that `entrada connection show` prints.";
const REQUEST: &str = "Begin the sign-in at this app, in this browser, and finish it within the hour. For tiles in My Apps, allow it by --allow-idp-initiated.";

checks! {
    Decode "size"
        "Is the response within the size limit?" "limit of our own" {
            "response-too-large"
                "Send fewer claims: in Entra under Single sign-on > Attributes & Claims, restrict the groups claim to groups assigned to the application.";
        }
    Decode "encoding"
        "Is it base64 (or XML, for the command line)?" "Bindings §3.5.4" {
            "response-not-base64" TAMPERED;
        }
    Decode "xml"
        "Is it one well-formed XML document without a DTD, processing instructions or entities, within the budgets?"
        "XML 1.0; Namespaces in XML 1.0; Bindings §3.5" {
            "xml-not-well-formed" TAMPERED;
            "xml-encoding" TAMPERED;
            "xml-version" TAMPERED;
            "xml-namespace-declaration" TAMPERED;
            "xml-namespace-too-long" TAMPERED;
            "xml-outside-root" TAMPERED;
            "xml-dtd" TAMPERED;
            "xml-processing-instruction" TAMPERED;
            "xml-entity" TAMPERED;
            "xml-character" TAMPERED;
            "xml-name" TAMPERED;
            "xml-duplicate-attribute" TAMPERED;
            "xml-duplicate-id" TAMPERED;
            "xml-undeclared-prefix" TAMPERED;
            "xml-relative-namespace" TAMPERED;
            "xml-too-large" TAMPERED;
            "xml-too-deep" TAMPERED;
            "xml-too-many-nodes" TAMPERED;
            "xml-too-many-attributes" TAMPERED;
            "xml-too-many-namespaces" TAMPERED;
        }
    Decode "structure"
        "Is it a SAML 2.0 Response with exactly one assertion, as the schema has it?" "Core §3.3.3" {
            "not-a-response"
                "What was posted is another message than a SAML 2.0 Response. In Entra, check that the Reply URL is the ACS, and the Logout URL is not.";
            "response-malformed" TAMPERED;
            "assertion-missing"
                "The identity provider reports an error and says nothing of a person; its status tells why.";
            "assertion-repeated" TAMPERED;
            "assertion-encrypted"
                "The assertion is encrypted, and the connection has no key. Run `entrada key new CONNECTION` and upload its certificate in Entra: Security > Token encryption; or deactivate the certificate there.";
        }
    Verify "signature"
        "Is the response or its assertion signed by a key of this connection, and every signature valid?"
        "Core §5.4; Profiles §4.1.4.3" {
            "signature-missing" SIGNING;
            "signature-misplaced" TAMPERED;
            "signature-malformed" TAMPERED;
            "signature-algorithm-weak"
                "In Entra: Single sign-on > SAML Certificates > Edit > Signing Algorithm: SHA-256. SHA-1 is refused.";
            "signature-algorithm-unknown" SIGNING;
            "signature-transform" TAMPERED;
            "signature-reference" TAMPERED;
            "signature-digest" TAMPERED;
            "signature-invalid" TRUST;
            "signature-certificate-missing" FINGERPRINT;
            "signature-certificate-not-pinned" FINGERPRINT;
            "signature-canonical-form" TAMPERED;
        }
    Verify "decryption"
        "If the assertion is encrypted, does it decrypt with a key of ours, and is it signed?"
        "Core §2.3.4, §6; XML Encryption §4.4" {
            "decryption-failed"
                "Entra encrypts for another certificate than ours, or the assertion is not signed. In Entra: Security > Token encryption: activate the certificate that `entrada key list` shows as active; Single sign-on > SAML Certificates > Signing Option: Sign SAML assertion or Sign SAML response and assertion.";
        }
    Verify "assertion"
        "Is what was signed an assertion as the schema has it?" "Core §2.3.3" {
            "assertion-malformed" TAMPERED;
        }
    Verify by certificate_dates "certificate-dates"
        "If the connection enforces the dates of certificates: has every key that signed a certificate that is valid now?"
        "RFC 5280 §4.1.2.5, §6.1.3" {
            "certificate-expired" RENEW;
            "certificate-not-yet-valid"
                "The signing certificate begins later. Compare this machine's clock with true time (timedatectl). If it is right, activate another certificate in Entra until then: Single sign-on > SAML Certificates > Edit.";
            "certificate-missing"
                "The identity provider publishes a bare key, which has no dates. Let it publish a certificate, or leave dates unenforced: entrada connection update CONNECTION --report-certificate-dates.";
        }
    Validate by status "status"
        "Does the identity provider report success?" "Core §3.2.2.2" {
            "status-not-success"
                "Entra refused the sign-in. Look its AADSTS code up, or the person's entry under Sign-in logs. AADSTS50105: assign the person under Users and groups.";
        }
    Validate by response_issuer "response-issuer"
        "Does the response come from the connection's identity provider?" "Profiles §4.1.4.2" {
            "response-issuer-mismatch" OTHER_ISSUER;
            "response-issuer-missing"
                "The response does not say who sent it, although it is signed or holds an encrypted assertion. Entra always says it: the message was altered on its way. Another identity provider must be set to send its Issuer in the Response.";
        }
    Validate by issuer "issuer"
        "Does the assertion come from the connection's identity provider?" "Profiles §4.1.4.3" {
            "issuer-mismatch" OTHER_ISSUER;
        }
    Validate by destination "destination"
        "Was the response sent to our ACS?" "Core §3.2.2; Bindings §3.5.5.2" {
            "destination-mismatch" REPLY_URL;
        }
    Validate by response_in_response_to "response-in-response-to"
        "Does the response answer our request?" "Core §3.2.2; Profiles §4.1.4.3" {
            "response-in-response-to-mismatch" REQUEST;
        }
    Validate by issue_instant "issue-instant"
        "Was it issued in the past?" "Core §2.3.3, §3.2.2" {
            "issued-in-the-future" CLOCK;
        }
    Validate by subject "subject"
        "Does the assertion name a person?" "Profiles §4.1.4.2" {
            "name-id-missing"
                "In Entra: Single sign-on > Attributes & Claims > Unique User Identifier (Name ID): choose a source attribute that every assigned person has.";
        }
    Validate by subject_confirmation "subject-confirmation"
        "Is there a bearer confirmation?" "Profiles §4.1.4.2" {
            "subject-confirmation-missing" TAMPERED;
        }
    Validate by recipient "recipient"
        "Is the confirmation for our ACS?" "Profiles §4.1.4.3" {
            "recipient-mismatch" REPLY_URL;
        }
    Validate by confirmation_deadline "confirmation-deadline"
        "Is the confirmation still good?" "Profiles §4.1.4.3" {
            "confirmation-expired" CLOCK;
        }
    Validate by confirmation_not_before "confirmation-not-before"
        "Is the confirmation good already?" "Core §2.4.1.2" {
            "confirmation-not-yet-valid" CLOCK;
        }
    Validate by in_response_to "in-response-to"
        "Does the assertion answer our request?" "Profiles §4.1.4.3" {
            "in-response-to-mismatch" REQUEST;
        }
    Validate by conditions "conditions"
        "Are there conditions, and do we know them all?" "Core §2.5.1" {
            "conditions-missing" TAMPERED;
            "condition-unknown" TAMPERED;
        }
    Validate by not_before "not-before"
        "Is the assertion good already?" "Core §2.5.1.2" {
            "not-yet-valid" CLOCK;
        }
    Validate by deadline "deadline"
        "Is the assertion still good?" "Core §2.5.1.2" {
            "expired" CLOCK;
        }
    Validate by audience "audience"
        "Is the assertion meant for our Entity ID?" "Core §2.5.1.4; Profiles §4.1.4.2" {
            "audience-mismatch" IDENTIFIER;
        }
    Validate by authn_statement "authn-statement"
        "Did the person sign in, and when?" "Profiles §4.1.4.2" {
            "authn-statement-missing" TAMPERED;
            "authn-instant-in-the-future" CLOCK;
        }
    Validate by authn_freshness "authn-freshness"
        "Did the person sign in anew, where that was asked for?" "Core §3.4.1, ForceAuthn" {
            "authn-too-old"
                "A new sign-in was asked for (ForceAuthn), and Entra answered from an old one. Look for a Conditional Access policy on sign-in frequency, and sign in again.";
        }
    Validate by session_deadline "session-deadline"
        "Does the identity provider's session still last?" "Core §2.7.2" {
            "session-expired" CLOCK;
        }
    Validate by tenant "tenant"
        "Is the person of the connection's tenant?" "Entra's tenantid claim" {
            "tenant-mismatch"
                "The person's account belongs to another tenant than the connection's. In Entra, check which directory the app is in, and that the tenantid claim is not transformed.";
        }
    Admit "replay"
        "Is the assertion used for the first time?" "Profiles §4.1.4.5" {
            "replayed" "The same response was posted twice, by a reload of the page or by an attacker. Sign in anew.";
            "store-unavailable" "The store did not answer, so nothing can be admitted. Its error is in the log.";
        }
}
