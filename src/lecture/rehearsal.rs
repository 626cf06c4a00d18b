//! A lecture played without a window, from the first to the last card.

use super::{Finding, Lecture, Measured, Passage};
use crate::reference::Reference;
use crate::sim::{Simulation, StepError};
use crate::snapshot::Probe;

/// Plays a lecture card by card: an iterator over what became of each.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    lecture: &'a Lecture,
    next: usize,
    run: Option<Run>,
}

/// A run on its way from card to card.
#[derive(Debug)]
struct Run {
    first: usize,
    simulation: Simulation,
    reference: Reference,
    /// Commands obeyed so far.
    obeyed: usize,
}

/// What became of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// Which card, from 0.
    pub card: usize,
    /// Its title.
    pub title: String,
    /// The model time at which it ended.
    pub time: f64,
    /// What became of its claims.
    pub findings: Vec<Finding>,
    /// Why it could not be played to its end.
    pub stopped: Option<StepError>,
}

impl Played {
    /// Whether it was played and all claims hold.
    pub fn holds(&self) -> bool {
        self.stopped.is_none() && self.findings.iter().all(Finding::holds)
    }
}

impl<'a> Rehearsal<'a> {
    /// Begins before the first card.
    pub const fn new(lecture: &'a Lecture) -> Self {
        Self {
            lecture,
            next: 0,
            run: None,
        }
    }
}

impl Iterator for Rehearsal<'_> {
    type Item = Played;

    fn next(&mut self) -> Option<Played> {
        let card = self.lecture.cards.get(self.next)?;
        let passage = self.lecture.passage(self.next);
        let mut run = match self.run.take() {
            Some(run) if run.first == passage.first => run,
            _ => Run::new(&passage),
        };
        let stopped = run.play(&passage).err();
        let time = run.simulation.time();
        let findings = if stopped.is_none() { run.judge(card) } else { Vec::new() };
        self.run = Some(run);
        self.next += 1;
        Some(Played {
            card: self.next - 1,
            title: card.title.clone(),
            time,
            findings,
            stopped,
        })
    }
}

impl Run {
    fn new(passage: &Passage) -> Self {
        let scenario = &passage.journal.scenario;
        Self {
            first: passage.first,
            simulation: Simulation::new((**scenario).clone()),
            reference: Reference::new(scenario),
            obeyed: 0,
        }
    }

    fn play(&mut self, passage: &Passage) -> Result<(), StepError> {
        loop {
            let step = self.simulation.steps();
            while let Some((_, command)) = passage.journal.commands.get(self.obeyed).filter(|(at, _)| *at <= step) {
                let time = self.simulation.time();
                self.reference.follow(self.simulation.tempo());
                if self.simulation.apply((**command).clone()) {
                    self.reference.apply(command, time);
                }
                self.obeyed += 1;
            }
            if step >= passage.to || self.simulation.is_done() {
                return Ok(());
            }
            self.simulation.step()?;
            self.simulation.record();
        }
    }

    fn judge(&mut self, card: &super::Card) -> Vec<Finding> {
        if card.claims.is_empty() {
            return Vec::new();
        }
        self.reference.follow(self.simulation.tempo());
        self.reference.advance(self.simulation.time());
        let exact = self.reference.exact();
        // Nothing is drawn: a single dot is enough.
        let snapshot = self.simulation.snapshot(&Probe {
            max_dots: 1,
            ..Probe::default()
        });
        let measured = Measured {
            snapshot: &snapshot,
            exact: Some(&exact),
        };
        let judge = |claim: &super::Claim| claim.that.judge(&claim.says, &measured);
        card.claims.iter().map(judge).collect()
    }
}
