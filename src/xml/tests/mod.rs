//! Tests of the module as a whole, by subject.

mod c14n;
mod names;
mod reader;
mod round_trip;
mod second_reader;
mod tree;
mod writer;

use super::Budget;
use super::Document;

/// The code with which a message is refused, or `"ok"`.
fn verdict(text: &str) -> &'static str {
    verdict_within(text, &Budget::MESSAGE)
}

fn verdict_within(text: &str, budget: &Budget) -> &'static str {
    match Document::parse(text, budget) {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}
