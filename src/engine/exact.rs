//! The exact solutions, on a thread of their own.
//!
//! The engine says what happened to the run, how its flows were driven and how far it is; the newest solution is there for it to take. Neither ever waits for
//! the other. A panic, and a state that is not finite, becomes a sentence in place of the solution until the next reset.

mod solver;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use super::lock;
use crate::reference::{self, Exact, ExactPanel};
use crate::scenario::{MOST_PANELS, Scenario, Tempo};
use crate::sim::Command;
use solver::Solver;

/// The engine's end.
#[derive(Debug)]
pub(super) struct Beside {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// What both threads share.
#[derive(Debug)]
struct Desk {
    orders: Mutex<Orders>,
    bell: Condvar,
    latest: Mutex<Option<Shown>>,
    /// How many solutions have been put there.
    count: AtomicU64,
    /// The bits of the model time of the newest: infinite if there will be none.
    reached: AtomicU64,
}

/// A solution, and how much of what happened to the run it knows.
#[derive(Clone, Debug)]
struct Shown {
    exact: Arc<Exact>,
    /// The count of [`Orders::told`] up to which everything was obeyed.
    knows: u64,
}

/// What happened to the run.
#[derive(Clone, Debug)]
enum Order {
    /// It obeyed a command.
    Command(Arc<Command>),
    /// It is elsewhere, after this start and these commands, driven so.
    Rewind(Arc<Scenario>, Vec<(Arc<Command>, f64)>, Tempo),
}

#[derive(Debug)]
struct Orders {
    /// What is new of the run, each with its model time.
    commands: VecDeque<(Order, f64)>,
    /// How far the run is.
    goal: f64,
    /// How it was driven on its way.
    tempo: Tempo,
    /// Whether it stays there.
    rests: bool,
    on: bool,
    quit: bool,
    /// Counts the starts: a solution of an earlier one is not shown any more.
    run: u64,
    /// What started, and the commands that were told of since, with their times.
    start: Arc<Scenario>,
    since: Vec<reference::Order>,
    /// Counts what was told: commands, and ways to elsewhere.
    told: u64,
    /// How many panels the run has, and how often that has changed since the start: a solution from before is not shown any more.
    panels: usize,
    arrangement: u64,
}

impl Beside {
    /// Starts the thread. `news` is called whenever there is a new solution; it must not block.
    pub(super) fn spawn(scenario: &Arc<Scenario>, news: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let desk = Arc::new(Desk {
            orders: Mutex::new(Orders {
                commands: VecDeque::from([(Order::Rewind(Arc::clone(scenario), Vec::new(), Tempo::default()), 0.0)]),
                goal: 0.0,
                tempo: Tempo::default(),
                rests: true,
                on: true,
                quit: false,
                run: 0,
                start: Arc::clone(scenario),
                since: Vec::new(),
                told: 0,
                panels: scenario.panels.len(),
                arrangement: 0,
            }),
            bell: Condvar::new(),
            latest: Mutex::new(None),
            count: AtomicU64::new(0),
            reached: AtomicU64::new(0f64.to_bits()),
        });
        let solver = Solver::new(Arc::clone(&desk), Box::new(news));
        let thread = std::thread::Builder::new()
            .name("wfr-lab exact".to_owned())
            .spawn(move || solver.run())?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    /// The run obeys this command at this model time; of a start [`Beside::rewind`] tells.
    pub(super) fn order(&self, command: Arc<Command>, (tempo, time): (&Tempo, f64)) {
        self.tell(|orders| {
            orders.take_up(tempo);
            orders.told += 1;
            orders.since.push((Arc::clone(&command), time));
            match &*command {
                Command::Duplicate(panel) if *panel < orders.panels && orders.panels < MOST_PANELS => {
                    orders.panels += 1;
                    self.rearrange(orders, |panels| panels.extend(panels.get(*panel).cloned()));
                }
                Command::Remove(panel) if *panel < orders.panels && orders.panels > 1 => {
                    orders.panels -= 1;
                    self.rearrange(orders, |panels| drop(panels.drain(*panel..=*panel)));
                }
                _ => {}
            }
            orders.commands.push_back((Order::Command(command), time));
        });
    }

    /// The run is at this model time, after this start and these commands and driven so, whatever it was before.
    pub(super) fn rewind(
        &self,
        (start, commands): (Arc<Scenario>, Vec<(Arc<Command>, f64)>),
        (tempo, time): (&Tempo, f64),
    ) {
        let (mut panels, mut arrangement) = (start.panels.len(), 0);
        for (command, _) in &commands {
            match **command {
                Command::Duplicate(_) => (panels, arrangement) = (panels + 1, arrangement + 1),
                Command::Remove(_) => (panels, arrangement) = (panels.saturating_sub(1), arrangement + 1),
                _ => {}
            }
        }
        self.tell(|orders| {
            orders.told += 1;
            orders.commands.clear();
            orders.goal = time;
            orders.take_up(tempo);
            // What is shown stays until there is something new, up to where the run went another way; unless it has other panels.
            let parted = parting(&orders.since, &commands);
            orders.since.clone_from(&commands);
            if let Some(latest) = &mut *lock(&self.desk.latest)
                && latest.exact.reaches_beyond(parted)
            {
                let mut exact = (*latest.exact).clone();
                exact.forget_after(parted);
                latest.exact = Arc::new(exact);
            }
            if (orders.panels, orders.arrangement) != (panels, arrangement) || *orders.start != *start {
                orders.run += 1;
                orders.start = Arc::clone(&start);
                (orders.panels, orders.arrangement) = (panels, arrangement);
                *lock(&self.desk.latest) = None;
            }
            let order = Order::Rewind(start, commands, tempo.clone());
            orders.commands.push_back((order, time));
        });
    }

    /// What is shown has the panels of the run from the moment it has, though the solver may take a while to get there.
    fn rearrange(&self, orders: &mut Orders, change: impl FnOnce(&mut Vec<ExactPanel>)) {
        orders.arrangement += 1;
        if let Some(latest) = &mut *lock(&self.desk.latest) {
            let mut exact = (*latest.exact).clone();
            change(&mut exact.panels);
            exact.arrangement = orders.arrangement;
            // What was known is still known: of the panels that are left nothing has changed, and a new one is a twin.
            let knows = latest.knows + u64::from(latest.knows + 1 == orders.told);
            *latest = Shown {
                exact: Arc::new(exact),
                knows,
            };
        }
    }

    /// The run is at this model time, driven so.
    pub(super) fn follow(&self, (tempo, time): (&Tempo, f64), rests: bool) {
        let same = {
            let orders = lock(&self.desk.orders);
            orders.goal == time && orders.rests == rests
        };
        if !same {
            self.tell(|orders| {
                (orders.goal, orders.rests) = (time, rests);
                orders.take_up(tempo);
            });
        }
    }

    /// Whether there shall be solutions.
    pub(super) fn switch(&self, on: bool) {
        self.tell(|orders| orders.on = on);
    }

    /// The newest solution, unless they are switched off; and whether it is of a state that the run has left: by a command, or by a
    /// way to elsewhere, that the solver has not come to.
    pub(super) fn latest(&self) -> (Option<Arc<Exact>>, bool) {
        let orders = lock(&self.desk.orders);
        let latest = lock(&self.desk.latest).clone().filter(|_| orders.on);
        let old = latest.as_ref().is_some_and(|shown| shown.knows != orders.told);
        (latest.map(|shown| shown.exact), old)
    }

    /// How many solutions there have been so far.
    pub(super) fn news(&self) -> u64 {
        self.desk.count.load(Ordering::Acquire)
    }

    /// The model time of the newest solution; infinite where none is to come.
    pub(super) fn reached(&self) -> f64 {
        if lock(&self.desk.orders).on {
            f64::from_bits(self.desk.reached.load(Ordering::Acquire))
        } else {
            f64::INFINITY
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut lock(&self.desk.orders));
        self.desk.bell.notify_one();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.tell(|orders| orders.quit = true);
        if let Some(thread) = self.thread.take() {
            // It catches its panics, and nobody is left to be told of another.
            let _ = thread.join();
        }
    }
}

impl Orders {
    /// Takes note of how the run was driven.
    fn take_up(&mut self, tempo: &Tempo) {
        if !self.tempo.is(tempo) {
            self.tempo = tempo.clone();
        }
    }
}

impl Order {
    /// Whether nothing before it counts.
    fn begins(&self) -> bool {
        match self {
            Self::Command(command) => matches!(**command, Command::Load(_)),
            Self::Rewind(..) => true,
        }
    }
}

/// The model time up to which two ways of a run are the same; infinite where they are the same altogether.
fn parting(a: &[reference::Order], b: &[reference::Order]) -> f64 {
    let [a, b] = [a, b].map(last_edits);
    let same =
        |(a, b): &(&&reference::Order, &&reference::Order)| a.1 == b.1 && (Arc::ptr_eq(&a.0, &b.0) || a.0 == b.0);
    let common = a.iter().zip(&b).take_while(same).count();
    let next = |way: &[&reference::Order]| way.get(common).map_or(f64::INFINITY, |(_, time)| *time);
    next(&a).min(next(&b))
}

/// Of edits at a standstill only the last: a journal does not keep the others.
fn last_edits(way: &[reference::Order]) -> Vec<&reference::Order> {
    let edits = |order: &reference::Order| matches!(*order.0, Command::Edit(_));
    let mut kept: Vec<&reference::Order> = Vec::with_capacity(way.len());
    for order in way {
        if kept
            .last()
            .is_some_and(|last| edits(last) && edits(order) && last.1 == order.1)
        {
            kept.pop();
        }
        kept.push(order);
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::now;
    use super::*;
    use crate::reference::Course;
    use crate::scenario::presets;

    /// Waits for a solution of this time that knows everything.
    fn settled(beside: &Beside, time: f64) -> Arc<Exact> {
        let started = now();
        loop {
            if let (Some(exact), false) = beside.latest()
                && exact.time == time
            {
                return exact;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "no solution at {time}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn solved(exact: &Exact, panel: usize) -> &reference::Solution {
        match &exact.panels[panel] {
            ExactPanel::Solved(solution) => solution,
            ExactPanel::None(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn what_is_shown_of_a_way_that_was_left_is_old_and_ends_where_it_was_left() {
        let scenario = Arc::new(Scenario {
            particles: 10,
            ..presets()[0].scenario()
        });
        let beside = Beside::spawn(&scenario, || {}).unwrap();
        beside.follow((&Tempo::default(), 0.4), true);
        assert_eq!(solved(&settled(&beside, 0.4), 0).now.observed.time, 0.4);
        let mut warm = (*scenario).clone();
        warm.temperature = 1.5;
        let commands = vec![(Arc::new(Command::Edit(Box::new(warm.clone()))), 0.2)];
        // Back, edited, and on, while the solver sleeps.
        beside.switch(false);
        beside.rewind((Arc::clone(&scenario), commands.clone()), (&Tempo::default(), 0.3));
        let shown = lock(&beside.desk.latest).clone().unwrap();
        assert_ne!(shown.knows, lock(&beside.desk.orders).told, "it is old");
        for k in 0..3 {
            let solution = solved(&shown.exact, k);
            let last = solution.history.last().unwrap().observed.time;
            assert!(0.18 < last && last <= 0.2, "panel {k}: {last}");
            assert_eq!(solution.now.observed.time, last);
        }
        beside.switch(true);
        let there = settled(&beside, 0.3);
        let mut course = Course::new(Arc::clone(&scenario));
        course.rewind(&scenario, &commands, (&Tempo::default(), 0.3));
        while course.work(0.3, true) {}
        let values = |exact: &Exact| -> Vec<_> {
            let all = solved(exact, 2).history.iter();
            all.map(|e| (e.observed.time, e.observed.kl)).collect()
        };
        assert_eq!(values(&there), values(&course.exact()));
        // An edit at a standstill is old news until it is solved.
        beside.order(
            Arc::new(Command::Edit(Box::new((*scenario).clone()))),
            (&Tempo::default(), 0.3),
        );
        settled(&beside, 0.3);
    }

    #[test]
    fn ways_part_at_the_first_command_that_differs() {
        let scenario = presets()[0].scenario();
        let edit = |alpha: f64, time: f64| {
            let mut edited = scenario.clone();
            edited.panels[0].alpha = alpha;
            (Arc::new(Command::Edit(Box::new(edited))), time)
        };
        let way = [edit(2.0, 0.1), edit(3.0, 0.5)];
        assert_eq!(parting(&way, &way), f64::INFINITY);
        assert_eq!(parting(&way, &way[..1]), 0.5);
        assert_eq!(parting(&way, &[edit(2.0, 0.1), edit(4.0, 0.3)]), 0.3);
        // Of edits at a standstill a journal keeps the last.
        assert_eq!(parting(&[edit(9.0, 0.1), edit(2.0, 0.1)], &way[..1]), f64::INFINITY);
    }
}
