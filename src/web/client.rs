//! From where a request comes, as the person may recognise it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::Entrada;
use crate::session::Device;

/// The client of a request. Its address is known where the app is served with [`serve`](super::serve()); behind a proxy that
/// is not trusted it is the proxy's.
pub(super) struct Client(pub(super) Device);

impl FromRequestParts<Entrada> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<Client, Infallible> {
        let address = entrada.inner.proxies.origin(parts).client;
        let address = address.map(|address| address.to_string());
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Ok(Client(Device::new(address, agent)))
    }
}
