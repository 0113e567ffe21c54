//! The `entrada` command.
fn main() {}
