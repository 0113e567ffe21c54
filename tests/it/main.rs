//! The tests that need more than one layer, or a program that is not ours: one binary, one module per subject.
#![allow(clippy::unwrap_used)]

mod checks_page;
mod crash;
mod layers;
mod practice;
mod simplesamlphp;
mod site;
mod store_contract;
mod user_agent;
mod web;
mod web_faults;
