use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::WriteError;
use crate::xml::Writer;

fn code(error: &WriteError) -> &'static str {
    match error {
        WriteError::Document(error) => error.code(),
        _ => panic!("{error:?}"),
    }
}

#[test]
fn values_cannot_break_out() {
    let hostile = "\"'><evil/>&amp;<!--]]>\r\n\t";
    let mut writer = Writer::with_declaration();
    writer
        .start("a")
        .attribute("b", hostile)
        .optional_attribute("c", None)
        .optional_attribute("d", Some("1"));
    writer.leaf("e", hostile).start("f").end().end();
    let text = writer.finish().unwrap();
    let document = Document::parse(&text, &Budget::MESSAGE).unwrap();
    assert_eq!(document.root().attribute("b"), Some(hostile));
    assert_eq!(document.root().attribute("c"), None);
    assert_eq!(
        document.root().children().next().unwrap().text(),
        Some(hostile)
    );
    assert_eq!(document.root().descendants().count(), 3);
}

#[test]
fn names_are_checked() {
    for name in [
        "", "a b", "a='x'", "1", "a:b:c", ">", "a/", "<a", "xmlns ", ":",
    ] {
        let mut writer = Writer::new();
        writer.start(name).end();
        assert_eq!(writer.finish(), Err(WriteError::Name { name: name.into() }));
        let mut writer = Writer::new();
        writer.start("a").attribute(name, "").end();
        assert_eq!(writer.finish(), Err(WriteError::Name { name: name.into() }));
    }
    let mut writer = Writer::new();
    writer.start("a").namespace("p='x'", "urn:p").end();
    assert_eq!(
        writer.finish(),
        Err(WriteError::Prefix {
            prefix: "p='x'".into()
        })
    );
    let mut writer = Writer::new();
    writer.start("a").attribute("xmlns:p", "urn:p").end();
    assert!(matches!(writer.finish(), Err(WriteError::Name { .. })));
}

#[test]
fn illegal_characters_are_refused() {
    for c in ['\0', '\u{B}', '\u{FFFE}', '\u{FFFF}'] {
        let refused = Err(WriteError::Character {
            code_point: u32::from(c),
        });
        let mut writer = Writer::new();
        writer.leaf("a", &c.to_string());
        assert_eq!(writer.finish(), refused);
        let mut writer = Writer::new();
        writer.start("a").attribute("b", &c.to_string()).end();
        assert_eq!(writer.finish(), refused);
    }
}

#[test]
fn structure_is_checked() {
    let finished = |write: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        write(&mut writer);
        writer.finish()
    };
    assert_eq!(
        finished(&|w| {
            w.start("a");
        }),
        Err(WriteError::Unbalanced { open: 1 })
    );
    assert_eq!(
        finished(&|w| {
            w.start("a").end().end();
        }),
        Err(WriteError::Unbalanced { open: 0 })
    );
    assert_eq!(
        finished(&|w| {
            w.text("x");
        }),
        Err(WriteError::Unbalanced { open: 0 })
    );
    assert_eq!(
        finished(&|w| {
            w.start("a").text("x").attribute("b", "").end();
        }),
        Err(WriteError::Misplaced { name: "b".into() })
    );
    assert_eq!(
        finished(&|w| {
            w.attribute("b", "");
        }),
        Err(WriteError::Misplaced { name: "b".into() })
    );
    for (write, expected) in [
        (
            &(|w: &mut Writer| {
                w.start("p:a").end();
            }) as &dyn Fn(&mut Writer),
            "xml-undeclared-prefix",
        ),
        (
            &|w| {
                w.start("a").attribute("b", "").attribute("b", "").end();
            },
            "xml-duplicate-attribute",
        ),
        (
            &|w| {
                w.start("a")
                    .attribute("ID", "x")
                    .start("b")
                    .attribute("ID", "x")
                    .end()
                    .end();
            },
            "xml-duplicate-id",
        ),
        (
            &|w| {
                w.start("a").namespace("p", "relative").end();
            },
            "xml-relative-namespace",
        ),
        (
            &|w| {
                w.start("a").end().start("b").end();
            },
            "xml-outside-root",
        ),
        (&|_| (), "xml-not-well-formed"),
    ] {
        assert_eq!(code(&finished(write).unwrap_err()), expected);
    }
}

#[test]
fn an_inserted_element_keeps_its_namespaces() {
    let text = "<r xmlns:p='urn:p' xmlns:xs='urn:xs'><p:e t='xs:string'><f/></p:e><g/></r>";
    let source = Document::parse(text, &Budget::MESSAGE).unwrap();
    let [e, g] = [0, 1].map(|n| source.root().children().nth(n).unwrap());
    let mut writer = Writer::new();
    writer
        .start("w")
        .namespace("", "urn:w")
        .element(e, &["xs"])
        .element(g, &[])
        .end();
    assert_eq!(
        writer.finish().unwrap(),
        "<w xmlns=\"urn:w\"><p:e xmlns:p=\"urn:p\" xmlns:xs=\"urn:xs\" t=\"xs:string\"><f xmlns=\"\"></f></p:e><g xmlns=\"\"></g></w>"
    );
}
