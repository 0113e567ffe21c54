//! Responses as tools copy, dump, export and wrap them.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::cli_captures::ACS;
use crate::cli_captures::entry;
use crate::cli_captures::har;
use crate::cli_captures::posted;
use crate::cli_verify::verify;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;

/// The values of `both-signed.xml`, in the forms in which developer tools and proxies copy them.
#[test]
fn what_tools_copy_is_verified() {
    let place = Workspace::new();
    let (form, base64) = (
        posted(),
        STANDARD.encode(fs::read(recording("both-signed.xml")).unwrap()),
    );
    for (name, text) in [
        ("cURL", format!("curl '{ACS}' \\\n  -H 'origin: https://idp.example' \\\n  --data-raw 'SAMLResponse={form}&RelayState=x' \\\n  --compressed")),
        ("cURL (cmd)", format!("curl ^\"{ACS}^\" ^\r\n  --data-raw ^\"SAMLResponse={}^&RelayState=x^\"", form.replace('%', "^%^"))),
        ("fetch", format!("fetch(\"{ACS}\", {{\n  \"body\": \"SAMLResponse={form}\",\n  \"method\": \"POST\"\n}});")),
        ("PowerShell", format!("Invoke-WebRequest -UseBasicParsing -Uri \"{ACS}\" `\n-Method \"POST\" `\n-Body \"SAMLResponse={form}&RelayState=x\"")),
        ("parameters", format!("SAMLResponse: {base64}\nRelayState: x\n")),
        ("two lines", format!("SAMLResponse={form}\nRelayState=x\n")),
        ("encoded twice", format!("SAMLResponse={}", form.replace('%', "%25"))),
        ("spaces", format!("SAMLResponse={}&RelayState=x", base64.replace('+', " "))),
        ("page", format!("<html><form method='POST' action='{ACS}'><input type='hidden' name='SAMLResponse' value='{base64}'></form></html>")),
        ("tracer", json!({"requests": [{"method": "POST", "url": ACS, "post": [["SAMLResponse", base64]]}]}).to_string()),
        ("HTTP", format!("POST /acs HTTP/1.1\r\nHost: sp.example.org\r\n\r\nSAMLResponse={form}")),
        ("wrapped", base64.as_bytes().chunks(76).map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap())).collect()),
    ] {
        let file = place.write("capture", &text);
        let ran = verify(&file, &[], &[]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        let json = run(["decode", "--json", &file]).exits(0).json();
        assert_eq!(json["messages"][0]["message"], "Response", "{name}");
        let mut wide = vec![0xff, 0xfe];
        wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let file = place.write("capture", &wide);
        verify(&file, &[], &[]).exits(0);
        wide.push(0);
        let file = place.write("capture", &wide);
        let ran = verify(&file, &[], &[]).exits(2);
        assert!(ran.stderr.contains("half a character at its end"), "{ran:?}");
    }
}

/// A dump as xxd prints it, or as `hexdump -C` does.
fn dump(bytes: &[u8], is_xxd: bool) -> String {
    let mut dump = String::new();
    for (row, line) in bytes.chunks(16).enumerate() {
        let shown = |byte: &u8| match byte {
            0x20..=0x7e => char::from(*byte),
            _ => '.',
        };
        let text: String = line.iter().map(shown).collect();
        let pairs: Vec<String> = match is_xxd {
            true => line.chunks(2).map(hexadecimal).collect(),
            false => line
                .chunks(8)
                .map(|half| {
                    let bytes: Vec<String> =
                        half.iter().map(|byte| format!("{byte:02x}")).collect();
                    bytes.join(" ")
                })
                .collect(),
        };
        dump += &match is_xxd {
            true => format!("{:08x}: {:<39}  {text}\n", row * 16, pairs.join(" ")),
            false => format!("{:08x}  {:<48}  |{text}|\n", row * 16, pairs.join("  ")),
        };
    }
    match is_xxd {
        true => dump,
        false => format!("{dump}{:08x}\n", bytes.len()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_programs_export_and_wrap_is_verified() {
    let place = Workspace::new();
    let xml = fs::read(recording("both-signed.xml")).unwrap();
    let (form, base64) = (posted(), STANDARD.encode(&xml));
    let body = format!("SAMLResponse={form}&RelayState=x");
    let off = json!({"key": "SAMLResponse", "value": "PHNh", "disabled": true});
    let postman = |url: Value, body: Value| {
        json!({"info": {"name": "Sign-on"}, "item": [{"name": "acs", "request": {"method": "POST", "header": [], "url": url, "body": body}}]}).to_string()
    };
    let url = json!({"raw": format!("{ACS}?x=1"), "host": ["sp", "example", "org"], "path": ["acs"], "query": [{"key": "x", "value": "1"}]});
    let pairs = json!([off, {"key": "SAMLResponse", "value": base64, "type": "text"}, {"key": "RelayState", "value": "x"}]);
    let spaced = format!("{}\u{200b}{}", &base64[..80], &base64[80..]);
    for (name, text) in [
        (
            "Postman",
            postman(
                url.clone(),
                json!({"mode": "urlencoded", "urlencoded": pairs}),
            ),
        ),
        (
            "Postman, form data",
            postman(json!(ACS), json!({"mode": "formdata", "formdata": pairs})),
        ),
        (
            "Postman, raw",
            postman(url, json!({"mode": "raw", "raw": body})),
        ),
        ("curly quotes", format!("“{base64}”")),
        ("angle quotes", format!("«{base64}»")),
        (
            "low quotes",
            format!("SAMLResponse: „{base64}“, RelayState: „x“"),
        ),
        (
            "a name in quotes",
            format!("{{“SAMLResponse”: “{base64}”, “RelayState”: “x”}}"),
        ),
        ("no width", spaced.clone()),
        (
            "no width, named",
            format!("SAMLResponse={spaced}&RelayState=x"),
        ),
        (
            "no width, escaped",
            format!(
                "\"SAMLResponse\": \"{}\"",
                spaced.replace('\u{200b}', "\\u200b")
            ),
        ),
        ("a soft hyphen", spaced.replace('\u{200b}', "\u{ad}\n")),
        ("data", format!("data:text/xml;base64,{base64}")),
        (
            "data, escaped",
            format!("\"DATA:text/xml;charset=utf-8;base64,{form}\"\n"),
        ),
        (
            "data, percent",
            format!(
                "data:application/xml,{}",
                xml.iter()
                    .map(|byte| format!("%{byte:02x}"))
                    .collect::<String>()
            ),
        ),
        ("data, a form", format!("data:,{body}")),
        ("xxd", dump(&xml, true)),
        ("xxd of base64", dump(base64.as_bytes(), true)),
        ("hexdump", dump(&xml, false)),
        ("xxd -p", hexadecimal(&xml)),
    ] {
        let file = place.write("capture", &text);
        let ran = verify(&file, &[], &[]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        let json = run(["decode", "--json", &file]).exits(0).json();
        let messages = json["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 1, "{name}");
        let told = |what: &str| text.contains(what);
        if told("RelayState") {
            assert_eq!(messages[0]["relay_state"], "x", "{name}");
        }
        if told("\"item\"") {
            assert_eq!(messages[0]["address"], ACS, "{name}");
        }
    }
}

/// The same words for a message as for metadata.
#[test]
fn what_stands_before_the_xml_is_named() {
    let place = Workspace::new();
    let xml = fs::read_to_string(recording("both-signed.xml")).unwrap();
    let metadata = fs::read_to_string(recording("metadata.xml")).unwrap();
    let quoted =
        |text: &str| -> String { text.lines().map(|line| format!("> {line}\n")).collect() };
    type Change<'a> = &'a dyn Fn(&str) -> String;
    let changes: [(Change<'_>, &str); 8] = [
        (
            &|xml| format!("\u{200b}{xml}"),
            "a character that nobody sees before the first <",
        ),
        (
            &|xml| format!("\u{a0}{xml}"),
            "a character that nobody sees before the first <",
        ),
        (
            &|xml| format!("\u{feff}\u{feff}{xml}"),
            "a character that nobody sees before the first <",
        ),
        (
            &|xml| format!("```xml\n{xml}\n```\n"),
            "XML between the fences of Markdown (```)",
        ),
        (
            &|xml| format!("Here:\n\n~~~\n{xml}\n~~~"),
            "XML between the fences of Markdown (```)",
        ),
        (
            &|xml| quoted(xml),
            "XML as a mail quotes it (> before each line)",
        ),
        (
            &|xml| format!("On Monday we wrote:\n{}", quoted(xml)),
            "XML as a mail quotes it (> before each line)",
        ),
        (
            &|xml| format!("This is it: {xml}"),
            "text before the first <",
        ),
    ];
    for (change, words) in changes {
        let response = place.write("response", change(&xml));
        let metadata = place.write("metadata", change(&metadata));
        for ran in [
            verify(&response, &[], &[]),
            run(["decode", &response]),
            run(["metadata", "show", &metadata]),
        ] {
            assert_eq!(ran.code, 2, "{words}: {ran:?}");
            assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        }
    }
    // White space is none, and what stands right before it may be an attack.
    let response = place.write("response", format!("\r\n \t{xml}"));
    verify(&response, &[], &[]).exits(0);
    let response = place.write("response", format!("x{xml}"));
    let ran = verify(&response, &[], &["--json"]).exits(1);
    assert_eq!(ran.json()["reason"], "xml-outside-root");
    assert!(ran.stderr.contains("text before the first <"), "{ran:?}");
    let ran = run(["decode", &response]).exits(2);
    assert!(ran.stderr.contains("text before the first <"), "{ran:?}");
}

#[test]
fn a_copy_that_is_cut_off_is_unreadable() {
    let place = Workspace::new();
    let form = posted();
    let half = &form[..form.len() / 2 + 1];
    let cut = format!("curl '{ACS}' --data-raw 'SAMLResponse={half}");
    let har = har(&[entry(
        "2026-11-22T09:46:00Z",
        ACS,
        Some(&format!("SAMLResponse={form}")),
    )]);
    for (text, words) in [
        (format!("{cut}="), "it is cut off, or no SAML message"),
        (format!("SAMLResponse: {}…", &form[..300]), "shortened"),
        ("SAMLResponse=****".to_owned(), "masked"),
        (har[..har.len() / 2].to_owned(), "does not parse (line 1"),
        (
            json!({"log": {"entries": []}}).to_string(),
            "none of the 0 requests",
        ),
        (
            "<!DOCTYPE html><html><body>Sign in</body></html>".to_owned(),
            "a web page (HTML)",
        ),
        (
            "This XML file does not appear to have any style information".to_owned(),
            "a browser's view",
        ),
        ("&lt;samlp:Response&gt;".to_owned(), "&lt; stands for <"),
    ] {
        let file = place.write("capture", &text);
        let ran = verify(&file, &[], &[]).exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        let ran = run(["decode", &file]).exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
    }
}

#[test]
fn what_cannot_be_read_without_doubt_is_named() {
    let place = Workspace::new();
    let xml = fs::read(recording("both-signed.xml")).unwrap();
    let lines = |text: String, lost: usize| -> String {
        let kept = text.lines().enumerate().filter(|(index, _)| *index != lost);
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    let base64 = STANDARD.encode(&xml);
    for (text, words) in [
        (lines(dump(&xml, true), 3), "its line 4 does not go on"),
        (lines(dump(&xml, false), 3), "its line 4 does not go on"),
        ("data:text/xml;base64,%%%".to_owned(), "not base64 of XML"),
        ("data:text/plain,nothing".to_owned(), "found none of these"),
        (
            json!({"item": [{"request": {"body": {"urlencoded": [{"key": "SAMLResponse", "value": "{{response}}"}]}}}]}).to_string(),
            "a variable ({{…}})",
        ),
        (json!({"item": []}).to_string(), "one of Postman"),
        // Long words, which no ACS was ever sent as a message.
        ("q".repeat(400), "found none of these"),
        (hexadecimal(&[0xa7; 64]), "found none of these"),
        // The last two are valid base64, and not.
        (base64[..base64.len() / 8 * 4].to_owned(), "it is cut off"),
        (base64[..base64.len() / 8 * 4 + 1].to_owned(), "it is cut off"),
        (format!("{}-", &base64[..base64.len() / 8 * 4]), "it is cut off"),
    ] {
        let file = place.write("capture", &text);
        for ran in [verify(&file, &[], &[]), run(["decode", &file])] {
            assert_eq!(ran.code, 2, "{text}: {ran:?}");
            assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        }
    }
}
