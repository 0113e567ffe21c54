use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::canonicalize;

/// The canonical form of the first element called `local`, without the first called `omit`.
fn canonical(
    text: &str,
    local: &str,
    omit: &str,
    prefixes: &[&str],
) -> Result<String, &'static str> {
    let document = Document::parse(text, &Budget::MESSAGE).unwrap();
    let find = |name: &str| {
        document
            .root()
            .descendants()
            .find(|element| element.local() == name)
    };
    let mut out = String::new();
    canonicalize(find(local).unwrap(), find(omit), prefixes, &mut out)
        .map_err(|error| error.code())?;
    Ok(out)
}

#[test]
fn canonical_forms_follow_the_specification() {
    for (text, prefixes, expected) in [
        // Attributes by namespace name and then local name, those in none first.
        (
            "<e z='1' a:y='2' b:x='3' a='4' xmlns:a='urn:2' xmlns:b='urn:1'/>",
            &[][..],
            "<e xmlns:a=\"urn:2\" xmlns:b=\"urn:1\" a=\"4\" z=\"1\" b:x=\"3\" a:y=\"2\"></e>",
        ),
        // Only what names use.
        (
            "<r xmlns:a='urn:a' xmlns:b='urn:b' xmlns='urn:d'><a:e t='b:x'/></r>",
            &[],
            "<a:e xmlns:a=\"urn:a\" t=\"b:x\"></a:e>",
        ),
        (
            "<r xmlns:a='urn:a' xmlns:b='urn:b' xmlns='urn:d'><a:e t='b:x'/></r>",
            &["b", "#default", "nope"],
            "<a:e xmlns=\"urn:d\" xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" t=\"b:x\"></a:e>",
        ),
        // The default namespace is undeclared only below an element that shows it.
        ("<r xmlns='urn:d'><e xmlns=''/></r>", &[], "<e></e>"),
        (
            "<e xmlns='urn:d'><f xmlns=''><g xmlns='urn:d'/></f></e>",
            &[],
            "<e xmlns=\"urn:d\"><f xmlns=\"\"><g xmlns=\"urn:d\"></g></f></e>",
        ),
        // A declaration is shown again in a sibling, not below.
        (
            "<e xmlns:a='urn:a'><a:f><a:g/></a:f><a:h/></e>",
            &[],
            "<e><a:f xmlns:a=\"urn:a\"><a:g></a:g></a:f><a:h xmlns:a=\"urn:a\"></a:h></e>",
        ),
        (
            "<e xmlns:a='urn:a' a:x=''><f xmlns:a='urn:b' a:x=''/></e>",
            &[],
            "<e xmlns:a=\"urn:a\" a:x=\"\"><f xmlns:a=\"urn:b\" a:x=\"\"></f></e>",
        ),
        (
            "<e xmlns:a='urn:a'><f xmlns:a='urn:b'/><f xmlns:a='urn:a'/></e>",
            &["a"],
            "<e xmlns:a=\"urn:a\"><f xmlns:a=\"urn:b\"></f><f></f></e>",
        ),
        // Attributes in the namespace `xml` are not inherited; its prefix is never declared.
        (
            "<r xml:lang='de'><e xml:space='preserve'/></r>",
            &["xml"],
            "<e xml:space=\"preserve\"></e>",
        ),
        // Escapes.
        (
            "<e a='&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;\t'>&lt;&gt;&amp;\"'&#9;&#10;&#13;\r\n</e>",
            &[],
            "<e a=\"&lt;>&amp;&quot;'&#x9;&#xA;&#xD; \">&lt;&gt;&amp;\"'\t\n&#xD;\n</e>",
        ),
        (
            "<e><![CDATA[<&>]]><!-- gone --></e>",
            &[],
            "<e>&lt;&amp;&gt;</e>",
        ),
    ] {
        assert_eq!(
            canonical(text, "e", "", prefixes).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn exactly_the_omitted_subtree_is_left_out() {
    let text = "<e a='1'> <s xmlns='urn:s'><x>y</x></s>\n<f/></e>";
    assert_eq!(
        canonical(text, "e", "s", &[]).as_deref(),
        Ok("<e a=\"1\"> \n<f></f></e>")
    );
    assert_eq!(
        canonical("<e><s/></e>", "e", "s", &[]).as_deref(),
        Ok("<e></e>")
    );
}

#[test]
fn omitting_what_is_not_below_is_fatal() {
    assert_eq!(canonical("<e/>", "e", "e", &[]), Err("xml-omission"));
    assert_eq!(canonical("<s><e/></s>", "e", "s", &[]), Err("xml-omission"));
    assert_eq!(
        canonical("<r><e/><s/></r>", "e", "s", &[]),
        Err("xml-omission")
    );
    let (one, other) = ("<e><s/></e>", "<e><s/></e>");
    let (one, other) = (
        Document::parse(one, &Budget::MESSAGE).unwrap(),
        Document::parse(other, &Budget::MESSAGE).unwrap(),
    );
    let foreign = other.root().children().next();
    assert_eq!(
        canonicalize(one.root(), foreign, &[], &mut String::new())
            .unwrap_err()
            .code(),
        "xml-omission"
    );
}

#[test]
fn output_and_prefix_lists_are_bounded() {
    let uri = format!("urn:{}", "x".repeat(1000));
    let text = format!("<e xmlns:a='{uri}'>{}</e>", "<a:f/>".repeat(20_000));
    assert_eq!(
        canonical(&text, "e", "", &[]),
        Err("xml-canonical-too-large")
    );
    assert_eq!(
        canonical("<e/>", "e", "", &["a"; 65]),
        Err("xml-too-many-inclusive-prefixes")
    );
}
