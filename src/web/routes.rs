//! The routes of a site, put together.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::Entrada;
use super::RouterState;
use super::bodies;
use super::cookie::doubled;
use super::home;
use super::metrics;
use super::oauth;
use super::pages;
use super::probes;
use super::request_id;
use super::saml;
use super::scim;

impl Entrada {
    /// The routes under `/saml` and `/scim`, to merge into any app: for each connection `/saml/{connection}/metadata`,
    /// `/login`, `/acs` and `/slo`, and the SCIM server at `/scim/{connection}/v2`; `/saml/login`, `/saml/logout` and
    /// `/saml/sessions` for all, and a page at any other address below `/saml`.
    ///
    /// They bring their own limits (4 MiB for a posted response, 1 MiB for a resource, 30 seconds for an answer) and
    /// security headers. Serve the app with [`serve`](crate::web::serve): slow clients then stop nobody, and clients
    /// are counted by address, which needs `ConnectInfo<SocketAddr>` in each request; else all addresses count as one.
    pub fn routes<S, Kind>(&self) -> Router<S>
    where
        S: RouterState<Kind> + Clone + Send + Sync + 'static,
    {
        // All that is below `/saml` is ours, so that addresses which are nearly right are answered too.
        let saml = saml::routes(self).into_service::<Body>();
        let routes = Router::new()
            .route_service("/saml", saml.clone())
            .route_service("/saml/", saml.clone())
            .route_service("/saml/{*rest}", saml)
            .merge(scim::routes(&self.inner.scim));
        self.numbered(self.counted(routes))
    }

    /// The token endpoint of each connection, `/entrada/oauth/{connection}/token`, where those who provision exchange the secret of an
    /// OAuth client for access tokens (RFC 6749 §4.4), and its metadata below `/.well-known/oauth-authorization-server`
    /// (RFC 8414 §3.1). Merge them at the root of the host beside [`Entrada::routes`], whose SCIM server takes the tokens; an app that is
    /// provisioned with bearer tokens alone needs none of them.
    ///
    /// They bring their own limits: 16 KiB for a request, 30 seconds for an answer.
    ///
    /// ```
    /// use axum::Router;
    /// use axum::body::Body;
    /// use axum::body::to_bytes;
    /// use axum::http::Request;
    /// use entrada::prelude::*;
    /// use tower::ServiceExt;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let fingerprint = entrada::crypto::Fingerprint::parse(&"AB".repeat(32))?;
    /// let entrada = Entrada::builder("https://app.example.com")
    ///     .store("memory:")
    /// #   .connection(Connection::builder("acme").fingerprint(fingerprint, "https://idp.example/", "https://idp.example/sso"))
    ///     .build()
    ///     .await?;
    /// let app: Router = Router::new()
    ///     .merge(entrada.routes())
    ///     .merge(entrada.oauth_routes())
    ///     .with_state(entrada);
    ///
    /// let address = "/.well-known/oauth-authorization-server/entrada/oauth/acme";
    /// let answer = app.oneshot(Request::get(address).body(Body::empty())?).await?;
    /// let metadata = to_bytes(answer.into_body(), 10_000).await?;
    /// let metadata: entrada::serde_json::Value = entrada::serde_json::from_slice(&metadata)?;
    /// let expected = "https://app.example.com/entrada/oauth/acme/token";
    /// assert_eq!(metadata["token_endpoint"], expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn oauth_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.numbered(self.counted(oauth::routes(&self.inner.oauth)))
    }

    /// The whole app that `entrada serve` runs: [`Entrada::routes`], [`Entrada::oauth_routes`], a page at `/` that tells people whether they are
    /// signed in, and `/healthz` and `/readyz`, which answer a status and one word. What names connections is left to
    /// [`Entrada::probes`], on a listener of its own.
    pub fn service(&self) -> Router {
        let pages = Router::new()
            .route("/", get(home::show))
            .route("/healthz", get(probes::healthz))
            .route("/readyz", get(probes::ready_or_not))
            .fallback(saml::near_miss::show)
            .method_not_allowed_fallback(saml::near_miss::wrong_method)
            .layer(from_fn_with_state(self.inner.place(), doubled::guard));
        let pages = self.counted(pages);
        let pages = pages.layer(from_fn_with_state(self.inner.pages.clone(), pages::layer));
        let pages = self.numbered(pages).with_state(self.clone());
        let routes = Router::new().merge(self.routes());
        let routes = routes.merge(self.oauth_routes()).merge(pages);
        self.inner.mount.below(routes)
    }

    /// Gives each request the number that answers and logs have.
    fn numbered<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        let proxies = self.inner.proxies.clone();
        routes.layer(from_fn_with_state(proxies, request_id::name))
    }

    /// Counts the bodies of requests against the bound of all that are read at once.
    fn counted<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        let bodies = self.inner.bodies.clone();
        routes.layer(from_fn_with_state(bodies, bodies::count))
    }

    /// `/healthz`, which answers while the process lives; `/readyz`, which answers with 200 while the store does and
    /// at least one connection can be trusted, and with `?connection=ID` asks for that one; `/metrics` in the text
    /// format of Prometheus. They name connections, unlisted ones too, and certificates: serve them on a listener that
    /// only your own machines reach, not beside [`Entrada::routes`]. `entrada serve` has them at `--admin-listen`.
    pub fn probes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/healthz", get(probes::healthz))
            .route("/readyz", get(probes::readyz))
            .route("/metrics", get(metrics::show))
            .with_state(self.clone())
    }

    /// The same for a process that serves TLS: `/metrics` tells when its certificate expires.
    #[cfg(feature = "tls")]
    pub fn probes_with_tls<S: Clone + Send + Sync + 'static>(&self, tls: &super::Tls) -> Router<S> {
        self.probes().layer(axum::Extension(tls.clone()))
    }
}
