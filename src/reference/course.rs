//! The exact solutions along the course of a run, forwards and back.
//!
//! What the run obeyed is known with its times. Now and then the laws are kept; to go back is to take up the last ones kept before and
//! to solve on from there, to the last bit as before. They are thinned like the frames of the particles.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Exact, Key, Reference};
use crate::scenario::{Scenario, Tempo};
use crate::sim::Command;

/// Model time between two keys until they are thinned, most keys, and most bytes of them.
const INTERVAL: f64 = 0.1;
const MOST: usize = 256;
const LIMIT: usize = 64 << 20;

/// A command, and the model time at which the run obeyed it.
pub type Order = (Arc<Command>, f64);

/// A [`Reference`] with its past.
#[derive(Debug)]
pub struct Course {
    start: Arc<Scenario>,
    reference: Reference,
    /// Commands with their times, as far as keys know them; and how many of them the solution has obeyed.
    known: Vec<Order>,
    done: usize,
    /// Commands that it is to obey next.
    pending: VecDeque<Order>,
    /// How the run was driven, and until when that is known.
    told: (Tempo, f64),
    keys: Vec<(Key, usize)>,
    interval: f64,
}

impl Course {
    /// Starts a scenario at time 0.
    pub fn new(start: Arc<Scenario>) -> Self {
        let reference = Reference::new(&start);
        Self {
            keys: vec![(reference.key(None), 0)],
            start,
            reference,
            known: Vec::new(),
            done: 0,
            pending: VecDeque::new(),
            told: (Tempo::default(), 0.0),
            interval: INTERVAL,
        }
    }

    /// The run obeys a command at this model time. A start begins a new course.
    pub fn order(&mut self, command: Arc<Command>, time: f64) {
        match &*command {
            Command::Load(scenario) => *self = Self::new(Arc::new((**scenario).clone())),
            Command::Reset => *self = Self::new(Arc::clone(&self.reference.past.edited)),
            _ => self.pending.push_back((command, time)),
        }
    }

    /// The run has come to this model time, and was driven so; as it was told before, up to then.
    pub fn follow(&mut self, tempo: &Tempo, time: f64) {
        self.reference.follow(tempo);
        if time >= self.told.1 {
            self.told = (tempo.clone(), time);
        }
    }

    /// The run is at this model time, after these commands since this start and driven so, whatever it was before.
    pub fn rewind(&mut self, start: &Arc<Scenario>, commands: &[Order], (tempo, time): (&Tempo, f64)) {
        if !Arc::ptr_eq(start, &self.start) && **start != *self.start {
            *self = Self::new(Arc::clone(start));
        }
        let commands = enough(commands);
        let same = |(a, b): &(&Order, &Order)| a.1 == b.1 && (Arc::ptr_eq(&a.0, &b.0) || a.0 == b.0);
        let common = self.known.iter().zip(&commands).take_while(same).count();
        if let Some((_, at)) = commands.get(common).filter(|_| common < self.known.len()) {
            self.forget(common, *at);
        }
        // Start and commands say how the run is driven; but a state from a file need not be one to which they lead.
        let apart = self.told.0.agrees_until(tempo, time.min(self.told.1));
        if apart.is_finite() {
            self.forget(self.known.len(), apart);
        }
        self.follow(tempo, time);
        // What is later than the command that comes next has not obeyed it.
        let obeys = |done: usize, at: f64| commands.get(done).is_none_or(|(_, next)| at <= *next);
        let serves = |done: usize, at: f64| done <= common && at <= time.min(apart) && obeys(done, at);
        let here = serves(self.done, self.reference.world.time).then_some(self.reference.world.time);
        let key = self.keys.iter().rfind(|(key, done)| serves(*done, key.laws.time));
        if let Some((key, done)) = key.filter(|(key, _)| here.is_none_or(|here| key.laws.time > here)) {
            self.reference.recall(key);
            self.done = *done;
        }
        // Time stands where the reference is or later; it looks no further ahead than it is asked to.
        self.reference.ahead = None;
        self.pending = commands.into_iter().skip(self.done).collect();
    }

    /// Does a small part of what is to be done until this model time: at most one recorded time. Goes to the very time where the run
    /// rests there, else from one recorded time to the next. Whether there was anything to do.
    pub fn work(&mut self, goal: f64, rests: bool) -> bool {
        if let Some((_, time)) = self.pending.front() {
            let time = *time;
            if !self.record_next(time)
                && let Some((command, time)) = self.pending.pop_front()
            {
                self.obey(command, time);
            }
            return true;
        }
        self.record_next(goal) || (rests && self.reference.advance(goal))
    }

    /// Whether every command that it was told of has been obeyed, and [`Course::exact`] is of what runs since.
    pub fn is_told(&self) -> bool {
        self.pending.is_empty() && self.reference.is_current()
    }

    /// The model time of [`Course::exact`].
    pub fn time(&self) -> f64 {
        self.reference.time()
    }

    /// The solutions at the time come to.
    pub fn exact(&self) -> Exact {
        self.reference.exact()
    }

    /// Bytes of all that is kept to go back.
    pub fn bytes(&self) -> usize {
        let stages = self.keys.iter().enumerate().filter(|(i, (key, _))| {
            let shares = |(last, _): &(Key, usize)| Arc::ptr_eq(&last.stage, &key.stage);
            *i == 0 || !shares(&self.keys[i - 1])
        });
        let pointers =
            |key: &Key| 2 * size_of::<usize>() * key.past.schedule.entries().len() * (1 + key.past.histories.len());
        let laws = self.keys.iter().map(|(key, _)| key.laws.bytes() + pointers(key));
        laws.sum::<usize>() + stages.map(|(_, (key, _))| key.stage.bytes()).sum::<usize>()
    }

    fn obey(&mut self, command: Arc<Command>, time: f64) {
        self.reference.apply(&command, time);
        let order = (command, time);
        if self.known[..self.done]
            .last()
            .is_some_and(|last| replaces(&order, last))
        {
            self.done -= 1;
        }
        if self.known.get(self.done) != Some(&order) {
            self.forget(self.done, time);
            self.known.push(order);
        }
        self.done += 1;
    }

    /// Forgets all commands but the first, and all that was kept after this time or in obedience to others.
    fn forget(&mut self, commands: usize, time: f64) {
        self.known.truncate(commands);
        self.told.1 = self.told.1.min(time);
        self.keys
            .retain(|(key, done)| *done <= commands && key.laws.time <= time);
    }

    fn record_next(&mut self, time: f64) -> bool {
        let recorded = self.reference.record_next(time);
        let now = self.reference.world.time;
        let due = |(last, _): &(Key, usize)| now >= last.laws.time + self.interval * (1.0 - 1e-6);
        if recorded && self.keys.last().is_none_or(due) {
            let key = self.reference.key(self.keys.last().map(|(key, _)| key));
            self.keys.push((key, self.done));
            while self.keys.len() > MOST || (self.keys.len() > 2 && self.bytes() > LIMIT) {
                let mut nth = 0_usize;
                self.keys.retain(|_| {
                    nth += 1;
                    nth % 2 == 1
                });
                self.interval *= 2.0;
            }
        }
        recorded
    }
}

/// Of edits at a standstill only the last counts, where that is enough.
fn enough(commands: &[Order]) -> Vec<Order> {
    let mut kept: Vec<Order> = Vec::with_capacity(commands.len());
    for order in commands {
        if kept.last().is_some_and(|last| replaces(order, last)) {
            kept.pop();
        }
        kept.push(order.clone());
    }
    kept
}

/// Whether of two commands the newer is enough: not if only one of them waits for a reset, nor if the time step has been another
/// meanwhile, since the run then counts its time from here on, to the last bit.
fn replaces(new: &Order, old: &Order) -> bool {
    let (Command::Edit(newer), Command::Edit(older)) = (&*new.0, &*old.0) else {
        return false;
    };
    new.1 == old.1 && newer.panels.len() == older.panels.len() && newer.dt == older.dt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;

    fn edit(scenario: &Scenario) -> Order {
        (Arc::new(Command::Edit(Box::new(scenario.clone()))), 0.3)
    }

    /// Else particles in three wells would be compared with masses of two.
    #[test]
    fn after_an_edit_at_rest_it_is_told_only_with_the_numbers_of_the_new_landscape() {
        let scenario = Arc::new(presets()[0].scenario());
        let mut course = Course::new(Arc::clone(&scenario));
        let wells = |course: &Course| match &course.exact().panels[0] {
            crate::reference::ExactPanel::Solved(solution) => solution.now.observed.basin_mass.len(),
            crate::reference::ExactPanel::None(reason) => panic!("{reason}"),
        };
        assert!(course.is_told());
        for time in [0.0, 0.137] {
            while course.work(time, true) {}
            let mut edited = (*scenario).clone();
            edited.relief.wells = vec![crate::landscape::Well::at(crate::space::Point::new(0.0, 1.5)); 1];
            edited.relief.wells[0].depth = 6.0 + time;
            course.order(Arc::new(Command::Edit(Box::new(edited.clone()))), time);
            let mut parts = 0;
            loop {
                assert!(
                    !course.is_told() || wells(&course) == 3,
                    "{parts} parts after t = {time}"
                );
                parts += 1;
                if !course.work(time, true) {
                    break;
                }
            }
            assert!(course.is_told() && wells(&course) == 3 && parts > 2);
            course.order(Arc::new(Command::Edit(Box::new((*scenario).clone()))), time);
            while course.work(time, true) {}
            assert!(course.is_told() && wells(&course) == 2);
        }
    }

    /// A time step that is changed and changed back leaves a trace in the last bits of all later times.
    #[test]
    fn edits_that_came_in_between_are_left_out_only_where_they_leave_no_trace() {
        let old = Scenario {
            particles: 10,
            dt: 0.0021,
            ..presets()[0].scenario()
        };
        let (mut slower, mut lazier) = (old.clone(), old.clone());
        (slower.dt, lazier.panels[0].alpha) = (0.0033, 0.5);
        for (between, enough) in [(lazier, true), (slower, false)] {
            assert_eq!(
                (
                    replaces(&edit(&old), &edit(&between)),
                    replaces(&edit(&between), &edit(&old))
                ),
                (enough, enough)
            );
            let mut run = crate::sim::Simulation::new(old.clone());
            (0..7).for_each(|_| run.step().unwrap());
            for edit in [&between, &old] {
                run.apply(Command::Edit(Box::new(edit.clone())));
            }
            let times: Vec<f64> = (8..60)
                .map(|_| {
                    run.step().unwrap();
                    run.time()
                })
                .collect();
            let plain: Vec<f64> = (8..60).map(|step| f64::from(step) * old.dt).collect();
            assert_eq!(times == plain, enough);
        }
    }

    /// Everything that is shown, as text: f64 prints all its digits.
    fn text(course: &Course) -> String {
        format!("{:?}", course.exact())
    }

    fn to(course: &mut Course, time: f64) -> String {
        while course.work(time, true) {}
        text(course)
    }

    #[test]
    fn going_back_and_forth_shows_what_was_shown() {
        let start = Arc::new(Scenario {
            particles: 10,
            ..presets()[0].scenario()
        });
        let mut warm = (*start).clone();
        warm.temperature = 1.4;
        let mut fast = warm.clone();
        fast.panels[2].alpha = 2.0;
        let order = |command: Command, time: f64| (Arc::new(command), time);
        let commands = [
            order(Command::Edit(Box::new(warm.clone())), 0.31),
            order(Command::Duplicate(1), 0.45),
            order(Command::Remove(0), 0.6),
        ];
        let mut course = Course::new(Arc::clone(&start));
        let mut shown = Vec::new();
        for (times, command) in [[0.0, 0.2], [0.31, 0.4], [0.45, 0.52], [0.6, 0.93]]
            .into_iter()
            .zip(std::iter::once(None).chain(commands.iter().map(Some)))
        {
            if let Some((command, time)) = command {
                course.order(Arc::clone(command), *time);
            }
            shown.extend(times.map(|time| (time, to(&mut course, time))));
        }
        for n in [1, 7, 0, 3, 2, 5, 4, 6, 1] {
            let (time, expected) = &shown[n];
            let until: Vec<_> = commands.iter().filter(|(_, at)| at <= time).cloned().collect();
            course.rewind(&start, &until, (&Tempo::default(), *time));
            assert!(to(&mut course, *time) == *expected, "t = {time}");
        }
        // Another command in the past, and its future is another.
        let other = [commands[0].clone(), order(Command::Edit(Box::new(fast)), 0.35)];
        course.rewind(&start, &other, (&Tempo::default(), 0.5));
        let mut alone = Course::new(Arc::clone(&start));
        alone.rewind(&start, &other, (&Tempo::default(), 0.5));
        assert!(to(&mut course, 0.5) == to(&mut alone, 0.5));
        assert!(to(&mut course, 0.93) == to(&mut alone, 0.93) && to(&mut course, 0.93) != shown[7].1);
        // The same where the run is beyond that command before the solution has been told of it.
        let mut late = Course::new(Arc::clone(&start));
        to(&mut late, 0.93);
        late.rewind(&start, &other, (&Tempo::default(), 0.5));
        alone.rewind(&start, &other, (&Tempo::default(), 0.5));
        assert!(to(&mut late, 0.5) == to(&mut alone, 0.5));
        assert!(course.bytes() < LIMIT);
    }

    #[test]
    fn keys_stay_within_their_memory() {
        let start = Arc::new(Scenario {
            particles: 10,
            ..presets()[0].scenario()
        });
        let mut course = Course::new(start);
        course.interval = 1e-3;
        let mut most = 0;
        for step in 0..400 {
            course.work(f64::from(step) * 0.02, false);
            most = most.max(course.bytes());
        }
        assert!(most <= LIMIT && most > LIMIT / 4, "{most}");
        assert!(course.keys.len() > 2 && course.interval > 1e-3);
        assert!(course.keys.is_sorted_by(|a, b| a.0.laws.time < b.0.laws.time));
    }
}
