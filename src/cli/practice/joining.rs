//! The wait for apps that are not up yet: each is asked for once a second, registered as soon as its metadata is there, and then
//! provisioned.

use std::borrow::Cow;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::app::OwnApp;
use crate::address::shown;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::output::Report;
use crate::fetch::FetchError;
use crate::fetch::FetchLimits;
use crate::fetch::FetchResponse;
use crate::fetch::Fetcher;
use crate::fetch::Request;
use crate::practice::App;
use crate::practice::PracticeError;
use crate::practice::ProvisionError;
use crate::practice::Running;

pub(super) struct Joining<'a> {
    idp: &'a Running,
    fetcher: Fetcher,
    waiting: Vec<Waiting>,
    wait: Duration,
}

struct Waiting {
    app: OwnApp,
    registered: bool,
    /// The reason for which it waits, as it was said last.
    said: String,
}

/// The next thing that an app needs.
enum Step {
    Done,
    /// It is not there yet, for this reason.
    Again(String),
}

impl<'a> Joining<'a> {
    pub(super) fn new(
        idp: &'a Running,
        apps: Vec<OwnApp>,
        wait: SignedDuration,
    ) -> Result<Joining<'a>, CliError> {
        let fetcher = Fetcher::new(LIMITS).map_err(|error| CliError::Io(error.to_string()))?;
        let waiting = apps.into_iter().map(|app| Waiting {
            app,
            registered: false,
            said: String::new(),
        });
        Ok(Joining {
            idp,
            fetcher,
            waiting: waiting.collect(),
            wait: wait.unsigned_abs(),
        })
    }

    /// Ends when every app is registered and provisioned. Fails for one whose metadata cannot be used, or does not come in time;
    /// one that cannot be provisioned in time is left to the portal.
    pub(super) async fn run(&mut self) -> Result<(), CliError> {
        let begun = Instant::now();
        loop {
            let mut waiting = Vec::new();
            for mut one in std::mem::take(&mut self.waiting) {
                if let Step::Again(reason) = one.step(self.idp, &self.fetcher).await? {
                    one.say(reason);
                    waiting.push(one);
                }
            }
            self.waiting = waiting;
            if self.waiting.is_empty() {
                return Ok(());
            }
            if begun.elapsed() >= self.wait {
                return self
                    .waiting
                    .iter()
                    .try_for_each(|one| one.give_up(self.idp));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Waiting {
    async fn step(&mut self, idp: &Running, fetcher: &Fetcher) -> Result<Step, CliError> {
        if !self.registered {
            let app = match self.app.read.take() {
                Some(app) => app,
                None => match self.fetch(fetcher).await? {
                    Ok(app) => app,
                    Err(reason) => return Ok(Step::Again(reason)),
                },
            };
            let (identifier, reply_url) = (app.identifiers[0].clone(), app.reply_urls[0].clone());
            idp.register(app).await.map_err(refused)?;
            if let Some(settings) = self.app.provisioning.clone() {
                let set_up = idp.set_provisioning(&self.app.app_id, settings).await;
                set_up.map_err(failed)?;
            }
            self.registered = true;
            tell(format!(
                "{} is registered: Identifier {identifier}, Reply URL {reply_url}",
                self.name()
            ));
        }
        match self.app.provisioning {
            Some(_) => self.provision(idp).await,
            None => Ok(Step::Done),
        }
    }

    /// The app as its metadata has it, or the reason that nobody answers with any.
    async fn fetch(&self, fetcher: &Fetcher) -> Result<Result<App, String>, CliError> {
        let request = Request::new(&self.app.source, Timestamp::now());
        match fetcher.fetch(&request).await {
            Ok(FetchResponse::Fetched(fetched)) => self.app.fetched(&fetched).map(Ok),
            Ok(FetchResponse::NotModified { .. }) => Ok(Err(FetchError::Status(304).to_string())),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    async fn provision(&mut self, idp: &Running) -> Result<Step, CliError> {
        let app_id = &self.app.app_id;
        let summary = idp.provision_now(app_id).await.map_err(failed)?;
        if let Some(quarantine) = idp.quarantine(app_id) {
            return Ok(Step::Again(quarantine.reason));
        }
        tell(format!(
            "{} is provisioned: {} created, {} failed; {} has the log",
            self.name(),
            summary.created,
            summary.failed,
            self.app.provisioning_page(idp)
        ));
        Ok(Step::Done)
    }

    fn name(&self) -> Cow<'_, str> {
        shown(&self.app.source)
    }

    fn say(&mut self, reason: String) {
        if self.said != reason {
            tell(format!("Waiting for {}: {reason}", self.name()));
            self.said = reason;
        }
    }

    fn give_up(&self, idp: &Running) -> Result<(), CliError> {
        let (name, reason) = (self.name(), &self.said);
        if !self.registered {
            return Err(CliError::Io(format!(
                "{name} did not come up in time: {reason}"
            )));
        }
        tell(format!(
            "{name} is not provisioned: {reason}; \"Provision now\" tries again at {}",
            self.app.provisioning_page(idp)
        ));
        Ok(())
    }
}

pub(super) fn refused(error: PracticeError) -> CliError {
    match error {
        PracticeError::BeyondLoopback(_) => CliError::Usage(format!(
            "{error}; --danger-reachable-from-anywhere URL allows it"
        )),
        PracticeError::Listen(..) => {
            CliError::Io(format!("{error}; --listen 127.0.0.1:0 takes a free port"))
        }
        PracticeError::Key(_) => CliError::Io(error.to_string()),
        PracticeError::Tenant(_)
        | PracticeError::App(_)
        | PracticeError::ReplyUrl(_)
        | PracticeError::NoCertificate(_) => CliError::Configuration(error.to_string()),
    }
}

fn failed(error: ProvisionError) -> CliError {
    CliError::Io(error.to_string())
}

/// Says something on stderr while the command goes on.
fn tell(note: String) {
    output::announce(&Report::silent().note(note), false);
}

/// The time between two times of asking.
const PAUSE: Duration = Duration::from_secs(1);

/// An app on the same machine answers at once, or is not up.
const LIMITS: FetchLimits = FetchLimits {
    total: Duration::from_secs(5),
    connect: Duration::from_secs(2),
};
