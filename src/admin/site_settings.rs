//! The settings of a site as a whole: the address under which people reach it.

use super::Admin;
use super::Done;
use crate::configuration::first_base_url;
use crate::configuration::put_base_url;
use crate::connection::BaseUrl;
use crate::connection::Connection;

/// The address of a site: the one that holds for a run, and the one that the site keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteAddress {
    /// The address that was given for this run.
    pub given: Option<BaseUrl>,
    /// The address that the site keeps.
    pub kept: Option<BaseUrl>,
}

/// The address for this run. Nothing is written. Fails where the store does.
pub async fn address(admin: &Admin, given: Option<&BaseUrl>) -> Done<SiteAddress> {
    Ok(SiteAddress {
        given: given.cloned(),
        kept: admin.store().base_url().await?,
    })
}

/// The address for this run, which the site keeps if it has none yet. Fails where the store does.
pub async fn keep_address(admin: &Admin, given: Option<&BaseUrl>) -> Done<SiteAddress> {
    if let Some(url) = given {
        first_base_url(admin.store(), url).await?;
    }
    address(admin, given).await
}

/// The move of a site to another address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressMoved {
    /// The address before, if it was another one.
    pub before: Option<BaseUrl>,
    /// The number of connections whose addresses change with it.
    pub connections: usize,
}

/// Finds what [`set_address`] would move. Nothing is written. Fails where the store does.
pub(crate) async fn would_move(admin: &Admin, url: &BaseUrl) -> Done<AddressMoved> {
    let before = admin.store().base_url().await?;
    let before = before.filter(|before| before != url);
    let connections = match &before {
        Some(before) => {
            let all = admin.store().connections().await?;
            let ours = |one: &Connection, url| (one.sp_entity_id(url), one.acs_url(url));
            let moves = |one: &&Connection| ours(one, before) != ours(one, url);
            all.iter().filter(moves).count()
        }
        None => 0,
    };
    Ok(AddressMoved {
        before,
        connections,
    })
}

/// Sets the address that the site keeps. Fails where the store does.
pub async fn set_address(admin: &Admin, url: &BaseUrl) -> Done<AddressMoved> {
    let moved = would_move(admin, url).await?;
    put_base_url(admin.store(), url).await?;
    Ok(moved)
}
