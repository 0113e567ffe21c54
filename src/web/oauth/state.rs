//! The state that the token endpoints keep between requests.

use std::sync::Arc;
use std::time::Duration;

use super::rate::IssueRate;
use crate::site::Outcomes;
use crate::site::Site;
use crate::web::client_address::TrustedProxies;
use crate::web::throttle::Throttle;

pub(in crate::web) struct OAuth {
    pub(super) site: Arc<Site>,
    pub(super) proxies: TrustedProxies,
    pub(super) throttle: Arc<Throttle>,
    pub(super) timeout: Duration,
    pub(super) issued: IssueRate,
    /// The counts of token requests, by the code of their outcome.
    pub(in crate::web) outcomes: Outcomes,
}

impl OAuth {
    pub(in crate::web) fn new(
        site: Arc<Site>,
        proxies: TrustedProxies,
        throttle: Arc<Throttle>,
        timeout: Duration,
    ) -> OAuth {
        OAuth {
            site,
            proxies,
            throttle,
            timeout,
            issued: IssueRate::new(),
            outcomes: Outcomes::default(),
        }
    }
}
