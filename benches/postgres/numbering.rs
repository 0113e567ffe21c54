//! The ways of numbering events, as transactions of pgbench that write one session and its event: a row that counts within the
//! transaction; a sequence, which readers may pass over, as the bound; and ours, where whoever reads numbers what is committed.

use std::thread;
use std::time::Duration;

use crate::CLIENTS;
use crate::Effort;
use crate::Outcome;
use crate::durable::Durable;
use crate::load::median;

pub(crate) fn print(durable: &Durable, effort: Effort) -> Outcome<()> {
    let url = durable.database();
    durable.psql(&url, TABLES)?;
    let mut rates = WAYS.map(|_| Vec::new());
    for _ in 0..effort.turns {
        for ((_, script, reader), rates) in WAYS.iter().zip(&mut rates) {
            let script = format!("BEGIN;\n{SESSION};\n{script};\nCOMMIT;\n");
            rates.push(with_reader(durable, &url, &script, *reader, effort.turn)?);
        }
    }
    println!(
        "\nA session and its event in a transaction, {CLIENTS} clients, by the number of the event"
    );
    let [row, sequence, ours] = rates.map(median);
    for ((name, ..), rate) in WAYS.iter().zip([row, sequence, ours]) {
        println!(
            "{name}: {rate:.0} a second, {:.2} of the bound",
            rate / sequence
        );
    }
    Ok(())
}

/// The rate of a script, beside a reader who numbers events ten times a second, if the way has one.
fn with_reader(
    durable: &Durable,
    url: &str,
    script: &str,
    reader: Option<&str>,
    during: Duration,
) -> Outcome<f64> {
    thread::scope(|scope| {
        let numbering = reader.map(|reader| {
            scope.spawn(move || {
                let numbered = durable.transactions(url, reader, 1, during);
                numbered.map_err(|error| error.to_string())
            })
        });
        let rate = durable.transactions(url, script, CLIENTS, during);
        if let Some(numbering) = numbering {
            numbering.join().map_err(|_| "a reader has panicked")??;
        }
        rate
    })
}

/// A way: its name, the statement that writes the event, and the reader who numbers.
type Way = (&'static str, &'static str, Option<&'static str>);

const WAYS: [Way; 3] = [
    (
        "a row that counts, in the transaction",
        "WITH next AS (UPDATE counters SET events = events + 1 RETURNING events) \
         INSERT INTO events (id, kind) SELECT events, 'session-opened' FROM next",
        None,
    ),
    (
        "a sequence, which readers may pass over: the bound",
        "INSERT INTO events (id, kind) VALUES (nextval('numbers'), 'session-opened')",
        None,
    ),
    (
        "without a number, and a reader who numbers",
        "INSERT INTO events (id, kind) VALUES (NULL, 'session-opened')",
        Some(NUMBER),
    ),
];

const SESSION: &str = "INSERT INTO sessions (record) VALUES ('a session')";

const TABLES: &str = "CREATE SEQUENCE numbers START 1000000000;
    CREATE TABLE counters (events bigint NOT NULL);
    INSERT INTO counters VALUES (0);
    CREATE TABLE sessions (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, record text NOT NULL);
    CREATE TABLE events (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bigint UNIQUE, kind text NOT NULL);
    CREATE INDEX events_without_number ON events (seq) WHERE id IS NULL;";

/// As the store does it, ten times a second.
const NUMBER: &str = "BEGIN;
SELECT events FROM counters FOR UPDATE;
WITH next_few AS (SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM (SELECT seq FROM events WHERE id IS NULL ORDER BY seq LIMIT 1000) AS next), numbered AS (UPDATE events AS e SET id = c.events + s.place FROM next_few AS s, counters AS c WHERE e.seq = s.seq RETURNING e.id) UPDATE counters SET events = greatest(events, (SELECT max(id) FROM numbered));
COMMIT;
\\sleep 100 ms
";
