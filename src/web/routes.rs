//! The routes of a site, put together.

use axum::Router;
use axum::body::Body;
use axum::middleware;
use axum::routing::get;
use tower::ServiceBuilder;

use super::Entrada;
use super::RouterState;
use super::bodies;
use super::cookie::doubled;
use super::home;
use super::metrics;
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
        Router::new()
            .route_service("/saml", saml.clone())
            .route_service("/saml/", saml.clone())
            .route_service("/saml/{*rest}", saml)
            .merge(scim::routes(&self.inner.scim))
            .layer(
                ServiceBuilder::new()
                    .layer(middleware::from_fn_with_state(
                        self.inner.proxies.clone(),
                        request_id::name,
                    ))
                    .layer(middleware::from_fn_with_state(
                        self.inner.bodies.clone(),
                        bodies::count,
                    )),
            )
    }

    /// The whole app that `entrada serve` runs: [`Entrada::routes`], a page at `/` that tells people whether they are
    /// signed in, and `/healthz` and `/readyz`, which answer a status and one word. What names connections is left to
    /// [`Entrada::probes`], on a listener of its own.
    pub fn service(&self) -> Router {
        let pages = Router::new()
            .route("/", get(home::show))
            .route("/healthz", get(probes::healthz))
            .route("/readyz", get(probes::ready_or_not))
            .fallback(saml::near_miss::show)
            .method_not_allowed_fallback(saml::near_miss::wrong_method)
            .layer(
                ServiceBuilder::new()
                    .layer(middleware::from_fn_with_state(
                        self.inner.proxies.clone(),
                        request_id::name,
                    ))
                    .layer(middleware::from_fn_with_state(
                        self.inner.pages.clone(),
                        pages::layer,
                    ))
                    .layer(middleware::from_fn_with_state(
                        self.inner.bodies.clone(),
                        bodies::count,
                    ))
                    .layer(middleware::from_fn_with_state(
                        self.inner.place(),
                        doubled::guard,
                    )),
            )
            .with_state(self.clone());
        let routes = Router::new().merge(self.routes()).merge(pages);
        self.inner.mount.below(routes)
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
