//! `entrada metadata fetch`: an identity provider's metadata as a server would fetch it, and what has changed since.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::super::Globals;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::input;
use super::super::output;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::difference::Difference;
use crate::address::shown;
use crate::connection::MetadataPolicy;
use crate::connection::Origin;
use crate::connection::TrustSource;
use crate::fetch::DocumentKind;
use crate::fetch::FetchError;
use crate::fetch::FetchLimits;
use crate::fetch::FetchResponse;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::Request;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshPolicy;
use crate::text::hex;

/// Fetch metadata as a server would, and say what has changed since the last time
///
/// The last good document is kept in a directory, and the next fetch is conditional: what has not changed is not sent
/// again. A document that a connection would not take is rejected here too, and the last one stays.
#[derive(clap::Args)]
#[command(after_help = HELP)]
#[command(group(clap::ArgGroup::new("address").required(true).args(["url", "mdq"])))]
pub(in crate::cli) struct Fetch {
    /// The address of the metadata
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// The base address of a metadata query server, which is asked for --idp-entity-id
    #[arg(long, value_name = "BASE_URL", requires = "idp_entity_id")]
    mdq: Option<String>,
    /// The identity provider to choose
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    idp_entity_id: Option<String>,
    /// The folder for the last good document [default: entrada in $XDG_CACHE_HOME, or in ~/.cache]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Write the document to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on fetching, by the schedule of a server, until Ctrl-C; with --json, one document for each fetch
    #[arg(long)]
    watch: bool,
}

const HELP: &str = "\
Examples:
  entrada metadata fetch 'https://login.microsoftonline.com/...?appid=APP'
  entrada metadata fetch https://idp.example/metadata --output idp.xml
  entrada metadata fetch --mdq https://mdq.example.org \\
      --idp-entity-id https://idp.uni.example/ --watch

Exit codes:
  0  fetched; whether anything has changed is printed (--watch: until Ctrl-C)
  1  what came is rejected
  2  wrong usage
  4  the address cannot be reached, or a file cannot be written";

#[derive(Serialize)]
struct Round {
    at: Timestamp,
    source: String,
    /// `new`, `changed`, `unchanged`, `rejected` or `unreachable`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// The moment when a server would fetch it again.
    next: Timestamp,
}

#[derive(Serialize)]
struct Failure {
    code: &'static str,
    message: String,
}

impl Fetch {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        for url in self.url.iter().chain(&self.mdq) {
            input::without_credentials(url)?;
        }
        let limits = FetchLimits::default();
        let fetcher = Fetcher::new(limits).map_err(|error| CliError::Io(error.to_string()))?;
        let source = self.source();
        let Some(Origin::Url(url)) = source.origin() else {
            return Err(CliError::Usage("expected an address".to_owned()));
        };
        let mut publisher = Publisher {
            source,
            url,
            cache: self.cache()?,
            output: self.output,
            fetcher,
            failures: 0,
        };
        let runtime = input::runtime()?;
        if !self.watch {
            return Ok(publisher.round(&runtime)?.report(style));
        }
        loop {
            let round = publisher.round(&runtime)?;
            let (next, report) = (round.next, round.report(style));
            let _ = output::announce(&report, globals.json);
            if runtime.block_on(interrupted(next)) {
                return Ok(Report::silent());
            }
        }
    }

    fn source(&self) -> TrustSource {
        let policy = MetadataPolicy::default();
        match (&self.mdq, &self.idp_entity_id) {
            (Some(base_url), Some(entity_id)) => TrustSource::MetadataQuery {
                base_url: base_url.clone(),
                entity_id: entity_id.clone(),
                policy,
            },
            (_, entity_id) => TrustSource::MetadataUrl {
                url: self.url.clone().unwrap_or_default(),
                entity_id: entity_id.clone(),
                policy,
            },
        }
    }

    fn cache(&self) -> Result<PathBuf, CliError> {
        let set = |name: &str| Some(PathBuf::from(std::env::var_os(name)?));
        let set = |name: &str| set(name).filter(|path| !path.as_os_str().is_empty());
        let home = || Some(set("HOME")?.join(".cache"));
        let default = || Some(set("XDG_CACHE_HOME").or_else(home)?.join("entrada"));
        self.cache.clone().or_else(default).ok_or_else(|| {
            let message = "there is no home directory to keep the document in: give --cache";
            CliError::Usage(message.to_owned())
        })
    }
}

/// Waits until a moment; says whether Ctrl-C came first.
async fn interrupted(until: Timestamp) -> bool {
    let wait = until.duration_since(Timestamp::now());
    let wait = Duration::try_from(wait).unwrap_or_default();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => true,
        () = tokio::time::sleep(wait) => false,
    }
}

/// The source of documents, and the place where the last good one is kept.
struct Publisher {
    source: TrustSource,
    url: String,
    cache: PathBuf,
    output: Option<PathBuf>,
    fetcher: Fetcher,
    failures: u32,
}

/// The record that is kept beside a document.
#[derive(Serialize, Deserialize)]
struct CopyInfo {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    fetched: Timestamp,
}

impl Publisher {
    fn round(&mut self, runtime: &Runtime) -> Result<Round, CliError> {
        let now = Timestamp::now();
        let kept = self.kept();
        let request = Request {
            etag: kept.as_ref().and_then(|(kept, _)| kept.etag.as_deref()),
            last_modified: kept
                .as_ref()
                .and_then(|(kept, _)| kept.last_modified.as_deref()),
            kind: DocumentKind::metadata(self.source.entity_id()),
            ..Request::new(&self.url, now)
        };
        let answer = runtime.block_on(self.fetcher.fetch(&request));
        let document = kept.map(|(_, document)| document);
        let policy = RefreshPolicy::default();
        let mut round = Round {
            at: now,
            source: shown(&self.url).into_owned(),
            outcome: "unchanged",
            entity_id: None,
            difference: None,
            failure: None,
            next: policy.after_success(now, None, 0.0),
        };
        match answer {
            Ok(FetchResponse::NotModified { freshness }) => {
                self.failures = 0;
                round.next = policy.after_success(now, freshness, 0.0);
                round.entity_id = document
                    .and_then(|old| self.read(&old))
                    .map(|one| one.entity_id().to_owned());
            }
            Ok(FetchResponse::Fetched(fetched)) => self.judge(fetched, document, &mut round)?,
            Err(FetchError::NotProtected) => {
                return Err(input::fetch_error(&self.url, &FetchError::NotProtected));
            }
            Err(error) => {
                round.outcome = match error {
                    FetchError::Unreachable(_)
                    | FetchError::TooSlow
                    | FetchError::Status(_)
                    | FetchError::Busy { .. } => "unreachable",
                    _ => "rejected",
                };
                self.fail(error.code(), error.to_string(), &mut round);
            }
        }
        Ok(round)
    }

    fn fail(&mut self, code: &'static str, message: String, round: &mut Round) {
        self.failures = self.failures.saturating_add(1);
        round.next = RefreshPolicy::default().after_failure(round.at, self.failures, None, 0.0);
        round.failure = Some(Failure { code, message });
    }

    /// Holds a document against the guard, and keeps it if it passes.
    fn judge(
        &mut self,
        fetched: Fetched,
        before: Option<Vec<u8>>,
        round: &mut Round,
    ) -> Result<(), CliError> {
        let before = before.and_then(|document| self.read(&document));
        let previous = before.as_ref().map(IdpMetadata::entity_id);
        let accepted = match self
            .source
            .guard(previous, round.at)
            .judge(&fetched.document)
        {
            Ok(accepted) => accepted,
            Err(rejected) => {
                round.outcome = "rejected";
                self.fail(rejected.code(), rejected.to_string(), round);
                return Ok(());
            }
        };
        self.failures = 0;
        round.next = RefreshPolicy::default().after_success(round.at, fetched.freshness, 0.0);
        let metadata = accepted.metadata();
        round.entity_id = Some(metadata.entity_id().to_owned());
        round.outcome = "new";
        if let Some(before) = before {
            let difference = Difference::between(&before, metadata, round.at);
            round.outcome = if difference.is_change() {
                "changed"
            } else {
                "unchanged"
            };
            round.difference = difference.is_change().then_some(difference);
        }
        let kept = CopyInfo {
            url: self.url.clone(),
            etag: fetched.etag,
            last_modified: fetched.last_modified,
            fetched: round.at,
        };
        self.keep(&kept, &accepted.into_document())
    }

    fn read(&self, document: &[u8]) -> Option<IdpMetadata> {
        let metadata = self.source.metadata(Some(document), Timestamp::now());
        metadata.ok().flatten()
    }

    /// The last good document of an address. One that cannot be read is none: it is fetched whole then.
    fn kept(&self) -> Option<(CopyInfo, Vec<u8>)> {
        let (about, document) = self.paths();
        let kept: CopyInfo = serde_json::from_slice(&fs::read(about).ok()?).ok()?;
        let document = fs::read(document).ok()?;
        (kept.url == self.url && self.read(&document).is_some()).then_some((kept, document))
    }

    fn keep(&self, kept: &CopyInfo, document: &[u8]) -> Result<(), CliError> {
        let (about, path) = self.paths();
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| CliError::Io(format!("cannot write {path}: {error}"))
        };
        fs::create_dir_all(&self.cache).map_err(failed(&self.cache))?;
        // Should this break off in between, the conditions must not be newer than the document.
        let _ = fs::remove_file(&about);
        fs::write(&path, document).map_err(failed(&path))?;
        let json = serde_json::to_vec(kept).map_err(|error| CliError::Io(error.to_string()))?;
        fs::write(&about, json).map_err(failed(&about))?;
        match &self.output {
            Some(output) => fs::write(output, document).map_err(failed(output)),
            None => Ok(()),
        }
    }

    fn paths(&self) -> (PathBuf, PathBuf) {
        let name = hex(&MetadataCopy::digest_of(self.url.as_bytes()));
        let path = |ending: &str| self.cache.join(format!("{name}.{ending}"));
        (path("json"), path("xml"))
    }
}

impl Round {
    fn report(&self, style: Style) -> Report {
        let exit = match self.outcome {
            "rejected" => Exit::Refused,
            "unreachable" => Exit::Io,
            _ => Exit::Done,
        };
        Report::new(self.text(style), self).exit(exit)
    }

    fn text(&self, style: Style) -> String {
        let Round { at, outcome, .. } = self;
        if let Some(Failure { code, message }) = &self.failure {
            let message = printable(message);
            return format!("{} {at}  {outcome}: {message} [{code}]\n", style.fail());
        }
        let entity = self.entity_id.as_deref().unwrap_or_default();
        let difference = self.difference.as_ref();
        let difference = difference.map_or_else(String::new, |one| one.text(style));
        format!(
            "{} {at}  {outcome}: {}\n{difference}",
            style.pass(),
            printable(entity)
        )
    }
}
