//! Where a card begins and ends, as a run that anybody can repeat.

use std::sync::Arc;

use super::{Card, Lecture};
use crate::scenario::{Preset, Scenario, did_you_mean, presets};
use crate::sim::Command;
use crate::timeline::Journal;

/// The part of a run that a card is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The card that started the run, from 0.
    pub first: usize,
    /// The run, with everything that was done to it up to and on this card.
    pub journal: Journal,
    /// The step at which the card opens, after its own commands.
    pub from: u64,
    /// The step to which it plays.
    pub to: u64,
}

impl Passage {
    /// The model times of [`Passage::from`] and [`Passage::to`].
    pub fn times(&self) -> [f64; 2] {
        [self.from, self.to].map(|step| self.journal.time_at(step))
    }

    /// The scenario that runs on the card.
    pub fn scenario(&self) -> Scenario {
        let [running, _] = self.journal.scenarios();
        running
    }

    /// Whether a run that has obeyed this other journal needs only time, or the commands of this card, to come here.
    pub fn continues(&self, other: &Journal, step: u64) -> bool {
        step <= self.from
            && other.scenario == self.journal.scenario
            && self.journal.commands.starts_with(&other.commands)
    }
}

impl Lecture {
    /// The run of a card.
    ///
    /// # Panics
    ///
    /// If there is no such card. Lectures that were read have none that cannot be played.
    pub fn passage(&self, card: usize) -> Passage {
        self.try_passage(card).expect("a lecture that was read can be played")
    }

    /// The run of a card, or why there is none: half a sentence.
    pub(super) fn try_passage(&self, card: usize) -> Result<Passage, String> {
        let first = (0..=card).rev().find(|&k| self.cards[k].starts());
        let first = first.ok_or("nothing has been started yet: expected `preset` or `scenario` in this card")?;
        let mut passage = begin(first, &self.cards[first], self.started(first)?)?;
        for next in &self.cards[first + 1..=card] {
            passage = go_on(&passage, next)?;
        }
        Ok(passage)
    }

    /// The scenario that a card starts, before what it sets.
    fn started(&self, k: usize) -> Result<Scenario, String> {
        let card = &self.cards[k];
        match (&card.preset, &card.scenario, card.restart) {
            (Some(name), None, false) => preset(name),
            (None, Some(scenario), false) => Ok((**scenario).clone()),
            (None, None, true) => {
                let before = (0..k).rev().find(|&k| self.cards[k].starts());
                let before = before.ok_or("restart: nothing has been started yet: expected `preset` or `scenario`")?;
                let mut scenario = self.started(before)?;
                set(&mut scenario, &self.cards[before])?;
                Ok(scenario)
            }
            _ => Err("there are several starts: expected one of `preset`, `scenario` and `restart`".to_owned()),
        }
    }
}

fn begin(first: usize, card: &Card, mut scenario: Scenario) -> Result<Passage, String> {
    set(&mut scenario, card)?;
    let mut journal = Journal::new(scenario);
    let opens = card.from.unwrap_or(0.0);
    let ends = ends(card, opens)?;
    let from = journal.step_at(opens);
    command(&mut journal, card, from)?;
    let to = journal.step_at(ends).max(from);
    Ok(Passage {
        first,
        journal,
        from,
        to,
    })
}

fn go_on(before: &Passage, card: &Card) -> Result<Passage, String> {
    let mut journal = before.journal.clone();
    let [_, ended] = before.times();
    let opens = card.from.unwrap_or(ended);
    if opens < ended {
        return Err(format!(
            "from: {opens} is before {ended}, where the card before it ends: expected a later time, or a start of its own"
        ));
    }
    let from = journal.step_at(opens).max(before.to);
    if !card.set.is_empty() {
        let [_, mut edited] = journal.scenarios();
        let was = edited.clone();
        set(&mut edited, card)?;
        if edited.needs_reset(&was) {
            return Err(
                "set: this takes effect with a start only: expected a preset or a scenario in this card".to_owned(),
            );
        }
        journal.commands.push((from, Arc::new(Command::Edit(Box::new(edited)))));
    }
    command(&mut journal, card, from)?;
    let to = journal.step_at(ends(card, opens)?).max(from);
    Ok(Passage {
        first: before.first,
        journal,
        from,
        to,
    })
}

fn ends(card: &Card, opens: f64) -> Result<f64, String> {
    /// Longest model time of a card.
    const LATEST: f64 = 1e4;
    let ends = card.to.unwrap_or(opens);
    let possible = |t: f64| (0.0..=LATEST).contains(&t);
    if !possible(opens) || !possible(ends) || ends < opens {
        return Err(format!(
            "from {opens} to {ends}: expected times from 0 to {LATEST}, the second not before the first"
        ));
    }
    Ok(ends)
}

fn command(journal: &mut Journal, card: &Card, step: u64) -> Result<(), String> {
    for command in &card.commands {
        match command {
            Command::Reset | Command::Load(_) => {
                return Err(
                    "commands: a start is none of them: expected a preset or a scenario in this card".to_owned(),
                );
            }
            Command::Edit(scenario) => scenario.check().map_err(|e| format!("commands: {e}"))?,
            Command::Duplicate(panel) | Command::Remove(panel) => {
                let [mut running, _] = journal.scenarios();
                match command {
                    Command::Duplicate(_) => running.duplicate_panel(*panel),
                    _ => running.remove_panel(*panel),
                }
                .map_err(|e| format!("commands: {e}"))?;
            }
            Command::Brush(dab) => {
                dab.slots_after(journal.scenario.particles)
                    .map_err(|e| format!("commands: {e}"))?;
            }
        }
        journal.commands.push((step, Arc::new(command.clone())));
    }
    Ok(())
}

fn preset(name: &str) -> Result<Scenario, String> {
    Preset::named(name).map(Preset::scenario).ok_or_else(|| {
        let names = presets().iter().map(|preset| preset.name);
        let hint = did_you_mean(name, names.clone());
        let names: Vec<&str> = names.collect();
        format!(
            "there is no preset `{name}`{hint}: expected one of {}",
            names.join(", ")
        )
    })
}

fn set(scenario: &mut Scenario, card: &Card) -> Result<(), String> {
    for text in &card.set {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("set: `{text}`: expected KEY=VALUE, such as \"temperature=2\""))?;
        scenario.set(key, value).map_err(|e| format!("set: {e}"))?;
    }
    scenario.check().map_err(|e| format!("set: {e}"))
}
