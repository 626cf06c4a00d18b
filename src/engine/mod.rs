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
//! the next is wanted. Dropping the [`Engine`] stops its threads, and a step that takes long does not hold that up: it is called off
//! and its run thrown away. A panic in a step becomes [`Status::Stopped`].
//!
//! The run is a [`Timeline`]: it goes back and forth. The newest wish of where to go wins, what was asked for after it waits until the run
//! is there, and long ways are told of in reports. After a step that failed the state before it is brought back.
//!
//! The exact solutions are computed beside the run and never hold it up by a lock. They come to every recorded time in turn,
//! however far the particles are, and to the very time of a run that has come to rest. A run at the scenario's pace takes no
//! further step while it is ahead of them by more than 0.1 of model time and half a second of the clock; a run as fast as
//! possible goes on, and they catch up when it rests. What goes wrong there is told in their place, and the run goes on.

mod exact;
mod publish;
#[cfg(test)]
mod tests;
mod travel;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::chunks::Stop;
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
    /// Hold whenever a step leads to this one; nowhere if there is none.
    HoldAt(Option<u64>),
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
    /// Calls off the step under way.
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

/// What an engine is at that sends no report yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// For how long.
    pub time: Duration,
    /// Whether it is a step of the run; else a change of it, or a report.
    pub steps: bool,
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
    /// When the thread began what it is doing now; nothing while it sleeps.
    since: Mutex<Option<Instant>>,
    /// Whether that is a step.
    steps: AtomicBool,
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
        let stop = timeline.simulation().stop();
        let worker = Worker::new(Arc::clone(&shared), timeline, beside, Box::new(wake));
        let thread = std::thread::Builder::new()
            .name("wfr-lab engine".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            shared,
            stop,
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

    /// What the engine is at: none of it lasts long unless there are too many particles for it. `None` while it sleeps.
    pub fn busy(&self) -> Option<Busy> {
        let since = *lock(&self.shared.since);
        let asked = || (!lock(&self.shared.inbox).is_empty()).then_some(Duration::ZERO);
        let time = since.map(|since| now() - since).or_else(asked)?;
        let steps = since.is_some() && self.shared.steps.load(Ordering::Acquire);
        Some(Busy { time, steps })
    }

    /// Leaves the thread alone: nobody waits for it, and the step that it is at is called off. Gives the last state that was kept, to go on
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
        // After that, so that the thread knows what a step that ends now is worth.
        self.stop.call();
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
