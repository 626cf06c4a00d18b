//! Checks on a thread of their own, for the window.
//!
//! ```text
//! window ── spawn, drop ──▶ thread "wfr-lab verify": one check after the other, on a pool of its own
//!    ▲                          │
//!    └── take() ◀── results ◀───┴── after each, then wake()
//! ```
//!
//! The pool has half of the processors, so that a run in the window goes on meanwhile. Dropping the [`Job`] cancels it, and does
//! not wait: its thread ends by itself within a fraction of a second, at the next part of its check.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{Check, Finished, Progress};

/// Checks that are being performed.
#[derive(Debug)]
pub struct Job {
    shared: Arc<Shared>,
    checks: Vec<&'static Check>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    progress: Progress,
    /// What is finished and has not been taken.
    results: Mutex<Vec<Finished>>,
    /// How many are finished.
    finished: AtomicUsize,
}

impl Job {
    /// Starts these checks. `wake` is called after each, and at the end; it must not block.
    pub fn spawn(checks: Vec<&'static Check>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
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
                    worker.results().push(finished);
                    worker.finished.fetch_add(1, Ordering::Release);
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

    /// Whether nothing is being computed any more. A job that is over has all of its results.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// What has been finished since this was asked last, in order.
    pub fn take(&self) -> Vec<Finished> {
        std::mem::take(&mut *self.shared.results())
    }

    /// What is being computed.
    pub fn current(&self) -> Option<&'static Check> {
        self.checks.get(self.shared.finished.load(Ordering::Acquire)).copied()
    }

    /// Share of the whole that is done, from 0 to 1, by the expected times.
    pub fn share(&self) -> f64 {
        let cost = |checks: &[&'static Check]| checks.iter().map(|c| c.seconds).sum::<f64>();
        let finished = self.shared.finished.load(Ordering::Acquire).min(self.checks.len());
        let under_way = self.current().map_or(0.0, |c| c.seconds * self.shared.progress.share());
        ((cost(&self.checks[..finished]) + under_way) / cost(&self.checks).max(1e-9)).min(1.0)
    }
}

impl Shared {
    /// A poisoned lock still holds a whole value here: every critical section is a single push or take.
    fn results(&self) -> std::sync::MutexGuard<'_, Vec<Finished>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
    }
}
