//! The simulation thread.
//!
//! ```text
//! window ── Control ──▶ inbox ────────────▶ engine thread: apply between steps, step all panels, record
//!    ▲                                            │  (each step runs on the rayon pool)         │     ▲
//!    │                                            │                       commands, model time ▼     │ newest solution
//!    │                                            │                               exact thread: one recorded time after another
//!    └── latest() ◀── single slot, newest wins ◀──┴── snapshot, then wake()
//! ```
//!
//! The window never waits: it sends, and it reads the newest report. A report that nobody has fetched is not built again until
//! the next is wanted. Dropping the [`Engine`] stops its threads. A panic in a step becomes [`Status::Stopped`].
//!
//! The run is a [`Timeline`]: it goes back and forth. The newest wish of where to go wins, what was asked for after it waits until the run
//! is there, and long ways are told of in reports. After a step that failed the state before it is brought back.
//!
//! The exact solutions are computed beside the run and never hold it up by a lock. They come to every recorded time in turn,
//! however far the particles are, and to the very time of a run that has come to rest. A run at the scenario's pace takes no
//! further step while it is ahead of them by more than 0.1 of model time and half a second of the clock; a run as fast as
//! possible goes on, and they catch up when it rests. What goes wrong there is told in their place, and the run goes on.

mod exact;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::reference::Exact;
use crate::scenario::Scenario;
use crate::sim::{Command, Frame};
use crate::snapshot::{Probe, Snapshot};
use crate::timeline::{self, Ahead, Condition, Journal, Met, State, Strip, Timeline};
use exact::Beside;
use worker::Worker;

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
    /// Change the run as a part of the last jump: undone with it. For the touches of one stroke of the brush.
    Joined(Command),
    /// Go to this step, which the run has reached before. A newer wish takes the place of an older one.
    Seek(u64),
    /// Go to the step nearest to this model time.
    SeekTime(f64),
    /// Go to this step, and on from there with the scenario as it is edited now.
    Return(u64),
    /// Stay where the way to a step has led so far.
    Cancel,
    /// Go back to the state before the last jump.
    Undo,
    /// Go again to the state before the last undo.
    Redo,
    /// Set a checkpoint here.
    Mark,
    /// Take away the checkpoint at this step.
    Unmark(u64),
    /// Hold whenever one of these comes to hold.
    PauseWhen(Vec<Condition>),
    /// How many bytes the past may take.
    HistoryLimit(usize),
    /// Go on with another run from where it was; a jump.
    TakeUp(Box<State>),
    /// Repeat another run up to this step; a jump.
    Replay(Box<Journal>, u64),
    /// Whether to solve the equation itself beside the run; at first it is. Without, nothing is computed and reports hold no solution;
    /// turned on again, it catches up from where it stood.
    Exact(bool),
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
    /// The exact solutions beside it, once the first are there: at the time of the snapshot, or at the last recorded time before it
    /// while the run goes on; earlier where they are still catching up.
    pub exact: Option<Arc<Exact>>,
    /// Whether those are of a state that the run has left since: by a command, or on a way to elsewhere.
    pub exact_is_old: bool,
    /// What was measured of every panel up to the live end, where the run has gone back from there and panels are still the same;
    /// else nothing.
    pub ahead: Arc<Ahead>,
    /// What the engine is doing.
    pub status: Status,
    /// Steps of all panels together per second of the wall clock, over the last half second or so; 0 when holding.
    pub steps_per_second: f64,
    /// Number of controls obeyed so far: a report answers everything sent before.
    pub epoch: u64,
    /// The scenario as last edited: what runs after a reset. After a way through time it is that of then.
    pub edited: Arc<Scenario>,
    /// How often the run has gone to another time, back or forth, or to another course: the draft of a window is then that of the report.
    pub travels: u64,
    /// The past of the run, and what is known to come.
    pub strip: Strip,
    /// The way to another step, while it lasts.
    pub travel: Option<Travel>,
    /// The condition that held the run last, and how many have so far.
    pub met: Option<(u64, Met)>,
}

impl Report {
    /// What there is to say of a run at rest that nobody drives.
    pub fn still(snapshot: Snapshot, exact: Option<Arc<Exact>>, epoch: u64) -> Self {
        let now = timeline::Instant {
            step: snapshot.step,
            time: snapshot.time,
        };
        Self {
            edited: Arc::clone(&snapshot.scenario),
            strip: Strip {
                last: now,
                now,
                limit: timeline::LIMIT,
                ..Strip::default()
            },
            snapshot,
            exact,
            exact_is_old: false,
            ahead: Arc::default(),
            status: Status::Paused,
            steps_per_second: 0.0,
            epoch,
            travels: 0,
            travel: None,
            met: None,
        }
    }
}

/// A way to another step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Travel {
    /// Where steps began.
    pub from: u64,
    /// The step it leads to.
    pub to: u64,
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
    cancel: AtomicBool,
    /// Who wants to know the state.
    asked: Mutex<Vec<Sender<State>>>,
    /// When the thread began what it is doing now; nothing while it looks at controls or sleeps.
    since: Mutex<Option<Instant>>,
    /// The last state kept.
    kept: Mutex<Option<(Journal, Arc<Frame>)>>,
}

impl Shared {
    /// Changes something that the thread looks at before it sleeps, and wakes it. The lock keeps it from falling asleep between
    /// looking and sleeping, when the bell would not be heard.
    fn ring(&self, change: impl FnOnce(&Self)) {
        let inbox = lock(&self.inbox);
        change(self);
        drop(inbox);
        self.ring.notify_one();
    }
}

impl Engine {
    /// Starts the threads. `wake` is called whenever there is a new report; it must not block.
    pub fn spawn(timeline: impl Into<Timeline>, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let timeline = timeline.into();
        let shared = Arc::new(Shared::default());
        let bell = Arc::clone(&shared);
        let beside = Beside::spawn(&timeline.orders().0, move || bell.ring(|_| {}))?;
        let worker = Worker::new(Arc::clone(&shared), timeline, beside, Box::new(wake));
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
                    | (
                        Control::Seek(_) | Control::SeekTime(_),
                        Control::Seek(_) | Control::SeekTime(_)
                    )
                    | (Control::PauseWhen(_), Control::PauseWhen(_))
                    | (Control::HistoryLimit(_), Control::HistoryLimit(_))
            )
        };
        if inbox.back().is_some_and(replaces) {
            inbox.pop_back();
        }
        if matches!(control, Control::Cancel) {
            self.shared.cancel.store(true, Ordering::Release);
        }
        inbox.push_back(control);
        drop(inbox);
        self.shared.ring.notify_one();
    }

    /// The state of the run, as soon as it stands between two steps and all that was sent before is done. Never blocks.
    pub fn state(&self) -> Receiver<State> {
        let (sender, receiver) = channel();
        self.shared.ring(|shared| lock(&shared.asked).push(sender));
        receiver
    }

    /// How long the engine has been at its present piece of work, a step or a report: none lasts long unless there are too many
    /// particles for it. `None` while it sleeps.
    pub fn busy(&self) -> Option<Duration> {
        let since = *lock(&self.shared.since);
        since.map(|since| now() - since)
    }

    /// Leaves the thread alone: it ends when the step that it is at ends, and nobody waits for it. Gives the last state that was kept, to go on
    /// from.
    pub fn abandon(mut self) -> Option<State> {
        self.thread = None;
        let (journal, frame) = lock(&self.shared.kept).clone()?;
        Some(State {
            journal,
            frame: (*frame).clone(),
        })
    }

    /// The newest report; `None` only before the first.
    pub fn latest(&self) -> Option<Arc<Report>> {
        let report = lock(&self.shared.report).clone();
        if !self.shared.fetched.load(Ordering::Acquire) {
            self.shared.ring(|shared| shared.fetched.store(true, Ordering::Release));
        }
        report
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.ring(|shared| shared.quit.store(true, Ordering::Release));
        if let Some(thread) = self.thread.take() {
            // A panic outside a step has been printed already; there is nobody left to tell.
            let _ = thread.join();
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
        "a step failed ({}); this is the state before it: change something or reset, or the step fails again",
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
    use crate::sim::Simulation;

    use crate::reference::{ExactPanel, Reference};
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

    /// The report at rest whose solution is that of the time of the snapshot.
    fn in_step(engine: &Engine, epoch: u64) -> (Arc<Report>, Arc<Exact>) {
        let started = now();
        loop {
            let report = at_rest(engine, epoch);
            if let Some(exact) = report.exact.clone().filter(|e| e.time == report.snapshot.time) {
                return (report, exact);
            }
            assert!(
                now() - started < Duration::from_secs(60),
                "the exact solution does not arrive"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn solved(exact: &Exact, panel: usize) -> crate::reference::Solution {
        match &exact.panels[panel] {
            ExactPanel::Solved(solution) => solution.clone(),
            ExactPanel::None(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn the_exact_solution_arrives_where_the_run_rests_with_every_time_recorded() {
        let engine = engine();
        engine.send(Control::Steps(105));
        let (report, exact) = in_step(&engine, 1);
        assert_eq!((report.snapshot.step, exact.panels.len()), (105, 3));
        for (panel, particles) in report.snapshot.panels.iter().enumerate() {
            let solution = solved(&exact, panel);
            let times: Vec<f64> = solution.history.iter().map(|e| e.observed.time).collect();
            let theirs: Vec<f64> = particles.history.iter().map(|o| o.time).collect();
            assert_eq!(times, theirs, "both are recorded at the same times, to the bit");
            assert_eq!(solution.now.observed.time, report.snapshot.time);
        }
        // The same as without threads, however the engine cut its work.
        let mut scenario = presets()[0].scenario();
        scenario.particles = 10;
        let mut alone = Reference::new(&scenario);
        alone.advance(report.snapshot.time);
        assert_eq!(solved(&alone.exact(), 2).density, solved(&exact, 2).density);
    }

    #[test]
    fn commands_reach_the_exact_solution() {
        let engine = engine();
        engine.send(Control::Steps(35));
        let mut scenario = presets()[0].scenario();
        scenario.particles = 10;
        scenario.panels[0].alpha = 0.0;
        engine.send(Control::Command(Command::Edit(Box::new(scenario.clone()))));
        let (_, exact) = in_step(&engine, 2);
        engine.send(Control::Steps(400));
        let (_, later) = in_step(&engine, 3);
        // What was stopped stays as it was.
        assert_eq!(solved(&exact, 0).density, solved(&later, 0).density);
        assert_ne!(solved(&exact, 2).density, solved(&later, 2).density);
        engine.send(Control::Command(Command::Reset));
        let (_, again) = in_step(&engine, 4);
        assert_eq!(again.time, 0.0);
        assert_eq!(solved(&again, 0).history.len(), 1);
        scenario.panels[1].alpha = 1.0;
        scenario.panels[1].transport = crate::flow::Transport::Underdamped(1.0);
        engine.send(Control::Command(Command::Edit(Box::new(scenario))));
        let unsolved =
            |exact: &Exact| matches!(exact.panels[1], ExactPanel::None(reason) if reason.contains("four dimensions"));
        let started = now();
        // The edit changes no time: the solution before it may be seen for a moment.
        while !unsolved(&in_step(&engine, 5).1) {
            assert!(now() - started < Duration::from_secs(60), "the edit does not arrive");
        }
    }

    #[test]
    fn switched_off_nothing_is_solved_and_switched_on_all_is_caught_up() {
        let engine = engine();
        engine.send(Control::Exact(false));
        engine.send(Control::Steps(100));
        let report = at_rest(&engine, 2);
        assert_eq!(report.snapshot.step, 100);
        assert!(report.exact.is_none());
        engine.send(Control::Exact(true));
        let (report, exact) = in_step(&engine, 3);
        assert_eq!(solved(&exact, 0).history.len(), report.snapshot.panels[0].history.len());
    }

    /// The report that answers `epoch` controls, once no way to another step is left.
    fn arrived(engine: &Engine, epoch: u64) -> Arc<Report> {
        let started = now();
        loop {
            let report = at_rest(engine, epoch);
            if report.travel.is_none() {
                return report;
            }
            assert!(now() - started < Duration::from_secs(60), "the engine does not arrive");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_engine_goes_back_and_forth_and_the_solution_with_it() {
        let engine = engine();
        engine.send(Control::Steps(300));
        let (end, _) = in_step(&engine, 1);
        for step in [290, 17, 120, 0, 40] {
            engine.send(Control::Seek(step));
        }
        let epoch = 1 + 5;
        let report = loop {
            // Those that were not begun have been replaced.
            let report = at_rest(&engine, 2);
            if report.snapshot.step == 40 && report.travel.is_none() {
                break report;
            }
            assert!(report.epoch <= epoch);
            std::thread::sleep(Duration::from_millis(1));
        };
        assert_eq!((report.strip.now.step, report.strip.last.step), (40, 300));
        let (back, exact) = in_step(&engine, report.epoch);
        assert_eq!(back.snapshot.step, 40);
        let last = solved(&exact, 0).history.last().cloned().unwrap();
        assert!(last.observed.time <= back.snapshot.time);
        engine.send(Control::Seek(300));
        let again = loop {
            let (again, _) = in_step(&engine, report.epoch + 1);
            if again.snapshot.step == 300 {
                break again;
            }
        };
        assert_eq!(*again.snapshot.panels[2].now, *end.snapshot.panels[2].now);
    }

    #[test]
    fn what_follows_a_seek_waits_for_it() {
        let engine = engine();
        engine.send(Control::Steps(200));
        engine.send(Control::Steps(0));
        at_rest(&engine, 2);
        let mut scenario = presets()[0].scenario();
        scenario.particles = 10;
        scenario.panels[0].alpha = 0.0;
        engine.send(Control::Seek(50));
        engine.send(Control::Command(Command::Edit(Box::new(scenario))));
        let report = arrived(&engine, 4);
        assert_eq!(
            (report.snapshot.step, report.strip.last.step, report.strip.undo),
            (50, 50, 1)
        );
        assert_eq!(report.snapshot.scenario.panels[0].alpha, 0.0);
        engine.send(Control::Undo);
        let report = arrived(&engine, 5);
        assert_eq!(
            (report.snapshot.step, report.strip.last.step, report.strip.redo),
            (50, 200, 1)
        );
        assert_eq!(report.edited.panels[0].alpha, 1.0);
        // A checkpoint, and back to it with what was edited since.
        engine.send(Control::Mark);
        let mut faster = (*report.edited).clone();
        faster.panels[0].alpha = 2.0;
        engine.send(Control::Steps(30));
        engine.send(Control::Steps(0));
        at_rest(&engine, 8);
        engine.send(Control::Command(Command::Edit(Box::new(faster))));
        engine.send(Control::Return(50));
        let report = arrived(&engine, 10);
        assert_eq!(
            (report.snapshot.step, report.snapshot.scenario.panels[0].alpha),
            (50, 2.0)
        );
        assert_eq!(report.strip.marks.len(), 1);
    }

    #[test]
    fn a_state_goes_on_in_another_engine_to_the_same_bits() {
        let (first, second) = (engine(), engine());
        first.send(Control::Steps(77));
        let rest = at_rest(&first, 1);
        assert_eq!(rest.snapshot.step, 77);
        let state = first.state().recv_timeout(Duration::from_secs(60)).unwrap();
        second.send(Control::TakeUp(Box::new(state.clone())));
        let report = arrived(&second, 1);
        assert_eq!(*report.snapshot.panels[2].now, *rest.snapshot.panels[2].now);
        second.send(Control::Replay(Box::new(state.journal), 33));
        assert_eq!(arrived(&second, 2).snapshot.step, 33);
        assert!(first.abandon().is_some_and(|kept| kept.frame.step() <= 77));
    }

    #[test]
    fn what_is_left_of_a_thread_is_of_the_run_that_it_had_last() {
        let engine = engine();
        engine.send(Control::Steps(3));
        at_rest(&engine, 1);
        let mut other = presets()[1].scenario();
        other.particles = 20;
        engine.send(Control::Command(Command::Load(Box::new(other.clone()))));
        at_rest(&engine, 2);
        // All that was sent is done, and what is left has been noted after it.
        engine.state().recv_timeout(Duration::from_secs(60)).unwrap();
        engine.state().recv_timeout(Duration::from_secs(60)).unwrap();
        let left = engine.abandon().unwrap();
        assert_eq!((left.frame.step(), &*left.journal.scenario), (0, &other));
    }

    #[test]
    fn a_condition_holds_the_run_once() {
        let engine = engine();
        engine.send(Control::PauseWhen(vec!["t >= 0.1".parse().unwrap()]));
        engine.send(Control::RunUntil(1.0));
        let report = at_rest(&engine, 2);
        let (number, met) = report.met.clone().unwrap();
        assert_eq!((number, met.time), (1, report.snapshot.time));
        assert!((report.snapshot.time - 0.1).abs() < 0.025, "{}", report.snapshot.time);
        engine.send(Control::RunUntil(1.0));
        let report = at_rest(&engine, 3);
        assert!((report.snapshot.time - 1.0).abs() < 1e-9 && report.met.as_ref().unwrap().0 == 1);
    }
}
