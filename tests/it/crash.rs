//! A program that writes to a store is killed (`kill -9`) at random moments: whatever it had been told is kept
//! is there afterwards. The program is this test binary itself, started with [`FILE`] set.

use std::collections::hash_map::RandomState;
use std::env;
use std::hash::BuildHasher;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use entrada::saml::Admission;
use entrada::saml::Attributes;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use entrada::saml::ReturnPath;
use entrada::session::Device;
use entrada::session::PendingRequest;
use entrada::session::RequestAnswer;
use entrada::session::RequestStore;
use entrada::session::SessionRecord;
use entrada::session::Sessions;
use entrada::session::TakenRequest;
use entrada::session::Vouched;
use entrada::session::open_session;
use entrada::session::sign_out;
use entrada::store::SqliteStore;
use entrada::store::Store;
use entrada::token::Token;
use entrada::token::TokenHash;
use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection as Database;

use crate::child;
use crate::child::Child;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("entrada.db");
    let store = SqliteStore::open(&file).await.unwrap();
    connect(&store).await;
    drop(store);

    let mut told = Vec::new();
    for round in 0..ROUNDS {
        let patience = 1 + RandomState::new().hash_one(round) % 400;
        let heard = told.len();
        told.extend(run_and_kill(&file, round, patience));
        assert!(told.len() > heard, "the program wrote nothing");
        let store = SqliteStore::open(&file).await.unwrap();
        for acknowledged in &told {
            acknowledged.assert_kept(&store).await;
        }
        assert_sound(&file);
    }
}

/// Starts the writing program, kills it after so many acknowledgements, and returns all that it told.
fn run_and_kill(file: &Path, round: u64, patience: u64) -> Vec<Acknowledged> {
    let mut program = child::command(env::current_exe().unwrap());
    program
        .args(["--exact", "crash::write_until_killed", "--nocapture"])
        .env(FILE, file)
        .env(ROUND, round.to_string());
    let mut program = Child::start(program.stdout(Stdio::piped()));
    let mut told = Vec::new();
    for line in BufReader::new(program.stdout.take().unwrap()).lines() {
        told.extend(Acknowledged::parse(&line.unwrap()));
        if told.len() as u64 == patience {
            program.kill().unwrap();
        }
    }
    let ended = program.wait().unwrap();
    assert_eq!(ended.signal(), Some(SIGKILL), "it ended by itself: {ended}");
    told
}

/// The program that is killed; as a test of its own it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_until_killed() {
    let Some(file) = env::var_os(FILE) else {
        return;
    };
    let round: u64 = env::var(ROUND).unwrap().parse().unwrap();
    let store = Arc::new(SqliteStore::open(file).await.unwrap());
    println!();
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in (0..100_000).map(|n| (round * WRITERS + writer) * 100_000 + n) {
                write(&*store, number).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// One sign-on, and a line for each step that the store acknowledged.
async fn write(store: &dyn Store, number: u64) {
    let request = request(number);
    store.remember_request(&request).await.unwrap();
    println!("remembered {number}");
    let taken = store.take_request(&request.connection, &request.id, answer(&request), now());
    assert_eq!(taken.await.unwrap(), TakenRequest::Taken(request.clone()));
    println!("taken {number}");
    let admitted = store.admit(key(number), later(), now()).await.unwrap();
    assert_eq!(admitted, Admission::First);
    println!("admitted {number}");
    open_session(store, &session(number)).await.unwrap();
    println!("opened {number}");
    if number.is_multiple_of(5) {
        assert!(
            sign_out(store, &session(number).token, now())
                .await
                .unwrap()
        );
        println!("ended {number}");
    }
    // One more that stays under way.
    let waiting = PendingRequest {
        id: message_id(u64::MAX - number),
        ..request
    };
    store.remember_request(&waiting).await.unwrap();
    println!("waiting {number}");
}

/// An acknowledgement that the killed program had got.
#[derive(Debug)]
struct Acknowledged {
    step: String,
    number: u64,
}

impl Acknowledged {
    /// Reads a line; a line that the kill cut short was not told.
    fn parse(line: &str) -> Option<Acknowledged> {
        let (step, number) = line.split_once(' ')?;
        let known = [
            "remembered",
            "taken",
            "admitted",
            "opened",
            "ended",
            "waiting",
        ];
        known.contains(&step).then_some(())?;
        Some(Acknowledged {
            step: step.to_owned(),
            number: number.parse().ok()?,
        })
    }

    async fn assert_kept(&self, store: &SqliteStore) {
        let number = self.number;
        match self.step.as_str() {
            "taken" => {
                let taken = request(number);
                let again = store.take_request(&taken.connection, &taken.id, answer(&taken), now());
                let again = again.await.unwrap();
                assert!(
                    matches!(again, TakenRequest::Used(_)),
                    "{self:?}: {again:?}"
                );
            }
            "admitted" => {
                let again = store.admit(key(number), later(), now()).await.unwrap();
                assert_eq!(again, Admission::Replayed, "{self:?}");
            }
            "opened" if !number.is_multiple_of(5) => {
                let found = store.session(&session(number).token, now()).await.unwrap();
                assert_eq!(found, Some(session(number)), "{self:?}");
            }
            "ended" => {
                let found = store.session(&session(number).token, now()).await.unwrap();
                assert_eq!(found, None, "{self:?}");
            }
            "waiting" => {
                let twice = PendingRequest {
                    id: message_id(u64::MAX - number),
                    ..request(number)
                };
                let again = store.remember_request(&twice).await;
                assert!(again.is_err(), "{self:?}");
            }
            // It may have been taken since, or it waits; a session that was to be ended may be in between.
            _ => {}
        }
    }
}

/// SQLite finds no fault, and the count that a trigger keeps is the true one.
fn assert_sound(file: &Path) {
    let database = Database::open(file).unwrap();
    for (question, expected) in [
        ("SELECT * FROM pragma_integrity_check", "ok"),
        ("SELECT count(*) || '' FROM pragma_foreign_key_check", "0"),
        (
            "SELECT ((SELECT count(*) FROM pending_requests) - pending_requests) || '' FROM counters",
            "0",
        ),
    ] {
        let answer = database.query_row(question, [], |row| row.get(0));
        assert_eq!(answer, Ok(expected.to_owned()), "{question}");
    }
}

async fn connect(store: &dyn Store) {
    let acme = Connection::builder("acme")
        .metadata_url("https://idp.example/metadata")
        .build()
        .unwrap();
    put_connection(store, &acme, Timestamp::now())
        .await
        .unwrap();
}

fn key(number: u64) -> ReplayKey {
    ReplayKey::of("https://idp.example/", &number.to_string())
}

fn token_hash(number: u64) -> TokenHash {
    let mut bytes = [0; Token::LENGTH];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    TokenHash::from_bytes(bytes)
}

fn message_id(number: u64) -> MessageId {
    MessageId::from_text(&format!("id-{number}")).unwrap()
}

fn answer(request: &PendingRequest) -> RequestAnswer {
    RequestAnswer {
        browser: Some(request.browser),
        relay_state: Some(request.relay_state),
        vouched: Vouched::Signed,
    }
}

fn request(number: u64) -> PendingRequest {
    PendingRequest {
        id: message_id(number),
        connection: "acme".parse().unwrap(),
        relay_state: token_hash(number),
        browser: token_hash(number),
        return_path: ReturnPath::root(),
        previous_session: None,
        passive: false,
        authn_since: None,
        expires: later(),
    }
}

fn session(number: u64) -> SessionRecord {
    SessionRecord {
        id: format!("{number:016x}").parse().unwrap(),
        token: token_hash(number),
        connection: "acme".parse().unwrap(),
        issuer: "https://idp.example/".to_owned(),
        name_id: NameId {
            value: format!("person-{number}@example.com"),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: Some(format!("_{number}")),
        index_is_assertion_id: true,
        authn_instant: now(),
        attributes: Attributes::default(),
        opened: now(),
        expires: later(),
        idle: None,
        seen: now(),
        user: None,
        device: Device::default(),
    }
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000)
}

fn later() -> Timestamp {
    now() + SignedDuration::from_hours(1)
}

const SIGKILL: i32 = 9;

/// The number of times that the program is started and killed.
const ROUNDS: u64 = 8;

/// Sign-ons side by side in the program, so that a kill meets several writes under way.
const WRITERS: u64 = 8;

/// Names the file that the program writes to.
const FILE: &str = "ENTRADA_TEST_CRASH_FILE";

/// Tells the program's runs apart, so that each writes records of its own.
const ROUND: &str = "ENTRADA_TEST_CRASH_ROUND";
