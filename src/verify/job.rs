//! Checks on a thread of their own, for the window.
//!
//! ```text
//! window ── new, drop ──▶ thread "wfr-lab verify": one check after the other, on a pool of its own
//!    ▲                        │
//!    └── standing() ◀── results so far ◀──┴── after each, then wake()
//! ```
//!
//! The pool has half of the processors, so that a run in the window goes on meanwhile. Dropping the [`Job`] cancels it, and does
//! not wait: its thread ends by itself within a fraction of a second, at the next part of its check.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::{Check, Finished, Progress};

/// Checks that are being performed.
#[derive(Debug)]
pub struct Job {
    shared: Arc<Shared>,
    checks: Vec<&'static Check>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    progress: Progress,
    results: Mutex<Vec<Finished>>,
}

/// How far a job is.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What is finished, in the order of the list.
    pub finished: Vec<Finished>,
    /// What is being computed; `None` once the job is over or cancelled.
    pub current: Option<&'static Check>,
    /// Share of the whole that is done, by the expected times.
    pub share: f64,
}

impl Job {
    /// Starts these checks. `wake` is called after each, and at the end; it must not block.
    pub fn spawn(checks: Vec<&'static Check>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            progress: Progress::default(),
            results: Mutex::default(),
        });
        let (worker, all) = (Arc::clone(&shared), checks.clone());
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("wfr-lab verify {i}"))
            .build()
            .map_err(std::io::Error::other)?;
        let thread = std::thread::Builder::new()
            .name("wfr-lab verify".to_owned())
            .spawn(move || {
                for check in all {
                    let Some(finished) = pool.install(|| check.perform(&worker.progress)) else {
                        break;
                    };
                    lock(&worker.results).push(finished);
                    wake();
                }
                wake();
            })?;
        Ok(Self { shared, checks, thread })
    }

    /// Tells the job to stop; what is finished stays.
    pub fn cancel(&self) {
        self.shared.progress.cancel();
    }

    /// Whether nothing is being computed any more.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// What is there so far.
    pub fn standing(&self) -> Standing {
        let over = self.is_over(); // asked first, so that a job that is over has all of its results
        let finished = lock(&self.shared.results).clone();
        let current = self.checks.get(finished.len()).copied().filter(|_| !over);
        let cost = |checks: &[&'static Check]| checks.iter().map(|c| c.seconds).sum::<f64>();
        let under_way = current.map_or(0.0, |c| c.seconds * self.shared.progress.share());
        let share = (cost(&self.checks[..finished.len()]) + under_way) / cost(&self.checks).max(1e-9);
        Standing {
            finished,
            current,
            share,
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// A poisoned lock still holds a whole value here: every critical section is a single push or clone.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
