//! A bound on the bodies that are under way: so many bytes are in memory for requests without an answer yet, however
//! many clients send however slowly. Requests whose credential was checked have room of their own, which strangers
//! cannot take. The rest waits in the sockets. Where there is no room left, one request ends that sends nothing any
//! more, or else one that has been arriving for too long; of several one of the client that has held the most for the
//! longest, over all its requests.

mod counted;
mod room;
mod share;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;

use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::time::Instant;

use self::counted::Counted;
use self::room::Account;
use self::room::Holding;
pub(super) use self::room::NoRoom;
use self::room::Shared;
use self::share::Share;
use super::client_address::TrustedProxies;
use super::client_address::network;
use crate::connection::ConnectionId;

/// The bodies under way of one site. All clones are one.
#[derive(Clone)]
pub(crate) struct Bodies {
    shared: Arc<Shared>,
    proxies: TrustedProxies,
}

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies::behind(TrustedProxies::default())
    }
}

impl Bodies {
    pub(super) fn behind(proxies: TrustedProxies) -> Bodies {
        Bodies::of(MOST, proxies)
    }

    fn of(most: usize, proxies: TrustedProxies) -> Bodies {
        let held = Mutex::default();
        Bodies {
            shared: Arc::new(Shared { most, held }),
            proxies,
        }
    }

    fn share(&self, client: Option<IpAddr>) -> Arc<Share> {
        let mut held = self.shared.held();
        let id = held.next;
        held.next += 1;
        let holding = Holding {
            account: Account::Stranger(client.map(network)),
            bytes: 0,
            since: Instant::now(),
            stalled: None,
            arriving: true,
            waits_for_room: false,
            given_up: false,
            reader: None,
        };
        held.requests.insert(id, holding);
        Arc::new(Share {
            bodies: self.shared.clone(),
            id,
        })
    }
}

/// Takes a body off the strangers' account: the credential of this connection came with it, and holds.
pub(super) fn vouch(parts: &Parts, connection: &ConnectionId) {
    if let Some(share) = parts.extensions.get::<Arc<Share>>() {
        share.is_of(connection);
    }
}

/// Counts the body of a request from its first byte until the answer is there. For `middleware::from_fn_with_state`.
pub(crate) async fn count(State(bodies): State<Bodies>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let share = bodies.share(bodies.proxies.origin(&parts).client);
    parts.extensions.insert(share.clone());
    let request = Request::from_parts(parts, body);
    let counted = |body| {
        let share = share.clone();
        Body::new(Counted { body, share })
    };
    let response = next.run(request.map(counted)).await;
    // Whoever could not read the body may have taken it for a broken one.
    match share.is_given_up() && response.status() != StatusCode::SERVICE_UNAVAILABLE {
        true => busy(),
        false => response,
    }
}

fn busy() -> Response {
    let text = "Too much is being sent to this site at the moment. Please try again.\n";
    let again = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, again, text).into_response()
}

/// Bytes of all bodies of strangers, and again of all that came with a credential: eight responses of the largest kind, or
/// thousands of common ones. Memory takes twice as much at worst.
const MOST: usize = 32 * 1024 * 1024;
