//! Rows of events.

use super::Cause;
use super::Dialect;
use super::Row;
use super::Sql;
use super::UnreadableRow;
use super::Value;
use super::micros;
use crate::event::Event;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::RawEvent;
use crate::event::RecordedEvent;

/// The columns of an event: connection, at, kind, user, group_id, session, detail, fields, repeat_key.
pub(in crate::store) fn event_values(event: &Event) -> Result<[Value; 9], Cause> {
    let raw = event.to_raw();
    let fields = (!raw.fields.is_empty()).then(|| serde_json::to_string(&raw.fields));
    Ok([
        event.connection.as_str().into(),
        micros(event.at).into(),
        raw.kind.into(),
        raw.user.into(),
        raw.group.into(),
        raw.session.into(),
        raw.detail.into(),
        fields.transpose()?.into(),
        event.happened.repeat_key().into(),
    ])
}

/// The events of a query, the latest first if it asks for the latest.
pub(in crate::store) fn list_events(dialect: Dialect, query: &EventQuery) -> Result<Sql, Cause> {
    let mut rows = Sql::new(
        dialect,
        "SELECT id, connection, at, kind, \"user\", group_id, session, detail, fields FROM events WHERE id > ",
    );
    rows.bind(i64::try_from(query.after)?);
    if let Some(connection) = &query.connection {
        rows.push(" AND connection = ").bind(connection.as_str());
    }
    if let Some(user) = &query.user {
        rows.push(" AND \"user\" = ").bind(user.clone());
    }
    if let Some(group) = &query.group {
        rows.push(" AND group_id = ").bind(group.clone());
    }
    if let Some(kind) = query.kind {
        rows.push(" AND kind = ").bind(kind.name());
    }
    if let Some(since) = query.since {
        rows.push(" AND at >= ").bind(micros(since));
    }
    rows.push(match query.part {
        EventPart::Earliest => " ORDER BY id LIMIT ",
        EventPart::Latest => " ORDER BY id DESC LIMIT ",
    });
    rows.bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    Ok(rows)
}

pub(in crate::store) fn read_event(row: &impl Row) -> Result<RecordedEvent, Cause> {
    let unreadable = UnreadableRow("events");
    let fields = row.optional_text("fields")?;
    // An event that lacks its fields becomes an unknown one; one row does not hide the others.
    let fields = fields.and_then(|json| serde_json::from_str(&json).ok());
    let raw = RawEvent {
        kind: row.text("kind")?.into_owned(),
        user: row.owned_text("user")?,
        group: row.owned_text("group_id")?,
        session: row.owned_text("session")?,
        detail: row.owned_text("detail")?,
        fields: fields.unwrap_or_default(),
    };
    let connection = row.text("connection")?.parse();
    Ok(RecordedEvent {
        id: row.number("id")?,
        event: Event::of_raw(
            connection.map_err(|_| unreadable)?,
            row.moment("at").map_err(|_| unreadable)?,
            raw,
        ),
    })
}
