//! The simulation thread itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::exact::Beside;
use super::publish::Meter;
use super::{Control, Shared, Travel, lock, now, sentence};
use crate::scenario::Tempo;
use crate::sim::Command;
use crate::snapshot::Probe;
use crate::timeline::{Met, Timeline, Watch};

/// Longest stretch of stepping between two looks at the controls.
pub(super) const BUDGET: Duration = Duration::from_millis(12);
/// How far particles that are paced may be ahead of the exact solution: in model time, and in seconds at the scenario's pace; the
/// larger of the two.
const LEAD: (f64, f64) = (0.1, 0.5);

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    Hold,
    Play,
    Steps(u64),
    Until(f64),
}

pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) timeline: Timeline,
    pub(super) wake: Box<dyn Fn() + Send>,
    pub(super) mode: Mode,
    pub(super) flat_out: bool,
    pub(super) stopped: Option<String>,
    pub(super) probe: Probe,
    pub(super) steps_per_snapshot: u64,
    /// The exact solutions, and how many of them had come when the last report was built.
    pub(super) beside: Beside,
    pub(super) shown: u64,
    /// Step and epoch of the last report.
    pub(super) published: Option<(u64, u64)>,
    /// When the next report of a moving run may be built: reports take at most a third of the time.
    pub(super) next_report: Instant,
    pub(super) epoch: u64,
    pub(super) meter: Meter,
    /// Steps due at the scenario's pace and not done yet.
    pub(super) owed: f64,
    /// The way to another step, and a command that is to be obeyed there.
    pub(super) travel: Option<(Travel, Option<Command>)>,
    /// When it began.
    pub(super) since: Instant,
    /// How often the run has gone elsewhere.
    pub(super) travels: u64,
    pub(super) watch: Watch,
    /// The step at which the run holds when it comes there.
    pub(super) hold_at: Option<u64>,
    pub(super) met: Option<(u64, Met)>,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, timeline: Timeline, beside: Beside, wake: Box<dyn Fn() + Send>) -> Self {
        Self {
            shared,
            timeline,
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
            travel: None,
            since: now(),
            travels: 0,
            watch: Watch::default(),
            hold_at: None,
            met: None,
        }
    }

    pub(super) fn run(mut self) {
        let mut last = now();
        if self.timeline.now().step > 0 {
            self.beside.rewind(self.timeline.orders(), self.way());
        }
        while !self.shared.quit.load(Ordering::Acquire) {
            *lock(&self.shared.since) = Some(now());
            self.obey();
            let elapsed = now() - last;
            last += elapsed;
            if self.travel.is_some() {
                self.go();
            } else {
                self.advance(elapsed);
            }
            if self.shared.quit.load(Ordering::Acquire) {
                // The last step may have been called off: nothing of it is told.
                return;
            }
            if self.travel.is_none() {
                self.beside.follow(self.way(), self.rests());
            }
            self.answer();
            self.publish();
            *lock(&self.shared.since) = None;
            self.rest();
        }
    }

    /// Does everything that was sent, in order; what changes the run waits until a way to another step has come to its end.
    fn obey(&mut self) {
        loop {
            let control = {
                let mut inbox = lock(&self.shared.inbox);
                let waits = |control: &Control| self.travel.is_some() && waits_for_arrival(control);
                if inbox.front().is_none_or(waits) {
                    return;
                }
                inbox.pop_front()
            };
            let Some(control) = control else { return };
            self.epoch += 1;
            match control {
                Control::Play => {
                    if self.timeline.simulation().is_done() && !self.timeline.is_behind() {
                        // From the data there is no way on but from the noise again.
                        let again = catch_unwind(AssertUnwindSafe(|| self.command(Command::Reset, false)));
                        self.stopped = again.err().map(|panic| sentence(&*panic));
                    }
                    self.mode = Mode::Play;
                }
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
                Control::PauseWhen(conditions) => {
                    self.watch.set(conditions);
                    // What holds already is no news.
                    self.watch.look(self.timeline.measured());
                }
                Control::HoldAt(step) => self.hold_at = step,
                Control::HistoryLimit(bytes) => self.timeline.set_limit(bytes),
                // A checkpoint is no cure for a step that failed.
                Control::Mark => {
                    let marked = catch_unwind(AssertUnwindSafe(|| self.timeline.mark()));
                    self.stopped = marked.err().map(|panic| sentence(&*panic)).or(self.stopped.take());
                }
                Control::Unmark(step) => self.timeline.unmark(step),
                Control::Seek(step) => self.travel_to(step, None),
                Control::SeekTime(time) => self.travel_to(self.timeline.step_at(time), None),
                Control::Return(step) => {
                    let edited = Box::new((**self.timeline.simulation().edited()).clone());
                    self.travel_to(step, Some(Command::Edit(edited)));
                }
                Control::Cancel => self.arrive(),
                control => {
                    let changed = catch_unwind(AssertUnwindSafe(|| self.change(control)));
                    self.stopped = changed.err().map(|panic| sentence(&*panic));
                }
            }
        }
    }

    /// What changes the run or its past.
    fn change(&mut self, control: Control) {
        match control {
            Control::Command(command) => self.command(command, false),
            Control::Joined(command) => self.command(command, true),
            Control::Undo => {
                if let Some(step) = self.timeline.begin_undo() {
                    self.travel_to(step, None);
                }
            }
            Control::Redo => {
                if let Some(step) = self.timeline.begin_redo() {
                    self.travel_to(step, None);
                }
            }
            Control::TakeUp(state) => {
                self.mode = Mode::Hold;
                self.timeline.take_up(*state);
                self.moved();
            }
            Control::Replay(journal, step) => {
                self.mode = Mode::Hold;
                self.timeline.recall(*journal, step);
                self.travel_to(step, None);
            }
            _ => {}
        }
    }

    pub(super) fn command(&mut self, command: Command, joined: bool) {
        let time = self.timeline.now().time;
        let starts = matches!(command, Command::Load(_) | Command::Reset);
        let (behind, changes) = (self.timeline.is_behind(), self.timeline.changes());
        if joined {
            self.timeline.apply_joined(command);
        } else {
            self.timeline.apply(command);
        }
        if self.timeline.changes() == changes {
            return;
        }
        if behind || starts {
            // The solution may be ahead in a future that is none any more.
            self.beside.rewind(self.timeline.orders(), self.way());
        } else if let Some((_, command)) = self.timeline.obeyed_since(self.timeline.obeyed() - 1).first() {
            self.beside
                .order(Arc::clone(command), (self.timeline.simulation().tempo(), time));
        }
    }

    /// How the run was driven, and until when.
    pub(super) fn way(&self) -> (&Tempo, f64) {
        (self.timeline.simulation().tempo(), self.timeline.now().time)
    }

    /// Gives the state to those who asked for it, once all that was sent before is done.
    fn answer(&self) {
        if self.travel.is_none() && lock(&self.shared.inbox).is_empty() {
            let asked = std::mem::take(&mut *lock(&self.shared.asked));
            if !asked.is_empty() {
                let state = self.timeline.state();
                // Who has gone meanwhile needs no answer.
                asked.into_iter().for_each(|asked| drop(asked.send(state.clone())));
            }
        }
        // What would be left if this thread were. One frame belongs to one past; a step does not, since every run begins at step 0.
        let mut left = lock(&self.shared.kept);
        let same = match (&*left, self.timeline.kept_frame()) {
            (Some((_, left)), Some(frame)) => Arc::ptr_eq(left, frame),
            (left, frame) => left.is_none() && frame.is_none(),
        };
        if !same {
            *left = self.timeline.kept();
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
            let scenario = self.timeline.simulation().scenario();
            let most = (BUDGET.as_secs_f64() * 4.0 * scenario.speed / scenario.dt).max(1.0);
            // Time lost to a slow machine or a suspended laptop is not caught up.
            self.owed = (self.owed + elapsed.as_secs_f64() * scenario.speed / scenario.dt).min(most);
        }
        let deadline = now() + BUDGET;
        let mut done = 0;
        while self.wanted(paced) && now() < deadline {
            let (good, obeyed) = (self.timeline.now().step, self.timeline.obeyed());
            let step = self.stepping(Timeline::step);
            match step {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.stopped = Some(error.to_string()),
                Err(panic) => {
                    self.save(good);
                    self.stopped = Some(sentence(&*panic));
                }
            }
            if self.stopped.is_some() {
                break;
            }
            for (_, command) in self.timeline.obeyed_since(obeyed) {
                self.beside.order(Arc::clone(command), self.way());
            }
            if let Some(met) = self.watch.look(self.timeline.measured()) {
                let number = self.met.as_ref().map_or(1, |(number, _)| number + 1);
                self.met = Some((number, met));
                self.mode = Mode::Hold;
                done += 1;
                break;
            }
            if self.hold_at == Some(self.timeline.now().step) {
                self.mode = Mode::Hold;
                done += 1;
                break;
            }
            done += 1;
            self.owed -= if paced { 1.0 } else { 0.0 };
            if let Mode::Steps(n) = &mut self.mode {
                *n -= 1;
            }
        }
        self.meter.count(done);
        if (self.mode != Mode::Play && !self.wanted(paced)) || self.timeline.simulation().is_done() {
            self.mode = Mode::Hold;
        }
    }

    /// Does steps, and says so while they last.
    pub(super) fn stepping<T>(&mut self, steps: impl FnOnce(&mut Timeline) -> T) -> std::thread::Result<T> {
        self.shared.steps.store(true, Ordering::Release);
        let done = catch_unwind(AssertUnwindSafe(|| steps(&mut self.timeline)));
        self.shared.steps.store(false, Ordering::Release);
        done
    }

    /// Whether nothing moves by itself.
    pub(super) fn rests(&self) -> bool {
        self.travel.is_none() && (self.mode == Mode::Hold || self.stopped.is_some())
    }

    /// Whether a run at its pace is too far ahead of the exact solution.
    fn leads(&self) -> bool {
        let lead = LEAD.0.max(LEAD.1 * self.timeline.simulation().scenario().speed);
        self.timeline.now().time - self.beside.reached() > lead
    }

    /// Whether another step is due.
    fn wanted(&self, paced: bool) -> bool {
        match self.mode {
            Mode::Hold => false,
            _ if self.timeline.simulation().is_done() => false,
            Mode::Play => !paced || (self.owed >= 1.0 && !self.leads()),
            Mode::Steps(n) => n > 0,
            Mode::Until(t) => self.timeline.now().time < t - 0.5 * self.timeline.simulation().scenario().dt,
        }
    }

    /// Sleeps until there is something to do.
    fn rest(&self) {
        let shared = &*self.shared;
        let inbox = lock(&shared.inbox);
        if self.travel.is_some() || !inbox.is_empty() || shared.quit.load(Ordering::Acquire) {
            return;
        }
        if self.rests() {
            // Nothing happens by itself; but a report may be due as soon as the last one has been fetched.
            let due = self.published != Some((self.timeline.now().step, self.epoch)) || self.was_running();
            let idle = |inbox: &mut VecDeque<Control>| {
                let due = due || self.beside.news() != self.shown;
                let asked = !lock(&shared.asked).is_empty();
                let called =
                    asked || shared.quit.load(Ordering::Acquire) || (due && shared.fetched.load(Ordering::Acquire));
                inbox.is_empty() && !called
            };
            drop(shared.ring.wait_while(inbox, idle));
        } else if self.mode == Mode::Play && !self.flat_out {
            let scenario = self.timeline.simulation().scenario();
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

/// Whether a control is about the state in which a way to another step ends.
const fn waits_for_arrival(control: &Control) -> bool {
    matches!(
        control,
        Control::Command(_)
            | Control::Joined(_)
            | Control::Return(_)
            | Control::Undo
            | Control::Redo
            | Control::Mark
            | Control::TakeUp(_)
            | Control::Replay(..)
    )
}
