//! The tests that need more than one layer, or a program that is not ours: one binary, one module per subject.
#![allow(clippy::unwrap_used)]

mod browser;
mod checks_page;
mod cli_check;
mod cli_connection;
mod cli_decode;
mod cli_demo;
mod cli_fingerprint;
mod cli_fixtures;
mod cli_help;
mod cli_key;
mod cli_metadata;
mod cli_serve;
mod cli_session;
mod cli_verify;
mod command_line;
mod crash;
mod crash_serve;
mod encrypted;
mod fixtures;
mod fuzz_corpus;
mod layers;
mod practice;
mod practice_logout;
mod replay;
mod serving;
mod simplesamlphp;
mod site;
mod store_contract;
mod user_agent;
mod web;
mod web_faults;
mod web_logout;
mod web_options;
mod xenc;
mod xmlsec1;
