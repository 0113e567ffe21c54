//! Captures that somebody made to break a reader, or to keep it busy.

use std::time::Duration;
use std::time::Instant;

use super::super::Entry;

#[test]
fn hostile_captures_end_soon() {
    let start = Instant::now();
    for unit in [
        "SAMLResponse=",
        "SAMLResponse= ",
        "SAMLRe",
        "<input ",
        "&",
        "%25",
        "a ",
        "\\",
        "=",
        "=\n",
        "&lt;input name=SAMLResponse ",
        "data:,",
        "data:;base64,",
        "00000000: 3c3c  ",
        "“SAMLResponse”: “",
        "\u{200b}",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        for text in [
            text.clone(),
            format!("SAMLResponse={text}"),
            format!("<input name=SAMLResponse value={text}"),
        ] {
            let _ = Entry::read(text.as_bytes());
        }
    }
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
}

/// Each unit made a reader go on to the end of the capture, once for every tag or request.
#[test]
fn long_captures_take_no_longer_than_plain_ones() {
    let time = |unit: &str, end: &str| {
        let capture = unit.repeat(8_000_000 / unit.len()) + end;
        let start = Instant::now();
        let _ = Entry::read(capture.as_bytes());
        start.elapsed()
    };
    let plain = time("<input name=SAMLRe value=a>", "");
    for (unit, end) in [
        ("<input name=SAMLResponse ", ""),
        ("<input name=SAMLResponse ", ">"),
        ("<textarea name=SAMLResponse title='\"", ""),
        ("POST /acs\nSAMLResponse=aaaaaaaaaaaaaaaa\n", ""),
    ] {
        let took = time(unit, end);
        assert!(
            took < plain * 20 + Duration::from_secs(5),
            "{unit}: {took:?}, and {plain:?} for a plain one"
        );
    }
}

/// A place of a dump says how much a squeezed line stands for.
#[test]
fn a_dump_is_not_squeezed_without_bounds() {
    for place in ["fffffffffffffff0", "04000010", "00000018", "00000000"] {
        let dump = format!(
            "00000000  3c 61 2f 3e 3c 61 2f 3e  3c 61 2f 3e 3c 61 2f 3e\n*\n{place}  3c 61 2f 3e"
        );
        let error = Entry::read(dump.as_bytes()).err().map(|e| e.to_string());
        let error = error.unwrap_or_default();
        assert!(
            error.contains("its line 3 does not go on"),
            "{place}: {error}"
        );
    }
}
