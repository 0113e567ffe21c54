//! From where a request comes, as the person may recognise it.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::session::Device;

/// The client of a request. Its address is known where the app is served with
/// `into_make_service_with_connect_info::<SocketAddr>()`; behind a proxy it is the proxy's.
pub(super) struct Client(pub(super) Device);

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Client, Infallible> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = address.map(|ConnectInfo(address)| address.ip().to_string());
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Ok(Client(Device::new(address, agent)))
    }
}
