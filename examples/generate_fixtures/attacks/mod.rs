//! Attacks on service providers, named after their rows in the list of attacks. Each keeps its signature valid where
//! the attack does, and names the control that shows it.

mod ciphertext;
mod encryption;
mod identifiers;
mod keys;
mod logout;
mod parties;
mod redirect;
mod signed_info;
mod structure;
mod values;
mod wrapping;

use super::base::*;
use super::book::Book;
use super::keys::Keys;
use super::logout::accepted_logout;
use super::manifest::Fixture;
use super::manifest::LogoutFixture;
use super::manifest::Who;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    wrapping::write(book, keys);
    signed_info::write(book, keys);
    keys::write(book, keys);
    values::write(book, keys);
    structure::write(book, keys);
    parties::write(book, keys);
    encryption::write(book, keys);
    redirect::write(book, keys);
    logout::write(book, keys);
}

/// An attack that is refused; its control is the plain sign-on with a signed assertion unless changed.
fn attack(rows: &[&str], file: &str, shows: &str, code: &str, checks: &[&str]) -> Fixture {
    Fixture {
        ..with_rows(
            refused(
                accepted(&format!("attacks/{file}.xml"), shows),
                code,
                checks,
            ),
            rows,
        )
    }
}

/// An attack that comes to nothing: the response is accepted, and is whose it was.
fn harmless(rows: &[&str], file: &str, shows: &str, who: Who) -> Fixture {
    let fixture = accepted(&format!("attacks/{file}.xml"), shows);
    Fixture {
        principal: Some(who),
        ..with_rows(fixture, rows)
    }
}

/// An attack on single logout that is refused; its control is the signed request, in a query or a form as the attack is.
fn logout_attack(row: &str, file: &str, shows: &str, code: &str) -> LogoutFixture {
    let control = format!("request.{}", &file[file.len() - 3..]);
    let fixture = LogoutFixture {
        attacks: vec![row.to_owned()],
        expected: code.to_owned(),
        ended: None,
        ..accepted_logout(&format!("attacks/{file}"), shows)
    };
    logout_controlled(fixture, &control)
}

/// The same attack beside another control.
fn logout_controlled(fixture: LogoutFixture, control: &str) -> LogoutFixture {
    LogoutFixture {
        control: Some(format!("logout/{control}")),
        ..fixture
    }
}

fn with_rows(fixture: Fixture, rows: &[&str]) -> Fixture {
    Fixture {
        attacks: rows.iter().map(|row| (*row).to_owned()).collect(),
        control: Some("responses/assertion-signed.xml".to_owned()),
        ..fixture
    }
}
