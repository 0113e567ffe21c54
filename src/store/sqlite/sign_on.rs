//! Sign-ons that the directory governs: the rows of a connection, as one of them sees them in its transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params_from_iter;

use super::Db;
use super::SqliteStore;
use super::directory::Rows;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use crate::connection::ConnectionId;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryView as _;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SignOnRows;
use crate::session::Subject;
use crate::store::records::failed;
use crate::store::records::micros;
use crate::store::records::read_sign_on;
use crate::store::records::sign_on_values;

#[async_trait]
impl SignOnRows for Rows<'_> {
    async fn linked(
        &mut self,
        subject: &Subject,
        rule: LinkRule,
    ) -> Result<Option<UserRecord>, DirectoryError> {
        let connection = self.connection.as_str();
        let values = (connection, subject.as_str(), rule.name());
        let id: Option<String> = first(self.db, LINKED, values, column).map_err(failed)?;
        match id {
            Some(id) => self.user(&id.parse().map_err(failed)?).await,
            None => Ok(None),
        }
    }

    async fn subject_of(
        &mut self,
        user: &UserId,
        rule: Option<LinkRule>,
    ) -> Result<Option<Subject>, DirectoryError> {
        let connection = self.connection.as_str();
        let values = (connection, user.as_str(), rule.map(LinkRule::name));
        let subject: Option<String> = first(self.db, SUBJECT_OF, values, column).map_err(failed)?;
        Ok(subject.map(Subject::restored))
    }

    async fn tie(
        &mut self,
        subject: &Subject,
        user: &UserId,
        rule: LinkRule,
        now: Timestamp,
    ) -> Result<(), DirectoryError> {
        let values = (
            self.connection.as_str(),
            subject.as_str(),
            user.as_str(),
            rule.name(),
            micros(now),
        );
        execute(self.db, TIE, values).map_err(failed)?;
        Ok(())
    }

    async fn authn_since(&mut self, user: &UserId) -> Result<Option<Timestamp>, DirectoryError> {
        let values = (self.connection.as_str(), user.as_str());
        let since: Option<Option<i64>> =
            first(self.db, AUTHN_SINCE, values, column).map_err(failed)?;
        let since = since.flatten().map(Timestamp::from_microsecond);
        since.transpose().map_err(failed)
    }

    async fn note_sign_on(&mut self, last: &LastSignOn) -> Result<(), DirectoryError> {
        let values = sign_on_values(self.connection, last).map_err(failed)?;
        execute(self.db, NOTE, params_from_iter(&values)).map_err(failed)?;
        Ok(())
    }
}

pub(super) async fn last(
    store: &SqliteStore,
    connection: &ConnectionId,
    of: &LastSignOnOf,
) -> Result<Vec<LastSignOn>, StoreError> {
    let (statement, value) = match of {
        LastSignOnOf::User(user) => (LAST_OF_USER, user.as_str().to_owned()),
        LastSignOnOf::Name(name) => (LAST_OF_NAME, name.to_ascii_lowercase()),
        LastSignOnOf::Latest(most) => (LATEST, most.to_string()),
    };
    let connection = connection.clone();
    let last = move |db: &Db| {
        all(db, statement, (connection.as_str(), &value), |row| {
            read_sign_on(row)
        })
    };
    store.read(last).await
}

const LINKED: &str = "SELECT u.id FROM links AS l CROSS JOIN users AS u ON u.seq = l.user_seq
    WHERE l.connection = ?1 AND l.subject = ?2 AND l.rule = ?3";

const SUBJECT_OF: &str = "SELECT l.subject FROM links AS l
    CROSS JOIN users AS u ON u.seq = l.user_seq
    WHERE u.connection = ?1 AND u.id = ?2 AND (?3 IS NULL OR l.rule = ?3)";

/// REPLACE takes away what stands in the way on either side.
const TIE: &str = "INSERT OR REPLACE INTO links (connection, subject, user_seq, rule, made)
    SELECT ?1, ?2, seq, ?4, ?5 FROM users WHERE connection = ?1 AND id = ?3";

const AUTHN_SINCE: &str = "SELECT authn_since FROM users WHERE connection = ?1 AND id = ?2";

const NOTE: &str = "INSERT INTO last_sign_ons (connection, name_key, user_seq, at, refused, claims)
    VALUES (?1, ?2, (SELECT seq FROM users WHERE connection = ?1 AND id = ?3), ?4, ?5, ?6)
    ON CONFLICT (connection, name_key) DO UPDATE SET user_seq = excluded.user_seq,
        at = excluded.at, refused = excluded.refused, claims = excluded.claims";

const LAST_OF_USER: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    CROSS JOIN users AS u ON u.seq = s.user_seq
    WHERE u.connection = ?1 AND u.id = ?2 ORDER BY s.at DESC";

const LAST_OF_NAME: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.connection = ?1 AND s.name_key = ?2";

/// A limit that is a text counts as the number that it says.
const LATEST: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.connection = ?1 ORDER BY s.at DESC LIMIT ?2";

pub(super) const FORGET: &str = "DELETE FROM last_sign_ons WHERE (connection, name_key) IN
    (SELECT connection, name_key FROM last_sign_ons WHERE at < ?1 ORDER BY at LIMIT ?2)";
