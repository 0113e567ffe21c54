//! The least that a server could do: read the same form, and answer with a redirect and a cookie. What it reaches under
//! the same load is what HTTP and this machine leave to anybody.

use std::error::Error;
use std::net::SocketAddr;

use axum::Form;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Posted {
    #[serde(rename = "SAMLResponse")]
    response: String,
}

/// Serves until the process is ended.
pub(crate) fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = address.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        println!("listening");
        let routes = Router::new().route("/saml/{connection}/acs", post(receive));
        Ok(axum::serve(listener, routes).await?)
    })
}

async fn receive(Form(posted): Form<Posted>) -> Response {
    // As long as a real one, and read from the form, so that nothing of the work is left out.
    let cookie = format!("entrada-session={:043}; Path=/", posted.response.len());
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}
