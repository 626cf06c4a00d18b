//! The simulation thread itself.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::exact::Beside;
use super::{Control, Report, Shared, Status, Travel, lock, now, sentence};
use crate::sim::Command;
use crate::snapshot::Probe;
use crate::timeline::{Met, Timeline, Watch};

/// Longest stretch of stepping between two looks at the controls.
const BUDGET: Duration = Duration::from_millis(12);
/// A way to another step that is shorter than this is not shown.
const SHORT: Duration = Duration::from_millis(150);
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
    timeline: Timeline,
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
    /// The way to another step, and a command that is to be obeyed there.
    travel: Option<(Travel, Option<Command>)>,
    /// When it began.
    since: Instant,
    /// How often the run has gone elsewhere.
    travels: u64,
    watch: Watch,
    met: Option<(u64, Met)>,
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
            met: None,
        }
    }

    pub(super) fn run(mut self) {
        let mut last = now();
        if self.timeline.now().step > 0 {
            self.beside.rewind(self.timeline.orders(), self.timeline.now().time);
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
            if self.travel.is_none() {
                self.beside.follow(self.timeline.now().time, self.rests());
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
                Control::PauseWhen(conditions) => {
                    self.watch.set(conditions);
                    // What holds already is no news.
                    self.watch.look(self.timeline.measured());
                }
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

    fn command(&mut self, command: Command, joined: bool) {
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
            self.beside.rewind(self.timeline.orders(), self.timeline.now().time);
        } else if let Some((_, command)) = self.timeline.obeyed_since(self.timeline.obeyed() - 1).first() {
            self.beside.order(Arc::clone(command), time);
        }
    }

    /// Sets out for another step.
    fn travel_to(&mut self, step: u64, then: Option<Command>) {
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
    fn go(&mut self) {
        let Some((Travel { from, to }, _)) = self.travel else {
            return;
        };
        let deadline = now() + BUDGET;
        let mut first = true;
        let mut arrived = false;
        while !arrived && (first || now() < deadline) {
            let went = catch_unwind(AssertUnwindSafe(|| self.timeline.seek_towards(to, u64::from(!first))));
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
    fn arrive(&mut self) {
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
    fn moved(&mut self) {
        self.travels += 1;
        self.published = None;
        self.owed = 0.0;
        self.beside.rewind(self.timeline.orders(), self.timeline.now().time);
        self.watch.look(self.timeline.measured());
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
            let step = catch_unwind(AssertUnwindSafe(|| self.timeline.step()));
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
            let time = self.timeline.now().time;
            for (_, command) in self.timeline.obeyed_since(obeyed) {
                self.beside.order(Arc::clone(command), time);
            }
            if let Some(met) = self.watch.look(self.timeline.measured()) {
                let number = self.met.as_ref().map_or(1, |(number, _)| number + 1);
                self.met = Some((number, met));
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
        if self.mode != Mode::Play && !self.wanted(paced) {
            self.mode = Mode::Hold;
        }
    }

    /// Brings back the state at this step after the one that follows it has failed: nothing is lost.
    fn save(&mut self, step: u64) {
        let saved = catch_unwind(AssertUnwindSafe(|| {
            self.timeline.recover();
            self.timeline.seek(step);
        }));
        if saved.is_ok() {
            self.moved();
        }
    }

    /// Whether nothing moves by itself.
    fn rests(&self) -> bool {
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
            Mode::Play => !paced || (self.owed >= 1.0 && !self.leads()),
            Mode::Steps(n) => n > 0,
            Mode::Until(t) => self.timeline.now().time < t - 0.5 * self.timeline.simulation().scenario().dt,
        }
    }

    /// Publishes a report if the last one was fetched and there is something new.
    fn publish(&mut self) {
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

    fn was_running(&self) -> bool {
        lock(&self.shared.report)
            .as_ref()
            .is_some_and(|r| r.status == Status::Running)
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
