//! The facts of an address of a database, read without a connection to it, for a fuzz target.

use tokio_postgres::config::Host;
use tokio_postgres::config::SslMode;

use super::address::AddressError;
use super::address::DatabaseAddress;

/// The facts of an address.
#[derive(Clone, Debug)]
pub struct AddressFacts {
    /// The names, paths and addresses of its hosts.
    pub hosts: Vec<String>,
    /// True where no connection goes without TLS.
    pub needs_tls: bool,
    /// Connections of a process at most.
    pub connections: usize,
}

/// Reads an address without a connection to it.
pub fn read_address(url: &str) -> Result<AddressFacts, AddressError> {
    let DatabaseAddress {
        config,
        connections,
        ..
    } = DatabaseAddress::parse(url)?;
    let names = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().map(ToString::to_string);
    Ok(AddressFacts {
        hosts: names.chain(addresses).collect(),
        needs_tls: config.get_ssl_mode() == SslMode::Require,
        connections,
    })
}
