//! Measures several things against each other. `criterion` and `divan` report times; what is promised here are ratios,
//! and on a machine that also does something else two times measured one after the other say little about each other.
//! So the entrants of a contest take turns, round after round, and only times of the same round are compared.

use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

/// The thoroughness of a measurement.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// The time that each entrant's turn lasts, at least.
    turn: Duration,
}

impl Effort {
    /// The effort of `cargo bench`.
    const FULL: Effort = Effort {
        rounds: 301,
        // Shorter than what the scheduler gives: most turns pass without an interruption.
        turn: Duration::from_micros(400),
    };
    /// Everything once: the effort of `cargo test --benches`.
    const TRIAL: Effort = Effort {
        rounds: 1,
        turn: Duration::ZERO,
    };

    /// As the command line says: `cargo bench` passes `--bench`.
    pub(crate) fn from_args() -> Effort {
        match std::env::args().any(|arg| arg == "--bench") {
            true => Effort::FULL,
            false => Effort::TRIAL,
        }
    }

    pub(crate) fn is_trial(self) -> bool {
        self.rounds == 1
    }
}

/// One entrant: a name, and a pass that does the thing some number of times after a preparation that does not count.
struct Entrant<'a> {
    name: String,
    pass: Box<dyn FnMut() -> Pass + 'a>,
    passes: usize,
    times: Vec<f64>,
}

/// The time of one pass, and the number of times that the function ran in it.
pub(crate) struct Pass {
    pub(crate) took: Duration,
    pub(crate) times: usize,
}

/// Entrants that take turns.
pub(crate) struct Contest<'a> {
    effort: Effort,
    entrants: Vec<Entrant<'a>>,
}

impl<'a> Contest<'a> {
    pub(crate) fn new(effort: Effort) -> Contest<'a> {
        Contest {
            effort,
            entrants: Vec::new(),
        }
    }

    /// Enters a function, and returns the entrant's number.
    pub(crate) fn enter<T>(&mut self, name: &str, mut run: impl FnMut() -> T + 'a) -> usize {
        self.enter_passes(name, move || {
            let start = Instant::now();
            for _ in 0..PASS {
                black_box(run());
            }
            Pass {
                took: start.elapsed(),
                times: PASS,
            }
        })
    }

    /// Enters something that measures its passes itself, since it must prepare each.
    pub(crate) fn enter_passes(&mut self, name: &str, pass: impl FnMut() -> Pass + 'a) -> usize {
        self.entrants.push(Entrant {
            name: name.to_owned(),
            pass: Box::new(pass),
            passes: 1,
            times: Vec::new(),
        });
        self.entrants.len() - 1
    }

    /// Lets them take turns.
    pub(crate) fn run(mut self) -> Results {
        for entrant in &mut self.entrants {
            let pass = (entrant.pass)();
            let one = pass.took.as_secs_f64().max(1e-9);
            entrant.passes = (self.effort.turn.as_secs_f64() / one).ceil().max(1.0) as usize;
        }
        for _ in 0..self.effort.rounds {
            for entrant in &mut self.entrants {
                entrant.turn();
            }
        }
        Results(
            self.entrants
                .into_iter()
                .map(|entrant| (entrant.name, entrant.times))
                .collect(),
        )
    }
}

impl Entrant<'_> {
    fn turn(&mut self) {
        let (mut took, mut times) = (Duration::ZERO, 0);
        for _ in 0..self.passes {
            let pass = (self.pass)();
            took += pass.took;
            times += pass.times;
        }
        self.times.push(took.as_secs_f64() / times as f64);
    }
}

/// The seconds that each entrant took for one time, by round.
pub(crate) struct Results(Vec<(String, Vec<f64>)>);

impl Results {
    /// The seconds of the best round.
    pub(crate) fn least(&self, entrant: usize) -> f64 {
        self.0[entrant].1.iter().copied().fold(f64::MAX, f64::min)
    }

    /// The median over the rounds of one entrant's time by the other's.
    pub(crate) fn median_ratio(&self, entrant: usize, to: usize) -> f64 {
        let pairs = self.0[entrant].1.iter().zip(&self.0[to].1);
        let mut ratios: Vec<f64> = pairs.map(|(one, other)| one / other).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }

    /// The best time of one by the best of the other: what is left when nothing disturbs.
    pub(crate) fn ratio_of_best(&self, entrant: usize, to: usize) -> f64 {
        self.least(entrant) / self.least(to)
    }

    /// A line for each entrant: its best time, and its ratio to another.
    pub(crate) fn print(&self, title: &str, to: usize) {
        println!("\n{title}");
        println!(
            "{:<54}{:>10}{:>12}{:>14}",
            "", "best µs", "best ratio", "median ratio"
        );
        for (number, (name, _)) in self.0.iter().enumerate() {
            println!(
                "{name:<54}{:>10.2}{:>12.2}{:>14.2}",
                self.least(number) * 1e6,
                self.ratio_of_best(number, to),
                self.median_ratio(number, to)
            );
        }
    }
}

/// The number of times that a function runs in one pass: the clock's own 30 ns no longer count.
const PASS: usize = 8;
