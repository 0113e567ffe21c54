//! Sign-ons that the directory governs: the rows of a connection, as one of them sees them in its transaction.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::query::Query as _;
use super::query::values;
use super::rows::Rows;
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
use crate::store::postgres::fault::failed;
use crate::store::records::Row as _;
use crate::store::records::Value;
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
        let values = values![self.connection.as_str(), subject.as_str(), rule.name()];
        let id = self.conn.first(LINKED, &values, |row| row.owned_text("id"));
        match id.await.map_err(failed)?.flatten() {
            Some(id) => self.user(&id.parse().map_err(failed)?).await,
            None => Ok(None),
        }
    }

    async fn subject_of(
        &mut self,
        user: &UserId,
        rule: Option<LinkRule>,
    ) -> Result<Option<Subject>, DirectoryError> {
        let values = values![
            self.connection.as_str(),
            user.as_str(),
            rule.map(LinkRule::name)
        ];
        let subject = self
            .conn
            .first(SUBJECT_OF, &values, |row| row.owned_text("subject"));
        let subject = subject.await.map_err(failed)?.flatten();
        Ok(subject.map(Subject::restored))
    }

    async fn tie(
        &mut self,
        subject: &Subject,
        user: &UserId,
        rule: LinkRule,
        now: Timestamp,
    ) -> Result<(), DirectoryError> {
        let values = values![
            self.connection.as_str(),
            subject.as_str(),
            user.as_str(),
            rule.name(),
            micros(now),
        ];
        let untied = self.conn.execute(UNTIE, &values[..3]);
        untied.await.map_err(failed)?;
        self.conn.execute(TIE, &values).await.map_err(failed)?;
        Ok(())
    }

    async fn authn_since(&mut self, user: &UserId) -> Result<Option<Timestamp>, DirectoryError> {
        let values = values![self.connection.as_str(), user.as_str()];
        let since = self.conn.first(AUTHN_SINCE, &values, |row| {
            row.optional_moment("authn_since")
        });
        Ok(since.await.map_err(failed)?.flatten())
    }

    async fn note_sign_on(&mut self, last: &LastSignOn) -> Result<(), DirectoryError> {
        let values = sign_on_values(self.connection, last).map_err(failed)?;
        self.conn.execute(NOTE, &values).await.map_err(failed)?;
        Ok(())
    }
}

pub(super) async fn last(
    store: &PostgresStore,
    connection: &ConnectionId,
    of: &LastSignOnOf,
) -> Result<Vec<LastSignOn>, StoreError> {
    let (statement, value) = match of {
        LastSignOnOf::User(user) => (LAST_OF_USER, Value::from(user.as_str())),
        LastSignOnOf::Name(name) => (LAST_OF_NAME, name.to_ascii_lowercase().into()),
        LastSignOnOf::Latest(most) => (LATEST, i64::from(*most).into()),
    };
    let values = [connection.as_str().into(), value];
    let mut reading = store.reading();
    store.own(reading.all(statement, &values, read_sign_on).await)
}

const LINKED: &str = "SELECT u.id FROM links AS l JOIN users AS u ON u.seq = l.user_seq
    WHERE l.connection = $1 AND l.subject = $2 AND l.rule = $3";

const SUBJECT_OF: &str = "SELECT l.subject FROM links AS l JOIN users AS u ON u.seq = l.user_seq
    WHERE u.connection = $1 AND u.id = $2 AND ($3::text IS NULL OR l.rule = $3)";

/// Takes away what stands in the way on either side.
const UNTIE: &str = "DELETE FROM links WHERE connection = $1 AND subject = $2
    OR user_seq = (SELECT seq FROM users WHERE connection = $1 AND id = $3)";

const TIE: &str = "INSERT INTO links (connection, subject, user_seq, rule, made)
    SELECT $1, $2, seq, $4, $5 FROM users WHERE connection = $1 AND id = $3";

const AUTHN_SINCE: &str = "SELECT authn_since FROM users WHERE connection = $1 AND id = $2";

const NOTE: &str = "INSERT INTO last_sign_ons (connection, name_key, user_seq, at, refused, claims)
    VALUES ($1, $2, (SELECT seq FROM users WHERE connection = $1 AND id = $3), $4, $5, $6)
    ON CONFLICT (connection, name_key) DO UPDATE SET user_seq = excluded.user_seq,
        at = excluded.at, refused = excluded.refused, claims = excluded.claims";

const LAST_OF_USER: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    JOIN users AS u ON u.seq = s.user_seq
    WHERE u.connection = $1 AND u.id = $2 ORDER BY s.at DESC";

const LAST_OF_NAME: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.connection = $1 AND s.name_key = $2";

const LATEST: &str = "SELECT u.id, s.at, s.refused, s.claims FROM last_sign_ons AS s
    LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.connection = $1 ORDER BY s.at DESC LIMIT $2";

pub(super) const FORGET: &str = "DELETE FROM last_sign_ons WHERE (connection, name_key) IN
    (SELECT connection, name_key FROM last_sign_ons WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)";
