//! Changes of a connection that is there: an edit of some of its settings, shown before it is made, and made once it is agreed to.

use serde::Serialize;
use serde_json::json;

use super::super::difference::Difference;
use super::super::effects::Effects;
use super::super::effects::of_new_rules;
use super::super::warnings::Warning;
use super::Admin;
use super::AdminError;
use super::Done;
use super::change::ATTEMPTS;
use super::change::Change;
use super::change::DesiredConnection;
use super::change::Edit;
use super::change::Expected;
use super::change::Proposal;
use super::change::commit;
use super::change::overtaken;
use super::change::propose;
use super::link_rule_warning;
use super::metadata_copy;
use super::view::View;
use super::warnings;
use super::written::ReadConnection;
use crate::configuration::ChangeOutcome;
use crate::configuration::Present;
use crate::connection::BaseUrl;
use crate::connection::CertificateDates;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::ConnectionId;
use crate::connection::TrustSource;
use crate::metadata::Compared;
use crate::metadata::MetadataCopy;
use crate::metadata::SeenCertificates;

/// An edit of a present connection: it trusts by `source` from now on, or by its own, and `change` is made to its other settings.
pub fn update<'e>(
    source: Option<&'e TrustSource>,
    met: &'e [SeenCertificates],
    change: impl Fn(ConnectionBuilder) -> ConnectionBuilder + Send + Sync + 'e,
) -> Edit<'e> {
    let Some(source) = source else {
        return Edit::of_other_settings(move |present| {
            Ok(change(present.clone().into_builder()).build()?)
        });
    };
    Edit::new(Expected::Connection, move |present| {
        let present = present.cloned().ok_or(AdminError::NoLongerThere)?;
        let trusting = present.with_trust(source.clone())?;
        Ok(DesiredConnection {
            connection: change(trusting.into_builder()).build()?,
            met: met.to_vec(),
        })
    })
}

/// A change of a connection as it is shown before it is made.
#[derive(Serialize)]
pub struct Preview {
    /// The connection.
    pub connection: ConnectionId,
    /// True once the store has it.
    pub updated: bool,
    /// Lines of the connection, as it is shown, that are new.
    pub added: Vec<String>,
    /// Lines that go.
    pub removed: Vec<String>,
    /// The difference of the metadata, if the edit says whom to trust and there is some before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The numbers of people whom the change shuts out.
    #[serde(skip_serializing_if = "Effects::is_nothing")]
    pub effects: Effects,
    /// The warnings of people who would be turned away after it.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
    #[serde(skip)]
    proposal: Proposal,
}

impl Preview {
    /// The names of the settings that go back to their defaults, since a connection as it was read does not name them.
    pub(super) fn resets(&self, read: &ReadConnection) -> Vec<String> {
        read.resets(&self.proposal)
    }

    pub(super) fn into_change(self) -> Change {
        Change {
            replaced: self.proposal.present != Present::Nothing,
            connection: self.proposal.wanted.connection,
        }
    }

    fn shows_the_same_as(&self, other: &Preview) -> bool {
        json!(self) == json!(other)
    }
}

/// Finds out what an edit would do, as people are shown it. Fails as [`change`](super::change()) does, and writes nothing.
pub async fn preview(
    admin: &Admin,
    id: &ConnectionId,
    edit: &Edit<'_>,
    base_url: &BaseUrl,
) -> Done<Preview> {
    let proposal = propose(admin, id, edit).await?;
    let new = &proposal.wanted.connection;
    let copy = match proposal.copy.clone() {
        None => metadata_copy(admin, new).await?,
        copy => copy,
    };
    let difference = match edit.says_whom_to_trust() {
        true => metadata_difference(admin, &proposal, copy.as_ref()).await?,
        false => None,
    };
    let lines = |connection: &Connection| View::of(connection, base_url).lines();
    let before = proposal.seen().map(lines).unwrap_or_default();
    let Compared { added, removed, .. } = Compared::between(&before, &lines(new));
    let effects = match proposal.seen() {
        Some(before) => of_new_rules(admin, before, new, copy.as_ref()).await?,
        None => Effects::default(),
    };
    Ok(Preview {
        connection: id.clone(),
        updated: false,
        added,
        removed,
        difference,
        effects,
        warnings: turning_away(admin, &proposal, copy.as_ref()).await?,
        proposal,
    })
}

/// The warnings of people who would be turned away: their users are not found, or the dates of certificates count from now on.
async fn turning_away(
    admin: &Admin,
    proposal: &Proposal,
    copy: Option<&MetadataCopy>,
) -> Done<Vec<Warning>> {
    let new = &proposal.wanted.connection;
    let mut found = Vec::from_iter(link_rule_warning(admin, new, copy).await?);
    let dates = |connection: &Connection| connection.sign_on().certificate_dates;
    if dates(new) == CertificateDates::Enforced && proposal.seen().map(dates) != Some(dates(new)) {
        let of_dates = |one: &Warning| one.code == "sign-on-stops" || one.is_of_certificate();
        let all = warnings(admin, new, admin.now()).await?.into_iter();
        found.extend(all.filter(of_dates));
    }
    Ok(found)
}

/// Compares the metadata before and after a change, `copy`, where there is some of both.
async fn metadata_difference(
    admin: &Admin,
    proposal: &Proposal,
    copy: Option<&MetadataCopy>,
) -> Done<Option<Difference>> {
    let new = &proposal.wanted.connection;
    let old = proposal.seen().unwrap_or(new);
    let now = admin.now();
    let read = |connection: &Connection, copy: Option<&MetadataCopy>| {
        let document = copy.map(|copy| copy.document.as_slice());
        connection.trust().metadata(document, now).ok().flatten()
    };
    let before = read(old, metadata_copy(admin, old).await?.as_ref());
    let both = before.zip(read(new, copy));
    Ok(both.map(|(old, new)| Difference::between(&old, &new, now)))
}

/// A change that somebody is asked to agree to.
pub struct Question<'p> {
    /// The change.
    pub preview: &'p Preview,
    /// True if another one was agreed to, and another program changed the connection meanwhile.
    pub again: bool,
    /// The names of the settings that another program changed meanwhile: its change would be lost.
    pub lost: Vec<String>,
}

impl Question<'_> {
    /// The yes of somebody who agreed before anything was shown. Fails where the change of another program would be lost.
    pub fn agreed_in_advance(self) -> Done<bool> {
        match self.lost.is_empty() {
            true => Ok(true),
            false => Err(AdminError::Overwrites {
                connection: self.preview.connection.clone(),
                settings: self.lost,
            }),
        }
    }
}

/// The outcome of a change that was to be agreed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Agreement {
    /// It was not agreed to, and nothing was changed.
    Refused,
    /// No setting changes, so nobody was asked. The copy of the metadata may be new.
    NothingToChange,
    /// It was made.
    Made {
        /// True if another program changed the connection meanwhile, and its change stays beside this one.
        beside_another: bool,
    },
}

/// Makes a change that `agree` says yes to. What others change meanwhile stays, and `agree` is asked again where that changes what it
/// was shown, or would be lost. Fails as [`change`](super::change()) and `agree` do.
pub async fn change_agreed<E: From<AdminError>>(
    admin: &Admin,
    id: &ConnectionId,
    edit: &Edit<'_>,
    base_url: &BaseUrl,
    mut agree: impl FnMut(Question<'_>) -> Result<bool, E>,
) -> Result<(Preview, Agreement), E> {
    let mut agreed: Option<Preview> = None;
    let mut seen: Option<Connection> = None;
    let mut all_stays = true;
    for attempt in 0..ATTEMPTS {
        let mut preview = preview(admin, id, edit, base_url).await?;
        let lost = seen.map(|seen| preview.proposal.overwrites(&seen));
        let lost = lost.unwrap_or_default();
        all_stays &= lost.is_empty();
        let is_agreed = agreed
            .as_ref()
            .is_some_and(|agreed| lost.is_empty() && agreed.shows_the_same_as(&preview));
        let is_change = preview.proposal.is_change();
        if is_change && !is_agreed {
            let question = Question {
                preview: &preview,
                again: agreed.is_some(),
                lost,
            };
            if !agree(question)? {
                return Ok((preview, Agreement::Refused));
            }
        }
        // Metadata that was fetched, and ends of certificates, are kept also where no setting changes.
        if commit(admin, &preview.proposal).await? != ChangeOutcome::Late {
            preview.updated = is_change;
            let beside_another = attempt > 0 && all_stays;
            let outcome = match is_change {
                true => Agreement::Made { beside_another },
                false => Agreement::NothingToChange,
            };
            return Ok((preview, outcome));
        }
        seen = preview.proposal.seen().cloned();
        if is_change {
            agreed = Some(preview);
        }
    }
    Err(overtaken(id).into())
}
