//! Rows of metadata copies, and of the refreshing of metadata.

use serde::de::DeserializeOwned;

use super::Cause;
use super::Row;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;

/// The columns of a copy: connection, url, document, fetched, etag, last_modified, digest, version.
pub(in crate::store) fn metadata_values(
    connection: &str,
    copy: &MetadataCopy,
    version: u64,
) -> Result<[Value; 8], Cause> {
    Ok([
        connection.into(),
        copy.url.clone().into(),
        copy.document.clone().into(),
        micros(copy.fetched).into(),
        copy.etag.clone().into(),
        copy.last_modified.clone().into(),
        copy.digest.clone().into(),
        i64::try_from(version)?.into(),
    ])
}

pub(in crate::store) fn read_metadata_copy(row: &impl Row) -> Result<MetadataCopy, Cause> {
    let read = || {
        Ok(MetadataCopy {
            url: row.text("url")?.into_owned(),
            document: row.bytes("document")?.into_owned(),
            fetched: row.moment("fetched")?,
            etag: row.owned_text("etag")?,
            last_modified: row.owned_text("last_modified")?,
            digest: row
                .optional_bytes("digest")?
                .map(|digest| digest.into_owned()),
        })
    };
    unreadable("metadata_copies", read())
}

/// The columns of a record of refreshing: connection, state, history.
pub(in crate::store) fn refresh_values(
    connection: &str,
    record: &RefreshRecord,
) -> Result<[Value; 3], Cause> {
    let RefreshRecord { state, history } = record;
    Ok([
        connection.into(),
        serde_json::to_string(state)?.into(),
        serde_json::to_string(history)?.into(),
    ])
}

pub(in crate::store) fn read_refresh_record(row: &impl Row) -> RefreshRecord {
    RefreshRecord {
        state: readable(row, "state"),
        history: readable(row, "history"),
    }
}

/// A part of a record. What cannot be read is no reason to refuse a change, or to refresh no more.
fn readable<T: DeserializeOwned + Default>(row: &impl Row, column: &'static str) -> T {
    match row.optional_text(column) {
        Ok(None) => T::default(),
        Ok(Some(json)) => serde_json::from_str(&json).unwrap_or_else(|_| begun_anew(column)),
        Err(_) => begun_anew(column),
    }
}

fn begun_anew<T: Default>(column: &'static str) -> T {
    tracing::warn!(
        event = "refresh-record-unreadable",
        column,
        "a record of refreshing cannot be read: it begins anew"
    );
    T::default()
}
