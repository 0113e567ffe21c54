//! Our canonical bytes against those of xmlsec1, an independent implementation, over generated documents.
//!
//! xmlsec1 signs each document with a throw-away HMAC key and prints what it digested for every Reference; that must be
//! what we make of the same element, to the byte. Documents come from a fixed seed, so a failure repeats.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::Element;
use entrada::xml::XML_NAMESPACE;
use entrada::xml::canonicalize;

#[test]
fn canonical_bytes_equal_those_of_xmlsec1() {
    let samples: Vec<_> = (0..600).map(|seed| Generator::new(seed).sample()).collect();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let theirs = bytes_of_xmlsec1(&samples, folder.path());
    let targets = samples
        .iter()
        .flat_map(|sample| sample.targets.iter().map(move |target| (sample, target)));
    let mut compared = 0;
    for ((sample, target), theirs) in targets.zip(&theirs) {
        let ours = our_bytes(sample, target);
        assert!(
            &ours == theirs,
            "{target:?}: {}\nof\n{}",
            first_difference(&ours, theirs),
            sample.text
        );
        compared += 1;
    }
    assert_eq!(
        compared,
        samples
            .iter()
            .map(|sample| sample.targets.len())
            .sum::<usize>()
    );
    assert_eq!(compared, theirs.len());
    assert!(
        samples
            .iter()
            .flat_map(|sample| &sample.targets)
            .filter(|target| target.enveloped)
            .count()
            > 300
    );
}

fn our_bytes(sample: &Sample, target: &Target) -> String {
    let document = Document::parse(&sample.text, &Budget::MESSAGE)
        .unwrap_or_else(|error| panic!("{error} ({}) in\n{}", error.code(), sample.text));
    let find = |wanted: &dyn Fn(Element<'_>) -> bool| {
        document
            .root()
            .descendants()
            .find(|&element| wanted(element))
    };
    let element = find(&|element| element.attribute_ns(XML_NAMESPACE, "id") == Some(&target.id))
        .expect("the target is there");
    let signature = find(&|element| element.is(DSIG, "Signature"));
    let prefixes: Vec<_> = target.prefixes.iter().map(String::as_str).collect();
    let mut bytes = String::new();
    canonicalize(
        element,
        signature.filter(|_| target.enveloped),
        &prefixes,
        &mut bytes,
    )
    .expect("canonicalised");
    bytes
}

/// Both sides from where they part.
fn first_difference(ours: &str, theirs: &str) -> String {
    let same = ours
        .chars()
        .zip(theirs.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = |text: &str| {
        text.chars()
            .skip(same.saturating_sub(30))
            .take(90)
            .collect::<String>()
    };
    format!(
        "after {same} characters\nours:   {:?}\ntheirs: {:?}",
        rest(ours),
        rest(theirs)
    )
}

/// The bytes that xmlsec1 digests, for each target of each sample in turn.
fn bytes_of_xmlsec1(samples: &[Sample], folder: &Path) -> Vec<String> {
    let key = folder.join("key.bin");
    std::fs::write(&key, "any key will do").expect("the key is written");
    let files = samples.iter().enumerate().map(|(number, sample)| {
        let file = folder.join(format!("{number}.xml"));
        std::fs::write(&file, &sample.text).expect("the document is written");
        file
    });
    let output = Command::new("xmlsec1")
        .args([
            "--sign",
            "--store-references",
            "--print-debug",
            "--output",
            "/dev/null",
            "--hmackey",
        ])
        .arg(&key)
        .args(files)
        .output()
        .expect("this test needs the program xmlsec1 (Debian package xmlsec1) as its oracle");
    let printed = String::from_utf8(output.stdout).expect("xmlsec1 prints UTF-8");
    assert!(
        output.status.success(),
        "xmlsec1 failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
        .split("== PreDigest data - start buffer:\n")
        .skip(1)
        .map(|rest| {
            rest.split_once("\n== PreDigest data - end buffer")
                .expect("the buffer ends")
                .0
                .to_owned()
        })
        .collect()
}

/// A document with a Signature template in it, and what that refers to.
struct Sample {
    text: String,
    targets: Vec<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    id: String,
    /// The Signature is below the target and must be left out.
    enveloped: bool,
    prefixes: Vec<String>,
}

/// Makes documents that use every feature canonicalization has a rule for.
struct Generator {
    state: u64,
    ids: usize,
    /// Elements that are not above the Signature.
    plain: Vec<String>,
    /// Elements above the Signature.
    above: Vec<String>,
}

type Bindings = Vec<(&'static str, &'static str)>;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const PREFIXES: [&str; 6] = ["", "", "a", "b", "ab", "é"];
/// Without `&`, which libxml2 keeps as `&#38;` in a namespace name, and ASCII only, for it does not parse other URIs.
const URIS: [&str; 5] = [
    "urn:1",
    "urn:2",
    "urn:3",
    "http://example.com/?a=1",
    "urn:4",
];
const LOCALS: [&str; 6] = ["x", "y", "z-1", "_", "Assertion", "ñame"];
const PLACEHOLDER: &str = "<!--signature-->";

impl Generator {
    fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            ids: 0,
            plain: Vec::new(),
            above: Vec::new(),
        }
    }

    fn sample(mut self) -> Sample {
        let mut body = String::new();
        if self.one_in(3) {
            body.push_str("<?xml version='1.0' encoding=\"utf-8\"?>\r\n");
        }
        self.element(&mut body, &Vec::new(), 0, true);
        let mut targets = Vec::new();
        for (ids, enveloped) in [(self.above.clone(), true), (self.plain.clone(), false)] {
            for id in ids.iter().take(4) {
                let prefixes = self.prefix_list();
                targets.push(Target {
                    id: id.clone(),
                    enveloped,
                    prefixes,
                });
            }
        }
        let text = body.replace(PLACEHOLDER, &template(&targets));
        Sample { text, targets }
    }

    /// Writes an element; one with `holder` set has the Signature in it, at whatever depth.
    fn element(&mut self, out: &mut String, outer: &Bindings, depth: usize, holder: bool) {
        let (declared, bindings) = self.declarations(outer);
        let name = self.qualified(&bindings, true).0;
        self.ids += 1;
        let id = format!("i{}", self.ids);
        if holder {
            self.above.push(id.clone())
        } else {
            self.plain.push(id.clone())
        }
        let mut parts = declared;
        parts.push(format!("xml:id='{id}'"));
        parts.extend(self.attributes(&bindings));
        self.shuffle(&mut parts);
        write!(out, "<{name}").expect("strings grow");
        for part in parts {
            let space = self.pick(&[" ", "  ", "\n", "\r\n\t"]);
            write!(out, "{space}{part}").expect("strings grow");
        }
        let children = if depth > 5 { 0 } else { self.below(4) };
        if children == 0 && !holder && self.one_in(3) {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let deeper = holder && children > 0 && self.one_in(2);
        for child in 0..children {
            self.text(out);
            self.element(out, &bindings, depth + 1, deeper && child == 0);
        }
        self.text(out);
        if holder && !deeper {
            out.push_str(PLACEHOLDER);
            self.text(out);
        }
        let space = self.pick(&["", "", " ", "\n"]);
        write!(out, "</{name}{space}>").expect("strings grow");
    }

    /// Declarations for one element, and the bindings with them.
    fn declarations(&mut self, outer: &Bindings) -> (Vec<String>, Bindings) {
        let (mut written, mut seen, mut bindings) = (Vec::new(), BTreeSet::new(), outer.clone());
        for _ in 0..self.below(4) {
            let prefix = self.pick(&PREFIXES);
            if !seen.insert(prefix) {
                continue;
            }
            let uri = if prefix.is_empty() && self.one_in(3) {
                ""
            } else {
                self.pick(&URIS)
            };
            bindings.retain(|(bound, _)| *bound != prefix);
            bindings.push((prefix, uri));
            let colon = if prefix.is_empty() { "" } else { ":" };
            written.push(format!("xmlns{colon}{prefix}=\"{uri}\""));
        }
        (written, bindings)
    }

    /// A name with a prefix in scope or none, and its namespace.
    fn qualified(
        &mut self,
        bindings: &Bindings,
        element: bool,
    ) -> (String, &'static str, &'static str) {
        let local = self.pick(&LOCALS);
        let bound: Vec<_> = bindings
            .iter()
            .filter(|(prefix, _)| !prefix.is_empty())
            .copied()
            .collect();
        if bound.is_empty() || self.one_in(3) {
            let default = bindings
                .iter()
                .find(|(prefix, _)| prefix.is_empty() && element);
            return (local.to_owned(), default.map_or("", |(_, uri)| uri), local);
        }
        let (prefix, uri) = self.pick(&bound);
        (format!("{prefix}:{local}"), uri, local)
    }

    fn attributes(&mut self, bindings: &Bindings) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut attributes = Vec::new();
        for _ in 0..self.below(6) {
            let (name, uri, local) = self.qualified(bindings, false);
            if seen.insert((uri, local)) {
                attributes.push(self.attribute(&name));
            }
        }
        if self.one_in(6) {
            attributes.push(String::from("xml:lang = 'de'"));
        }
        attributes
    }

    fn attribute(&mut self, name: &str) -> String {
        let quote = self.pick(&["'", "\""]);
        let mut value = String::new();
        for _ in 0..self.below(4) {
            value.push_str(self.pick(&[
                "v",
                " ",
                "\t",
                "\n",
                "\r\n",
                "\r",
                "&#9;",
                "&#xA;",
                "&#13;",
                "&lt;",
                "&amp;",
                "&quot;",
                "&apos;",
                ">",
                "ß",
                "&#x1F600;",
                "]]>",
            ]));
        }
        format!("{name}={quote}{value}{quote}")
    }

    fn text(&mut self, out: &mut String) {
        for _ in 0..self.below(4) {
            out.push_str(self.pick(&[
                "text",
                " ",
                "\n",
                "\r\n",
                "\r",
                "\t",
                "&#13;",
                "&#xd;&#xA;",
                "&lt;",
                "&gt;",
                ">",
                "&amp;amp;",
                "\"'&quot;&apos;",
                "ä𝄞\u{85}\u{2028}",
                "<![CDATA[<a>&amp;]]\r\n]]>",
                "<![CDATA[]]>",
                "<!-- a comment \r\n -->",
                "<!---->",
                "]]&gt;",
                "\u{FFFD}",
            ]));
        }
    }

    fn prefix_list(&mut self) -> Vec<String> {
        let mut prefixes = BTreeSet::new();
        for _ in 0..self.below(4) {
            prefixes.insert(
                self.pick(&["#default", "a", "b", "ab", "é", "unknown"])
                    .to_owned(),
            );
        }
        prefixes.into_iter().collect()
    }

    fn shuffle(&mut self, parts: &mut [String]) {
        for index in (1..parts.len()).rev() {
            let other = self.below(index + 1);
            parts.swap(index, other);
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A number below `n`, by xorshift.
    fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        ((self.state >> 33) as usize) % n
    }
}

/// A Signature to be filled in, with one Reference for each target.
fn template(targets: &[Target]) -> String {
    let mut out = format!(
        "<Signature xmlns='{DSIG}'><SignedInfo><CanonicalizationMethod Algorithm='{EXC_C14N}'/>\
         <SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'/>"
    );
    for Target {
        id,
        enveloped,
        prefixes,
    } in targets
    {
        let enveloped = if *enveloped {
            format!("<Transform Algorithm='{DSIG}enveloped-signature'/>")
        } else {
            String::new()
        };
        let list = match prefixes.as_slice() {
            [] => String::new(),
            some => format!(
                "<InclusiveNamespaces xmlns='{EXC_C14N}' PrefixList='{}'/>",
                some.join(" ")
            ),
        };
        write!(
            out,
            "<Reference URI='#{id}'><Transforms>{enveloped}<Transform Algorithm='{EXC_C14N}'>{list}</Transform></Transforms>\
             <DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><DigestValue/></Reference>"
        )
        .expect("strings grow");
    }
    out + "</SignedInfo><SignatureValue/></Signature>"
}
