//! The simulation thread.
//!
//! ```text
//! window ── Control ──▶ inbox ────────────▶ engine thread: apply between steps, step all panels, record
//!    ▲                                            │  (each step runs on the rayon pool)
//!    └── latest() ◀── single slot, newest wins ◀──┴── snapshot, then wake()
//! ```
//!
//! The window never waits: it sends, and it reads the newest report. A report that nobody has fetched is not built again until
//! the next is wanted. Dropping the [`Engine`] stops its thread. A panic in a step becomes [`Status::Stopped`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::reference::Exact;
use crate::sim::{Command, Simulation};
use crate::snapshot::{Probe, Snapshot};

/// Longest stretch of stepping between two looks at the controls.
const BUDGET: Duration = Duration::from_millis(12);

/// What the window asks of the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Change the run.
    Command(Command),
    /// Run at the scenario's speed.
    Play,
    /// Hold.
    Pause,
    /// Do this many steps more, then hold: what is left of an earlier request is done too.
    Steps(u64),
    /// Run as fast as possible to this model time, then hold.
    RunUntil(f64),
    /// Whether to run as fast as possible instead of at the scenario's speed.
    FlatOut(bool),
    /// What snapshots should contain.
    Probe(Probe),
    /// Publish a snapshot at most every so many steps (1: as often as the window fetches them).
    StepsPerSnapshot(u64),
}

/// What the engine is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Holding.
    Paused,
    /// Stepping.
    Running,
    /// Cannot go on, and why; a reset or an edit helps.
    Stopped(String),
}

/// What the engine tells the window.
#[derive(Clone, Debug)]
pub struct Report {
    /// The state of the run.
    pub snapshot: Snapshot,
    /// The exact solutions beside it, once the first are there.
    pub exact: Option<Arc<Exact>>,
    /// What the engine is doing.
    pub status: Status,
    /// Steps of all panels together per second of the wall clock, over the last half second or so; 0 when holding.
    pub steps_per_second: f64,
    /// Number of controls obeyed so far: a report answers everything sent before.
    pub epoch: u64,
}

/// A simulation on a thread of its own.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    inbox: Mutex<VecDeque<Control>>,
    ring: Condvar,
    quit: AtomicBool,
    report: Mutex<Option<Arc<Report>>>,
    fetched: AtomicBool,
}

impl Engine {
    /// Starts the thread. `wake` is called whenever there is a new report; it must not block.
    pub fn spawn(simulation: Simulation, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            shared: Arc::clone(&shared),
            simulation,
            wake: Box::new(wake),
            mode: Mode::Hold,
            flat_out: false,
            stopped: None,
            probe: Probe::default(),
            steps_per_snapshot: 1,
            published: None,
            next_report: now(),
            epoch: 0,
            meter: Meter::default(),
            owed: 0.0,
        };
        let thread = std::thread::Builder::new()
            .name("wfr-lab engine".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Sends a control; never blocks. An [`Command::Edit`] or a probe that has not been obeyed yet is replaced by a newer
    /// one, so that dragging a slider cannot fill the queue.
    pub fn send(&self, control: Control) {
        let mut inbox = lock(&self.shared.inbox);
        let replaces = |last: &Control| {
            matches!(
                (last, &control),
                (Control::Command(Command::Edit(_)), Control::Command(Command::Edit(_)))
                    | (Control::Probe(_), Control::Probe(_))
            )
        };
        if inbox.back().is_some_and(replaces) {
            inbox.pop_back();
        }
        inbox.push_back(control);
        drop(inbox);
        self.shared.ring.notify_one();
    }

    /// The newest report; `None` only before the first.
    pub fn latest(&self) -> Option<Arc<Report>> {
        let report = lock(&self.shared.report).clone();
        if !self.shared.fetched.load(Ordering::Acquire) {
            self.ring(|shared| shared.fetched.store(true, Ordering::Release));
        }
        report
    }

    /// Changes something that the thread looks at before it sleeps, and wakes it. The lock keeps it from falling asleep between
    /// looking and sleeping, when the bell would not be heard.
    fn ring(&self, change: impl FnOnce(&Shared)) {
        let inbox = lock(&self.shared.inbox);
        change(&self.shared);
        drop(inbox);
        self.shared.ring.notify_one();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ring(|shared| shared.quit.store(true, Ordering::Release));
        if let Some(thread) = self.thread.take() {
            // A panic outside a step has been printed already; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Hold,
    Play,
    Steps(u64),
    Until(f64),
}

struct Worker {
    shared: Arc<Shared>,
    simulation: Simulation,
    wake: Box<dyn Fn() + Send>,
    mode: Mode,
    flat_out: bool,
    stopped: Option<String>,
    probe: Probe,
    steps_per_snapshot: u64,
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
    fn run(mut self) {
        let mut last = now();
        while !self.shared.quit.load(Ordering::Acquire) {
            self.obey();
            let elapsed = now() - last;
            last += elapsed;
            self.advance(elapsed);
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
                    let applied = catch_unwind(AssertUnwindSafe(|| self.simulation.apply(command)));
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
            }
        }
    }

    /// Steps for at most the budget, and no faster than the pace.
    fn advance(&mut self, elapsed: Duration) {
        if self.mode == Mode::Hold || self.stopped.is_some() {
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

    /// Whether another step is due.
    fn wanted(&self, paced: bool) -> bool {
        match self.mode {
            Mode::Hold => false,
            Mode::Play => !paced || self.owed >= 1.0,
            Mode::Steps(n) => n > 0,
            Mode::Until(t) => self.simulation.time() < t - 0.5 * self.simulation.scenario().dt,
        }
    }

    /// Publishes a report if the last one was fetched and there is something new.
    fn publish(&mut self) {
        let step = self.simulation.steps();
        let moving = self.mode != Mode::Hold && self.stopped.is_none();
        let news = match self.published {
            None => true,
            Some((_, epoch)) if epoch != self.epoch => true,
            // A run that has just come to rest shows its last state whatever was asked for.
            Some((published, _)) if !moving => published != step || self.was_running(),
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
        // Noted even if nothing can be shown, or the same failure would follow at once, for ever.
        self.published = Some((step, self.epoch));
        let (snapshot, status) = match catch_unwind(AssertUnwindSafe(|| simulation.snapshot(&probe))) {
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
            exact: None,
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
        if self.mode == Mode::Hold || self.stopped.is_some() {
            // Nothing happens by itself; but a report may be due as soon as the last one has been fetched.
            let due = self.published != Some((self.simulation.steps(), self.epoch)) || self.was_running();
            let idle = |inbox: &mut VecDeque<Control>| {
                let called = shared.quit.load(Ordering::Acquire) || (due && shared.fetched.load(Ordering::Acquire));
                inbox.is_empty() && !called
            };
            drop(shared.ring.wait_while(inbox, idle));
        } else if self.mode == Mode::Play && !self.flat_out {
            let scenario = self.simulation.scenario();
            let next = (1.0 - self.owed).max(0.0) * scenario.dt / scenario.speed;
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

/// What a panic said, as a sentence for the window.
fn sentence(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "a step failed ({}); reset to go on",
        text.unwrap_or_else(|| "no message".to_owned())
    )
}

/// A poisoned lock still holds a whole value here: every critical section is a single assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine paces the run by the clock on the wall; the run itself never sees it"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;

    fn engine() -> Engine {
        let mut scenario = presets()[0].scenario();
        scenario.particles = 10;
        Engine::spawn(Simulation::new(scenario), || {}).unwrap()
    }

    /// The report at rest that answers `epoch` controls.
    fn at_rest(engine: &Engine, epoch: u64) -> Arc<Report> {
        let started = now();
        loop {
            if let Some(report) = engine
                .latest()
                .filter(|r| r.epoch >= epoch && r.status != Status::Running)
            {
                return report;
            }
            assert!(now() - started < Duration::from_secs(60), "the engine does not answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn every_step_asked_for_is_done() {
        let engine = engine();
        for _ in 0..20 {
            engine.send(Control::Steps(1));
        }
        engine.send(Control::Steps(0));
        let report = at_rest(&engine, 21);
        assert_eq!((report.snapshot.step, report.steps_per_second), (20, 0.0));
    }

    #[test]
    fn a_picture_without_pixels_is_no_picture() {
        let engine = engine();
        engine.send(Control::Probe(Probe {
            max_dots: 1,
            picture: Some((crate::space::Rect::new(0.0, 1.0, 0.0, 1.0), [0, 5])),
            ..Probe::default()
        }));
        let report = at_rest(&engine, 1);
        assert_eq!(report.status, Status::Paused);
        assert!(report.snapshot.panels[0].density.is_none());
    }

    #[test]
    fn a_time_that_is_no_number_is_never_run_to() {
        let engine = engine();
        engine.send(Control::RunUntil(f64::NAN));
        assert_eq!(at_rest(&engine, 1).snapshot.step, 0);
    }
}
