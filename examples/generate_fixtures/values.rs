//! Fixtures of values: times without end, white space around addresses, nulls, what may be left out; and what may not.

use entrada::saml::claim;

use super::base::*;
use super::book::Book;
use super::controls::trusting;
use super::encrypted::encrypted_for;
use super::encrypted::for_sp;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::Who;
use super::metadata::PLAIN_IDP;
use super::seal::Seal;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    times(book, keys);
    addresses(book, keys);
    nulls(book, keys);
    tenants(book, keys);
    issuers(book, keys);
    let two_roles = accepted(
        "second-role-staged.xml",
        "signed with the key of a second role",
    );
    book.add(
        trusting(two_roles, "metadata/two-roles.xml"),
        Seal::new(&keys.staged).sign(&unsigned(), ASSERTION),
    );
}

/// .NET writes the last and the first moment that it knows for "never" and "always".
fn times(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let end = "NotOnOrAfter=\"9999-12-31T23:59:59.9999999Z\"";
    let deadline = "NotOnOrAfter=\"2026-11-22T11:00:00.123Z\"";
    let endless = unsigned().replace(deadline, end).replacen(
        " SessionIndex=",
        " SessionNotOnOrAfter=\"9999-12-31T23:59:59.9999999Z\" SessionIndex=",
        1,
    );
    let begin = "NotBefore=\"2026-11-22T09:55:00.123Z\"";
    for (name, shows, xml) in [
        (
            "without-end",
            "deadlines at the end of all time",
            endless.clone(),
        ),
        (
            "without-beginning",
            "conditions since the beginning of all time",
            edit(&unsigned(), begin, "NotBefore=\"0001-01-01T00:00:00Z\""),
        ),
        (
            "year-of-five-digits",
            "deadlines in a year of five digits, conditions since before the common era",
            edit(&endless, begin, "NotBefore=\"-0001-12-31T00:00:00Z\"")
                .replace("9999-12-31", "12026-12-31"),
        ),
        (
            "twelve-digit-fractions",
            "times with more digits than are kept",
            unsigned().replace(".123Z\"", ".123456789012Z\""),
        ),
        (
            "end-of-a-day",
            "a deadline at 24 o'clock",
            unsigned().replace(deadline, "NotOnOrAfter=\"2026-11-22T24:00:00Z\""),
        ),
    ] {
        book.add(
            accepted(&format!("{name}.xml"), shows),
            seal.sign(&xml, ASSERTION),
        );
    }
}

/// White space around an address is none of it, as XML Schema says of `xs:anyURI`; any other blank is.
fn addresses(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let audience = format!("<Audience>{SP}</Audience>");
    let issuer = format!("<Issuer>{IDP}</Issuer>");
    let destination = format!("Destination=\"{ACS}\"");
    let recipient = format!("Recipient=\"{ACS}\"");
    let usual = with_claims(&claims())
        .unsigned()
        .expect("it can be written");
    let response_issuer = span(&usual, "<Issuer", "</Issuer>").to_owned();
    let spaced = usual
        .replace(
            &format!(">{IDP}</Issuer"),
            &format!(">\r\n\t {IDP} \n</Issuer"),
        )
        .replace(&format!(">{SP}<"), &format!(">\n\t{SP}\r\n <"))
        .replace(
            &destination,
            &format!("Destination=\"&#10; {ACS}&#13;&#9;\""),
        )
        .replace(&recipient, &format!("Recipient=\" {ACS}&#10;\""));
    book.add(
        accepted(
            "addresses-in-white-space.xml",
            "white space around every address",
        ),
        seal.sign(&spaced, RESPONSE),
    );
    for (code, check, from) in [
        ("audience-mismatch", "audience", audience.as_str()),
        ("issuer-mismatch", "issuer", issuer.as_str()),
        (
            "response-issuer-mismatch",
            "response-issuer",
            response_issuer.as_str(),
        ),
        ("destination-mismatch", "destination", destination.as_str()),
        ("recipient-mismatch", "recipient", recipient.as_str()),
    ] {
        let to = from.replacen(ACS, &format!("{ACS}\u{a0}"), 1);
        let to = to.replacen(&format!("{SP}<"), &format!("{SP}\u{a0}<"), 1);
        let to = to.replacen(&format!("{IDP}<"), &format!("{IDP}\u{a0}<"), 1);
        let fixture = accepted(
            &format!("checks/{code}-no-break-space.xml"),
            "a no-break space behind the value",
        );
        let fixture = Fixture {
            control: Some("responses/addresses-in-white-space.xml".to_owned()),
            ..refused(fixture, code, &[check])
        };
        // Of two equal texts the assertion's is the last.
        let at = usual.rfind(from).expect("it is there");
        let changed = match check {
            "response-issuer" => usual.replacen(from, &to, 1),
            _ => format!("{}{to}{}", &usual[..at], &usual[at + from.len()..]),
        };
        book.add(fixture, seal.sign(&changed, RESPONSE));
    }
}

/// `xsi:nil` says that there is no value, which is not an empty one.
fn nulls(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let null = |nil: &str| {
        format!(
            "<AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"{nil}\"/>"
        )
    };
    let says = |attributes: Vec<(String, Vec<String>)>| {
        Some(Who {
            attributes,
            ..adele()
        })
    };
    let given = "<AttributeValue>Adele</AttributeValue>";
    for (name, nil, shows, values) in [
        ("null-value", "true", "a null is no value", vec![]),
        ("null-value-1", "1", "a null, written as a number", vec![]),
        (
            "null-value-false",
            "false",
            "an empty value that is not null",
            vec![String::new()],
        ),
    ] {
        let mut claims = claims();
        claims[6].1 = values;
        let fixture = Fixture {
            principal: says(claims),
            ..accepted(&format!("{name}.xml"), shows)
        };
        let xml = edit(&unsigned(), given, &null(nil));
        book.add(fixture, seal.sign(&xml, ASSERTION));
    }

    let mut beside = claims();
    beside[6].1 = vec!["Adele".to_owned(), "Ada".to_owned()];
    let fixture = Fixture {
        principal: says(beside),
        ..accepted("null-value-between.xml", "a null between two values")
    };
    let between = format!("{given}{}{}", null("true"), given.replace("Adele", "Ada"));
    let xml = edit(&unsigned(), given, &between);
    book.add(fixture, seal.sign(&xml, ASSERTION));

    let mut overage = claims();
    overage[3].1 = Vec::new();
    let link = "https://graph.windows.net/0f1a2b3c/users/7e57d004/getMemberObjects";
    overage.push((claim::GROUPS_LINK.to_owned(), vec![link.to_owned()]));
    let fixture = Fixture {
        principal: says(overage.clone()),
        ..accepted(
            "null-groups.xml",
            "a null for the groups, beside the link in their place",
        )
    };
    let empty = format!("<Attribute Name=\"{}\"/>", claim::GROUPS);
    let with_null = empty.replace("/>", &format!(">{}</Attribute>", null("true")));
    let xml = with_claims(&overage).unsigned().expect("it can be written");
    book.add(
        fixture,
        seal.sign(&edit(&xml, &empty, &with_null), ASSERTION),
    );

    let name_id = unsigned().replacen(
        "<NameID ",
        "<NameID xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\" ",
        1,
    );
    let fixture = accepted(
        "checks/assertion-malformed-null.xml",
        "a null where none may be",
    );
    book.add(
        refused(fixture, "assertion-malformed", &["assertion"]),
        seal.sign(&name_id, ASSERTION),
    );
}

/// Entra's issuer names the tenant, so that the claim may be missing; what it says must be true.
fn tenants(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let other = "ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8";
    let without = claims().split_off(1);
    let says = |claims: &[(String, Vec<String>)]| {
        Some(Who {
            attributes: claims.to_vec(),
            ..adele()
        })
    };
    let signed = |claims: &[(String, Vec<String>)]| {
        let xml = with_claims(claims).unsigned().expect("it can be written");
        seal.sign(&xml, ASSERTION)
    };
    for (name, shows, tenant) in [
        (
            "tenant-claim-absent",
            "no claim of the tenant: the issuer names it",
            None,
        ),
        (
            "tenant-claim-absent-pinned",
            "no claim of the tenant, which the connection pins and the issuer names",
            Some(TENANT.to_uppercase()),
        ),
    ] {
        let fixture = Fixture {
            tenant,
            principal: says(&without),
            ..accepted(&format!("{name}.xml"), shows)
        };
        book.add(fixture, signed(&without));
    }
    for (name, shows, values) in [
        (
            "twice",
            "a second tenant beside the right one",
            vec![TENANT, other],
        ),
        ("empty", "a claim of no tenant", vec![""]),
        (
            "in-braces",
            "the tenant in another spelling",
            vec!["{0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8}"],
        ),
    ] {
        let mut claims = claims();
        claims[0].1 = values.into_iter().map(str::to_owned).collect();
        let fixture = accepted(&format!("checks/tenant-mismatch-{name}.xml"), shows);
        let fixture = Fixture {
            control: Some("responses/tenant-claim-absent.xml".to_owned()),
            ..refused(fixture, "tenant-mismatch", &["tenant"])
        };
        book.add(fixture, signed(&claims));
    }
    let mut repeated = claims();
    repeated[0].1 = vec![TENANT.to_owned(), TENANT.to_uppercase()];
    let fixture = Fixture {
        principal: says(&repeated),
        ..accepted(
            "tenant-claim-twice.xml",
            "the right tenant twice, once in capitals",
        )
    };
    book.add(fixture, signed(&repeated));

    let pinned = |tenant: &str| Some(tenant.to_owned());
    let fixture = Fixture {
        tenant: pinned(other),
        ..refused(
            accepted(
                "checks/tenant-mismatch-absent.xml",
                "no claim of the tenant, and the connection pins another than the issuer names",
            ),
            "tenant-mismatch",
            &["tenant"],
        )
    };
    book.add(fixture, signed(&without));
    let foreign = |xml: String| seal.sign(&xml.replace(IDP, PLAIN_IDP), ASSERTION);
    let fixture = Fixture {
        tenant: pinned(TENANT),
        ..refused(
            accepted(
                "checks/tenant-mismatch-absent-elsewhere.xml",
                "no claim of the tenant that the connection pins, and an issuer that names none",
            ),
            "tenant-mismatch",
            &["tenant"],
        )
    };
    let mut elsewhere = without;
    elsewhere.retain(|(name, _)| name != claim::IDENTITY_PROVIDER);
    let xml = with_claims(&elsewhere)
        .unsigned()
        .expect("it can be written");
    book.add(trusting(fixture, "metadata/plain.xml"), foreign(xml));
}

/// Fixtures of signed and encrypted responses without an issuer.
fn issuers(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let nameless = |xml: &str| xml.replacen(span(xml, "<Issuer", "</Issuer>"), "", 1);
    let without = nameless(&unsigned());
    book.add(
        accepted(
            "response-issuer-absent.xml",
            "a response that is not signed may leave its issuer to the assertion",
        ),
        seal.sign(&without, ASSERTION),
    );
    let missing = |file: &str, shows: &str| Fixture {
        control: Some("responses/response-issuer-absent.xml".to_owned()),
        ..refused(
            accepted(&format!("checks/{file}.xml"), shows),
            "response-issuer-missing",
            &["response-issuer"],
        )
    };
    let inner = seal.sign(&without, ASSERTION);
    book.add(
        missing(
            "response-issuer-missing",
            "a signed response that names no issuer",
        ),
        seal.sign(&without, RESPONSE),
    );
    book.add(
        missing(
            "response-issuer-missing-in-both",
            "response and assertion are signed, and the response names no issuer",
        ),
        seal.sign(&inner, RESPONSE),
    );
    book.add(
        for_sp(missing(
            "response-issuer-missing-around-ciphertext",
            "an encrypted assertion in a response that names no issuer",
        )),
        encrypted_for(&keys.sp, &inner),
    );
}
