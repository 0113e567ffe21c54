//! Problems of a site, before somebody meets them at the door.

mod checklist;
mod clock;
mod configuration;
mod connection;
mod door;
mod entra;
mod finding;
mod people;
mod site;
#[cfg(unix)]
mod store_file;
#[cfg(unix)]
mod tls;

pub use self::connection::MetadataAddress;
pub use self::finding::Finding;
pub use self::site::SiteCheck;
pub use self::site::site;
#[cfg(unix)]
pub(crate) use self::store_file::copies;
#[cfg(unix)]
pub use self::store_file::store_file;
#[cfg(unix)]
pub use self::tls::tls;

hidden! {
    pub use self::checklist::Part;
    pub use self::checklist::STEPS;
    pub use self::checklist::Step;
    pub use self::configuration::configuration;
    #[cfg(unix)]
    pub use self::store_file::secret_file;
}
