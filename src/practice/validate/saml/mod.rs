//! Microsoft's validation of sign-on, and cases of our own: responses that the practice identity provider makes are posted to a
//! running server, over a connection that stands in for the one that is validated.

mod browser;
mod cases;
mod error;
mod idp;

use jiff::SignedDuration;
use reqwest::Client;

use self::browser::Browser;
use self::browser::Page;
use self::cases::CASES;
use self::cases::Case;
use self::cases::Flow;
use self::cases::Scenario;
pub(crate) use self::error::ValidationError;
use self::idp::ResponseKind;
use self::idp::ValidationIdp;
use super::result::CaseResult;
use super::result::Outcome;
use crate::admin::Admin;
use crate::admin::validation;
use crate::admin::validation::MarkedPerson;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::IdpInitiated;
use crate::saml::post::PostForm;
use crate::token::Token;

/// A validation of the sign-on over a connection.
pub(crate) struct SamlValidation<'a> {
    pub(crate) admin: &'a Admin,
    /// The connection, which nothing is done to.
    pub(crate) connection: &'a Connection,
    /// The address of the server.
    pub(crate) base_url: &'a BaseUrl,
    /// True if the stand-in stays, for a look.
    pub(crate) keep: bool,
}

/// A validation that was run.
pub(crate) struct SamlRun {
    pub(crate) results: Vec<CaseResult>,
    /// The stand-in, where it is still there.
    pub(crate) left: Option<ConnectionId>,
    /// True if a stop came before the last case.
    pub(crate) stopped: bool,
}

impl SamlValidation<'_> {
    /// The number of cases.
    pub(crate) const CASES: usize = CASES.len();

    /// Runs all cases until a stop. The stand-in is removed in every case but that of `keep`; if this process is killed, nobody
    /// is trusted by its metadata [`LIFETIME`] after it was made. `next` is told each case.
    pub(crate) async fn run(
        &self,
        stop: impl Future<Output = ()>,
        next: impl Fn(&'static str),
    ) -> Result<SamlRun, ValidationError> {
        validation::remove_left_over(self.admin).await?;
        let id = validation::stand_in_id()?;
        let mut results = Vec::new();
        let cases = self.cases(&id, &mut results, &next);
        let ended = tokio::select! {
            ended = cases => Some(ended),
            () = stop => None,
        };
        let left = match self.keep {
            true => Some(id),
            false => {
                validation::remove_stand_in(self.admin, &id).await?;
                None
            }
        };
        let stopped = ended.is_none();
        ended.transpose()?;
        Ok(SamlRun {
            results,
            left,
            stopped,
        })
    }

    async fn cases(
        &self,
        id: &ConnectionId,
        results: &mut Vec<CaseResult>,
        next: &impl Fn(&'static str),
    ) -> Result<(), ValidationError> {
        let player = Player::begin(self, id).await?;
        for case in CASES {
            next(case.name);
            results.push(player.result(case).await?);
        }
        Ok(())
    }
}

/// Everything that the cases of one run share.
struct Player<'a> {
    admin: &'a Admin,
    /// The stand-in.
    id: &'a ConnectionId,
    base_url: &'a str,
    login_url: String,
    takes_unsolicited: bool,
    idp: ValidationIdp,
    http: Client,
}

/// The end of a response that was posted.
struct Attempt {
    signed_on: bool,
    page: Page,
}

impl<'a> Player<'a> {
    /// Makes the stand-in, and registers it by the metadata that the server has for it: the server knows it from then on.
    async fn begin(
        run: &'a SamlValidation<'_>,
        id: &'a ConnectionId,
    ) -> Result<Player<'a>, ValidationError> {
        let idp = ValidationIdp::new(id.as_str()).await?;
        let until = run.admin.now().saturating_add(LIFETIME);
        let until = until.map_err(|_| ValidationError::Random)?;
        let person = idp.person();
        let person = MarkedPerson {
            object_id: &person.object_id,
            user_principal_name: &person.user_principal_name,
            mail: person.mail.as_deref().unwrap_or_default(),
        };
        let metadata = idp.metadata(until)?;
        validation::add_stand_in(run.admin, run.connection, id, &metadata, &person).await?;
        let player = Player {
            admin: run.admin,
            id,
            base_url: run.base_url.as_str(),
            login_url: run.base_url.saml(id, "login"),
            takes_unsolicited: run.connection.sign_on().idp_initiated == IdpInitiated::Allow,
            idp,
            http: browser::client()?,
        };
        let page = player
            .browser()
            .get(&run.base_url.saml(id, "metadata"))
            .await?;
        if page.status != 200 {
            return Err(ValidationError::NotServed {
                base_url: run.base_url.to_string(),
                status: page.status,
            });
        }
        player.idp.register(&page.body)?;
        Ok(player)
    }

    fn browser(&self) -> Browser<'_> {
        Browser::new(&self.http, self.base_url)
    }

    /// The result of a case. Fails where this machine or the store does; what the server does instead of answering is a result.
    async fn result(&self, case: &Case) -> Result<CaseResult, ValidationError> {
        match self.play(case).await {
            Err(error) if error.is_of_the_server() => {
                Ok(judged(case, false, expected(case), error.to_string()))
            }
            played => played,
        }
    }

    async fn play(&self, case: &Case) -> Result<CaseResult, ValidationError> {
        if case.flow == Flow::IdpInitiated && !self.takes_unsolicited {
            return Ok(result(
                case,
                Outcome::NotApplicable,
                String::new(),
                NOT_DECLARED,
            ));
        }
        Ok(match case.scenario {
            Scenario::SignsOn => {
                let session = self.idp.session()?;
                let (attempt, ..) = self
                    .attempt(case.flow, &session, ResponseKind::Valid)
                    .await?;
                let passes = attempt.signed_on;
                judged(case, passes, expected(case), attempt.words())
            }
            Scenario::IsRefused(kind, codes) => {
                let session = self.idp.session()?;
                let (attempt, ..) = self.attempt(case.flow, &session, kind).await?;
                refused(case, &attempt, codes)
            }
            Scenario::IsReplayed(codes) => {
                let session = self.idp.session()?;
                let (first, form, _) = self
                    .attempt(case.flow, &session, ResponseKind::Valid)
                    .await?;
                match first.signed_on {
                    true => refused(case, &self.post(&mut self.browser(), &form).await?, codes),
                    false => judged(case, false, "a first sign-on", first.words()),
                }
            }
            Scenario::SignsOut => self.sign_out(case).await?,
        })
    }

    async fn sign_out(&self, case: &Case) -> Result<CaseResult, ValidationError> {
        let session = self.idp.session()?;
        let (first, _, mut browser) = self
            .attempt(case.flow, &session, ResponseKind::Valid)
            .await?;
        if !first.signed_on {
            return Ok(judged(case, false, "a first sign-on", first.words()));
        }
        let Some(url) = self.idp.sign_out(&session)? else {
            let found = "the app's metadata has no logout address".to_owned();
            return Ok(judged(case, false, SIGNS_OUT, found));
        };
        let before = self.sessions().await?;
        let page = browser.get(&url).await?;
        let ended = self.sessions().await? < before;
        let found = match ended {
            true => "the session has ended".to_owned(),
            false => format!("the session goes on; {}", words(&page)),
        };
        Ok(judged(case, ended, SIGNS_OUT, found))
    }

    /// Signs on in a new browser. Returns the end, the form that was posted, and the browser.
    async fn attempt(
        &self,
        flow: Flow,
        session: &Token,
        kind: ResponseKind,
    ) -> Result<(Attempt, PostForm, Browser<'_>), ValidationError> {
        let mut browser = self.browser();
        let form = match flow {
            Flow::IdpInitiated => self.idp.begin(session, kind).await?,
            Flow::SpInitiated => {
                let page = browser.get(&self.login_url).await?;
                let sso_url = self.idp.sso_url();
                let query = page.location.as_deref();
                let query = query.and_then(|to| to.strip_prefix(&sso_url)?.strip_prefix('?'));
                let query = query.ok_or_else(|| ValidationError::NoRequest(words(&page)))?;
                self.idp.answer(query, session, kind).await?
            }
        };
        let attempt = self.post(&mut browser, &form).await?;
        Ok((attempt, form, browser))
    }

    async fn post(
        &self,
        browser: &mut Browser<'_>,
        form: &PostForm,
    ) -> Result<Attempt, ValidationError> {
        let before = self.sessions().await?;
        let page = browser.post(form).await?;
        // A session is in the store before the server answers.
        let signed_on = self.sessions().await? > before;
        Ok(Attempt { signed_on, page })
    }

    async fn sessions(&self) -> Result<u64, ValidationError> {
        Ok(validation::live_sessions(self.admin, self.id).await?)
    }
}

impl Attempt {
    fn words(&self) -> String {
        match self.signed_on {
            true => SIGNED_ON.to_owned(),
            false => words(&self.page),
        }
    }
}

/// The end that a case must have.
fn expected(case: &Case) -> String {
    match case.scenario {
        Scenario::SignsOn => SIGNED_ON.to_owned(),
        Scenario::SignsOut => SIGNS_OUT.to_owned(),
        Scenario::IsRefused(_, codes) | Scenario::IsReplayed(codes) => {
            format!("a refusal: {}", codes.join(" or "))
        }
    }
}

/// The answer of the server, as a person would see it.
fn words(page: &Page) -> String {
    match page.code() {
        _ if page.has_failed() => format!("no answer but HTTP {}", page.status),
        Some(code) => format!("the server refused: {code}"),
        None => format!(
            "no session, and no reason that can be read (HTTP {})",
            page.status
        ),
    }
}

/// A response must be refused for the fault that it has: another reason proves nothing. An app that draws its own pages may show none;
/// then the status must say that it is a refusal.
fn refused(case: &Case, attempt: &Attempt, codes: &[&str]) -> CaseResult {
    let passes = match attempt.page.code() {
        Some(code) => codes.contains(&code),
        None => attempt.page.has_refused(),
    };
    let passes = passes && !attempt.signed_on && !attempt.page.has_failed();
    judged(case, passes, expected(case), attempt.words())
}

fn judged(case: &Case, passes: bool, expected: impl Into<String>, found: String) -> CaseResult {
    let outcome = match passes {
        true => Outcome::Passed,
        false => Outcome::failed(case.need),
    };
    result(case, outcome, expected.into(), found)
}

fn result(case: &Case, outcome: Outcome, expected: String, found: impl Into<String>) -> CaseResult {
    CaseResult {
        number: None,
        name: case.name,
        origin: case.origin,
        need: case.need,
        clause: case.clause,
        outcome,
        expected,
        found: found.into(),
    }
}

/// The time for which the stand-in trusts anybody: a run takes seconds.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
const SIGNED_ON: &str = "the person is signed on";
const SIGNS_OUT: &str = "a signed logout request ends the session";
const NOT_DECLARED: &str =
    "the connection takes no sign-on that begins at the identity provider (--allow-idp-initiated)";
