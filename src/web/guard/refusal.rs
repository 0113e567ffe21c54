//! The answer with which a guard turns somebody away.

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::session::BoundRule;
use crate::session::SessionId;
use crate::site::reasons::NOT_PERMITTED;
use crate::site::reasons::remedy;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::NotSignedOn;
use crate::web::pages::Page;
use crate::web::pages::Reference;
use crate::web::recipient::Recipient;
use crate::web::recipient::refuse;

/// Somebody whom a guard does not let in. As a response: what [`NotSignedOn`] is for somebody who is not signed on or a store
/// that does not answer, 500 for a rule that nobody knows the connection of, and else 403, as a page for a browser and as JSON for a program.
#[derive(Debug)]
pub struct NotPermitted(Kind);

#[derive(Debug)]
enum Kind {
    NotSignedOn(NotSignedOn),
    Store(NotSignedOn),
    /// It is not known which connection the rule means.
    Unbound,
    Lacking(Lacking),
}

/// A person who is signed on, and lacks what the rule asks for.
#[derive(Debug)]
struct Lacking {
    recipient: Recipient,
    connection: ConnectionId,
    session: SessionId,
    rule: String,
    /// The number of the person's groups, where the rule asks for groups.
    groups: Option<usize>,
}

impl NotPermitted {
    pub(super) fn not_signed_on(parts: &Parts, entrada: &Entrada) -> NotPermitted {
        NotPermitted(Kind::NotSignedOn(NotSignedOn::of(parts, entrada, None)))
    }

    pub(super) fn store(parts: &Parts, entrada: &Entrada, error: &StoreError) -> NotPermitted {
        NotPermitted(Kind::Store(NotSignedOn::store(parts, entrada, error)))
    }

    pub(super) fn unbound() -> NotPermitted {
        NotPermitted(Kind::Unbound)
    }

    pub(super) fn lacking(
        parts: &Parts,
        user: &CurrentUser,
        rule: &BoundRule,
        groups: Option<usize>,
    ) -> NotPermitted {
        NotPermitted(Kind::Lacking(Lacking {
            recipient: Recipient::of(parts, user.site()),
            connection: user.connection().clone(),
            session: user.record().id.clone(),
            rule: rule.to_string(),
            groups,
        }))
    }

    /// True if it is the site that fails, and not the person.
    pub(super) fn is_of_the_site(&self) -> bool {
        matches!(self.0, Kind::Store(_) | Kind::Unbound)
    }
}

impl IntoResponse for NotPermitted {
    fn into_response(self) -> Response {
        match self.0 {
            Kind::NotSignedOn(refusal) | Kind::Store(refusal) => refusal.into_response(),
            Kind::Unbound => refuse(StatusCode::INTERNAL_SERVER_ERROR, "guard-unbound"),
            Kind::Lacking(lacking) => lacking.into_response(),
        }
    }
}

impl IntoResponse for Lacking {
    fn into_response(self) -> Response {
        let reference = Reference::of(NOT_PERMITTED);
        let request = &reference.number;
        let (connection, session) = (self.connection, self.session);
        let (rule, groups) = (self.rule, self.groups);
        tracing::warn!(event = "not-permitted", %connection, %session, request, code = NOT_PERMITTED, rule, groups, remedy = remedy(NOT_PERMITTED), "not permitted");
        let page = Page::NotPermitted { reference };
        self.recipient
            .refuse(StatusCode::FORBIDDEN, NOT_PERMITTED, page)
    }
}
