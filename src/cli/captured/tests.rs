use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::message::Captured;
use super::*;
use crate::saml::redirect::request_url;
use crate::text::NotText;

mod hostile;
mod odd;

/// Base64 of it has a plus, which forms and tools treat in different ways.
const XML: &str = "<a>~~~ooo>>></a>";

const ACS: &str = "https://app.example/acs";

fn only(capture: &str) -> (String, Option<&'static str>, Option<String>, Option<String>) {
    let mut entries =
        Entry::read(capture.as_bytes()).unwrap_or_else(|error| panic!("{capture}: {error}"));
    assert_eq!(entries.len(), 1, "{capture}");
    let entry = entries.remove(0);
    let message = entry
        .message
        .unwrap_or_else(|error| panic!("{capture}: {error}"));
    let binding = message.binding();
    let Content::Xml(xml) = message.content else {
        panic!("{capture}");
    };
    let xml = String::from_utf8(xml).unwrap();
    let xml = xml.trim_start_matches('\u{feff}').trim().to_owned();
    (xml, binding, message.relay_state, entry.sent.to)
}

#[test]
fn every_form_of_capture_is_found() {
    let base64 = STANDARD.encode(XML);
    assert!(base64.contains('+') && base64.ends_with('='));
    let escaped = base64.replace('+', "%2B").replace('=', "%3D");
    let twice = escaped.replace('%', "%25");
    let spaced = base64.replace('+', " ");
    let redirect = request_url("https://idp.example/sso", XML, Some("a b"));
    let query = redirect.split_once('?').unwrap().1;
    let form = format!("SAMLResponse={escaped}&RelayState=a+b");
    let unicode = base64.replace('+', "\\u002b").replace('=', "\\u003D");
    let carets = format!("SAMLResponse={escaped}&RelayState=a+b")
        .replace('%', "^%^")
        .replace('&', "^&");
    let (post, redirected) = (Some("HTTP-POST"), Some("HTTP-Redirect"));
    let state = || Some("a b".to_owned());
    let acs = || Some(ACS.to_owned());
    let idp = || Some("https://idp.example/sso".to_owned());
    for (capture, binding, relay_state, to) in [
        (XML.to_owned(), None, None, None),
        (format!("\u{feff}\n{XML}"), None, None, None),
        (base64.clone(), post, None, None),
        (format!("> {}\n> {}\n", &base64[..8], &base64[8..]), post, None, None),
        (escaped.clone(), post, None, None),
        (twice.clone(), post, None, None),
        (format!("{}\r\n  {}", &base64[..8], &base64[8..]), post, None, None),
        (form.clone(), post, state(), None),
        (format!("SAMLResponse={base64}&RelayState=a%20b\n"), post, state(), None),
        (format!("SAMLResponse={spaced}&RelayState=a+b"), post, state(), None),
        (format!("SAMLResponse={twice}&RelayState=a+b"), post, state(), None),
        (format!("SAMLResponse={}\r\n{}&RelayState=a+b", &escaped[..8], &escaped[8..]), post, state(), None),
        (format!("SAMLResponse={escaped}\nRelayState=a+b\n"), post, state(), None),
        (format!("RelayState=a+b&SAMLResponse={escaped}"), post, state(), None),
        (format!("SAMLResponse={escaped}&SAMLResponse={escaped}&RelayState=a+b"), post, state(), None),
        (format!("SAMLResponse: {base64}\nRelayState: a b"), post, state(), None),
        (format!("SAMLResponse:\n{base64}\nRelayState:\na b"), post, state(), None),
        (format!("SAMLResponse\t{base64}\nRelayState\ta b"), post, state(), None),
        (format!("Form data\nSAMLResponse\n{base64}\nRelayState\na b"), post, state(), None),
        (format!("\"SAMLResponse\": \"{unicode}\", \"RelayState\": \"a b\""), post, state(), None),
        (format!("curl '{ACS}' \\\n  -H 'referer: https://idp.example/' \\\n  --data-raw '{form}'"), post, state(), acs()),
        (format!("curl {ACS} -X POST --data \"{form}\" --compressed"), post, state(), acs()),
        (format!("curl '{ACS}' --data-raw $'SAMLResponse={unicode}&RelayState=a+b'"), post, state(), acs()),
        (format!("curl -F 'SAMLResponse={base64}' -F 'RelayState=a+b' {ACS}"), post, state(), acs()),
        (format!("curl ^\"{ACS}^\" ^\r\n  --data-raw ^\"{carets}^\""), post, state(), acs()),
        (format!("fetch(\"{ACS}\", {{\n  \"headers\": {{}},\n  \"body\": \"{form}\",\n  \"method\": \"POST\"\n}});"), post, state(), acs()),
        (format!("await fetch(\"{ACS}\", {{ body: '{form}' }});"), post, state(), acs()),
        (format!("Invoke-WebRequest -UseBasicParsing -Uri \"{ACS}\" `\n-Method \"POST\" -Body \"{form}\""), post, state(), acs()),
        (format!("Invoke-RestMethod -Uri '{ACS}' -Body @{{SAMLResponse='{base64}'; RelayState='a b'}}"), post, state(), acs()),
        (format!("POST /acs HTTP/1.1\r\nHost: app.example\r\nContent-Length: 9\r\n\r\n{form}"), post, state(), acs()),
        (format!("POST {ACS} HTTP/1.1\nHost: app.example\n\n{form}\n"), post, state(), acs()),
        (format!("POST /acs HTTP/1.1\r\nHost: app.example\r\n\r\n------Web\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\n{base64}\r\n------Web\r\nContent-Disposition: form-data; name=\"RelayState\"\r\n\r\na b\r\n------Web--"), post, state(), acs()),
        (format!("<html><body onload='x()'><form method=post action='{ACS}'><input type=hidden name=SAMLResponse value='{base64}'><input name=\"RelayState\" value=\"a b\"/></form>"), post, state(), acs()),
        (format!("<FORM ACTION=\"{ACS}\"><INPUT VALUE=\"{}\" NAME=\"SAMLResponse\"/><textarea name=RelayState>a b</textarea>", base64.replace('+', "&#43;").replace('=', "&#x3D;")), post, state(), acs()),
        (format!("<form action=\"{ACS}\"><input name=\"SAMLResponse\" value=\"{base64}\"><input name=RelayState value='a b'>").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"), post, state(), acs()),
        (redirect.clone(), redirected, state(), idp()),
        (format!("{redirect}#top"), redirected, state(), idp()),
        (query.to_owned(), redirected, state(), None),
        (format!("GET /sso?{query} HTTP/1.1\r\nHost: idp.example\r\n\r\n"), redirected, state(), idp()),
        (format!("curl '{redirect}' -H 'accept: */*'"), redirected, state(), idp()),
        (json!({"SAMLResponse": base64, "RelayState": "a b"}).to_string(), post, state(), None),
        (json!({"requests": [{"method": "POST", "url": format!("{ACS}?x=1"), "post": [["SAMLResponse", base64], ["RelayState", "a b"]]}]}).to_string(), post, state(), acs()),
    ] {
        let found = only(&capture);
        assert_eq!(found, (XML.to_owned(), binding, relay_state, to), "{capture}");
    }
}

#[test]
fn utf_16_is_read_and_a_byte_too_many_is_not() {
    for text in [
        STANDARD.encode(XML),
        XML.to_owned(),
        format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{XML}"),
    ] {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let entries = Entry::read(&bytes).unwrap();
        let message = entries[0].message.as_ref().unwrap();
        assert_eq!(message.kind(), "a");
        bytes.push(0);
        let error = Entry::read(&bytes).err().unwrap();
        assert_eq!(error, CaptureError::NotText(NotText::OddByte));
        let unmarked = &bytes[2..bytes.len() - 1];
        let error = Entry::read(unmarked).err().unwrap();
        assert_eq!(error, CaptureError::NotText(NotText::NoMark));
    }
}

#[test]
fn all_messages_of_a_recording_are_found_and_one_bad_entry_costs_nothing() {
    let base64 = STANDARD.encode(XML);
    let escaped = base64.replace('+', "%2B").replace('=', "%3D");
    let page = format!("<form action='{ACS}'><input name='SAMLResponse' value='{base64}'></form>");
    let at = "2026-11-22T12:00:00.000+01:00";
    let har = json!({"log": {"entries": [
        null,
        {"request": 7},
        {"request": {"url": "https://app.example/"}},
        {"request": {"url": "https://idp.example/?SAMLRequest=a&SAMLRequest=b"}},
        {"request": {"url": request_url("https://idp.example/", XML, None)}, "response": {"content": {"text": page}}},
        {"startedDateTime": at, "request": {"url": ACS, "postData": {"text": format!("SAMLResponse={escaped}")}}},
        {"request": {"url": ACS, "postData": {"text": "", "params": [
            {"name": "SAMLResponse", "value": escaped}, {"name": "SAMLResponse", "value": escaped}, {"name": "RelayState", "value": "x"}]}}},
        {"request": {"url": ACS, "postData": {"encoding": "base64", "text": STANDARD.encode(format!("SAMLResponse={escaped}"))}}},
        {"request": {"url": ACS, "postData": {"text": "SAMLResponse=PHNh..."}}},
    ]}});
    let entries = Entry::read(har.to_string().as_bytes()).unwrap();
    let bindings: Vec<_> = entries
        .iter()
        .map(|entry| {
            entry
                .message
                .as_ref()
                .map(|message| message.binding().unwrap())
        })
        .map(|found| found.map_err(Clone::clone))
        .collect();
    assert_eq!(
        bindings,
        [
            Err(CaptureError::Repeated("SAMLRequest")),
            Ok("HTTP-Redirect"),
            Ok("HTTP-POST"),
            Ok("HTTP-POST"),
            Ok("HTTP-POST"),
            Err(CaptureError::Shortened),
        ]
    );
    let state = entries[3].message.as_ref().unwrap().relay_state.as_deref();
    assert_eq!(state, Some("x"));
    assert_eq!(
        entries[2].line(),
        format!("3  2026-11-22T11:00:00Z  a to {ACS}")
    );
    assert!(
        entries[5]
            .line()
            .contains("6  SAMLResponse: the message is shortened")
    );
    let page_alone = json!({"log": {"entries": [{"request": {"url": "https://idp.example/"}, "response": {"content": {"encoding": "base64", "text": STANDARD.encode(page)}}}]}});
    assert_eq!(only(&page_alone.to_string()).3.as_deref(), Some(ACS));
}

#[test]
fn what_holds_no_message_says_why() {
    let escaped = XML.replace('<', "&lt;").replace('>', "&gt;");
    let before = format!("Hello\n{XML}");
    let chrome = format!("This XML file does not appear to have any style information\n{XML}");
    for (capture, words) in [
        (&b"\xff\x00"[..], "neither in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\xff", "a picture (PNG)"),
        (b"PK\x03\x04\xff", "a ZIP archive"),
        (b"<!doctype html><html>Sign in</html>", "a web page (HTML)"),
        (escaped.as_bytes(), "&lt; stands for <"),
        (chrome.as_bytes(), "a browser's view"),
        (before.as_bytes(), "text before the first <"),
        (b"{}", "holds neither"),
        (b"{\"log\":{\"entries\":[]}}", "none of the 0 requests"),
        (b"{\"log\":{\"entries\":[{}]}}", "none of the 1 requests"),
        (b"{\"log\":{\"entries\":[", "does not parse (line 1"),
        (b"https://app.example/?a=b", "the address carries neither"),
        (b"SAMLResponse=a&SAMLResponse=b", ""),
        (
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "a certificate or a key",
        ),
        (b"MIIDSTCCAjGg", "a certificate or a key"),
        (b"\x30\x82\x03\x49\xff", "a certificate or a key"),
        (b"PHNhbWxw...", "shortened"),
        (b"eyJhbGciOiJSUzI1NiJ9.e30.x", "JWT"),
        (b"just some words", "found none of these"),
    ] {
        let read = Entry::read(capture);
        let error = match read {
            Err(error) => error.to_string(),
            Ok(entries) => entries[0].message.as_ref().err().unwrap().to_string(),
        };
        assert!(error.contains(words), "{words}: {error}");
    }
    let entries = Entry::read(b"SAMLResponse=a&SAMLResponse=b").unwrap();
    let repeated = entries[0].message.as_ref().err();
    assert_eq!(repeated, Some(&CaptureError::Repeated("SAMLResponse")));
}

/// One odd string in a recording, wherever it stands, costs nothing.
#[test]
fn an_odd_string_costs_no_message_of_a_recording() {
    let xml = "<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>";
    let base64 = STANDARD.encode(xml);
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    for odd in [
        r#""\ud83d""#,
        r#""\udc00\ud83d\ud83d\ude00""#,
        r#""\x""#,
        "\"a\nb\u{1}\"",
        "1e999",
        "-1E+999",
        &deep,
    ] {
        let har = format!(
            r#"{{"log":{{"entries":[{{"odd":{odd}}},{{"request":{{"url":"https://sp.example/acs","postData":{{"params":[{{"name":"SAMLResponse","value":"{base64}"}}]}}}}}}]}}}}"#
        );
        let found = Entry::read(har.as_bytes()).unwrap();
        assert_eq!(found.len(), 1, "{odd}");
        assert_eq!(found[0].message.as_ref().unwrap().kind(), "Response");
        let mut bytes = har.replace(odd, "\"@\"").into_bytes();
        let at = bytes.iter().position(|byte| *byte == b'@').unwrap();
        bytes[at] = 0xe9;
        assert_eq!(Entry::read(&bytes).unwrap().len(), 1);
    }
    for json in [
        format!(r#"{{"samlResponse":"{base64}"}}"#),
        format!(r#"{{"requests":[{{"url":"https://sp.example/acs","saml":"{xml}"}}]}}"#),
        format!(
            r#"{{"log":{{"entries":[{{"request":{{"url":"https://sp.example/acs","queryString":[{{"name":"SAMLResponse","value":"{base64}"}}]}}}}]}}}}"#
        ),
        format!("[2026-11-30 05:00:00] POST /acs SAMLResponse={base64}"),
        format!("{{info}} SAMLResponse={base64}"),
    ] {
        let found = Entry::read(json.as_bytes()).unwrap_or_else(|error| panic!("{json} {error}"));
        assert_eq!(found.len(), 1, "{json}");
        assert_eq!(found[0].message.as_ref().unwrap().kind(), "Response");
    }
}

/// Forms that tools make of a value, each of which the ACS would never see so.
#[test]
fn what_tools_make_of_a_value_is_undone() {
    use std::fmt::Write;
    let xml = format!("<a>{}</a>", "~~~ooo>>>?".repeat(60));
    let base64 = STANDARD.encode(&xml);
    let wrapped = |text: &str, columns: usize, end: &str| {
        let lines = text.as_bytes().chunks(columns);
        let lines: Vec<&str> = lines.map(|line| str::from_utf8(line).unwrap()).collect();
        lines.join(end)
    };
    let form = base64
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let hexadecimal = xml.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let mut captures = vec![
        format!("samlresponse={form}"),
        format!("SAMLRESPONSE: {base64}"),
        format!("SAMLResponse={}", form.replace('%', "%%")),
        format!("SAMLResponse={}", STANDARD.encode(&base64)),
        hexadecimal,
        format!("<input title=\"a < b\" name=\"SAMLResponse\" value=\"{base64}\">"),
        format!("<input title='>' name=samlResponse value='{base64}'>"),
    ];
    for columns in [63, 64, 76] {
        for end in ["\n", "\r\n", "\\\n", "`\r\n", "^\n"] {
            captures.push(format!("SAMLResponse={}", wrapped(&form, columns, end)));
        }
        let spaced = base64.replace('+', " ");
        captures.push(format!("SAMLResponse={}", wrapped(&spaced, columns, "\n")));
        captures.push(format!(
            "SAMLResponse={}",
            wrapped(&spaced, columns, "\r\n")
        ));
    }
    for capture in &captures {
        let found = Entry::read(capture.as_bytes());
        let found = found.unwrap_or_else(|error| panic!("{capture}: {error}"));
        assert_eq!(found.len(), 1, "{capture}");
        match &found[0].message {
            Ok(Captured {
                content: Content::Xml(read),
                ..
            }) => {
                assert_eq!(str::from_utf8(read).unwrap(), xml, "{capture}");
            }
            Ok(_) => panic!("{capture}: a field"),
            Err(error) => panic!("{capture}: {error}"),
        }
    }
    let page = format!("<p>Pass\u{e9}</p><input name='SAMLResponse' value='{base64}'>");
    let latin: Vec<u8> = page.chars().map(|c| c as u8).collect();
    assert_eq!(Entry::read(&latin).unwrap().len(), 1);
    let cut = format!("SAMLResponse={}", &base64[..base64.len() / 8 * 4]);
    let found = Entry::read(cut.as_bytes()).unwrap();
    assert_eq!(
        found[0].message.as_ref().err(),
        Some(&CaptureError::NotBase64)
    );
}
