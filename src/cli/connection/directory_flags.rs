//! The flags that say who may sign in, as whom, and for how long.

use super::super::input::named;
use super::settings::Settings;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;

/// Whom a connection lets in.
#[derive(clap::Args)]
pub(super) struct DirectoryFlags {
    /// Let in people who were not provisioned: the same as --sign-on just-in-time
    #[arg(long, conflicts_with = "sign_on")]
    pub(super) jit: bool,
    /// Who may sign in: provisioned-only, just-in-time, or just-in-time-until-provisioned [default: provisioned-only, as
    /// soon as there is a SCIM token]
    #[arg(long, value_name = "POLICY", value_parser = |name: &str| named(&SignOnPolicy::ALL, name))]
    pub(super) sign_on: Option<SignOnPolicy>,
    /// What ties a person to their user: object-id, user-principal-name, name-id, or email [default: object-id]
    #[arg(long, value_name = "RULE", value_parser = |name: &str| named(&LinkRule::ALL, name))]
    pub(super) link_rule: Option<LinkRule>,
    /// What becomes of sessions when provisioning changes groups: keep, refresh, or re-authenticate [default: keep]
    #[arg(long, value_name = "CHOICE", value_parser = |name: &str| named(&GroupChange::ALL, name))]
    pub(super) group_change: Option<GroupChange>,
    /// How many users may be active at once [default: any number]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seats: Option<u32>,
    /// How long a session lasts without a request, in seconds: 60 to 2592000 [default: as long as its lifetime]
    #[arg(long, value_name = "SECONDS")]
    pub(super) session_idle: Option<u64>,
}

impl DirectoryFlags {
    /// Settings that say what was given here, and nothing else; `None` where nothing was.
    pub(super) fn settings(&self) -> Option<Settings> {
        let is_given = self.jit
            || self.sign_on.is_some()
            || self.link_rule.is_some()
            || self.group_change.is_some()
            || self.seats.is_some()
            || self.session_idle.is_some();
        is_given.then(|| Settings {
            jit: self.jit,
            sign_on: self.sign_on,
            link_rule: self.link_rule,
            group_change: self.group_change,
            seats: self.seats,
            session_idle: self.session_idle,
            ..Settings::default()
        })
    }
}
