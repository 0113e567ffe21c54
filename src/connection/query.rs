//! The addresses of the Metadata Query Protocol (`draft-young-md-query` §3.2.1): the encoded entity ID below `entities`.

use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;

pub(super) fn address(base_url: &str, entity_id: &str) -> String {
    let base = base_url.trim_end_matches('/');
    format!(
        "{base}/entities/{}",
        utf8_percent_encode(entity_id, RESERVED)
    )
}

/// All but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_id_is_one_segment_of_the_path() {
        for (base, entity_id, expected) in [
            (
                "https://mdq.example/",
                "https://idp.example/a b?c=d&e#f",
                "https://mdq.example/entities/https%3A%2F%2Fidp.example%2Fa%20b%3Fc%3Dd%26e%23f",
            ),
            (
                "https://mdq.example/v1",
                "urn:a-b_c.d~e",
                "https://mdq.example/v1/entities/urn%3Aa-b_c.d~e",
            ),
            (
                "https://mdq.example",
                "../ü",
                "https://mdq.example/entities/..%2F%C3%BC",
            ),
        ] {
            assert_eq!(address(base, entity_id), expected);
        }
    }
}
