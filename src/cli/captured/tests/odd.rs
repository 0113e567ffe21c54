//! Captures as people and tools change them, each beside what it stands for.

use super::*;

#[test]
fn a_relay_state_keeps_its_apostrophes() {
    let base64 = STANDARD.encode(XML);
    for (text, relay_state) in [
        ("RelayState: /o’brien", "/o’brien"),
        ("RelayState: “/o’brien”", "/o’brien"),
        ("“RelayState: /o’brien”", "/o’brien"),
        ("“RelayState”: “/o’brien”,", "/o’brien"),
        ("RelayState: \"/o'brien\"", "/o'brien"),
        ("RelayState: «/home»", "/home"),
        ("RelayState: „/home“", "/home"),
        ("RelayState: ‘/home’", "/home"),
        ("RelayState: /home\"", "/home"),
        ("‘RelayState=/home’", "/home"),
        ("RelayState=/o%E2%80%99brien", "/o’brien"),
    ] {
        let found = only(&format!("SAMLResponse: {base64}\n{text}\n"));
        assert_eq!(found.2.as_deref(), Some(relay_state), "{text}");
    }
}

#[test]
fn the_query_of_a_postman_address_is_found_beside_its_text() {
    let redirect = request_url("https://idp.example/sso", XML, None);
    let (address, query) = redirect.split_once("?SAMLRequest=").unwrap();
    let whole = format!("{address}?SAMLRequest={query}");
    let lower = format!("{address}?samlrequest={query}");
    let named = "https://idp.example/SAMLRequest/sso";
    let to = |to: &str| Some(to.to_owned());
    for (raw, key, to) in [
        (Some(address), "SAMLRequest", to(address)),
        (Some(named), "SAMLRequest", to(named)),
        (Some(&*whole), "SAMLRequest", to(address)),
        (Some(&*whole), "other", to(address)),
        (Some(&*lower), "other", to(address)),
        (None, "SAMLRequest", None),
    ] {
        let query = percent_encoding::percent_decode_str(query).decode_utf8_lossy();
        let mut url = json!({"query": [{"key": key, "value": query}]});
        if let Some(raw) = raw {
            url["raw"] = json!(raw);
        }
        let capture = json!({"item": [{"request": {"url": url}}]}).to_string();
        let expected = (XML.to_owned(), Some("HTTP-Redirect"), None, to);
        assert_eq!(only(&capture), expected, "{capture}");
    }
}

#[test]
fn equal_lines_of_a_dump_are_repeated() {
    use std::fmt::Write;
    let line = |place: usize, bytes: &[u8]| {
        let digits = bytes.iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x} ");
            out
        });
        format!("{place:08x}  {digits}\n")
    };
    let blanks = [b' '; 16];
    let close = b"</a>";
    let begin = format!("{}{}", line(0, b"<a>             "), line(16, &blanks));
    for (lines, xml) in [
        (
            format!("{begin}*\n{}{:08x}\n", line(64, close), 68),
            format!("<a>{}</a>", " ".repeat(61)),
        ),
        (
            format!("{begin}{}{:08x}\n", line(32, close), 36),
            format!("<a>{}</a>", " ".repeat(29)),
        ),
        // The last line may be equal as far as it goes.
        (
            format!("{}*\n{:08x}\n", line(0, b"<a/>            "), 20),
            "<a/>            <a/>".to_owned(),
        ),
    ] {
        let entries = Entry::read(lines.as_bytes()).unwrap();
        let message = entries[0].message.as_ref().ok();
        let Some(Content::Xml(read)) = message.map(|message| &message.content) else {
            panic!("{lines}");
        };
        assert_eq!(str::from_utf8(read).unwrap(), xml, "{lines}");
    }
    let cut = Entry::read(format!("{begin}*").as_bytes());
    assert_eq!(cut.err(), Some(CaptureError::Dump { line: 3 }));
}

#[test]
fn a_field_without_quotes_is_found_once_beside_meta() {
    let base64 = STANDARD.encode(XML.repeat(9));
    let page = format!(
        "<meta charset=utf-8><form><input type=hidden title=a<b name=SAMLResponse value={base64}></form>"
    );
    assert_eq!(Entry::read(page.as_bytes()).unwrap().len(), 1);
    for area in [
        format!("<textarea name=SAMLResponse>{base64}</textarea>"),
        format!("<textarea name=SAMLResponse title=don't>{base64}</textarea>"),
        format!("<textarea title='a > b' name=SAMLResponse>{base64}</textarea>"),
    ] {
        assert_eq!(Entry::read(area.as_bytes()).unwrap().len(), 1, "{area}");
    }
}
