//! The limit on the SCIM requests of a connection.

use std::num::NonZeroU32;

use serde::Deserialize;
use serde::Serialize;

/// Requests a second, and how many may come at once. Entra sends about 25 a second for each tenant, so by default there
/// is room for four times that, and for a first cycle that comes in bursts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScimRate {
    /// Requests a second; 100 by default.
    pub per_second: NonZeroU32,
    /// Requests at once; 400 by default.
    pub burst: NonZeroU32,
}

impl Default for ScimRate {
    fn default() -> ScimRate {
        ScimRate {
            per_second: const { NonZeroU32::new(100).expect("100 is not 0") },
            burst: const { NonZeroU32::new(400).expect("400 is not 0") },
        }
    }
}
