//! Every identity that the lab rests on, recomputed now.
//!
//! A [`Check`] states an identity and computes both of its sides by routes that share as little as possible: a closed form against
//! an ordinary differential equation, against quadrature, against the grid, against particles. Nothing is read from a file and no
//! answer is stored but a few constants of closed forms, whose origin stands beside them. What is computed with random numbers
//! has a fixed seed and a standard error of its own, and may be five of them off.
//!
//! [`checks`] is the one list, from which the command line (`wfr-lab verify`), the page in the window and the tests are made: a new
//! check is one function in the file of its subject and one entry there. [`Check::perform`] runs one in the calling thread,
//! [`Job`] runs many on a thread of their own.
//!
//! ```
//! use wfr_lab::verify::{Progress, checks};
//!
//! let check = checks().iter().find(|c| c.name == "fisher-rao-path").ok_or("no such check")?;
//! let finished = check.perform(&Progress::default()).ok_or("cancelled")?;
//! for row in &finished.rows {
//!     println!("{}: {} for {}", row.what, row.computed, row.expected);
//! }
//! assert!(finished.holds());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod job;
mod list;
mod measure;
mod quadrature;
mod text;

mod closed_forms;
mod density;
mod feynman_kac;
mod foundations;
mod gaussians;
mod grid;
mod integrators;
mod measurements;
mod particles;
mod resampling;
mod spectrum;
mod targets;
mod weights;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crate::ensemble::Collapse;
use crate::sim::StepError;

pub use job::Job;
pub use list::checks;
pub use text::{aligned, brief, details, number, report, tick, verdict};

/// An identity, and how to compute both of its sides.
#[derive(Debug)]
pub struct Check {
    /// The subject, one word.
    pub group: &'static str,
    /// A short name of its own, as typed on the command line.
    pub name: &'static str,
    /// The identity, as a formula.
    pub statement: &'static str,
    /// What it says and how it is checked, in a sentence or two.
    pub about: &'static str,
    /// About how many seconds it takes on four cores, for progress bars.
    pub seconds: f64,
    /// Computes it.
    pub run: fn(&Progress) -> Result<Outcome, Stop>,
}

/// What a check has computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The comparisons, in the order in which they should be read.
    pub rows: Vec<Row>,
}

/// One number, and what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which number.
    pub what: String,
    /// What was computed.
    pub computed: f64,
    /// What was expected, from an independent route; or a bound.
    pub expected: f64,
    /// How far apart they may be.
    pub tolerance: Tolerance,
}

/// How far a computed number may be from what is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// By this much.
    Absolute(f64),
    /// By this share of what is expected.
    Relative(f64),
    /// By `most` standard errors of size `error`, which was estimated from the same run.
    Sigmas {
        /// The standard error of the difference.
        error: f64,
        /// How many of them.
        most: f64,
    },
    /// Anything up to what is expected.
    AtMost,
    /// Anything from what is expected upwards.
    AtLeast,
}

/// Standard errors that a number computed at random may be off.
pub const SIGMAS: f64 = 5.0;

impl Row {
    /// Whether the comparison holds; never for what is no number.
    pub fn passes(&self) -> bool {
        match self.tolerance {
            Tolerance::Absolute(most) => self.error().abs() <= most,
            Tolerance::Relative(most) => self.error().abs() <= most * self.expected.abs(),
            Tolerance::Sigmas { error, most } => error > 0.0 && self.error().abs() < most * error,
            Tolerance::AtMost => self.computed <= self.expected,
            Tolerance::AtLeast => self.computed >= self.expected,
        }
    }

    /// Computed minus expected.
    pub fn error(&self) -> f64 {
        self.computed - self.expected
    }

    /// How much of the tolerance is used up, so that comparisons of different kinds can be ranked: 1 is the limit.
    pub fn strain(&self) -> f64 {
        let share = |error: f64, most: f64| if error == 0.0 { 0.0 } else { error.abs() / most };
        let strain = match self.tolerance {
            Tolerance::Absolute(most) => share(self.error(), most),
            Tolerance::Relative(most) => share(self.error(), most * self.expected.abs()),
            Tolerance::Sigmas { error, most } => self.error().abs() / (most * error),
            Tolerance::AtMost if self.expected > 0.0 => (self.computed / self.expected).max(0.0),
            Tolerance::AtLeast if self.computed > 0.0 => (self.expected / self.computed).max(0.0),
            Tolerance::AtMost | Tolerance::AtLeast => 0.0,
        };
        // A bound that is broken, or a number that is none, has no size of its own.
        if self.passes() || strain > 1.0 {
            strain
        } else {
            f64::INFINITY
        }
    }
}

impl Outcome {
    /// Adds a comparison that may be off by this much.
    pub fn absolute(&mut self, what: impl Into<String>, computed: f64, expected: f64, most: f64) {
        self.push(what, computed, expected, Tolerance::Absolute(most));
    }

    /// Adds a comparison that may be off by this share of what is expected.
    pub fn relative(&mut self, what: impl Into<String>, computed: f64, expected: f64, most: f64) {
        self.push(what, computed, expected, Tolerance::Relative(most));
    }

    /// Adds a comparison of something measured, with its standard error.
    pub fn measured(&mut self, what: impl Into<String>, (mean, error): (f64, f64), expected: f64) {
        self.push(what, mean, expected, Tolerance::Sigmas { error, most: SIGMAS });
    }

    /// Adds an upper bound.
    pub fn at_most(&mut self, what: impl Into<String>, computed: f64, bound: f64) {
        self.push(what, computed, bound, Tolerance::AtMost);
    }

    /// Adds a lower bound.
    pub fn at_least(&mut self, what: impl Into<String>, computed: f64, bound: f64) {
        self.push(what, computed, bound, Tolerance::AtLeast);
    }

    fn push(&mut self, what: impl Into<String>, computed: f64, expected: f64, tolerance: Tolerance) {
        self.rows.push(Row {
            what: what.into(),
            computed,
            expected,
            tolerance,
        });
    }
}

/// Why a check has no outcome.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Stop {
    /// It was told to stop.
    #[error("cancelled")]
    Cancelled,
    /// It could not be computed.
    #[error("{0}")]
    Failed(String),
}

impl From<Collapse> for Stop {
    fn from(cause: Collapse) -> Self {
        Self::Failed(cause.to_string())
    }
}

impl From<StepError> for Stop {
    fn from(cause: StepError) -> Self {
        Self::Failed(cause.to_string())
    }
}

/// How far a check is, and whether it is to go on; shared between who computes and who watches.
#[derive(Debug, Default)]
pub struct Progress {
    cancelled: AtomicBool,
    /// Share done, in billionths.
    done: AtomicU64,
}

impl Progress {
    /// Said by a check now and then: `done` of `all` parts are there. Tells it to stop where that is wanted.
    pub fn at(&self, done: usize, all: usize) -> Result<(), Stop> {
        let share = 1e9 * done as f64 / all.max(1) as f64;
        self.done.store(share as u64, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            Err(Stop::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Share of the check that is done, from 0 to 1.
    pub fn share(&self) -> f64 {
        (1e-9 * self.done.load(Ordering::Relaxed) as f64).min(1.0)
    }

    /// Asks the check to stop as soon as it can.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// A check that has been performed.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Which.
    pub check: &'static Check,
    /// The comparisons.
    pub rows: Vec<Row>,
    /// Why there are none, where it could not be computed.
    pub failure: Option<String>,
    /// How long it took, by the clock on the wall.
    pub seconds: f64,
}

impl Finished {
    /// Whether the identity holds: everything was computed, something was compared, and every comparison passes.
    pub fn holds(&self) -> bool {
        self.failure.is_none() && !self.rows.is_empty() && self.rows.iter().all(Row::passes)
    }

    /// The comparison that came closest to its tolerance, or went furthest beyond: the one to show where there is room for one.
    pub fn tightest(&self) -> Option<&Row> {
        let tighter = |best: Option<&'_ Row>, row: &Row| best.is_none_or(|best| row.strain() > best.strain());
        let mut best = None;
        for row in &self.rows {
            if tighter(best, row) {
                best = Some(row);
            }
        }
        best
    }
}

impl Check {
    /// Performs the check here and now; `None` if it was told to stop. A panic in it is a failure of the check, not of the program.
    pub fn perform(&'static self, progress: &Progress) -> Option<Finished> {
        let started = now();
        let done = catch_unwind(AssertUnwindSafe(|| {
            progress.at(0, 1).and_then(|()| (self.run)(progress))
        }));
        let (rows, failure) = match done {
            Ok(Ok(outcome)) => (outcome.rows, None),
            Ok(Err(Stop::Cancelled)) => return None,
            Ok(Err(Stop::Failed(why))) => (Vec::new(), Some(why)),
            Err(_) => (Vec::new(), Some("the computation panicked".to_owned())),
        };
        Some(Finished {
            check: self,
            rows,
            failure,
            seconds: (now() - started).as_secs_f64(),
        })
    }
}

/// The groups, each once, in order.
pub fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = checks().iter().map(|c| c.group).collect();
    groups.dedup();
    groups
}

/// The checks of these names, of checks or groups, in the order of the list; all of them where no name is given. A name that is
/// neither comes back, with the closest one there is.
pub fn named(names: &[String]) -> Result<Vec<&'static Check>, (String, Option<&'static str>)> {
    let known = || groups().into_iter().chain(checks().iter().map(|c| c.name));
    for name in names {
        if !known().any(|k| k == name) {
            return Err((name.clone(), crate::scenario::closest(name, known())));
        }
    }
    let wanted = |c: &&Check| names.is_empty() || names.iter().any(|n| n == c.name || n == c.group);
    Ok(checks().iter().filter(wanted).collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a check took is told; no check sees the clock"
)]
fn now() -> Instant {
    Instant::now()
}
