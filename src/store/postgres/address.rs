//! The address of a database: a URL as libpq takes it, with parameters of ours. What is read here is not passed on.

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::SslConnector;
use openssl::ssl::SslMethod;
use openssl::ssl::SslVerifyMode;
use percent_encoding::percent_decode_str;
use postgres_openssl::MakeTlsConnector;
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres::config::SslMode;
use tokio_postgres::config::TargetSessionAttrs;

use super::conn::Statements;

/// A database, and the way to it.
pub(super) struct DatabaseAddress {
    pub(super) config: Config,
    pub(super) tls: MakeTlsConnector,
    pub(super) statements: Statements,
    /// Connections of a process at most.
    pub(super) connections: usize,
}

impl DatabaseAddress {
    /// Reads a URL. A password that it does not hold comes from the file that it names, or from the variable `PGPASSWORD`.
    pub(super) fn parse(url: &str) -> Result<DatabaseAddress, AddressError> {
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let mut own = Parameters::default();
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|one| !one.is_empty()) {
            if !own.take(parameter)? {
                others.push(parameter);
            }
        }
        let rest = format!("{address}?{}", others.join("&"));
        // The text of the library's error may hold a part of the URL.
        let mut config: Config = rest.parse().map_err(|_| AddressError::Malformed)?;
        if config.get_password().is_none()
            && let Some(password) = own.password()?
        {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("entrada");
        }
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE);
        let tls = own.tls.unwrap_or(match is_local(&config) {
            true => Tls::Prefer,
            false => Tls::VerifyFull,
        });
        config.ssl_mode(tls.mode());
        Ok(DatabaseAddress {
            tls: connector(tls, own.root_certificates.as_ref())?,
            config,
            statements: own.statements,
            connections: own.connections,
        })
    }
}

/// The parameters that this store reads itself.
struct Parameters {
    tls: Option<Tls>,
    root_certificates: Option<PathBuf>,
    password_file: Option<PathBuf>,
    statements: Statements,
    connections: usize,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            tls: None,
            root_certificates: None,
            password_file: None,
            statements: Statements::Named,
            connections: CONNECTIONS,
        }
    }
}

impl Parameters {
    /// Reads a parameter; false for one that is not ours.
    fn take(&mut self, parameter: &str) -> Result<bool, AddressError> {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| AddressError::Malformed)?;
        let unknown = |name, expected| AddressError::Parameter {
            name,
            expected,
            found: value.to_string(),
        };
        match name {
            "sslmode" => {
                let tls = Tls::named(&value);
                self.tls = Some(tls.ok_or_else(|| unknown("sslmode", SSLMODES))?);
            }
            "sslrootcert" => self.root_certificates = Some(PathBuf::from(&*value)),
            "password_file" => self.password_file = Some(PathBuf::from(&*value)),
            "statements" => {
                self.statements = match &*value {
                    "named" => Statements::Named,
                    "unnamed" => Statements::Unnamed,
                    _ => return Err(unknown("statements", "named or unnamed")),
                }
            }
            "connections" => {
                let number = value.parse().ok();
                let number = number.filter(|number| (1..=MOST_CONNECTIONS).contains(number));
                self.connections =
                    number.ok_or_else(|| unknown("connections", "a number from 1 to 500"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn password(&self) -> Result<Option<String>, AddressError> {
        let Some(file) = &self.password_file else {
            return Ok(std::env::var("PGPASSWORD").ok());
        };
        let text = fs::read_to_string(file).map_err(|cause| AddressError::File {
            name: "password_file",
            path: file.clone(),
            cause,
        })?;
        Ok(text.lines().next().map(str::to_owned))
    }
}

/// Whether a connection is encrypted, and whom it is encrypted for, by the names of libpq.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tls {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Tls {
    fn named(name: &str) -> Option<Tls> {
        Some(match name {
            "disable" => Tls::Disable,
            "prefer" => Tls::Prefer,
            "require" => Tls::Require,
            "verify-ca" => Tls::VerifyCa,
            "verify-full" => Tls::VerifyFull,
            _ => return None,
        })
    }

    fn mode(self) -> SslMode {
        match self {
            Tls::Disable => SslMode::Disable,
            Tls::Prefer => SslMode::Prefer,
            Tls::Require | Tls::VerifyCa | Tls::VerifyFull => SslMode::Require,
        }
    }
}

/// True where no network lies between this process and the database. An address counts before the name beside it.
fn is_local(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    names && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn connector(
    tls: Tls,
    root_certificates: Option<&PathBuf>,
) -> Result<MakeTlsConnector, AddressError> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(AddressError::Tls)?;
    if let Some(path) = root_certificates {
        let read = builder.set_ca_file(path);
        read.map_err(|cause| AddressError::RootCertificates {
            path: path.clone(),
            cause,
        })?;
    }
    if matches!(tls, Tls::Disable | Tls::Prefer | Tls::Require) {
        builder.set_verify(SslVerifyMode::NONE);
    }
    let mut connector = MakeTlsConnector::new(builder.build());
    if tls == Tls::VerifyCa {
        connector.set_callback(|connection, _| {
            connection.set_verify_hostname(false);
            Ok(())
        });
    }
    Ok(connector)
}

/// The address of a database cannot be used. No message holds a password.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The URL is none.
    #[error(
        "the address of the database is malformed: expected postgres://USER@HOST[:PORT][,HOST…]/DATABASE[?PARAMETER=VALUE&…], as docs/nodes.md says"
    )]
    Malformed,
    /// A parameter has a value that it cannot have.
    #[error("the parameter {name} of the database's address: expected {expected}, found {found:?}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// The values that it can have.
        expected: &'static str,
        /// Its value.
        found: String,
    },
    /// A file that the address names cannot be read.
    #[error("the file of the parameter {name} of the database's address cannot be read: {}", path.display())]
    File {
        /// The name of the parameter.
        name: &'static str,
        /// The path.
        path: PathBuf,
        /// The error of the system.
        #[source]
        cause: std::io::Error,
    },
    /// The file of certificates that the server's one is checked with cannot be read.
    #[error("the certificates of the parameter sslrootcert of the database's address cannot be read: {}", path.display())]
    RootCertificates {
        /// The path.
        path: PathBuf,
        /// The error of OpenSSL.
        #[source]
        cause: ErrorStack,
    },
    /// OpenSSL cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] ErrorStack),
}
debug_as_sentence!(AddressError);

const SSLMODES: &str = "disable, prefer, require, verify-ca or verify-full";

/// Enough for some hundred sign-ons a second, and little for a server that many nodes share.
const CONNECTIONS: usize = 16;

const MOST_CONNECTIONS: usize = 500;

/// The time that one host is given to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The time after which a connection counts as dead over which nothing comes.
const SILENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> DatabaseAddress {
        DatabaseAddress::parse(url).unwrap()
    }

    fn refused(url: &str) -> String {
        DatabaseAddress::parse(url).err().unwrap().to_string()
    }

    #[test]
    fn a_network_is_never_trusted_unless_somebody_says_so() {
        for (url, mode) in [
            ("postgres://ada@db.example/entrada", SslMode::Require),
            (
                "postgres://ada@localhost,db.example/entrada",
                SslMode::Require,
            ),
            ("postgres://ada@localhost/entrada", SslMode::Prefer),
            ("postgres:///entrada?host=/run/postgresql", SslMode::Prefer),
            (
                "postgres://ada@localhost/entrada?hostaddr=10.0.0.1",
                SslMode::Require,
            ),
            ("postgres:///entrada?hostaddr=10.0.0.1", SslMode::Require),
            (
                "postgres://ada@db.example/entrada?sslmode=disable",
                SslMode::Disable,
            ),
            (
                "postgres://ada@db.example/entrada?sslmode=prefer",
                SslMode::Prefer,
            ),
        ] {
            assert_eq!(parsed(url).config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn several_hosts_are_taken_and_the_one_that_takes_changes_is_looked_for() {
        let config = parsed("postgres://ada@one:5432,two:5433/entrada?sslmode=require").config;
        assert_eq!(config.get_hosts().len(), 2);
        assert_eq!(config.get_ports(), [5432, 5433]);
        assert_eq!(
            config.get_target_session_attrs(),
            TargetSessionAttrs::ReadWrite
        );
    }

    #[test]
    fn parameters_of_ours_are_read_and_others_passed_on() {
        let address = parsed(
            "postgres:///entrada?host=/run&statements=unnamed&connections=3&application_name=two",
        );
        assert_eq!(address.statements, Statements::Unnamed);
        assert_eq!(address.connections, 3);
        assert_eq!(address.config.get_application_name(), Some("two"));
    }

    #[test]
    fn a_bad_address_is_refused_without_its_password() {
        for (url, says) in [
            (
                "postgres://ada:hunter2@db/entrada?sslmode=on",
                "expected disable, prefer",
            ),
            (
                "postgres://ada:hunter2@db/entrada?statements=1",
                "expected named or unnamed",
            ),
            (
                "postgres://ada:hunter2@db/entrada?connections=0",
                "from 1 to 500",
            ),
            (
                "postgres://ada:hunter2@db/entrada?connections=x",
                "from 1 to 500",
            ),
            ("postgres://ada:hunter2@db:port/entrada", "malformed"),
            ("postgres://ada:hunter2@db/entrada?unknown=1", "malformed"),
            (
                "postgres://ada:hunter2@db/entrada?password_file=/nowhere/at/all",
                "/nowhere/at/all",
            ),
            (
                "postgres://ada:hunter2@db/entrada?sslrootcert=/nowhere/at/all",
                "/nowhere/at/all",
            ),
        ] {
            // A password in the address counts before the one in a file.
            let url = match url.contains("password_file") {
                true => url.replace(":hunter2", ""),
                false => url.to_owned(),
            };
            let error = refused(&url);
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_password_comes_from_a_file_by_its_first_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hunter2\nnot this\n").unwrap();
        let url = format!(
            "postgres://ada@localhost/entrada?password_file={}",
            file.path().display()
        );
        let password = parsed(&url).config.get_password().map(<[u8]>::to_vec);
        assert_eq!(password.as_deref(), Some(&b"hunter2"[..]));
    }
}
