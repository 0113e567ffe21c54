//! Orders to end sessions that the identity provider did not give, or not to us, or not now.

use entrada::practice::Encrypt;
use entrada::practice::Encryption;

use super::logout_attack;
use super::logout_controlled;
use crate::base::*;
use crate::book::Book;
use crate::encrypted::encrypted;
use crate::keys::Keys;
use crate::logout::ANSWER;
use crate::logout::LOGOUT;
use crate::logout::Query;
use crate::logout::answer;
use crate::logout::in_response_field;
use crate::logout::request;
use crate::manifest::LogoutFixture;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    unsigned_messages(book, keys);
    wrapped(book, keys);
    meant_otherwise(book, keys);
    encrypted_names(book, keys);
    answers(book, keys);
    swapped(book, keys);
}

fn unsigned_messages(book: &mut Book, keys: &Keys) {
    let query = Query::request(&request());
    let form = Seal::new(&keys.idp).sign(&request(), LOGOUT);
    for (file, shows, code, content) in [
        (
            "unsigned.txt",
            "an unsigned request in a query",
            "signature-missing",
            query.message.clone(),
        ),
        (
            "unsigned.xml",
            "an unsigned request in a form",
            "signature-missing",
            request(),
        ),
        (
            "another-key.txt",
            "a request signed with another key in a query",
            "signature-invalid",
            query.signed(&keys.other),
        ),
        (
            "another-key.xml",
            "a request signed with another key in a form",
            "signature-invalid",
            Seal::new(&keys.other).sign(&request(), LOGOUT),
        ),
        (
            "another-person.xml",
            "another person than was signed",
            "signature-digest",
            edit(&form, VICTIM, ADMIN),
        ),
        (
            "session-removed.xml",
            "no session where one was signed, which would end all",
            "signature-digest",
            edit(
                &form,
                &format!("<samlp:SessionIndex>{ASSERTION}</samlp:SessionIndex>"),
                "",
            ),
        ),
        (
            "sha-1.xml",
            "signed with SHA-1",
            "signature-algorithm-weak",
            Seal {
                method: "http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned(),
                ..Seal::new(&keys.idp)
            }
            .sign(&request(), LOGOUT),
        ),
        (
            "document-type.xml",
            "a document type",
            "xml-dtd",
            format!("<!DOCTYPE samlp:LogoutRequest>{form}"),
        ),
    ] {
        book.add_logout(attack(file, shows, code), content);
    }
}

/// The signed request is there, and what would be read is another.
fn wrapped(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&request(), LOGOUT);
    let signature = span(&signed, "<Signature ", "</Signature>");
    let evil = request()
        .replace(VICTIM, ADMIN)
        .replacen(LOGOUT, "_evil", 1);
    let behind_issuer =
        |content: &str| edit(&evil, "</saml:Issuer>", &format!("</saml:Issuer>{content}"));
    let object = format!("<Object>{}</Object></Signature>", request());
    for (file, shows, code, content) in [
        (
            "signature-moved",
            "the signature in the attacker's request, and nothing that it signs",
            "signature-reference",
            behind_issuer(signature),
        ),
        (
            "original-in-signature",
            "the signed request within the signature of the attacker's",
            "signature-malformed",
            behind_issuer(&edit(signature, "</Signature>", &object)),
        ),
        (
            "original-in-extensions",
            "the signed request in the extensions of the attacker's",
            "signature-missing",
            behind_issuer(&format!("<samlp:Extensions>{signed}</samlp:Extensions>")),
        ),
        (
            "same-id",
            "the attacker's request with the ID of the signed one, which it holds",
            "xml-duplicate-id",
            behind_issuer(&format!(
                "{signature}<samlp:Extensions>{}</samlp:Extensions>",
                request()
            ))
            .replacen("_evil", LOGOUT, 1),
        ),
    ] {
        book.add_logout(attack(&format!("{file}.xml"), shows, code), content);
    }
}

/// Soundly signed by the identity provider, but no order to us, or not now.
fn meant_otherwise(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let request = request();
    let name = span(&request, "<saml:NameID", "</saml:NameID>");
    let sessions = format!("<samlp:SessionIndex>{ASSERTION}</samlp:SessionIndex>").repeat(65);
    let other_tenant = format!("<saml:Issuer>{}", IDP.replace("0f1a", "ffff"));
    for (file, shows, code, from, to) in [
        (
            "another-issuer",
            "from another tenant",
            "logout-issuer-mismatch",
            format!("<saml:Issuer>{IDP}"),
            other_tenant,
        ),
        (
            "another-destination",
            "to another service provider",
            "logout-destination-mismatch",
            "contoso/slo".to_owned(),
            "fabrikam/slo".to_owned(),
        ),
        (
            "no-destination",
            "to nobody in particular",
            "logout-destination-mismatch",
            span(&request, " Destination=\"", "slo\"").to_owned(),
            String::new(),
        ),
        (
            "old",
            "issued an hour ago",
            "logout-expired",
            "IssueInstant=\"2026-11-22T10".to_owned(),
            "IssueInstant=\"2026-11-22T09".to_owned(),
        ),
        (
            "early",
            "issued in an hour",
            "logout-expired",
            "IssueInstant=\"2026-11-22T10".to_owned(),
            "IssueInstant=\"2026-11-22T11".to_owned(),
        ),
        (
            "past-its-deadline",
            "its deadline has passed",
            "logout-expired",
            "NotOnOrAfter=\"2026-11-22T10".to_owned(),
            "NotOnOrAfter=\"2026-11-22T09".to_owned(),
        ),
        (
            "no-name",
            "it names nobody",
            "logout-malformed",
            name.to_owned(),
            String::new(),
        ),
        (
            "two-names",
            "it names two people",
            "logout-malformed",
            name.to_owned(),
            name.repeat(2),
        ),
        (
            "sixty-five-sessions",
            "it names more sessions than anybody has",
            "logout-malformed",
            format!("<samlp:SessionIndex>{ASSERTION}</samlp:SessionIndex>"),
            sessions,
        ),
    ] {
        let content = seal.sign(&edit(&request, &from, &to), LOGOUT);
        book.add_logout(attack(&format!("{file}.xml"), shows, code), content);
    }
    let sign_on = seal.sign(&unsigned(), RESPONSE);
    book.add_logout(
        attack(
            "sign-on.xml",
            "a signed response of a sign-on",
            "logout-malformed",
        ),
        &sign_on,
    );
    book.add_logout(
        attack(
            "sign-on.txt",
            "a signed response of a sign-on in a query",
            "logout-malformed",
        ),
        Query::answer(&sign_on).signed(&keys.idp),
    );
    for (file, content) in [
        ("again.xml", seal.sign(&request, LOGOUT)),
        ("again.txt", Query::request(&request).signed(&keys.idp)),
    ] {
        let fixture = attack(file, "the same request a second time", "logout-replayed");
        book.add_logout(
            LogoutFixture {
                posted_before: 1,
                ..fixture
            },
            content,
        );
    }
}

/// A name that only the service provider can read does not say which sessions are meant.
fn encrypted_names(book: &mut Book, keys: &Keys) {
    let request = request();
    let name = span(&request, "<saml:NameID", "</saml:NameID>");
    let session = format!("<samlp:SessionIndex>{ASSERTION}</samlp:SessionIndex>");
    let encrypted = encrypted(
        &Encryption::default(),
        Encrypt::NameId,
        &keys.sp,
        &request.replace(VICTIM, ADMIN),
    );
    let encrypted = span(&encrypted, "<EncryptedID", "</EncryptedID>");
    for (file, shows, content) in [
        (
            "encrypted-name-alone.xml",
            "an encrypted name, and no session",
            edit(&edit(&request, name, encrypted), &session, ""),
        ),
        (
            "name-and-encrypted-name.xml",
            "a name in plain beside another that is encrypted",
            edit(&request, name, &format!("{name}{encrypted}")),
        ),
    ] {
        book.add_logout(
            attack(file, shows, "logout-malformed"),
            Seal::new(&keys.idp).sign(&content, LOGOUT),
        );
    }
}

fn answers(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let to_another = edit(&answer(), REQUEST, "id-another");
    let to_nobody = edit(&answer(), &format!(" InResponseTo=\"{REQUEST}\""), "");
    for (file, shows, code, content) in [
        (
            "answer-to-another.xml",
            "the answer to another request",
            "logout-in-response-to-mismatch",
            seal.sign(&to_another, ANSWER),
        ),
        (
            "answer-to-nobody.xml",
            "an answer to no request",
            "logout-in-response-to-mismatch",
            seal.sign(&to_nobody, ANSWER),
        ),
        (
            "answer-unsigned.xml",
            "an unsigned answer",
            "signature-missing",
            answer(),
        ),
        (
            "answer-unsigned.txt",
            "an unsigned answer in a query",
            "signature-missing",
            Query::answer(&answer()).message,
        ),
    ] {
        let control = format!("answer.{}", &file[file.len() - 3..]);
        let fixture = in_response_field(attack(file, shows, code));
        book.add_logout(logout_controlled(fixture, &control), content);
    }
}

/// Soundly signed, in the parameter that is for messages of the other kind.
fn swapped(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let (request, answer) = (request(), answer());
    let wrong = |file: &str, shows| attack(file, shows, "logout-parameter-mismatch");
    for (file, shows, content) in [
        (
            "request-in-response-field.xml",
            "a signed request in the field of a response",
            seal.sign(&request, LOGOUT),
        ),
        (
            "request-in-response-parameter.txt",
            "a signed request in the parameter of a response",
            Query::answer(&request).signed(&keys.idp),
        ),
    ] {
        book.add_logout(in_response_field(wrong(file, shows)), content);
    }
    for (file, shows, content) in [
        (
            "answer-in-request-field.xml",
            "a signed answer in the field of a request",
            seal.sign(&answer, ANSWER),
        ),
        (
            "answer-in-request-parameter.txt",
            "a signed answer in the parameter of a request",
            Query::request(&answer).signed(&keys.idp),
        ),
    ] {
        let control = format!("answer.{}", &file[file.len() - 3..]);
        book.add_logout(logout_controlled(wrong(file, shows), &control), content);
    }
}

fn attack(file: &str, shows: &str, code: &str) -> LogoutFixture {
    logout_attack("A44", &format!("a44-{file}"), shows, code)
}
