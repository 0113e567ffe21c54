//! Changes to a query, as an attacker makes them: parameters twice, in another order, under another name, with other escapes.

use super::mutate::Dice;

/// The query with one change that `seed` chooses; `None` if there is nothing to change.
pub fn requeried(query: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let mut pairs: Vec<Vec<u8>> = query.split(|b| *b == b'&').map(<[u8]>::to_vec).collect();
    let one = dice.roll(pairs.len() as u32) as usize;
    let other = dice.roll(pairs.len() as u32) as usize;
    match dice.roll(8) {
        0 => pairs.insert(other, pairs[one].clone()),
        1 => drop(pairs.remove(one)),
        2 => pairs.swap(one, other),
        3 => {
            let (name, value) = (name(&pairs[one]).to_vec(), value(&pairs[other]));
            pairs[one] = [&name, &b"="[..], value].concat();
        }
        4 => {
            let name = *dice.of(&NAMES)?;
            pairs[one] = [name, b"=", value(&pairs[one])].concat();
        }
        5 => pairs.insert(
            other,
            [*dice.of(&NAMES)?, b"=", *dice.of(&VALUES)?].concat(),
        ),
        6 => pairs[one] = escaped(&pairs[one], &mut dice)?,
        _ => pairs[one] = in_other_case(&pairs[one], &mut dice)?,
    }
    let joint = if dice.roll(16) == 0 { b";" } else { b"&" };
    Some(pairs.join(&joint[..]))
}

fn name(pair: &[u8]) -> &[u8] {
    pair.split(|b| *b == b'=').next().unwrap_or_default()
}

fn value(pair: &[u8]) -> &[u8] {
    pair.get(name(pair).len() + 1..).unwrap_or_default()
}

/// One byte, escaped.
fn escaped(pair: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let at = dice.roll(pair.len() as u32) as usize;
    let escape = format!("%{:02X}", pair.get(at)?);
    Some([&pair[..at], escape.as_bytes(), &pair[at + 1..]].concat())
}

/// One escape, in the other case or undone.
fn in_other_case(pair: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let escapes: Vec<usize> = (0..pair.len().saturating_sub(2))
        .filter(|at| pair[*at] == b'%')
        .collect();
    let at = *dice.of(&escapes)?;
    let digits = std::str::from_utf8(&pair[at + 1..at + 3]).ok()?;
    let again = match dice.roll(3) {
        0 => format!("%{}", digits.to_lowercase()).into_bytes(),
        1 => format!("%{}", digits.to_uppercase()).into_bytes(),
        _ => vec![u8::from_str_radix(digits, 16).ok()?],
    };
    Some([&pair[..at], &again, &pair[at + 3..]].concat())
}

/// Names that readers of queries have confused.
const NAMES: [&[u8]; 10] = [
    b"SAMLRequest",
    b"SAMLResponse",
    b"%53AMLRequest",
    b"SAMLRequest%00",
    b"samlrequest",
    b"xSAMLRequest",
    b"RelayState",
    b"SigAlg",
    b"Signature",
    b"SAMLEncoding",
];

/// Values that decide something.
const VALUES: [&[u8]; 5] = [
    b"",
    b"x",
    b"http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256",
    b"http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23hmac-sha1",
    b"urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE",
];
