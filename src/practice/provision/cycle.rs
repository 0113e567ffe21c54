//! One cycle: everybody who is assigned to the app, then their managers, then the groups; and the test of the connection
//! before the first.

use jiff::Timestamp;

use super::access::SignInContext;
use super::client::Client;
use super::error::Failure;
use super::error::ProvisionError;
use super::job::Job;
use super::job::Memory;
use super::job::Summary;
use super::log::Step;
use super::mapping::DesiredObject;
use super::retry::Quarantine;
use super::settings::Matching;
use super::settings::Provisioning;
use super::target::EXTERNAL_ID;
use super::target::Target;
use super::target::name_of;
use crate::practice::app::App;
use crate::practice::directory::Directory;
use crate::practice::guid::guid;
use crate::scim::ResourceKind;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::practice) enum CycleTrigger {
    /// Somebody asked for it: what is in escrow is tried again at once.
    Manual,
    Scheduled,
}

pub(super) struct Stop(pub(super) String);

pub(super) struct Cycle<'a> {
    pub(super) client: Client<'a>,
    pub(super) settings: &'a Provisioning,
    pub(super) memory: &'a mut Memory,
    pub(super) directory: &'a Directory,
    pub(super) app: &'a App,
    pub(super) summary: Summary,
    job: &'a Job,
    trigger: CycleTrigger,
    failures_in_a_row: u32,
}

/// Looks for somebody who does not exist, as the button "Test Connection" does. Fails for settings that cannot be used,
/// and for an answer other than an empty `ListResponse`.
pub(super) async fn test_connection(
    job: &Job,
    signing: SignInContext<'_>,
) -> Result<(), ProvisionError> {
    let settings = job.settings().ok_or(ProvisionError::NotSetUp)?;
    let client = Client::new(&settings, &job.log, signing)?;
    let tested = test(&client, &settings).await;
    tested.map_err(|failure| ProvisionError::Connection(failure.to_string()))
}

async fn test(client: &Client<'_>, settings: &Provisioning) -> Result<(), Failure> {
    let stranger = guid().map_err(|error| Failure::Machine(error.to_string()))?;
    let user = ResourceKind::User;
    let target = settings.match_target(user);
    let found = client
        .find(Step::TestConnection, user, target, &stranger)
        .await?;
    match found.len() {
        0 => Ok(()),
        found => Err(Failure::Unexpected {
            expected: "no user for a random value",
            found: found.to_string(),
        }),
    }
}

/// Runs a cycle, after the one that may be under way. Fails for settings that cannot be used; the summary tells what
/// went wrong at the app.
pub(in crate::practice) async fn run(
    job: &Job,
    directory: &Directory,
    app: &App,
    trigger: CycleTrigger,
    signing: SignInContext<'_>,
) -> Result<Summary, ProvisionError> {
    let mut memory = job.memory.lock().await;
    let settings = job.settings().ok_or(ProvisionError::NotSetUp)?;
    let client = Client::new(&settings, &job.log, signing)?;
    let _running = Running::start(job);
    let mut cycle = Cycle {
        client,
        settings: &settings,
        memory: &mut memory,
        directory,
        app,
        summary: Summary::default(),
        job,
        trigger,
        failures_in_a_row: 0,
    };
    let ended = cycle.whole().await;
    let mut summary = cycle.summary;
    match ended {
        Ok(()) => end_quarantine(job),
        Err(Stop(reason)) => {
            summary.quarantined = true;
            memory.tested = false;
            begin_quarantine(job, reason);
        }
    }
    job.with_board(|board| board.last = Some(summary));
    Ok(summary)
}

/// Says on the board that a cycle is under way, until this is dropped.
struct Running<'a>(&'a Job);

impl<'a> Running<'a> {
    fn start(job: &'a Job) -> Running<'a> {
        job.with_board(|board| {
            board.running = true;
            board.started = Some(Timestamp::now());
        });
        Running(job)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.with_board(|board| board.running = false);
    }
}

fn end_quarantine(job: &Job) {
    if job.with_board(|board| board.quarantine.take()).is_some() {
        job.log
            .remark(Step::Quarantine, "ended: the cycle went through");
    }
}

fn begin_quarantine(job: &Job, reason: String) {
    job.log.remark(Step::Quarantine, reason.as_str());
    job.with_board(|board| {
        let before = board.quarantine.take();
        board.quarantine = Some(Quarantine::begin(before, reason, Timestamp::now()));
    });
}

impl Cycle<'_> {
    async fn whole(&mut self) -> Result<(), Stop> {
        if !self.memory.tested {
            let tested = test(&self.client, self.settings).await;
            tested.map_err(|failure| Stop(failure.to_string()))?;
            self.memory.tested = true;
        }
        let (directory, app) = (self.directory, self.app);
        let people = directory.people.iter().filter(|person| app.admits(person));
        let wanted = |person| DesiredObject::person(person, self.settings.external_id);
        let people = people.map(|person| (person.object_id.as_str(), wanted(person)));
        let people = people.collect();
        self.all(ResourceKind::User, people).await?;
        self.managers().await?;
        let groups = directory
            .groups
            .iter()
            .filter(|group| app.admits_group(group));
        let groups = groups.map(|group| (group.object_id.as_str(), DesiredObject::group(group)));
        self.all(ResourceKind::Group, groups.collect()).await
    }

    /// True if the object is left alone in this cycle because it is in escrow. Counts it as skipped then.
    pub(super) fn leaves_alone(&mut self, object_id: &str) -> bool {
        let now = Timestamp::now();
        let held = self.trigger == CycleTrigger::Scheduled
            && self
                .job
                .with_board(|board| board.escrow.holds(object_id, now));
        self.summary.skipped += u32::from(held);
        held
    }

    /// Takes down how it went with an object. Fails for what concerns all of them, and for one failure too many in a
    /// row.
    pub(super) fn settle(
        &mut self,
        object_id: &str,
        name: &str,
        went: Result<(), Failure>,
    ) -> Result<(), Stop> {
        let Err(failure) = went else {
            self.failures_in_a_row = 0;
            self.job.with_board(|board| board.escrow.take(object_id));
            return Ok(());
        };
        self.summary.failed += 1;
        self.failures_in_a_row += 1;
        let reason = failure.to_string();
        if failure.concerns_all() {
            return Err(Stop(reason));
        }
        self.job.with_board(|board| {
            board
                .escrow
                .put(object_id, name, reason.clone(), Timestamp::now());
        });
        match self.failures_in_a_row < FAILURES_IN_A_ROW {
            true => Ok(()),
            false => Err(Stop(format!(
                "{FAILURES_IN_A_ROW} objects failed in a row; the last: {reason}"
            ))),
        }
    }
}

impl Provisioning {
    /// The value that an object is looked for by.
    pub(super) fn match_target(&self, kind: ResourceKind) -> Target {
        let matching = match kind {
            ResourceKind::User => self.match_users,
            ResourceKind::Group => self.match_groups,
        };
        match matching {
            Matching::Name => name_of(kind),
            Matching::ExternalId => EXTERNAL_ID,
        }
    }
}

/// Objects that fail in a row before the job is in quarantine. Microsoft gives no number; a tenant of six people should
/// be able to see it.
const FAILURES_IN_A_ROW: u32 = 5;
