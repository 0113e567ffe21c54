//! Workload identity federation: the tokens of an identity provider that stand for a client of ours.

use serde::Deserialize;
use serde::Serialize;

use crate::address::AddressPolicy;

/// The tokens that are believed to be the client's. Stores keep it as JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Federation {
    /// The issuer of the tokens (`iss`).
    pub issuer: String,
    /// The tenant (`tid`).
    pub tenant: String,
    /// The app that the token was issued to (`appid` or `azp`).
    pub app: String,
    /// The principal whose token it is (`sub`). Every principal of the tenant that can get a token for the app has the same issuer,
    /// tenant and audience, so this alone tells the provisioning service from the others.
    pub subject: String,
    /// The audiences (`aud`) that are taken.
    pub audiences: Vec<String>,
    /// The address of the identity provider's keys.
    pub keys_url: String,
    /// The addresses that its host may have.
    #[serde(default = "public_only")]
    pub keys_addresses: AddressPolicy,
}

fn public_only() -> AddressPolicy {
    AddressPolicy::PublicOnly
}
