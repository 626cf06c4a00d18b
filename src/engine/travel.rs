//! Ways to other steps, and back from one that failed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use super::worker::{BUDGET, Mode, Worker};
use super::{Travel, now, sentence};
use crate::sim::Command;

impl Worker {
    /// Sets out for another step.
    pub(super) fn travel_to(&mut self, step: u64, then: Option<Command>) {
        if matches!(self.mode, Mode::Steps(_) | Mode::Until(_)) {
            self.mode = Mode::Hold;
        }
        self.shared.cancel.store(false, Ordering::Release);
        self.stopped = None;
        let travel = Travel {
            from: self.timeline.now().step,
            to: step.min(self.timeline.end().step),
        };
        (self.travel, self.since) = (Some((travel, then)), now());
    }

    /// Goes on to another step for at most the budget.
    pub(super) fn go(&mut self) {
        let Some((Travel { from, to }, _)) = self.travel else {
            return;
        };
        let deadline = now() + BUDGET;
        let mut first = true;
        let mut arrived = false;
        while !arrived && (first || now() < deadline) {
            let went = self.stepping(|timeline| timeline.seek_towards(to, u64::from(!first)));
            match went {
                Ok(there) => arrived = there,
                Err(panic) => {
                    self.stopped = Some(sentence(&*panic));
                    arrived = true;
                }
            }
            if first && !arrived && from != self.timeline.now().step {
                self.travel = self.travel.take().map(|(_, then)| {
                    let from = self.timeline.now().step;
                    (Travel { from, to }, then)
                });
            }
            first = false;
        }
        if arrived || self.shared.cancel.swap(false, Ordering::AcqRel) {
            self.arrive();
        }
    }

    /// Ends the way to another step, here.
    pub(super) fn arrive(&mut self) {
        let Some((Travel { to, .. }, then)) = self.travel.take() else {
            return;
        };
        let there = self.timeline.now().step == to;
        self.moved();
        if let Some(command) = then.filter(|_| there) {
            let changed = catch_unwind(AssertUnwindSafe(|| self.command(command, false)));
            self.stopped = changed.err().map(|panic| sentence(&*panic));
        }
    }

    /// Takes note that the run is elsewhere.
    pub(super) fn moved(&mut self) {
        self.travels += 1;
        self.published = None;
        self.owed = 0.0;
        self.beside.rewind(self.timeline.orders(), self.way());
        self.watch.look(self.timeline.measured());
    }

    /// Brings back the state at this step after the one that follows it has failed: nothing is lost.
    pub(super) fn save(&mut self, step: u64) {
        let saved = catch_unwind(AssertUnwindSafe(|| {
            self.timeline.recover();
            self.timeline.seek(step);
        }));
        if saved.is_ok() {
            self.moved();
        }
    }
}
