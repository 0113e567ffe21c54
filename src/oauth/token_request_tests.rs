use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";
const JWT: &str =
    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

/// A request with a body, and a header where there is one.
fn read(header: Option<&str>, body: &str) -> Result<TokenRequest, TokenRequestError> {
    let header = header.map(str::as_bytes);
    TokenRequest::read(&ReceivedRequest {
        authorization: header.into_iter().collect(),
        content_type: vec![FORM.as_bytes()],
        query: "",
        body: body.as_bytes(),
    })
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn secret(client_id: &str, secret: &str) -> Result<TokenRequest, TokenRequestError> {
    let (client_id, secret) = (client_id.to_owned(), PresentedText(secret.to_owned()));
    let client = ClientAuthentication::Secret { client_id, secret };
    Ok(TokenRequest { client })
}

fn assertion(client_id: Option<&str>, jwt: &str) -> Result<TokenRequest, TokenRequestError> {
    let client_id = client_id.map(str::to_owned);
    let assertion = PresentedText(jwt.to_owned());
    let client = ClientAuthentication::Assertion {
        client_id,
        assertion,
    };
    Ok(TokenRequest { client })
}

#[test]
fn each_way_of_authentication_is_read() {
    let header = basic("i%2Dd:s%5Fe");
    let grant = "grant_type=client_credentials";
    for (header, body, expected) in [
        (Some(&header), grant.to_owned(), secret("i-d", "s_e")),
        // Clients name themselves twice, and leave the secret empty.
        (
            Some(&header),
            format!("{grant}&client_id=i-d&client_secret="),
            secret("i-d", "s_e"),
        ),
        (
            None,
            format!("{grant}&client_id=id&client_secret=s%2Be"),
            secret("id", "s+e"),
        ),
        (
            None,
            format!("{grant}&scope=scim.readwrite+x&client_id=id&client_secret=s&resource=x"),
            secret("id", "s"),
        ),
        (
            None,
            format!("client_secret=s&&client_id=id&{grant}&scope="),
            secret("id", "s"),
        ),
        (
            None,
            format!("{grant}&{JWT}&client_assertion=a.b.c"),
            assertion(None, "a.b.c"),
        ),
        (
            None,
            format!("{grant}&{JWT}&client_assertion=a.b.c&client_id=id&client_secret="),
            assertion(Some("id"), "a.b.c"),
        ),
        (
            None,
            format!("{grant}&{JWT}&client_assertion=a.b.c&client_id="),
            assertion(None, "a.b.c"),
        ),
    ] {
        assert_eq!(read(header.map(String::as_str), &body), expected, "{body}");
    }
}

#[test]
fn each_fault_is_refused_with_its_own_error_and_code() {
    use TokenRequestError::*;
    let header = basic("id:s");
    let both = format!("{JWT}&client_assertion=a.b.c");
    let long = format!("x={}", "a".repeat(TokenRequest::LONGEST));
    for (header, body, expected, code) in [
        (
            None,
            "client_id=id&client_secret=s",
            NoGrantType,
            "invalid_request",
        ),
        (
            None,
            "grant_type=&client_id=id&client_secret=s",
            NoGrantType,
            "invalid_request",
        ),
        (
            None,
            "grant_type=password&client_id=id&client_secret=s",
            GrantType,
            "unsupported_grant_type",
        ),
        (
            None,
            "grant_type=Client_Credentials&client_id=id&client_secret=s",
            GrantType,
            "unsupported_grant_type",
        ),
        (
            None,
            "grant_type=client_credentials",
            NoProof,
            "invalid_client",
        ),
        (
            None,
            "grant_type=client_credentials&client_id=id",
            NoProof,
            "invalid_client",
        ),
        (None, "client_secret=s", NoClientId, "invalid_request"),
        (
            None,
            "client_id=id&client_secret=s&client_secret=s",
            Repeated(Some("client_secret")),
            "invalid_request",
        ),
        (
            None,
            "client_id=id&client%5fid=id&client_secret=s",
            Repeated(Some("client_id")),
            "invalid_request",
        ),
        (
            None,
            "client_secret=&client_secret=s",
            Repeated(Some("client_secret")),
            "invalid_request",
        ),
        (
            None,
            "grant_type=client_credentials&grant_type=client_credentials",
            Repeated(Some("grant_type")),
            "invalid_request",
        ),
        (None, "x=1&x=1", Repeated(None), "invalid_request"),
        (None, "client_id=%zz", NoForm, "invalid_request"),
        (None, "client_id=%ff", NoForm, "invalid_request"),
        (None, "%=1", NoForm, "invalid_request"),
        (None, &long, TooLong, "invalid_request"),
        (
            None,
            "client_assertion=a.b.c",
            HalfAnAssertion,
            "invalid_request",
        ),
        (None, JWT, HalfAnAssertion, "invalid_request"),
        (
            None,
            "client_assertion=a&client_assertion_type=urn:x",
            AssertionType,
            "invalid_client",
        ),
        (
            None,
            &format!("{both}&client_id=id&client_secret=s"),
            SeveralProofs,
            "invalid_request",
        ),
        (
            Some(&header),
            "client_id=id&client_secret=s",
            SeveralProofs,
            "invalid_request",
        ),
        (Some(&header), &both, SeveralProofs, "invalid_request"),
        (
            Some(&header),
            "client_id=other",
            OtherClientId,
            "invalid_request",
        ),
        (
            Some(&"Bearer x".to_owned()),
            "",
            OtherScheme,
            "invalid_client",
        ),
        (Some(&"Basic ?".to_owned()), "", BadBasic, "invalid_client"),
    ] {
        let header = header.map(String::as_str);
        assert_eq!(read(header, body), Err(expected), "{body}");
        assert_eq!(expected.code().as_str(), code, "{body}");
    }
}

#[test]
fn a_body_is_of_one_type() {
    let body = b"grant_type=client_credentials&client_id=id&client_secret=s";
    let read = |content_type: &[&str]| {
        let content_type = content_type.iter().map(|value| value.as_bytes()).collect();
        let (authorization, query) = (Vec::new(), "");
        let received = ReceivedRequest {
            authorization,
            content_type,
            query,
            body,
        };
        TokenRequest::read(&received)
    };
    for good in [
        FORM,
        "Application/X-WWW-form-URLencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
    ] {
        assert_eq!(read(&[good]), secret("id", "s"), "{good}");
    }
    for bad in [
        &[][..],
        &["application/json"],
        &["multipart/form-data; boundary=x"],
        &["application/x-www-form-urlencoded; charset=utf-16"],
        &["text/plain, application/x-www-form-urlencoded"],
        &[FORM, FORM],
    ] {
        assert_eq!(read(bad), Err(TokenRequestError::ContentType), "{bad:?}");
    }
}

#[test]
fn two_headers_are_refused_and_a_secret_in_the_query_is() {
    let header = basic("id:s");
    let read = |headers: usize, query: &str| {
        TokenRequest::read(&ReceivedRequest {
            authorization: vec![header.as_bytes(); headers],
            content_type: vec![FORM.as_bytes()],
            query,
            body: b"grant_type=client_credentials",
        })
    };
    assert_eq!(read(1, "api-version=1"), secret("id", "s"));
    assert_eq!(read(2, ""), Err(TokenRequestError::SeveralHeaders));
    let refused = read(1, "client_secret=hush");
    assert_eq!(refused, Err(TokenRequestError::InQuery("client_secret")));
    assert!(!format!("{refused:?}").contains("hush"));
}

#[test]
fn nothing_that_was_presented_is_printed() {
    for request in [secret("id", "hush"), assertion(None, "hush")] {
        assert!(!format!("{request:?}").contains("hush"));
    }
}
