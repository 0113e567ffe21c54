//! The reasons for which each check can refuse, and the remedy for each of them in Entra. `entrada verify` and the
//! documentation print these sentences.

/// One reason for a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Its stable kebab-case code.
    pub code: &'static str,
    /// The remedy: what to change, and where.
    pub remedy: &'static str,
}

const fn reason(code: &'static str, remedy: &'static str) -> Reason {
    Reason { code, remedy }
}

const TAMPERED: &str = "No setting of Entra leads to this. The message was damaged or altered on its way, or does not come from Entra: capture it once more at the browser, whole.";
const CLOCK: &str = "Compare this machine's clock with true time (timedatectl). If it is right, the response was kept too long: sign in anew, and do not reload the page that posted it.";
const REPLY_URL: &str = "In Entra: Enterprise applications > your app > Single sign-on > Basic SAML Configuration > Reply URL (Assertion Consumer Service URL): make it the expected address, to the letter, and the default one.";
const IDENTIFIER: &str = "In Entra: Single sign-on > Basic SAML Configuration > Identifier (Entity ID): make it the expected value, to the letter. An Identifier that is not a URI comes back with `spn:` in front: use a URI, or set ours with --sp-entity-id.";
const TRUST: &str = "Entra signed with a certificate that this connection does not trust. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url (it must end in ?appid=…; the address without it lists other keys) and set it as --metadata-url.";
const FINGERPRINT: &str = "Download the active certificate in Entra (Single sign-on > SAML Certificates > Certificate (Base64)), run `entrada fingerprint FILE`, and add the SHA-256 line to the connection.";
const SIGNING: &str = "In Entra: Single sign-on > SAML Certificates > Edit > Signing Option: Sign SAML assertion (or response and assertion), Signing Algorithm: SHA-256.";
const ISSUER_MEND: &str = "The response comes from another tenant or identity provider than the connection's. Compare the Microsoft Entra Identifier in Single sign-on > Set up with the entity ID that `entrada connection show` prints.";
const REQUEST: &str = "Begin the sign-in at this app, in this browser, and finish it within the hour. For tiles in My Apps, allow it by --allow-idp-initiated.";

pub(super) const SIZE: &[Reason] = &[reason(
    "response-too-large",
    "Send fewer claims: in Entra under Single sign-on > Attributes & Claims, restrict the groups claim to groups assigned to the application.",
)];
pub(super) const ENCODING: &[Reason] = &[reason("response-not-base64", TAMPERED)];
pub(super) const XML: &[Reason] = &[
    reason("xml-not-well-formed", TAMPERED),
    reason("xml-encoding", TAMPERED),
    reason("xml-version", TAMPERED),
    reason("xml-namespace-declaration", TAMPERED),
    reason("xml-namespace-too-long", TAMPERED),
    reason("xml-outside-root", TAMPERED),
    reason("xml-dtd", TAMPERED),
    reason("xml-processing-instruction", TAMPERED),
    reason("xml-entity", TAMPERED),
    reason("xml-character", TAMPERED),
    reason("xml-name", TAMPERED),
    reason("xml-duplicate-attribute", TAMPERED),
    reason("xml-duplicate-id", TAMPERED),
    reason("xml-undeclared-prefix", TAMPERED),
    reason("xml-relative-namespace", TAMPERED),
    reason("xml-too-large", TAMPERED),
    reason("xml-too-deep", TAMPERED),
    reason("xml-too-many-nodes", TAMPERED),
    reason("xml-too-many-attributes", TAMPERED),
    reason("xml-too-many-namespaces", TAMPERED),
];
pub(super) const STRUCTURE: &[Reason] = &[
    reason(
        "not-a-response",
        "What was posted is another message than a SAML 2.0 Response. In Entra, check that the Reply URL is the ACS, and the Logout URL is not.",
    ),
    reason("response-malformed", TAMPERED),
    reason(
        "assertion-missing",
        "The identity provider reports an error and says nothing of a person; its status tells why.",
    ),
    reason("assertion-repeated", TAMPERED),
    reason(
        "assertion-encrypted",
        "The assertion is encrypted, and the connection has no key. Run `entrada key new CONNECTION` and upload its certificate in Entra: Security > Token encryption; or deactivate the certificate there.",
    ),
];
pub(super) const SIGNATURE: &[Reason] = &[
    reason("signature-missing", SIGNING),
    reason("signature-misplaced", TAMPERED),
    reason("signature-malformed", TAMPERED),
    reason(
        "signature-algorithm-weak",
        "In Entra: Single sign-on > SAML Certificates > Edit > Signing Algorithm: SHA-256. SHA-1 is refused.",
    ),
    reason("signature-algorithm-unknown", SIGNING),
    reason("signature-transform", TAMPERED),
    reason("signature-reference", TAMPERED),
    reason("signature-digest", TAMPERED),
    reason("signature-invalid", TRUST),
    reason("signature-certificate-missing", FINGERPRINT),
    reason("signature-certificate-not-pinned", FINGERPRINT),
    reason("signature-canonical-form", TAMPERED),
];
pub(super) const DECRYPTION: &[Reason] = &[reason(
    "decryption-failed",
    "Entra encrypts for another certificate than ours, or the assertion is not signed. In Entra: Security > Token encryption: activate the certificate that `entrada key list` shows as active; Single sign-on > SAML Certificates > Signing Option: Sign SAML assertion or Sign SAML response and assertion.",
)];
pub(super) const ASSERTION: &[Reason] = &[reason("assertion-malformed", TAMPERED)];
pub(super) const STATUS: &[Reason] = &[reason(
    "status-not-success",
    "Entra refused the sign-in. Look its AADSTS code up, or the person's entry under Sign-in logs. AADSTS50105: assign the person under Users and groups.",
)];
pub(super) const RESPONSE_ISSUER: &[Reason] = &[
    reason("response-issuer-mismatch", ISSUER_MEND),
    reason(
        "response-issuer-missing",
        "The response does not say who sent it, although it is signed or holds an encrypted assertion. Entra always says it: the message was altered on its way. Another identity provider must be set to send its Issuer in the Response.",
    ),
];
pub(super) const ISSUER: &[Reason] = &[reason("issuer-mismatch", ISSUER_MEND)];
pub(super) const DESTINATION: &[Reason] = &[reason("destination-mismatch", REPLY_URL)];
pub(super) const RESPONSE_IN_RESPONSE_TO: &[Reason] =
    &[reason("response-in-response-to-mismatch", REQUEST)];
pub(super) const ISSUE_INSTANT: &[Reason] = &[reason("issued-in-the-future", CLOCK)];
pub(super) const SUBJECT: &[Reason] = &[reason(
    "name-id-missing",
    "In Entra: Single sign-on > Attributes & Claims > Unique User Identifier (Name ID): choose a source attribute that every assigned person has.",
)];
pub(super) const SUBJECT_CONFIRMATION: &[Reason] =
    &[reason("subject-confirmation-missing", TAMPERED)];
pub(super) const RECIPIENT: &[Reason] = &[reason("recipient-mismatch", REPLY_URL)];
pub(super) const CONFIRMATION_DEADLINE: &[Reason] = &[reason("confirmation-expired", CLOCK)];
pub(super) const CONFIRMATION_NOT_BEFORE: &[Reason] =
    &[reason("confirmation-not-yet-valid", CLOCK)];
pub(super) const IN_RESPONSE_TO: &[Reason] = &[reason("in-response-to-mismatch", REQUEST)];
pub(super) const CONDITIONS: &[Reason] = &[
    reason("conditions-missing", TAMPERED),
    reason("condition-unknown", TAMPERED),
];
pub(super) const NOT_BEFORE: &[Reason] = &[reason("not-yet-valid", CLOCK)];
pub(super) const DEADLINE: &[Reason] = &[reason("expired", CLOCK)];
pub(super) const AUDIENCE: &[Reason] = &[reason("audience-mismatch", IDENTIFIER)];
pub(super) const AUTHN_STATEMENT: &[Reason] = &[
    reason("authn-statement-missing", TAMPERED),
    reason("authn-instant-in-the-future", CLOCK),
];
pub(super) const AUTHN_FRESHNESS: &[Reason] = &[reason(
    "authn-too-old",
    "A new sign-in was asked for (ForceAuthn), and Entra answered from an old one. Look for a Conditional Access policy on sign-in frequency, and sign in again.",
)];
pub(super) const SESSION_DEADLINE: &[Reason] = &[reason("session-expired", CLOCK)];
pub(super) const TENANT: &[Reason] = &[reason(
    "tenant-mismatch",
    "The person's account belongs to another tenant than the connection's. In Entra, check which directory the app is in, and that the tenantid claim is not transformed.",
)];
pub(super) const REPLAY: &[Reason] = &[
    reason(
        "replayed",
        "The same response was posted twice, by a reload of the page or by an attacker. Sign in anew.",
    ),
    reason(
        "store-unavailable",
        "The store did not answer, so nothing can be admitted. Its error is in the log.",
    ),
];
