//! The cost of verifying a response, and a token, as ratios in one run: `cargo bench --bench verify`, or with `-- complete`,
//! `encrypted`, `growth`, `refusals`, `hostile`, `aggregate` or `federation` one part of it.

mod aggregate;
mod bound;
mod contest;
mod federation;
mod hostile;
#[cfg(feature = "samael")]
mod peer;
mod sample;
mod site;
#[path = "../../tests/it/used_keys.rs"]
mod used_keys;

use entrada::crypto::ContentEncryption;
use entrada::crypto::SigningKey;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::Sign;
use entrada::saml::UnverifiedResponse;
use jiff::SignedDuration;

use bound::Bound;
use bound::Private;
use contest::Contest;
use contest::Effort;
use site::ACCEPTED;
use site::Site;

fn main() {
    let effort = Effort::from_args();
    let parts: [Part; 7] = [
        ("complete", complete),
        ("encrypted", encrypted),
        ("growth", growth),
        ("refusals", refusals),
        ("hostile", hostile::print),
        ("aggregate", aggregate::print),
        ("federation", federation::print),
    ];
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    for (name, measure) in parts {
        if wanted.is_empty() || wanted.iter().any(|part| part == name) {
            measure(effort);
        }
    }
}

/// A part of the measurements, by name.
type Part = (&'static str, fn(Effort));

/// A usual response, complete from base64 to a principal, against the bound.
fn complete(effort: Effort) {
    let signer = sample::signer();
    let pool = |sign| -> Vec<String> {
        let number = if effort.is_trial() { 1 } else { 16 };
        (0..number)
            .map(|n| sample::response(&signer, sign, sample::USUAL_GROUPS, n))
            .collect()
    };
    let fields =
        |sign| -> Vec<String> { pool(sign).iter().map(|xml| sample::field(xml)).collect() };
    let xml = pool(Sign::Assertion).swap_remove(0);
    let [assertion, response, both] = [Sign::Assertion, Sign::Response, Sign::Both].map(fields);
    let (trusting, pinning) = (Site::trusting(&signer), Site::pinning(&signer));
    let bound = Bound::new();
    #[cfg(feature = "samael")]
    let peers = peer::Peers::new(&signer, assertion.len());

    let mut contest = Contest::new(effort);
    let general = contest.enter("the bound: EVP verify, SHA-256 of the XML", || {
        bound.general(xml.as_bytes())
    });
    contest.enter("the same by bare RSA and a comparison", || {
        bound.cheapest(xml.as_bytes())
    });
    contest.enter("SHA-256 of the XML alone", || bound::sha256(xml.as_bytes()));
    let complete = contest.enter_passes("complete: assertion signed", || trusting.pass(&assertion));
    contest.enter_passes("complete: response signed", || trusting.pass(&response));
    contest.enter_passes("complete: both signed", || trusting.pass(&both));
    contest.enter_passes("complete: assertion signed, fingerprint pinned", || {
        pinning.pass(&assertion)
    });
    #[cfg(feature = "samael")]
    let entered = peers.enter(&mut contest);
    let results = contest.run();
    let title = format!(
        "A response of {} bytes, RSA-2048, base64 to principal",
        xml.len()
    );
    results.print(&title, general);
    println!(
        "-> {:.2} times the bound; at most 2.0 is promised",
        results.ratio_of_best(complete, general)
    );
    #[cfg(feature = "samael")]
    peers.print(effort, &results, &entered, complete);
}

/// An encrypted assertion, signed inside, against the bound and one private operation.
fn encrypted(effort: Effort) {
    let signer = sample::signer();
    let key = SigningKey::generate_rsa_2048().expect("a key can be made");
    let encryption = |content| Encryption {
        content,
        ..Encryption::default()
    };
    let number = if effort.is_trial() { 1 } else { 16 };
    let plain: Vec<String> = (0..number)
        .map(|n| sample::response(&signer, Sign::Assertion, sample::USUAL_GROUPS, n))
        .collect();
    let fields = |content| -> Vec<String> {
        let encrypt = |xml: &String| {
            let recipients = [key.verifying_key()];
            encryption(content).encrypt(xml, Encrypt::Assertion, &recipients)
        };
        let encrypted = plain.iter().map(|xml| encrypt(xml).expect("it encrypts"));
        encrypted.map(|xml| sample::field(&xml)).collect()
    };
    let [cbc, gcm] = [ContentEncryption::Aes256Cbc, ContentEncryption::Aes256Gcm].map(fields);
    let site = Site::trusting(&signer).decrypting(&key);
    let (bound, private) = (Bound::new(), Private::of(&key));
    let mut contest = Contest::new(effort);
    let least = contest.enter("the bound, and one RSA-2048 private operation", || {
        bound.with_private_operation(plain[0].as_bytes(), &private)
    });
    let complete = contest.enter_passes("complete: AES-256-CBC, RSA-OAEP, signed inside", || {
        site.pass(&cbc)
    });
    contest.enter_passes("complete: AES-256-GCM, RSA-OAEP, signed inside", || {
        site.pass(&gcm)
    });
    let results = contest.run();
    results.print("An encrypted assertion, base64 to principal", least);
    println!(
        "-> {:.2} times the bound with one private operation; at most 1.3 is promised",
        results.ratio_of_best(complete, least)
    );
}

/// Larger responses: the cost of a byte must not grow.
fn growth(effort: Effort) {
    let signer = sample::signer();
    let site = Site::trusting(&signer);
    let bound = Bound::new();
    println!("\nGrowth with the number of groups");
    println!(
        "{:>8}{:>12}{:>12}{:>14}{:>10}",
        "groups", "bytes", "best µs", "ns per byte", "ratio"
    );
    for groups in [10, 100, 1000, ONE_MEGABYTE] {
        let number = if effort.is_trial() {
            1
        } else {
            (64_000 / groups).clamp(4, 64)
        };
        let pool: Vec<_> = (0..number)
            .map(|n| sample::response(&signer, Sign::Assertion, groups, n))
            .collect();
        let fields: Vec<_> = pool.iter().map(|xml| sample::field(xml)).collect();
        let mut contest = Contest::new(effort);
        let general = contest.enter("bound", || bound.general(pool[0].as_bytes()));
        let complete = contest.enter_passes("complete", || site.pass(&fields));
        let results = contest.run();
        let (bytes, best) = (pool[0].len(), results.least(complete));
        println!(
            "{groups:>8}{bytes:>12}{:>12.1}{:>14.2}{:>10.2}",
            best * 1e6,
            best * 1e9 / bytes as f64,
            results.ratio_of_best(complete, general)
        );
    }
}

/// Groups in a response of 1 MB.
const ONE_MEGABYTE: usize = 14_100;

/// The work that a stranger can make the site do, against the cost of an accepted response.
fn refusals(effort: Effort) {
    let signer = sample::signer();
    let site = Site::trusting(&signer);
    let stranger = sample::signer();
    let usual = |signer, n| sample::response(signer, Sign::Assertion, sample::USUAL_GROUPS, n);
    let good = usual(&signer, 0);
    let fields: Vec<_> = (0..if effort.is_trial() { 1 } else { 64 })
        .map(|n| sample::field(&usual(&signer, n)))
        .collect();
    let now = sample::issued();
    let later = now + SignedDuration::from_hours(2);
    let field = sample::field(&good);
    let changed = |from, to| sample::field(&good.replacen(from, to, 1));
    let another_root = good.replace("samlp:Response", "samlp:Request");
    let unsigned = sample::response(&signer, Sign::Nothing, sample::USUAL_GROUPS, 0);
    let cases = [
        (
            "too large",
            "A".repeat(UnverifiedResponse::MAX_BYTES * 2),
            now,
        ),
        ("not base64", format!("{field}!"), now),
        ("not XML", sample::field(&good.replace('<', "{")), now),
        (
            "a DTD",
            sample::field(&format!("<!DOCTYPE a []>{good}")),
            now,
        ),
        ("another root", sample::field(&another_root), now),
        ("no signature", sample::field(&unsigned), now),
        (
            "an unknown algorithm",
            changed("#rsa-sha256", "#rsa-sha257"),
            now,
        ),
        ("another digest", changed("Adele Vance", "Adele Vence"), now),
        ("another key", sample::field(&usual(&stranger, 0)), now),
        ("expired", field.clone(), later),
    ];
    let mut contest = Contest::new(effort);
    let accepted = contest.enter_passes("accepted", || site.pass(&fields));
    for (name, field, now) in &cases {
        let code = site.refusal(field, *now);
        assert_ne!(code, ACCEPTED, "{name}");
        contest.enter(&format!("{name} ({code})"), || site.refusal(field, *now));
    }
    contest
        .run()
        .print("Refusals, against an acceptance", accepted);
}
