//! Account discovery: a client reads all users of a large customer by `startIndex`, page by page. Each walk ends in turns with the
//! beginning of another one, so that the last pages and the first ones meet the same machine.

use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use crate::Outcome;
use crate::customer::Site;
use crate::customer::median;
use crate::customer::ratio;
use crate::server::Place;

const USERS: u32 = 250_000;
const PAGE: u64 = 100;
/// Pages at the end of a walk, and as many at the beginning of another, that are compared.
const COMPARED: usize = 250;

/// Pages that are asked for at places of their own.
const JUMPS: u64 = 50;

/// Walks through all users, through those of a filter that an index answers, and then prints the server's memory.
pub(crate) async fn measure(folder: &Path) -> Outcome<()> {
    let mut site = Site::start(&Place::with_file(folder.join("discovery"))).await?;
    let began = Instant::now();
    site.fill.users(0..USERS).await?;
    println!(
        "the store of {USERS} users was filled in {:.1?}",
        began.elapsed()
    );
    for (what, filter) in [
        ("all users", ""),
        ("users by active eq true", "&filter=active+eq+true"),
    ] {
        jump(&mut site, what, filter).await?;
        discover(&mut site, what, filter).await?;
    }
    println!("memory after all of that: {}", site.server.memory()?);
    Ok(())
}

/// Pages that follow no other: their place is found by its number, as every page's was before ends of pages were remembered.
async fn jump(site: &mut Site, what: &str, filter: &'static str) -> Outcome<()> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for number in 1..=JUMPS {
        for (met, times) in [
            (number, &mut first),
            (u64::from(USERS) - PAGE - number, &mut last),
        ] {
            let mut walk = Walk {
                met,
                ..Walk::new(filter)
            };
            walk.page(site).await?;
            times.append(&mut walk.times);
        }
    }
    let what = format!("{what}: a page that follows no other, at the end and at the beginning");
    ratio(&what, last, first, "nothing");
    Ok(())
}

async fn discover(site: &mut Site, what: &str, filter: &'static str) -> Outcome<()> {
    let mut walk = Walk::new(filter);
    let until = USERS as usize / PAGE as usize - COMPARED;
    let began = Instant::now();
    for _ in 0..until {
        walk.page(site).await?;
    }
    let mut other = Walk::new(filter);
    for _ in 0..COMPARED {
        other.page(site).await?;
        walk.page(site).await?;
    }
    if walk.met != u64::from(USERS) {
        return Err(format!("a walk met {} users of {USERS}", walk.met).into());
    }
    println!(
        "{what}: {} pages of {PAGE} by number in {:.1?}; medians of {COMPARED} pages:",
        walk.times.len(),
        began.elapsed()
    );
    let parts = walk.times.chunks(COMPARED).map(|part| {
        let median = median(part.to_vec());
        format!("{:.1}", median.as_secs_f64() * 1e3)
    });
    println!("  {} ms", parts.collect::<Vec<_>>().join(", "));
    let last = walk.times.split_off(until);
    let what = "  a page by number, the last and the first, in turns";
    ratio(what, last, other.times, "at most 1.2");
    Ok(())
}

/// A client that reads one page after the other.
struct Walk {
    filter: &'static str,
    met: u64,
    times: Vec<Duration>,
}

impl Walk {
    fn new(filter: &'static str) -> Walk {
        Walk {
            filter,
            met: 0,
            times: Vec::new(),
        }
    }

    async fn page(&mut self, site: &mut Site) -> Outcome<()> {
        let start = self.met + 1;
        let path = format!("/Users?count={PAGE}&startIndex={start}{}", self.filter);
        let (page, time) = site.timed("GET", &path, "", 200).await?;
        if page["totalResults"] != USERS {
            return Err(format!("{path}: {} users", page["totalResults"]).into());
        }
        self.met += page["Resources"].as_array().map_or(0, Vec::len) as u64;
        self.times.push(time);
        Ok(())
    }
}
