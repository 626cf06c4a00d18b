//! What the engine tells the window, and when.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::worker::{Mode, Worker};
use super::{Report, Status, lock, now};

/// A way to another step that is shorter than this is not shown.
const SHORT: Duration = Duration::from_millis(150);

impl Worker {
    /// Publishes a report if the last one was fetched and there is something new.
    pub(super) fn publish(&mut self) {
        let step = self.timeline.now().step;
        let moving = !self.rests();
        let solved = self.beside.news();
        let news = match self.published {
            None => true,
            Some((_, epoch)) if epoch != self.epoch => true,
            // A run that has just come to rest shows its last state whatever was asked for.
            Some((published, _)) if !moving => published != step || solved != self.shown || self.was_running(),
            Some((published, _)) => step.abs_diff(published) >= self.steps_per_snapshot && now() >= self.next_report,
        };
        let wanted = self.published.is_none() || self.shared.fetched.load(Ordering::Acquire);
        // A short way shows nothing but where it leads.
        let short = self.travel.is_some() && now() - self.since < SHORT;
        if !(news && wanted) || (short && lock(&self.shared.report).is_some()) {
            return;
        }
        let status = match &self.stopped {
            Some(message) => Status::Stopped(message.clone()),
            None if moving && self.mode != Mode::Hold => Status::Running,
            None => Status::Paused,
        };
        let (probe, timeline, started) = (self.probe, &mut self.timeline, now());
        let last = lock(&self.shared.report).clone();
        // A run at rest is the same when only the solution beside it is new.
        let same = last.filter(|last| {
            self.published == Some((step, self.epoch)) && last.status != Status::Running && last.status == status
        });
        // Noted even if nothing can be shown, or the same failure would follow at once, for ever.
        (self.published, self.shown) = (Some((step, self.epoch)), solved);
        let measured = catch_unwind(AssertUnwindSafe(|| match same {
            Some(last) => last.snapshot.clone(),
            None => timeline.snapshot(&probe),
        }));
        let (snapshot, status) = match measured {
            Ok(snapshot) => (snapshot, status),
            Err(_) => {
                let message = "the state could not be measured; reset to go on".to_owned();
                self.stopped = Some(message.clone());
                let Some(last) = lock(&self.shared.report).clone() else {
                    return;
                };
                (last.snapshot.clone(), Status::Stopped(message))
            }
        };
        let (exact, exact_is_old) = self.beside.latest();
        let report = Report {
            snapshot,
            exact,
            exact_is_old,
            ahead: self.timeline.ahead(),
            steps_per_second: if status == Status::Running {
                self.meter.rate
            } else {
                0.0
            },
            status,
            epoch: self.epoch,
            edited: Arc::clone(self.timeline.simulation().edited()),
            travels: self.travels,
            strip: self.timeline.strip(),
            travel: self.travel.as_ref().map(|(travel, _)| *travel),
            met: self.met.clone(),
        };
        *lock(&self.shared.report) = Some(Arc::new(report));
        self.shared.fetched.store(false, Ordering::Release);
        let finished = now();
        self.next_report = finished + 2 * (finished - started);
        (self.wake)();
    }

    pub(super) fn was_running(&self) -> bool {
        lock(&self.shared.report)
            .as_ref()
            .is_some_and(|r| r.status == Status::Running)
    }
}

/// Steps per second over the last half second.
#[derive(Debug, Default)]
pub(super) struct Meter {
    since: Option<(Instant, u64)>,
    pub(super) rate: f64,
}

impl Meter {
    pub(super) fn count(&mut self, done: u64) {
        let now = now();
        let (since, sum) = self.since.get_or_insert((now, 0));
        *sum += done;
        let elapsed = (now - *since).as_secs_f64();
        if elapsed > 0.5 {
            self.rate = *sum as f64 / elapsed;
            self.since = Some((now, 0));
        }
    }
}
