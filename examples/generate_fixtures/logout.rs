//! Logout messages that must be accepted: the identity provider ends Adele's session, or answers our request to end it, in a
//! query or in a form, in the spelling of one sender or another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::SignatureAlgorithm;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::logout::LogoutRequest;
use entrada::saml::logout::LogoutResponse;
use entrada::saml::logout::LogoutStatus;
use entrada::saml::redirect::MessageKind;
use entrada::saml::redirect::Outgoing;

use super::base::*;
use super::book::Book;
use super::keys::Key;
use super::keys::Keys;
use super::manifest::Ended;
use super::manifest::LogoutFixture;
use super::manifest::TrustIn;
use super::seal::Seal;

pub(crate) const SLO: &str = "https://app.example.com/saml/contoso/slo";
pub(crate) const LOGOUT: &str = "_8e8dc5f69a98cc4c1ff3427e5ce34606fd672f91";
pub(crate) const RELAY_STATE: &str = "their state";

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    queries(book, keys);
    forms(book, keys);
}

fn queries(book: &mut Book, keys: &Keys) {
    let key = &keys.idp;
    let request = request();
    let signed = Query::request(&request);
    book.add_logout(
        accepted_logout("request.txt", "a signed request in a query"),
        signed.signed(key),
    );
    book.add_logout(
        with_relay_state(accepted_logout(
            "request-relay-state.txt",
            "a signed request with a RelayState",
        )),
        signed.beside(RELAY_STATE).signed(key),
    );
    book.add_logout(
        accepted_answer("answer.txt", "the signed answer to our request"),
        Query::answer(&answer()).signed(key),
    );
    book.add_logout(
        accepted_logout(
            "request-lower-case.txt",
            "as Entra sends it: escapes in lower case, the signature before its algorithm",
        ),
        signed
            .in_lower_case()
            .signed_as(key, |message, algorithm, signature| {
                format!("{message}&{}&{algorithm}", lower_case(signature))
            }),
    );
    book.add_logout(
        with_relay_state(accepted_logout(
            "request-reversed.txt",
            "the parameters in another order than they were signed in",
        )),
        signed
            .beside(RELAY_STATE)
            .signed_as(key, |message, algorithm, signature| {
                let (request, relay_state) = message.split_once('&').expect("two parameters");
                format!("{signature}&{algorithm}&{relay_state}&{request}")
            }),
    );
    let bare = Query {
        message: signed.message.replace("%2F", "/").replace("%3D", "="),
    };
    book.add_logout(
        accepted_logout(
            "request-few-escapes.txt",
            "only what must be escaped in a query is escaped",
        ),
        bare.signed(key),
    );
    book.add_logout(
        accepted_logout(
            "request-strangers.txt",
            "parameters of no meaning beside the others",
        ),
        format!("utm_source=x&{}&y", signed.signed(key)),
    );
}

fn forms(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    book.add_logout(
        accepted_logout("request.xml", "a signed request in a form"),
        seal.sign(&request(), LOGOUT),
    );
    book.add_logout(
        accepted_answer("answer.xml", "the signed answer to our request in a form"),
        seal.sign(&answer(), ANSWER),
    );
}

/// The request of the identity provider to end Adele's session.
pub(crate) fn request() -> String {
    let request = LogoutRequest {
        id: MessageId::from_text(LOGOUT).expect("an ID"),
        issue_instant: ISSUED.parse().expect("a time"),
        destination: SLO.to_owned(),
        issuer: IDP.to_owned(),
        name_id: NameId {
            value: VICTIM.to_owned(),
            format: Some(EMAIL_FORMAT.to_owned()),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: Some(ASSERTION.to_owned()),
    };
    request.to_xml().expect("a request can be written")
}

/// The answer of the identity provider to a request of ours.
pub(crate) fn answer() -> String {
    let response = LogoutResponse {
        id: MessageId::from_text(ANSWER).expect("an ID"),
        issue_instant: ISSUED.parse().expect("a time"),
        destination: SLO.to_owned(),
        issuer: format!("https://login.microsoftonline.com/{TENANT}/"),
        in_response_to: REQUEST.to_owned(),
        status: LogoutStatus::Success,
    };
    response.to_xml().expect("a response can be written")
}

/// An encoded message, with its RelayState where it has one.
pub(crate) struct Query {
    pub(crate) message: String,
}

impl Query {
    pub(crate) fn request(xml: &str) -> Query {
        Query::of(MessageKind::Request, xml)
    }

    pub(crate) fn answer(xml: &str) -> Query {
        Query::of(MessageKind::Response, xml)
    }

    fn of(kind: MessageKind, message: &str) -> Query {
        let outgoing = Outgoing {
            destination: "",
            kind,
            message,
            relay_state: None,
        };
        let message = outgoing.url().trim_start_matches('?').to_owned();
        Query { message }
    }

    pub(crate) fn beside(&self, relay_state: &str) -> Query {
        Query {
            message: format!("{}&RelayState={}", self.message, escaped(relay_state)),
        }
    }

    pub(crate) fn in_lower_case(&self) -> Query {
        Query {
            message: lower_case(&self.message),
        }
    }

    pub(crate) fn signed(&self, key: &Key) -> String {
        self.signed_as(key, |message, algorithm, signature| {
            format!("{message}&{algorithm}&{signature}")
        })
    }

    /// Signs message and algorithm as the binding has it; `write` puts them and the signature into a query.
    pub(crate) fn signed_as(
        &self,
        key: &Key,
        write: impl FnOnce(&str, &str, &str) -> String,
    ) -> String {
        let algorithm = SignatureAlgorithm::RsaSha256;
        // Whoever escapes one parameter in lower case does so in all.
        let method = match lower_case(&self.message) == self.message {
            true => lower_case(&escaped(algorithm.uri())),
            false => escaped(algorithm.uri()),
        };
        let method = format!("SigAlg={method}");
        let bytes = format!("{}&{method}", self.message);
        let value = key.private.sign(algorithm, bytes.as_bytes());
        let value = STANDARD.encode(value.expect("an RSA key"));
        write(
            &self.message,
            &method,
            &format!("Signature={}", escaped(&value)),
        )
    }
}

/// Escapes all but the unreserved characters, in capitals.
pub(crate) fn escaped(text: &str) -> String {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = text.bytes().map(|byte| match is_unreserved(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// The same escapes in lower case.
pub(crate) fn lower_case(query: &str) -> String {
    let mut parts = query.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..])
    })
}

/// A message that ends Adele's session.
pub(crate) fn accepted_logout(file: &str, shows: &str) -> LogoutFixture {
    LogoutFixture {
        file: format!("logout/{file}"),
        attacks: Vec::new(),
        control: None,
        shows: shows.to_owned(),
        in_response_field: false,
        trust: TrustIn::Metadata(METADATA.to_owned()),
        slo_url: SLO.to_owned(),
        request: REQUEST.to_owned(),
        at: AT.parse().expect("a time"),
        skew_seconds: 180,
        posted_before: 0,
        expected: "accepted".to_owned(),
        ended: Some(Ended::Sessions {
            request: LOGOUT.to_owned(),
            name_id: VICTIM.to_owned(),
            sessions: vec![ASSERTION.to_owned()],
        }),
        relay_state: None,
    }
}

fn accepted_answer(file: &str, shows: &str) -> LogoutFixture {
    in_response_field(LogoutFixture {
        ended: Some(Ended::Elsewhere("Success".to_owned())),
        ..accepted_logout(file, shows)
    })
}

/// The same message, where a form has it in the field of a response.
pub(crate) fn in_response_field(fixture: LogoutFixture) -> LogoutFixture {
    LogoutFixture {
        in_response_field: fixture.file.ends_with(".xml"),
        ..fixture
    }
}

fn with_relay_state(fixture: LogoutFixture) -> LogoutFixture {
    LogoutFixture {
        relay_state: Some(RELAY_STATE.to_owned()),
        ..fixture
    }
}

pub(crate) const ANSWER: &str = "_4c3e2d1f-0a9b-4877-8665-5443322110ff";
