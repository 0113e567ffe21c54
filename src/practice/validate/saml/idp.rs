//! The identity provider of a validation: the practice one, without its pages and without an address. Its keys are made for one run,
//! live in this process and end with it: nobody else can sign in by them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::ToSpan;

use super::error::ValidationError;
use crate::dsig::Signer;
use crate::practice::app::App;
use crate::practice::directory::Directory;
use crate::practice::directory::Person;
use crate::practice::fault::Fault;
use crate::practice::guid::guid;
use crate::practice::issue;
use crate::practice::keys::SigningKeys;
use crate::practice::keys::make_signer_between;
use crate::practice::logout;
use crate::practice::metadata::EntraMetadata;
use crate::practice::request::NameIdFormat;
use crate::practice::sso;
use crate::practice::sso::ResponseParams;
use crate::practice::state::SignedIn;
use crate::practice::state::State;
use crate::saml::post::PostForm;
use crate::site::SystemClock;
use crate::token::Token;

pub(super) struct ValidationIdp {
    state: State,
    working: Signer,
    expired: Signer,
    person: Person,
}

/// The kind of a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ResponseKind {
    Valid,
    /// A trusted key signs it, whose certificate has expired.
    ExpiredCertificate,
    /// One thing is wrong with it.
    Faulty(Fault),
}

impl ValidationIdp {
    /// An identity provider of a tenant of its own, with one person, whose name begins with the mark.
    pub(super) async fn new(mark: &str) -> Result<ValidationIdp, ValidationError> {
        let now = Timestamp::now();
        let at = |hours: i64| now.saturating_add(hours.hours()).unwrap_or(now);
        // The other machine's clock may be behind.
        let working = make_signer_between(at(-24), at(24 * 365)).await?;
        let expired = make_signer_between(at(-24 * 365), at(-24)).await?;
        let random = |_| ValidationError::Random;
        let name = format!("{mark}@validation.invalid");
        let mut person = Person::new(guid().map_err(random)?, &name, "Entrada", "Validation");
        person.mail = Some(name);
        let directory = Directory {
            people: vec![person.clone()],
            groups: Vec::new(),
            deleted: Vec::new(),
        };
        let tenant = guid().map_err(random)?;
        // Nobody is sent there (RFC 2606 §2): the validation answers in its place.
        let base_url = "https://validation.invalid".to_owned();
        let clock = Arc::new(SystemClock);
        Ok(ValidationIdp {
            state: State::new(base_url, tenant, directory, Vec::new(), Vec::new(), clock),
            working,
            expired,
            person,
        })
    }

    pub(super) fn person(&self) -> &Person {
        &self.person
    }

    /// Metadata that lists both keys, and nobody may trust after this moment.
    pub(super) fn metadata(&self, valid_until: Timestamp) -> Result<String, ValidationError> {
        let document = EntraMetadata {
            id: format!("_{}", guid().map_err(|_| ValidationError::Random)?),
            entity_id: issue::issuer(self.state.tenant()),
            base: self.state.base_url().to_owned(),
            tenant: self.state.tenant().to_owned(),
            certificates: [&self.working, &self.expired]
                .map(|signer| signer.certificate().clone())
                .to_vec(),
        };
        let document = document.signed_until(&self.working, valid_until)?;
        // The byte order mark is Entra's, and no text of a setting needs it.
        let text = String::from_utf8_lossy(&document);
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }

    pub(super) fn sso_url(&self) -> String {
        self.state.sso_url()
    }

    /// Registers the app by its metadata, as an admin does.
    pub(super) fn register(&self, metadata: &str) -> Result<(), ValidationError> {
        let app = App::from_metadata(APP_ID, "Validation", metadata);
        let app = app.map_err(|error| ValidationError::Metadata(error.to_string()))?;
        self.state
            .register(app, SigningKeys::new(self.working.clone()));
        Ok(())
    }

    /// A session here, which a sign-on of the person belongs to.
    pub(super) fn session(&self) -> Result<Token, ValidationError> {
        let token = Token::random().map_err(|_| ValidationError::Random)?;
        self.state
            .open_session(&token, &self.person, self.state.now());
        Ok(token)
    }

    /// Answers a request of the app.
    pub(super) async fn answer(
        &self,
        query: &str,
        session: &Token,
        kind: ResponseKind,
    ) -> Result<PostForm, ValidationError> {
        self.prepare(kind);
        let signed_in = SignedIn::now(&self.state, &self.person, session);
        let form = sso::answer_query(&self.state, query, signed_in).await;
        let form = form.map_err(|error| ValidationError::Request(error.to_string()))?;
        form.ok_or(ValidationError::Random)
    }

    /// Begins a sign-on here, as a tile in My Apps does.
    pub(super) async fn begin(
        &self,
        session: &Token,
        kind: ResponseKind,
    ) -> Result<PostForm, ValidationError> {
        self.prepare(kind);
        let entry = self.state.app(APP_ID).ok_or(ValidationError::Random)?;
        let params = ResponseParams {
            // An app that was read from metadata has one of each.
            identifier: &entry.app.identifiers[0],
            acs_url: &entry.app.reply_urls[0],
            in_response_to: None,
            name_id_format: NameIdFormat::Configured,
            relay_state: None,
        };
        let signed_in = SignedIn::now(&self.state, &self.person, session);
        let form = sso::respond(&self.state, &entry, signed_in, params).await;
        let form = form.map_err(|error| ValidationError::Request(error.to_string()))?;
        form.ok_or(ValidationError::Random)
    }

    /// Ends a session here; returns the address of the logout request to the app, if the app takes any.
    pub(super) fn sign_out(&self, session: &Token) -> Result<Option<String>, ValidationError> {
        self.prepare(ResponseKind::Valid);
        let sign_ons = self.state.close_session(session);
        let urls = sign_ons
            .iter()
            .map(|sign_on| logout::request_url(&self.state, sign_on));
        let urls: Result<Vec<_>, _> = urls.collect();
        let urls = urls.map_err(|error| ValidationError::Request(error.to_string()))?;
        Ok(urls.into_iter().flatten().next())
    }

    fn prepare(&self, kind: ResponseKind) {
        let (signer, fault) = match kind {
            ResponseKind::Valid => (&self.working, None),
            ResponseKind::ExpiredCertificate => (&self.expired, None),
            ResponseKind::Faulty(fault) => (&self.working, Some(fault)),
        };
        let signer = SigningKeys::new(signer.clone());
        let _ = self.state.with_keys(APP_ID, |keys| *keys = signer);
        self.state.fault.set(fault);
    }
}

const APP_ID: &str = "5e1c0a7d-93b4-4f26-8d1a-7c2f0b9e6a35";
