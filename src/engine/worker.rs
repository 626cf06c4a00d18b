//! The simulation thread itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::exact::Beside;
use super::{Control, Report, Shared, Status, lock, now, sentence};
use crate::sim::{Command, Simulation};
use crate::snapshot::Probe;

/// Longest stretch of stepping between two looks at the controls.
const BUDGET: Duration = Duration::from_millis(12);
/// How far particles that are paced may be ahead of the exact solution: in model time, and in seconds at the scenario's pace; the
/// larger of the two.
const LEAD: (f64, f64) = (0.1, 0.5);

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Hold,
    Play,
    Steps(u64),
    Until(f64),
}

pub(super) struct Worker {
    shared: Arc<Shared>,
    simulation: Simulation,
    wake: Box<dyn Fn() + Send>,
    mode: Mode,
    flat_out: bool,
    stopped: Option<String>,
    probe: Probe,
    steps_per_snapshot: u64,
    /// The exact solutions, and how many of them had come when the last report was built.
    beside: Beside,
    shown: u64,
    /// Step and epoch of the last report.
    published: Option<(u64, u64)>,
    /// When the next report of a moving run may be built: reports take at most a third of the time.
    next_report: Instant,
    epoch: u64,
    meter: Meter,
    /// Steps due at the scenario's pace and not done yet.
    owed: f64,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, simulation: Simulation, beside: Beside, wake: Box<dyn Fn() + Send>) -> Self {
        Self {
            shared,
            simulation,
            wake,
            mode: Mode::Hold,
            flat_out: false,
            stopped: None,
            probe: Probe::default(),
            steps_per_snapshot: 1,
            beside,
            shown: 0,
            published: None,
            next_report: now(),
            epoch: 0,
            meter: Meter::default(),
            owed: 0.0,
        }
    }

    pub(super) fn run(mut self) {
        let mut last = now();
        while !self.shared.quit.load(Ordering::Acquire) {
            self.obey();
            let elapsed = now() - last;
            last += elapsed;
            self.advance(elapsed);
            self.beside.follow(self.simulation.time(), self.rests());
            self.publish();
            self.rest();
        }
    }

    /// Applies everything that was sent.
    fn obey(&mut self) {
        loop {
            let Some(control) = lock(&self.shared.inbox).pop_front() else {
                return;
            };
            self.epoch += 1;
            match control {
                Control::Command(command) => {
                    let time = self.simulation.time();
                    // A reset starts what was edited last: said so, it needs none of the commands before.
                    let order = match &command {
                        Command::Reset => Command::Load(Box::new((**self.simulation.edited()).clone())),
                        other => other.clone(),
                    };
                    let applied = catch_unwind(AssertUnwindSafe(|| self.simulation.apply(command)));
                    // What the run refuses, the solution must not do either.
                    if !matches!(applied, Ok(false)) {
                        self.beside.order(order, time);
                    }
                    self.stopped = applied.err().map(|panic| sentence(&*panic));
                }
                Control::Play => self.mode = Mode::Play,
                Control::Pause => self.mode = Mode::Hold,
                Control::Steps(n) => {
                    let left = if let Mode::Steps(left) = self.mode { left } else { 0 };
                    self.mode = Mode::Steps(left.saturating_add(n));
                }
                Control::RunUntil(t) => self.mode = Mode::Until(t),
                Control::FlatOut(on) => self.flat_out = on,
                Control::Probe(probe) => self.probe = probe,
                Control::StepsPerSnapshot(n) => self.steps_per_snapshot = n.max(1),
                Control::Exact(on) => self.beside.switch(on),
            }
        }
    }

    /// Steps for at most the budget, and no faster than the pace.
    fn advance(&mut self, elapsed: Duration) {
        if self.rests() {
            (self.owed, self.meter) = (0.0, Meter::default());
            return;
        }
        let paced = self.mode == Mode::Play && !self.flat_out;
        if paced {
            let scenario = self.simulation.scenario();
            let most = (BUDGET.as_secs_f64() * 4.0 * scenario.speed / scenario.dt).max(1.0);
            // Time lost to a slow machine or a suspended laptop is not caught up.
            self.owed = (self.owed + elapsed.as_secs_f64() * scenario.speed / scenario.dt).min(most);
        }
        let deadline = now() + BUDGET;
        let mut done = 0;
        while self.wanted(paced) && now() < deadline {
            let step = catch_unwind(AssertUnwindSafe(|| {
                let result = self.simulation.step();
                self.simulation.record();
                result
            }));
            match step {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.stopped = Some(error.to_string()),
                Err(panic) => self.stopped = Some(sentence(&*panic)),
            }
            if self.stopped.is_some() {
                break;
            }
            done += 1;
            self.owed -= if paced { 1.0 } else { 0.0 };
            if let Mode::Steps(n) = &mut self.mode {
                *n -= 1;
            }
        }
        self.meter.count(done);
        if self.mode != Mode::Play && !self.wanted(paced) {
            self.mode = Mode::Hold;
        }
    }

    /// Whether nothing moves by itself.
    fn rests(&self) -> bool {
        self.mode == Mode::Hold || self.stopped.is_some()
    }

    /// Whether a run at its pace is too far ahead of the exact solution.
    fn leads(&self) -> bool {
        let lead = LEAD.0.max(LEAD.1 * self.simulation.scenario().speed);
        self.simulation.time() - self.beside.reached() > lead
    }

    /// Whether another step is due.
    fn wanted(&self, paced: bool) -> bool {
        match self.mode {
            Mode::Hold => false,
            Mode::Play => !paced || (self.owed >= 1.0 && !self.leads()),
            Mode::Steps(n) => n > 0,
            Mode::Until(t) => self.simulation.time() < t - 0.5 * self.simulation.scenario().dt,
        }
    }

    /// Publishes a report if the last one was fetched and there is something new.
    fn publish(&mut self) {
        let step = self.simulation.steps();
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
        if !(news && wanted) {
            return;
        }
        let status = match &self.stopped {
            Some(message) => Status::Stopped(message.clone()),
            None if moving => Status::Running,
            None => Status::Paused,
        };
        let (probe, simulation, started) = (self.probe, &mut self.simulation, now());
        let last = lock(&self.shared.report).clone();
        // A run at rest is the same when only the solution beside it is new.
        let same = last.filter(|last| {
            self.published == Some((step, self.epoch)) && last.status != Status::Running && last.status == status
        });
        // Noted even if nothing can be shown, or the same failure would follow at once, for ever.
        (self.published, self.shown) = (Some((step, self.epoch)), solved);
        let measured = catch_unwind(AssertUnwindSafe(|| match same {
            Some(last) => last.snapshot.clone(),
            None => simulation.snapshot(&probe),
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
        let report = Report {
            snapshot,
            exact: self.beside.latest(),
            steps_per_second: if status == Status::Running {
                self.meter.rate
            } else {
                0.0
            },
            status,
            epoch: self.epoch,
        };
        *lock(&self.shared.report) = Some(Arc::new(report));
        self.shared.fetched.store(false, Ordering::Release);
        let finished = now();
        self.next_report = finished + 2 * (finished - started);
        (self.wake)();
    }

    fn was_running(&self) -> bool {
        lock(&self.shared.report)
            .as_ref()
            .is_some_and(|r| r.status == Status::Running)
    }

    /// Sleeps until there is something to do.
    fn rest(&self) {
        let shared = &*self.shared;
        let inbox = lock(&shared.inbox);
        if !inbox.is_empty() || shared.quit.load(Ordering::Acquire) {
            return;
        }
        if self.rests() {
            // Nothing happens by itself; but a report may be due as soon as the last one has been fetched.
            let due = self.published != Some((self.simulation.steps(), self.epoch)) || self.was_running();
            let idle = |inbox: &mut VecDeque<Control>| {
                let due = due || self.beside.news() != self.shown;
                let called = shared.quit.load(Ordering::Acquire) || (due && shared.fetched.load(Ordering::Acquire));
                inbox.is_empty() && !called
            };
            drop(shared.ring.wait_while(inbox, idle));
        } else if self.mode == Mode::Play && !self.flat_out {
            let scenario = self.simulation.scenario();
            let next = (1.0 - self.owed).max(0.0) * scenario.dt / scenario.speed;
            // A step that waits for the exact solution is looked at again soon.
            let next = if self.leads() { 0.005 } else { next };
            let patience = Duration::from_secs_f64(next.clamp(0.0, 0.01));
            if !patience.is_zero() {
                drop(shared.ring.wait_timeout(inbox, patience));
            }
        }
    }
}

/// Steps per second over the last half second.
#[derive(Debug, Default)]
struct Meter {
    since: Option<(Instant, u64)>,
    rate: f64,
}

impl Meter {
    fn count(&mut self, done: u64) {
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
