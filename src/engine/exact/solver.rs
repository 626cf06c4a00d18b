//! The thread's end: it solves, and puts what it has on the desk.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::{lock, now};
use super::{Desk, Order, Orders, Shown};
use crate::reference::{Course, Exact, ExactPanel};
use crate::scenario::Tempo;
use crate::sim::Command;

/// A solution that is behind is shown at most this often on its way.
const EVERY: Duration = Duration::from_millis(40);

const FAILED: &str = "The exact solution failed; it begins again at the next reset.";

/// The thread's end.
pub(super) struct Solver {
    desk: Arc<Desk>,
    news: Box<dyn Fn() + Send>,
    /// None after a failure.
    reference: Option<Course>,
    /// What was taken from the desk and is not done.
    orders: VecDeque<(Order, f64)>,
    /// What the run was last seen at.
    seen: (f64, bool),
    tempo: Tempo,
    run: u64,
    /// The count of what was taken.
    told: u64,
    /// When a solution was last shown, and whether there is a newer one.
    shown: Option<(Instant, bool)>,
}

impl Solver {
    /// One that has nothing yet, for this desk; `news` is called whenever it has put a solution there.
    pub(super) fn new(desk: Arc<Desk>, news: Box<dyn Fn() + Send>) -> Self {
        Self {
            desk,
            news,
            reference: None,
            orders: VecDeque::new(),
            seen: (0.0, true),
            tempo: Tempo::default(),
            run: 0,
            told: 0,
            shown: None,
        }
    }

    /// Works until the desk is closed.
    pub(super) fn run(mut self) {
        let mut busy = true;
        while let Some((goal, rests)) = self.wait(busy) {
            let (mut orders, mut reference) = (std::mem::take(&mut self.orders), self.reference.take());
            let tempo = &self.tempo;
            let worked = catch_unwind(AssertUnwindSafe(move || {
                let busy = work(&mut reference, &mut orders, (tempo, goal), rests);
                (busy, reference, orders)
            }));
            match worked {
                Ok((worked, reference, orders)) => {
                    (self.reference, self.orders) = (reference, orders);
                    let fresh = worked || self.shown.is_none_or(|(_, fresh)| fresh);
                    self.show(worked, fresh);
                    busy = worked;
                }
                Err(_) => {
                    self.fail();
                    busy = true;
                }
            }
        }
    }

    /// What to do next: how far the run is, and whether it rests. Sleeps until there is something to do if nothing was; `None` to stop.
    fn wait(&mut self, busy: bool) -> Option<(f64, bool)> {
        let mut orders = lock(&self.desk.orders);
        let seen = self.seen;
        let idle = |o: &mut Orders| {
            let same = !busy && o.commands.is_empty() && (o.goal, o.rests) == seen;
            !o.quit && (!o.on || same)
        };
        orders = self
            .desk
            .bell
            .wait_while(orders, idle)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if orders.quit {
            return None;
        }
        self.orders.extend(orders.commands.drain(..));
        // Nothing before a start counts.
        let start = self.orders.iter().rposition(|(order, _)| order.begins());
        if let Some(start) = start {
            self.orders.drain(..start);
        }
        (self.seen, self.run, self.told) = ((orders.goal, orders.rests), orders.run, orders.told);
        if !self.tempo.is(&orders.tempo) {
            self.tempo = orders.tempo.clone();
        }
        Some(self.seen)
    }

    /// Shows the solution if it is new and either the last was shown a while ago or nothing is left to do.
    fn show(&mut self, busy: bool, fresh: bool) {
        let due = self.shown.is_none_or(|(last, _)| now() - last >= EVERY);
        if let Some(reference) = &self.reference
            && fresh
            && (due || !busy)
        {
            // One that still has commands before it is of a state before them.
            let knows = if reference.is_told() { self.told } else { 0 };
            self.put(reference.exact(), knows);
        } else {
            self.shown = self.shown.map(|(last, _)| (last, fresh));
        }
        let reached = self.reference.as_ref().map_or(f64::INFINITY, Course::time);
        self.desk.reached.store(reached.to_bits(), Ordering::Release);
    }

    fn put(&mut self, exact: Exact, knows: u64) {
        let orders = lock(&self.desk.orders);
        if (orders.run, orders.arrangement) == (self.run, exact.arrangement) {
            let exact = Arc::new(exact);
            *lock(&self.desk.latest) = Some(Shown { exact, knows });
        }
        drop(orders);
        self.desk.count.fetch_add(1, Ordering::AcqRel);
        self.shown = Some((now(), false));
        (self.news)();
    }

    fn fail(&mut self) {
        self.reference = None;
        let time = lock(&self.desk.latest).as_ref().map_or(0.0, |shown| shown.exact.time);
        let (panels, arrangement) = {
            let orders = lock(&self.desk.orders);
            (orders.panels, orders.arrangement)
        };
        let failed = Exact {
            time,
            arrangement,
            panels: (0..panels).map(|_| ExactPanel::None(FAILED)).collect(),
        };
        self.put(failed, self.told);
        self.desk.reached.store(f64::INFINITY.to_bits(), Ordering::Release);
    }
}

/// Does a small part of what is to be done: at most one recorded time. Whether there was anything to do.
fn work(
    course: &mut Option<Course>,
    orders: &mut VecDeque<(Order, f64)>,
    (tempo, goal): (&Tempo, f64),
    rests: bool,
) -> bool {
    let mut worked = false;
    for (order, time) in orders.drain(..) {
        match (order, &mut *course) {
            (Order::Rewind(start, commands, tempo), course) => {
                let course = course.get_or_insert_with(|| Course::new(Arc::clone(&start)));
                course.rewind(&start, &commands, (&tempo, time));
            }
            (Order::Command(command), Some(course)) => course.order(command, time),
            (Order::Command(command), course) => match &*command {
                Command::Load(scenario) => *course = Some(Course::new(Arc::new((**scenario).clone()))),
                // After a failure only a start helps.
                _ => continue,
            },
        }
        worked = true;
    }
    // A run that moves on is followed from one recorded time to the next.
    course.as_mut().is_some_and(|course| {
        course.follow(tempo, goal);
        course.work(goal, rests)
    }) || worked
}

#[cfg(test)]
mod tests {
    use super::super::Beside;
    use super::*;
    use crate::scenario::presets;

    #[test]
    fn a_failure_becomes_a_sentence_until_the_next_start() {
        let scenario = Arc::new(presets()[0].scenario());
        let (sender, heard) = std::sync::mpsc::channel();
        let beside = Beside::spawn(&scenario, || {}).unwrap();
        let news = Box::new(move || sender.send(()).unwrap());
        let mut solver = Solver {
            reference: Some(Course::new(Arc::clone(&scenario))),
            ..Solver::new(Arc::clone(&beside.desk), news)
        };
        solver.fail();
        heard.try_recv().unwrap();
        let failed = |shown: Shown| shown.exact.panels.iter().all(|p| matches!(p, ExactPanel::None(FAILED)));
        assert!(lock(&beside.desk.latest).clone().is_some_and(failed));
        // Nothing holds the run up, and what it does is nobody's business until it starts again.
        assert_eq!(
            f64::from_bits(beside.desk.reached.load(Ordering::Acquire)),
            f64::INFINITY
        );
        let edit = Command::Edit(Box::new((*scenario).clone()));
        let mut orders = VecDeque::from([(Order::Command(Arc::new(edit)), 0.1)]);
        assert!(!work(
            &mut solver.reference,
            &mut orders,
            (&Tempo::default(), 0.2),
            true
        ));
        assert!(orders.is_empty() && solver.reference.is_none());
        let load = Command::Load(Box::new((*scenario).clone()));
        let mut orders = VecDeque::from([(Order::Command(Arc::new(load)), 0.0)]);
        assert!(work(&mut solver.reference, &mut orders, (&Tempo::default(), 0.0), true));
        assert!(solver.reference.is_some());
    }
}
