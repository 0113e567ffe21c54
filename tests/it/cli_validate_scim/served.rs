//! Somebody at our own server who is nobody's business, and a look at all who are there.

use serde_json::Value;
use serde_json::json;

use crate::scim_served::Served;

impl Served {
    /// A server with somebody in it.
    pub(super) async fn with_bystander() -> Served {
        let served = Served::start().await;
        let bystander =
            json!({"userName": "bystander", "externalId": "bystander", "title": "Queen"});
        served.post("/Users", &bystander).await;
        served
    }

    /// The names of all users and groups.
    pub(super) async fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
            let resources = self.resources(&format!("{path}?count=1000")).await;
            let of = resources
                .iter()
                .map(|one| one[name].as_str().unwrap().to_owned());
            names.extend(of);
        }
        names
    }

    /// The bystander as they are now, with their version.
    pub(super) async fn bystander(&self) -> Value {
        let users = self
            .resources("/Users?filter=userName%20eq%20%22bystander%22")
            .await;
        users[0].clone()
    }
}

/// Runs what blocks, so that servers of this process go on meanwhile.
pub(super) async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
