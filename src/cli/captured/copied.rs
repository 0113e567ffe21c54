//! Messages in text that was copied: the body of a form, the query of an address, a request as cURL, fetch or PowerShell, the
//! list of parameters in developer tools, an HTTP message. All of them have the name of the parameter, something that parts it
//! from its value, and the value, so one walk finds the messages of all.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::CaptureError;
use super::parameter::ENTRIES_MAX;
use super::parameter::NAMES;
use super::parameter::Parameter;
use super::parameter::receiver;
use crate::text::has_no_width;
use crate::text::is_quote;

/// The messages of a text, with the receiver that the text names before each.
pub(super) fn find(text: &str) -> Vec<Parameter> {
    let visible = match text.contains(has_no_width) {
        true => Cow::Owned(text.replace(has_no_width, "")),
        false => Cow::Borrowed(text),
    };
    let text = &*with_known_names(&visible);
    let mut found: Vec<Parameter> = Vec::new();
    let mut last: Option<Written<'_>> = None;
    let mut from = 0;
    while let Some(written) = next(text, from) {
        from = written.end;
        if found.len() == ENTRIES_MAX {
            break;
        }
        if let (Some(before), Some(parameter)) = (&last, found.last_mut())
            && before.name == written.name
            && text[before.end..written.start].starts_with('&')
        {
            if before.value != written.value {
                parameter.value = Err(CaptureError::Repeated(written.name));
            }
            continue;
        }
        let mut parameter = Parameter::new(Some(written.name), written.value);
        parameter.sent.to = receiver_before(text, written.start);
        found.push(parameter);
        last = Some(written);
    }
    if let [only] = found.as_mut_slice() {
        only.relay_state = relay_state(text);
    }
    found
}

/// The text with the names of the parameters as the standard spells them; tools write them in lower case, too.
fn with_known_names(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for name in NAMES {
        let (lower, upper) = (name.to_ascii_lowercase(), name.to_ascii_uppercase());
        let rest = &name["SAML".len()..];
        for written in [lower, upper, format!("saml{rest}"), format!("Saml{rest}")] {
            if text.contains(&written) {
                text = Cow::Owned(text.replace(&written, name));
            }
        }
    }
    text
}

struct Written<'a> {
    name: &'static str,
    value: &'a str,
    start: usize,
    end: usize,
}

fn next(text: &str, mut from: usize) -> Option<Written<'_>> {
    loop {
        let start = from + text[from..].find("SAMLRe")?;
        let rest = &text[start..];
        let name = NAMES.into_iter().find(|name| rest.starts_with(name));
        let within = text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (Some(name), false) = (name, within) else {
            from = start + "SAMLRe".len();
            continue;
        };
        let behind = &rest[name.len()..];
        let parted = parting(behind);
        let value = value(&behind[parted..]);
        let end = start + name.len() + parted + value.len();
        // The name in a sentence, or in the name of something else.
        let is_sure = behind.starts_with('=');
        if parted > 0 && (is_sure || value.trim().len() >= SHORTEST) {
            return Some(Written {
                name,
                value,
                start,
                end,
            });
        }
        from = end.max(start + name.len());
    }
}

/// Characters of the shortest value behind something other than `=`; no message has so few.
const SHORTEST: usize = 16;

/// Bytes of what parts a name from its value: `=`, `": "`, a tab, a line break, the blank line of a multipart body.
fn parting(behind: &str) -> usize {
    let parts =
        |c: char| c.is_whitespace() || is_quote(c) || matches!(c, '=' | ':' | '^' | '\\' | '>');
    let behind = beginning(behind, PARTING_MAX);
    let rest = behind.trim_start_matches(parts);
    // A value may begin with an escape.
    let parted = behind[..behind.len() - rest.len()]
        .trim_end_matches('\\')
        .len();
    match behind[..parted].contains(|c: char| c.is_whitespace() || c == '=' || c == ':') {
        true => parted,
        false => 0,
    }
}

const PARTING_MAX: usize = 16;

fn beginning(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The value at the beginning of a text: what may stand in base64, percent-encoded, escaped, or wrapped.
fn value(text: &str) -> &str {
    let mut end = 0;
    loop {
        let word = word(&text[end..]);
        end += word.len();
        let rest = &text[end..];
        let space = rest.len() - rest.trim_start().len();
        if word.is_empty() || space == 0 || !goes_on(&rest[space..]) {
            return &text[..end];
        }
        end += space;
    }
}

/// The characters of a value up to white space, or to what no value has.
fn word(text: &str) -> &str {
    let may = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '+' | '/' | '=' | '-' | '_' | '%' | '\\' | '^' | '`' | '*' | '.' | '…'
            )
    };
    let end = text.find(|c| !may(c)).unwrap_or(text.len());
    &text[..end]
}

/// Says if the text behind white space still belongs to a value: no further parameter, header, option or boundary.
fn goes_on(text: &str) -> bool {
    let word = word(text);
    let is_name = word.trim_end_matches('=').contains('=')
        || OTHERS.iter().any(|name| word.starts_with(name))
        || text[word.len()..].starts_with(':');
    !word.is_empty() && !word.starts_with('-') && !word.starts_with("HTTP/") && !is_name
}

/// Parameters that stand beside a message.
const OTHERS: [&str; 5] = [
    "RelayState",
    "SigAlg",
    "Signature",
    "SAMLRe",
    "SAMLEncoding",
];

/// The address to which the request that a text shows before this place went.
fn receiver_before(text: &str, place: usize) -> Option<String> {
    let from = (place.saturating_sub(LOOKED_BACK)..=place).find(|at| text.is_char_boundary(*at))?;
    let before = &text[from..place];
    let command = COMMANDS
        .iter()
        .filter_map(|command| before.rfind(command))
        .max();
    let line = ["POST ", "GET "]
        .iter()
        .filter_map(|method| before.rfind(method))
        .filter(|at| *at == 0 || before[..*at].ends_with('\n'))
        .max();
    let behind = beginning(&text[place..], LOOKED_BACK);
    match (command, line) {
        // The parameters of GET stand in the first line, before the headers.
        (None, Some(line)) => of_http(&text[from + line..place + behind.len()]),
        (None, None) => address(before),
        // The address may stand behind the body.
        (Some(command), _) => address(&before[command..]).or_else(|| address(behind)),
    }
}

/// Bytes before a message, and characters behind its name, in which its receiver is looked for: headers and cookies of a
/// request are less.
const LOOKED_BACK: usize = 64 * 1024;

const COMMANDS: [&str; 5] = [
    "curl ",
    "fetch(",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "wget ",
];

fn address(text: &str) -> Option<String> {
    let start = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| text.find(scheme))
        .min()?;
    let end =
        |c: char| c.is_whitespace() || is_quote(c) || matches!(c, '^' | '<' | '>' | '?' | '#');
    let url = &text[start..];
    Some(url[..url.find(end).unwrap_or(url.len())].to_owned())
}

/// The address of an HTTP message: that of its first line, at the host that a header names.
fn of_http(message: &str) -> Option<String> {
    let target = message.split_whitespace().nth(1)?;
    if target.starts_with("http") {
        return Some(receiver(target));
    }
    let mut headers = message
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty());
    let host = headers.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host")
            .then(|| value.trim().to_owned())
    });
    Some(format!("https://{}{}", host?, receiver(target)))
}

/// The RelayState beside the only message of a text.
fn relay_state(text: &str) -> Option<String> {
    let (before, behind) = text.split_once("RelayState")?;
    if before.ends_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let parted = parting(behind);
    if parted == 0 {
        return None;
    }
    let is_form =
        behind.starts_with('=') && !behind[1..].starts_with(|c: char| c == ' ' || is_quote(c));
    let opening = behind[..parted].chars().rfind(|c| is_quote(*c));
    let opening = opening.or(before.chars().next_back().filter(|c| is_quote(*c)));
    // In a form or a query, what stops is percent-encoded; behind `#` the fragment of an address begins.
    let stops = |c: char| match is_form {
        true => is_quote(c) || matches!(c, '&' | '#') || c.is_whitespace(),
        false => matches!(c, '&' | '\n' | '\r') || is_closing(c, opening),
    };
    let value = &behind[parted..];
    let value = value[..value.find(stops).unwrap_or(value.len())].replace('^', "");
    let spaced = if is_form {
        value.replace('+', " ")
    } else {
        value
    };
    Some(
        percent_decode_str(spaced.trim())
            .decode_utf8_lossy()
            .into_owned(),
    )
}

/// True for the quote that closes a value: the counterpart of the one that opened it, and without such a one a quote of ASCII.
/// Any other is part of the value, such as an apostrophe.
fn is_closing(c: char, opening: Option<char>) -> bool {
    match opening {
        None => matches!(c, '"' | '\''),
        Some('“' | '„' | '‟') => matches!(c, '”' | '“'),
        Some('‘' | '‚' | '‛') => matches!(c, '’' | '‘'),
        Some('«') => c == '»',
        Some('»') => c == '«',
        Some('‹') => c == '›',
        Some('›') => c == '‹',
        Some(same) => c == same,
    }
}
