//! The one way to change a connection: read the present one, make the wanted one of it, find out that somebody can be trusted
//! by that, and write it, if nobody else was faster.

use super::Admin;
use super::AdminError;
use super::Done;
use super::metadata::first_copy;
use super::metadata::metadata_copy;
use super::unknown;
use crate::configuration::ChangeOutcome;
use crate::configuration::ConnectionChange;
use crate::configuration::Present;
use crate::configuration::change_connection;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Origin;
use crate::connection::SettingChange;
use crate::metadata::MetadataCopy;
use crate::metadata::SeenCertificates;
use crate::saml::Trust;
use crate::store::UnreadableRow;

/// An edit of a connection, as a function of the present one. It may be called again, if somebody else was faster.
pub struct Edit<'e> {
    expected: Expected,
    check: TrustCheck,
    wanted: Box<MakeWanted<'e>>,
}

type MakeWanted<'e> = dyn Fn(Option<&Connection>) -> Done<DesiredConnection> + Send + Sync + 'e;

/// The state of the store that an edit expects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// No connection of this id.
    Nothing,
    /// A connection.
    Connection,
    /// A connection, or none.
    ConnectionOrNothing,
    /// A connection, one that this version cannot read, or none: the edit repairs what is there.
    Anything,
}

/// The checks of an edit that leaves the source of trust as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TrustCheck {
    /// Somebody can be trusted by it, and takes requests.
    Always,
    /// None: the edit is of other settings.
    IfChanged,
}

impl<'e> Edit<'e> {
    /// An edit that says whom to trust.
    pub fn new(
        expected: Expected,
        wanted: impl Fn(Option<&Connection>) -> Done<DesiredConnection> + Send + Sync + 'e,
    ) -> Edit<'e> {
        Edit {
            expected,
            check: TrustCheck::Always,
            wanted: Box::new(wanted),
        }
    }

    /// An edit of a present connection that says nothing of whom to trust: of keys of ours, or of rules.
    pub fn of_other_settings(
        wanted: impl Fn(&Connection) -> Done<Connection> + Send + Sync + 'e,
    ) -> Edit<'e> {
        let wanted = move |present: Option<&Connection>| match present {
            Some(present) => Ok(wanted(present)?.into()),
            // Never reached: a missing connection is reported before.
            None => Err(AdminError::NoLongerThere),
        };
        Edit {
            check: TrustCheck::IfChanged,
            ..Edit::new(Expected::Connection, wanted)
        }
    }

    pub(super) fn says_whom_to_trust(&self) -> bool {
        self.check == TrustCheck::Always
    }
}

/// A connection that is wanted.
#[derive(Clone, Debug)]
pub struct DesiredConnection {
    /// The connection.
    pub connection: Connection,
    /// Certificates that it pins and that were given whole.
    pub met: Vec<SeenCertificates>,
}

impl From<Connection> for DesiredConnection {
    fn from(connection: Connection) -> DesiredConnection {
        DesiredConnection {
            connection,
            met: Vec::new(),
        }
    }
}

/// A change that is ready to be made: everything about it is known, and nothing is written.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) present: Present,
    /// The state that it leads to.
    pub(super) wanted: DesiredConnection,
    /// The metadata that was fetched for it.
    pub(super) copy: Option<MetadataCopy>,
}

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Change {
    /// The connection from now on.
    pub connection: Connection,
    /// True if it took the place of another one.
    pub replaced: bool,
}

impl Proposal {
    /// Says whether the connection would be another one. The copy of its metadata may be new either way.
    pub(super) fn is_change(&self) -> bool {
        self.seen() != Some(&self.wanted.connection)
    }

    /// The connection that it is made from, if there is one that can be read.
    pub(super) fn seen(&self) -> Option<&Connection> {
        self.present.connection()
    }

    /// The settings that would differ, as they may be shown.
    pub(super) fn difference(&self) -> Vec<SettingChange> {
        Connection::differences(self.seen(), &self.wanted.connection)
    }

    /// The settings that somebody has changed since `read`, and that this would change again: the other change would be lost.
    pub(super) fn overwrites(&self, read: &Connection) -> Vec<String> {
        let Some(present) = self.seen() else {
            return Vec::new();
        };
        let again = self.difference();
        let lost = Connection::differences(Some(read), present).into_iter();
        let lost = lost.filter(|lost| again.iter().any(|again| again.name == lost.name));
        lost.map(|change| change.name).collect()
    }
}

/// Finds out what an edit would do; whom the connection trusts is asked, and its metadata fetched if the store has no copy that
/// will do. Fails on a present state that the edit does not expect, the edit's own errors, a connection that nobody can be
/// trusted by, an address that does not answer, and where the store does.
pub(super) async fn propose(admin: &Admin, id: &ConnectionId, edit: &Edit<'_>) -> Done<Proposal> {
    let present = present(admin, id, edit.expected).await?;
    let wanted = (edit.wanted)(present.connection())?;
    let is_checked = match (edit.check, present.connection()) {
        (TrustCheck::IfChanged, Some(present)) => {
            let wanted = &wanted.connection;
            present.trust() != wanted.trust()
                || present.our_side().request_binding != wanted.our_side().request_binding
        }
        _ => true,
    };
    match is_checked {
        true => proposal(admin, present, wanted).await,
        false => Ok(Proposal {
            present,
            wanted,
            copy: None,
        }),
    }
}

/// The proposal to put a connection in the place of what was read: see [`propose`].
pub(super) async fn proposal(
    admin: &Admin,
    present: Present,
    wanted: DesiredConnection,
) -> Done<Proposal> {
    let copy = trusted(admin, present.connection(), &wanted.connection).await?;
    Ok(Proposal {
        present,
        wanted,
        copy,
    })
}

/// Makes a change, unless the store holds something else by now. Fails where the store does.
pub(super) async fn commit(admin: &Admin, proposal: &Proposal) -> Done<ChangeOutcome> {
    let change = ConnectionChange {
        present: proposal.present.clone(),
        wanted: proposal.wanted.connection.clone(),
        copy: proposal.copy.clone(),
        met: proposal.wanted.met.clone(),
        by: admin.actor().clone(),
        now: admin.now(),
    };
    Ok(change_connection(admin.store(), &change).await?)
}

/// Changes a connection: again, for as long as others are faster. Whom the connection trusts is asked, and its metadata fetched if the
/// store has no copy that will do. Fails on a present state that the edit does not expect, the edit's own errors, a connection that nobody
/// can be trusted by, an address that does not answer, where the store does, and after ten tries.
pub async fn change(admin: &Admin, id: &ConnectionId, edit: &Edit<'_>) -> Done<Change> {
    for _ in 0..ATTEMPTS {
        let proposal = propose(admin, id, edit).await?;
        if commit(admin, &proposal).await? != ChangeOutcome::Late {
            return Ok(Change {
                connection: proposal.wanted.connection,
                replaced: proposal.present != Present::Nothing,
            });
        }
    }
    Err(overtaken(id))
}

pub(super) fn overtaken(id: &ConnectionId) -> AdminError {
    AdminError::Overtaken {
        connection: id.clone(),
        attempts: ATTEMPTS,
    }
}

async fn present(admin: &Admin, id: &ConnectionId, expected: Expected) -> Done<Present> {
    let present = match admin.store().connection(id).await {
        Err(error) if expected == Expected::Anything && UnreadableRow::is_cause_of(&error) => {
            Present::Unreadable
        }
        read => Present::from(read?),
    };
    match (&present, expected) {
        (Present::Nothing, Expected::Connection) => Err(unknown(admin, id).await?),
        (Present::Read(_), Expected::Nothing) => Err(AdminError::IsThere(id.clone())),
        _ => Ok(present),
    }
}

/// Asks whom a connection trusts, and whether that one takes its requests. The metadata of an address is fetched, to be kept,
/// unless the store has a copy of it that will do. Metadata that has ended will do for a connection that has it already: its
/// other settings can still be changed.
async fn trusted(
    admin: &Admin,
    present: Option<&Connection>,
    connection: &Connection,
) -> Done<Option<MetadataCopy>> {
    let untrusted = |error| AdminError::Untrusted {
        connection: connection.id().clone(),
        error,
    };
    let source = connection.trust();
    let copy = metadata_copy(admin, connection).await?;
    let is_fetched = matches!(source.origin(), Some(Origin::Url(_)));
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let now = admin.now();
    let same_source = present.filter(|present| present.trust() == source);
    let trust = match same_source {
        Some(_) => source.trust(document, now),
        None => source.standing_trust(document, now),
    };
    // A provider that takes other requests by now stops its own connection, and no start of an app that has others too.
    let binding = connection.our_side().request_binding;
    let is_settled =
        same_source.is_some_and(|present| present.our_side().request_binding == binding);
    let offers = |trust: &Trust| match is_settled {
        true => Ok(()),
        false => offers(connection, trust),
    };
    if trust.is_ok() || !is_fetched {
        offers(&trust.map_err(untrusted)?)?;
        return Ok(None);
    }
    let copy = first_copy(admin, connection).await?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    offers(&source.trust(document, now).map_err(untrusted)?)?;
    Ok(copy)
}

/// Asks whether requests can leave as the connection has it.
fn offers(connection: &Connection, trust: &Trust) -> Done<()> {
    match connection.our_side().request_binding {
        Some(binding) if trust.sso_over(binding).is_none() => Err(AdminError::NoSuchBinding {
            connection: connection.id().clone(),
            binding,
        }),
        _ => Ok(()),
    }
}

/// People and scripts change a connection a few times a day: one who is overtaken so often meets a program that loops.
pub(super) const ATTEMPTS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::TrustSource;
    use crate::crypto::Fingerprint;

    fn acme(pins: &[&str], seats: Option<u32>) -> Connection {
        let pins: Vec<String> = pins.iter().map(|pin| pin.repeat(32)).collect();
        let pins = pins.iter().map(|pin| Fingerprint::parse(pin).unwrap());
        let builder = Connection::builder("acme").trust(TrustSource::Fingerprint {
            fingerprints: pins.collect(),
            entity_id: "https://idp.example/".to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            slo_url: None,
        });
        builder.seats(seats).build().unwrap()
    }

    /// The changes since `read` that a proposal to put `new` in the place of `now` would undo.
    fn lost(read: &Connection, now: Connection, new: Connection) -> Vec<String> {
        let proposal = Proposal {
            present: Some(now).into(),
            wanted: new.into(),
            copy: None,
        };
        proposal.overwrites(read)
    }

    #[test]
    fn a_setting_that_two_writers_change_is_found() {
        let read = acme(&["aa"], None);
        for (now, new, expected) in [
            (
                acme(&["aa", "cc"], None),
                acme(&["aa", "bb"], None),
                &["trust"][..],
            ),
            (acme(&["aa"], Some(30)), acme(&["aa"], Some(20)), &["seats"]),
            (
                acme(&["cc"], Some(30)),
                acme(&["bb"], Some(20)),
                &["seats", "trust"],
            ),
            // The other's change stays beside this one, or is the same.
            (acme(&["aa"], Some(30)), acme(&["bb"], Some(30)), &[]),
            (acme(&["bb"], None), acme(&["bb"], Some(20)), &[]),
            (acme(&["aa"], Some(20)), acme(&["aa"], Some(20)), &[]),
        ] {
            assert_eq!(lost(&read, now, new), expected);
        }
        // Taken away, though another program set it anew.
        let (read, now) = (acme(&["aa"], Some(10)), acme(&["aa"], Some(30)));
        assert_eq!(lost(&read, now, acme(&["aa"], None)), ["seats"]);
    }
}
