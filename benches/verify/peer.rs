//! samael, and libxmlsec1 beneath it, beside us: `cargo bench --features samael --bench verify -- complete`.

use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use entrada::crypto::Certificate;
use entrada::dsig::Signer;
use entrada::practice::Sign;
use jiff::Timestamp;
use samael::crypto::CertificateDer;
use samael::crypto::Crypto;
use samael::crypto::CryptoProvider;
use samael::metadata::EntityDescriptor;
use samael::service_provider::ServiceProvider;

use crate::contest::Contest;
use crate::contest::Effort;
use crate::contest::Pass;
use crate::contest::Results;
use crate::sample;
use crate::site::Site;

/// A service provider of samael's with the same settings, and responses for it. It asks the system's clock, so they are signed with the
/// present time; each is judged many times, since samael has no replay cache.
pub(crate) struct Peers {
    sp: ServiceProvider,
    certificate: CertificateDer,
    pool: Vec<String>,
    fields: Vec<String>,
    next: Cell<usize>,
}

/// Their numbers in a contest.
pub(crate) struct Entered {
    samael: usize,
    libxmlsec1: usize,
}

impl Peers {
    pub(crate) fn new(signer: &Signer, number: usize) -> Peers {
        let (sign, groups, now) = (Sign::Assertion, sample::USUAL_GROUPS, Timestamp::now());
        let pool: Vec<_> = (0..number)
            .map(|n| sample::response_at(signer, sign, groups, n, now))
            .collect();
        Peers {
            sp: ServiceProvider {
                entity_id: Some(sample::AUDIENCE.to_owned()),
                acs_url: Some(sample::ACS.to_owned()),
                idp_metadata: EntityDescriptor::from(&Site::metadata(signer)),
                // Longer than the contest lasts.
                max_issue_delay: chrono::Duration::hours(1),
                ..ServiceProvider::default()
            },
            certificate: signer.certificate().der().to_vec().into(),
            fields: pool.iter().map(|xml| sample::field(xml)).collect(),
            pool,
            next: Cell::new(0),
        }
    }

    pub(crate) fn enter<'a>(&'a self, contest: &mut Contest<'a>) -> Entered {
        let verify = || {
            let xml = self.one_of(&self.pool);
            let verified = Crypto::verify_signed_xml(xml, &self.certificate, Some("ID"));
            verified.expect("the signature holds");
        };
        let parse = || {
            let field = self.one_of(&self.fields);
            let requests = [sample::REQUEST];
            let assertion = self.sp.parse_base64_response(field, Some(&requests));
            black_box(assertion.expect("the response holds"));
        };
        Entered {
            libxmlsec1: contest.enter_passes(
                "libxmlsec1: XML and certificate parsed, signature",
                once(verify),
            ),
            samael: contest.enter_passes(
                "samael: parse_base64_response, assertion signed",
                once(parse),
            ),
        }
    }

    /// Another one each time, as with us.
    fn one_of<'a>(&self, all: &'a [String]) -> &'a str {
        let next = self.next.get();
        self.next.set(next + 1);
        &all[next % all.len()]
    }

    /// Prints how many times our time they take, and what the command `xmlsec1` says of itself.
    pub(crate) fn print(&self, effort: Effort, results: &Results, entered: &Entered, ours: usize) {
        for (name, entrant) in [
            ("samael", entered.samael),
            ("libxmlsec1", entered.libxmlsec1),
        ] {
            println!(
                "-> {name}: {:.1} times ours by the best times, {:.1} by the median ratio",
                results.ratio_of_best(entrant, ours),
                results.median_ratio(entrant, ours),
            );
        }
        if effort.is_trial() {
            return;
        }
        match self.xmlsec1() {
            Some(microseconds) => println!(
                "-> the command xmlsec1, by its own clock, key parsed once and XML not counted: {microseconds:.1} µs, {:.1} times ours",
                microseconds / (results.least(ours) * 1e6)
            ),
            None => println!("-> the command xmlsec1: NOT RUN, it is not there"),
        }
    }

    /// The least of several runs, in microseconds of processor time. It repeats within one process, and starts its clock after reading
    /// a file: nothing needs to be subtracted.
    fn xmlsec1(&self) -> Option<f64> {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let (xml, certificate) = (folder.path().join("r.xml"), folder.path().join("c.pem"));
        let parsed = Certificate::from_der(self.certificate.der_data()).expect("it is ours");
        fs::write(&xml, &self.pool[0]).expect("a scratch file can be written");
        fs::write(&certificate, parsed.to_pem()).expect("a scratch file can be written");
        let mut command = Command::new("xmlsec1");
        command
            .args(["--verify", "--repeat", REPEATS, "--enabled-key-data", "rsa"])
            .args(["--id-attr:ID", ASSERTION, "--pubkey-cert-pem"])
            .args([&certificate, &xml]);
        let runs = (0..RUNS).map_while(|_| command.output().ok());
        runs.map(|run| executed(&String::from_utf8_lossy(&[run.stdout, run.stderr].concat())))
            .reduce(f64::min)
    }
}

/// A pass of one: several would last longer than a turn, and be interrupted more often than ours.
fn once<'a>(mut run: impl FnMut() + 'a) -> impl FnMut() -> Pass + 'a {
    move || {
        let start = Instant::now();
        run();
        Pass {
            took: start.elapsed(),
            times: 1,
        }
    }
}

/// Reads `Executed 1000 tests in 243.51 msec`.
fn executed(output: &str) -> f64 {
    let line = output.lines().find(|line| line.starts_with("Executed"));
    let words: Vec<_> = line.map_or(Vec::new(), |line| line.split(' ').collect());
    let [_, times, _, _, milliseconds, _] = words[..] else {
        panic!("xmlsec1 says nothing of its time: {output}");
    };
    let number = |text: &str| text.parse::<f64>().expect("xmlsec1 writes a number");
    number(milliseconds) * 1e3 / number(times)
}

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";
/// About a quarter of a second each.
const REPEATS: &str = "1000";
const RUNS: usize = 9;
