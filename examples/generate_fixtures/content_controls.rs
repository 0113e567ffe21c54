//! Valid responses whose contents are rare or were edited where nothing is signed.

use entrada::practice::EntraResponse;
use entrada::saml::claim;

use super::base::*;
use super::book::Book;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::Who;
use super::seal::Seal;
use crate::controls::with;

pub(crate) fn contents(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let mut add = |fixture: Fixture, response: EntraResponse| {
        let xml = response.unsigned().expect("a response can be written");
        book.add(fixture, seal.sign(&xml, ASSERTION));
    };
    let mut foreign = claims();
    foreign[2].1 = vec!["Zoë 王 \u{1F600} e\u{301} <b> & ]]> \"'".to_owned()];
    foreign.push((
        "note".to_owned(),
        vec![" two\r\nlines\t ".to_owned(), String::new()],
    ));
    add(
        with(
            &foreign,
            "unicode.xml",
            "letters of many scripts, markup as text, a carriage return, an empty value",
        ),
        with_claims(&foreign),
    );

    for count in [10, 150, 1000] {
        let mut claims = claims();
        claims[3].1 = groups(count);
        add(
            with(
                &claims,
                &format!("groups-{count}.xml"),
                &format!("{count} groups"),
            ),
            with_claims(&claims),
        );
    }
    let mut link = claims();
    link[3] = (
        claim::GROUPS_LINK.to_owned(),
        vec!["https://graph.windows.net/0f1a2b3c/users/7e57d004/getMemberObjects".to_owned()],
    );
    add(
        with(
            &link,
            "groups-link.xml",
            "above 150 groups Entra sends a link",
        ),
        with_claims(&link),
    );

    let mut alone = claims();
    alone.truncate(1);
    add(
        with(
            &alone,
            "tenant-claim-alone.xml",
            "no claims but the tenant's",
        ),
        with_claims(&alone),
    );

    add(
        accepted(
            "seven-digit-fractions.xml",
            "times with seven fractional digits",
        ),
        with_claims(&claims()).fraction_digits(7),
    );
    add(
        accepted("whole-seconds.xml", "times without a fraction"),
        with_claims(&claims()).fraction_digits(0),
    );
    add(
        accepted(
            "session-deadline.xml",
            "the identity provider limits the session",
        ),
        with_claims(&claims())
            .session_not_on_or_after("2026-11-22T18:00:00Z".parse().expect("a time")),
    );
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let opaque = Who {
        name_id: "Wv2Qk3J9+x/8sHc=".to_owned(),
        format: Some(persistent.to_owned()),
        ..adele()
    };
    add(
        Fixture {
            principal: Some(opaque),
            ..accepted("persistent-name.xml", "an opaque name")
        },
        with_claims(&claims())
            .name_id("Wv2Qk3J9+x/8sHc=")
            .name_id_format(persistent),
    );
    add(
        accepted(
            "multi-factor.xml",
            "another authentication context, an earlier authentication",
        ),
        with_claims(&claims())
            .authn_context("urn:oasis:names:tc:SAML:2.0:ac:classes:X509")
            .authn_instant("2026-11-22T07:11:00Z".parse().expect("a time")),
    );
    edited_contents(book, keys);
}

/// Contents that Entra does not write, but others do.
fn edited_contents(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let mut add = |fixture: Fixture, from: &str, to: &str| {
        book.add(fixture, seal.sign(&edit(&unsigned(), from, to), ASSERTION));
    };
    add(
        accepted(
            "authn-context-declaration.xml",
            "an authentication context with a declaration and authorities",
        ),
        "</AuthnContextClassRef>",
        "</AuthnContextClassRef><AuthnContextDeclRef>urn:example:declaration</AuthnContextDeclRef><AuthenticatingAuthority>https://home.example.org/</AuthenticatingAuthority>",
    );
    let issuer = format!(
        "Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}</Issuer>"
    );
    add(
        accepted(
            "issuer-format.xml",
            "an issuer in entity format, with white space around it",
        ),
        &issuer,
        &format!(
            "Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">\n {IDP}\n</Issuer>"
        ),
    );
    let audience = format!("<Audience>{SP}</Audience>");
    add(
        accepted(
            "two-audiences.xml",
            "several audiences, of which one is ours",
        ),
        &audience,
        &format!("<Audience>https://other.example.com/</Audience>{audience}"),
    );
    add(
        accepted(
            "two-restrictions.xml",
            "two audience restrictions that both have ours, and OneTimeUse",
        ),
        &format!("<AudienceRestriction>{audience}</AudienceRestriction>"),
        &format!(
            "<AudienceRestriction>{audience}</AudienceRestriction><AudienceRestriction>{audience}</AudienceRestriction><OneTimeUse/>"
        ),
    );
    let bearer = span(
        &unsigned(),
        "<SubjectConfirmation ",
        "</SubjectConfirmation>",
    )
    .to_owned();
    add(
        accepted(
            "two-confirmations.xml",
            "a confirmation for another recipient before the one for us",
        ),
        &bearer,
        &format!(
            "{}{bearer}",
            bearer.replace(ACS, "https://other.example.com/acs")
        ),
    );
    add(
        accepted(
            "holder-of-key-beside.xml",
            "a confirmation of another method beside the bearer one",
        ),
        &bearer,
        &format!(
            "<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\"/>{bearer}"
        ),
    );
    let split = claims();
    let text: String = split[3]
        .1
        .iter()
        .map(|group| format!("<AttributeValue>{group}</AttributeValue>"))
        .collect();
    add(
        accepted(
            "attribute-repeated.xml",
            "an attribute written once for each of its values",
        ),
        &text,
        &text.replace(
            "</AttributeValue><AttributeValue>",
            &format!(
                "</AttributeValue></Attribute><Attribute Name=\"{}\"><AttributeValue>",
                claim::GROUPS
            ),
        ),
    );
    let mut targeted = claims();
    targeted.push(("urn:oid:1.3.6.1.4.1.5923.1.1.1.10".to_owned(), Vec::new()));
    add(
        with(
            &targeted,
            "targeted-id.xml",
            "a value that is an element is left out whole",
        ),
        "</AttributeStatement>",
        "<Attribute Name=\"urn:oid:1.3.6.1.4.1.5923.1.1.1.10\"><AttributeValue><NameID>admin@contoso.com</NameID></AttributeValue></Attribute></AttributeStatement>",
    );
    add(
        accepted("second-time-zone.xml", "UTC written as an offset"),
        "AuthnInstant=\"2026-11-22T10:00:00.123Z\"",
        "AuthnInstant=\"2026-11-22T10:00:00.123+00:00\"",
    );
}
