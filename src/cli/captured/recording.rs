//! Messages in recordings of a browser: HAR ([1.2](http://www.softwareishard.com/blog/har-12-spec/)), exports of SAML-tracer,
//! collections of Postman, and whatever other JSON names the parameters. One odd entry costs nothing.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::copied;
use super::error::CaptureError;
use super::page;
use super::parameter::NAMES;
use super::parameter::Parameter;
use super::parameter::Sent;
use super::parameter::known_name;
use super::parameter::receiver;

/// The messages of a recording, in its order.
pub(super) fn find(json: &str) -> Result<Vec<Parameter>, CaptureError> {
    let read = serde_json::from_str(json).or_else(|error| match error.is_eof() {
        true => Err(error),
        false => serde_json::from_str(&tolerable(json)).map_err(|_| error),
    });
    let recording: Value = match read {
        Ok(recording) => recording,
        Err(error) => {
            // A line of a log may begin as JSON does.
            let copied = match error.is_eof() {
                true => Vec::new(),
                false => copied::find(json),
            };
            return match copied.is_empty() {
                true => Err(CaptureError::Json {
                    line: error.line(),
                    column: error.column(),
                }),
                false => Ok(copied),
            };
        }
    };
    let entries = recording
        .pointer("/log/entries")
        .or(recording.get("entries"));
    let requests = recording.get("requests");
    let (mut found, empty) = match (
        entries.and_then(Value::as_array),
        requests.and_then(Value::as_array),
    ) {
        (Some(entries), _) => (
            entries.iter().flat_map(of_har).collect(),
            CaptureError::EmptyRecording {
                requests: entries.len(),
            },
        ),
        (None, Some(requests)) => (
            requests.iter().flat_map(of_tracer).collect(),
            CaptureError::EmptyRecording {
                requests: requests.len(),
            },
        ),
        (None, None) => (
            in_json(&recording, &Sent::default()),
            CaptureError::EmptyJson,
        ),
    };
    without_pages(&mut found);
    match found.is_empty() {
        true => Err(empty),
        false => Ok(found),
    }
}

/// JSON in which that is replaced which our reader refuses, and a recording may hold: half a character as an escape, raw
/// control characters, escapes that there are not, numbers beyond all bounds, and what is nested too deep.
fn tolerable(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut depth = 0_usize;
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        let (token, replacement) = match c {
            '"' => {
                let token = string(rest);
                (token, Cow::Owned(sound_string(token)))
            }
            '-' | '0'..='9' => {
                let end =
                    rest.find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
                let token = &rest[..end.unwrap_or(rest.len())];
                match token.contains(['e', 'E']) {
                    true => (token, Cow::Borrowed("0")),
                    false => (token, Cow::Borrowed(token)),
                }
            }
            _ => {
                let token = &rest[..c.len_utf8()];
                (token, Cow::Borrowed(token))
            }
        };
        if matches!(c, '{' | '[') {
            depth += 1;
            if depth == DEPTH_MAX {
                out.push_str("null");
            }
        }
        if depth < DEPTH_MAX {
            out.push_str(&replacement);
        }
        if matches!(c, '}' | ']') {
            depth = depth.saturating_sub(1);
        }
        rest = &rest[token.len()..];
    }
    out
}

/// The string at the beginning of a text, with its quotes.
fn string(text: &str) -> &str {
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    &text[..end.map_or(text.len(), |end| end + 2)]
}

fn sound_string(string: &str) -> String {
    let mut out = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(c) = rest.chars().next() {
        let (read, written) = match c {
            '\\' => escape(rest),
            c if c.is_ascii_control() => (1, " "),
            c => (c.len_utf8(), &rest[..c.len_utf8()]),
        };
        out.push_str(written);
        rest = &rest[read..];
    }
    out
}

/// The bytes of the escape at the beginning of a text, and what to write for it.
fn escape(text: &str) -> (usize, &str) {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match (text.as_bytes().get(1), unit(0)) {
        (_, Some(0xd800..=0xdbff)) if matches!(unit(6), Some(0xdc00..=0xdfff)) => (12, &text[..12]),
        (_, Some(0xd800..=0xdfff)) => (6, "\\ufffd"),
        (_, Some(_)) => (6, &text[..6]),
        (Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), _) => (2, &text[..2]),
        _ => (1, "\\\\"),
    }
}

/// Levels of nesting that are read; a recording has some ten.
const DEPTH_MAX: usize = 100;

/// Leaves out what a page held and a request then carried.
fn without_pages(found: &mut Vec<Parameter>) {
    let essence = |parameter: &Parameter| essence(parameter.value.as_deref().unwrap_or_default());
    let requests = found.iter().filter(|one| !one.on_page && one.value.is_ok());
    let carried: HashSet<String> = requests.map(essence).collect();
    found.retain(|one| !one.on_page || !carried.contains(&essence(one)));
}

/// The letters and digits of a value: what stays the same, however it is encoded.
fn essence(value: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
    decoded
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// The messages of one exchange in a HAR file: in the query, in the body, or in the page that came back.
fn of_har(entry: &Value) -> Vec<Parameter> {
    let text_at = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
    let url = text_at("/request/url").unwrap_or_default();
    let sent = Sent {
        at: text_at("/startedDateTime").and_then(|at| at.parse::<Timestamp>().ok()),
        to: Some(receiver(url)).filter(|to| !to.is_empty()),
    };
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut found = copied::find(query);
    if found.is_empty() {
        found = of_pairs(entry.pointer("/request/queryString"));
    }
    let body = text_at("/request/postData/text").map(|text| {
        plain(
            text,
            text_at("/request/postData/encoding").or(text_at("/request/postData/_encoding")),
        )
    });
    let posted = copied::find(&body.unwrap_or_default());
    match posted.is_empty() {
        true => found.extend(of_pairs(entry.pointer("/request/postData/params"))),
        false => found.extend(posted),
    }
    let mut found = sent_as(found, &sent);
    if let Some(content) = text_at("/response/content/text") {
        let content = plain(content, text_at("/response/content/encoding"));
        found.extend(page::find(&content).into_iter().map(|mut one| {
            one.sent.at = sent.at;
            one.on_page = true;
            one
        }));
    }
    found
}

fn of_tracer(request: &Value) -> Vec<Parameter> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let url = text("url").unwrap_or_default();
    let times = ["timestamp", "time", "date", "startedDateTime"];
    let sent = Sent {
        at: times
            .iter()
            .find_map(|name| text(name)?.parse::<Timestamp>().ok()),
        to: Some(receiver(url)).filter(|to| !to.is_empty()),
    };
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut found = of_pairs(request.get("post"));
    if found.is_empty() {
        found = of_pairs(request.get("get"));
    }
    if found.is_empty() {
        found = copied::find(query);
    }
    // Its own reading of the message may be all that was kept.
    if let (true, Some(xml)) = (found.is_empty(), text("saml")) {
        let name = match xml.contains("Response") {
            true => "SAMLResponse",
            false => "SAMLRequest",
        };
        found.push(Parameter::new(Some(name), STANDARD.encode(xml)));
    }
    sent_as(found, &sent)
}

fn sent_as(mut found: Vec<Parameter>, sent: &Sent) -> Vec<Parameter> {
    for parameter in &mut found {
        parameter.sent = sent.clone();
    }
    found
}

/// A text that a recording may hold in base64.
fn plain(text: &str, encoding: Option<&str>) -> String {
    let decoded = (encoding == Some("base64"))
        .then(|| STANDARD.decode(text).ok())
        .flatten();
    decoded.map_or_else(
        || text.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Parameters as a list of objects with name (or key) and value, or of pairs. A name that comes twice with one value is one.
fn of_pairs(list: Option<&Value>) -> Vec<Parameter> {
    let pairs = list.and_then(Value::as_array).into_iter().flatten();
    let pairs: Vec<(&str, &str)> = pairs
        .filter_map(|pair| match pair {
            Value::Array(pair) => Some((pair.first()?.as_str()?, pair.get(1)?.as_str()?)),
            // Postman keeps what it does not send.
            pair if pair.get("disabled") == Some(&Value::Bool(true)) => None,
            pair => {
                let name = pair.get("name").or(pair.get("key"))?;
                Some((name.as_str()?, pair.get("value")?.as_str()?))
            }
        })
        .collect();
    let relay_state = pairs.iter().find(|(name, _)| *name == "RelayState");
    let relay_state = relay_state.map(|(_, value)| (*value).to_owned());
    let messages = NAMES.into_iter().filter_map(|name| {
        let values = pairs.iter().filter(|(of, _)| *of == name);
        let mut values = values.map(|(_, value)| *value);
        let mut message = Parameter::new(Some(name), values.next()?);
        if values.any(|other| message.value.as_deref() != Ok(other)) {
            message.value = Err(CaptureError::Repeated(name));
        }
        message.relay_state.clone_from(&relay_state);
        Some(message)
    });
    messages.collect()
}

/// An address as it was written, where it is taken apart beside that, as Postman does.
fn raw(url: &Value) -> &Value {
    url.get("raw").unwrap_or(url)
}

/// The form of an address in which its message is looked for: as it was written, if that holds the message.
fn with_message(url: &Value) -> &Value {
    let written = raw(url);
    let holds = |written: &str| !copied::find(written).is_empty();
    match written.as_str().is_some_and(holds) {
        true => written,
        false => url,
    }
}

/// The messages in JSON of another shape, wherever it names the parameters.
fn in_json(json: &Value, sent: &Sent) -> Vec<Parameter> {
    let mut found = Vec::new();
    match json {
        Value::Array(items) => {
            found = sent_as(of_pairs(Some(json)), sent);
            if found.is_empty() {
                found.extend(items.iter().flat_map(|item| in_json(item, sent)));
            }
        }
        Value::Object(members) => {
            let url = members.get("url").map(raw).and_then(Value::as_str);
            let sent = match url {
                Some(url) => Sent {
                    at: sent.at,
                    to: Some(receiver(url)),
                },
                None => sent.clone(),
            };
            for (name, value) in members {
                let value = match name.as_str() {
                    "url" => with_message(value),
                    _ => value,
                };
                match (known_name(name), value.as_str()) {
                    (name @ Some(_), Some(value)) => {
                        let relay_state = members.get("RelayState").and_then(Value::as_str);
                        found.push(Parameter {
                            relay_state: relay_state.map(str::to_owned),
                            sent: sent.clone(),
                            ..Parameter::new(name, value)
                        });
                    }
                    (None, Some(text)) => found.extend(sent_as(copied::find(text), &sent)),
                    _ => found.extend(in_json(value, &sent)),
                }
            }
        }
        _ => {}
    }
    found
}
