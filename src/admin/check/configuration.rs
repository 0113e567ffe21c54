//! Problems of the settings of a server, for which no store is needed.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::finding::Finding;
use crate::admin::connections;
use crate::admin::connections::ReadConnection;
use crate::connection::BaseUrl;

/// Finds what is wrong with the address for people, the address to listen on, and connections as they were read.
pub fn configuration(
    base_url: Option<&str>,
    listen: Option<&str>,
    read: &[ReadConnection],
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |code, message| findings.push(Finding::new("configuration", code, message));
    if let Some(Err(error)) = base_url.map(str::parse::<BaseUrl>) {
        add("base-url", error.to_string());
    }
    if listen.is_some_and(|address| address.parse::<SocketAddr>().is_err()) {
        let message = "listen: expected an address such as 127.0.0.1:8080";
        add("listen-address", message.to_owned());
    }
    let wanted = connections::wanted(read, &[], now);
    for problem in wanted.err().into_iter().flatten() {
        add("connection-settings", problem);
    }
    findings
}
