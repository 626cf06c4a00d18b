//! Lecture files: RON text in, a checked [`Lecture`] or one sentence with its place out, and back to text.

use ron::ser::PrettyConfig;
#[cfg(feature = "gui")]
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

use super::measured::no_panel;
use super::{Card, Guess, Lecture, Plot, Pointer, Quantity, VERSION};
use crate::observe::Observer;
use crate::scenario::{Scenario, ScenarioError, options, read};

/// Reads a text whose formulas can be drawn. Without the feature `gui` there is nothing that could draw them, and they are not looked at.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    #[cfg(feature = "gui")]
    for piece in super::plain::pieces(&text) {
        if let super::plain::Piece::Formula(latex, display) = piece {
            crate::render::tex::Formula::read(latex, display).map_err(D::Error::custom)?;
        }
    }
    Ok(text)
}

/// Most cards of a lecture.
const MOST_CARDS: usize = 200;

impl Lecture {
    /// Reads a lecture and checks that every card can be played. `origin` is the name of the file, for messages.
    pub fn from_ron(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        read(text, origin, |lecture: &Self, places| {
            if lecture.version != VERSION {
                let found = lecture.version;
                return Err((
                    places.top_field("version"),
                    format!("the version of this file is {found}: expected {VERSION}"),
                ));
            }
            if lecture.cards.is_empty() || lecture.cards.len() > MOST_CARDS {
                let found = lecture.cards.len();
                return Err((
                    places.top_field("cards"),
                    format!("there are {found} cards: expected 1 to {MOST_CARDS}"),
                ));
            }
            (0..lecture.cards.len()).try_for_each(|k| {
                let at = |message: String| {
                    let title = &lecture.cards[k].title;
                    (
                        places.nth_of_list("cards", k),
                        format!("card {}, “{title}”: {message}", k + 1),
                    )
                };
                lecture.check_card(k).map_err(at)
            })
        })
    }

    /// Whether a text is meant to be a lecture rather than a scenario: it has a field `cards`.
    pub fn looks_like_one(text: &str) -> bool {
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        code.flat_map(|line| {
            line.match_indices("cards")
                .map(move |(at, word)| (line, at, word.len()))
        })
        .any(|(line, at, length)| {
            let begins = line[..at].trim_end();
            (begins.is_empty() || begins.ends_with(['(', ','])) && line[at + length..].trim_start().starts_with(':')
        })
    }

    /// The lecture as a file that [`Lecture::from_ron`] reads back to an equal one.
    pub fn to_ron(&self) -> String {
        let pretty = PrettyConfig::new().new_line("\n");
        options()
            .to_string_pretty(self, pretty)
            .expect("numbers, names and lists can always be written")
    }

    fn check_card(&self, k: usize) -> Result<(), String> {
        let card = &self.cards[k];
        if card.title.trim().is_empty() {
            return Err("there is no title: expected a few words".to_owned());
        }
        let passage = self.try_passage(k)?;
        let scenario = passage.scenario();
        check_show(card, &scenario)?;
        // Basins take a while to find: only where somebody speaks of wells.
        let mut wells = None;
        let mut count =
            || *wells.get_or_insert_with(|| Observer::new(&scenario.landscape(), scenario.view()).basins().len());
        for quantity in card.quantities() {
            if let Some(panel) = &quantity.panel
                && !scenario.panels.iter().any(|flow| flow.name == *panel)
            {
                return Err(format!("[{quantity}]: {}", no_panel(panel, &scenario)));
            }
            if let Some(well) = quantity.well()
                && well >= count()
            {
                return Err(format!(
                    "[{quantity}]: there is no well {}: the landscape has {}",
                    well + 1,
                    count()
                ));
            }
        }
        for well in card.wells() {
            if well == 0 || well > count() {
                return Err(format!(
                    "there is no well {well}: the landscape has {}, counted from 1",
                    count()
                ));
            }
        }
        Ok(())
    }
}

impl Card {
    /// Everything measured that it speaks of.
    fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        let claimed = self.claims.iter().flat_map(|claim| claim.that.quantities());
        let guessed = self.question.iter().flat_map(|question| match &question.guess {
            Guess::Number { of, .. } => of.quantities().collect(),
            Guess::Masses { .. } | Guess::Choice { .. } => Vec::new(),
        });
        claimed.chain(guessed)
    }

    /// The wells that it shows or points at, from 1.
    fn wells(&self) -> impl Iterator<Item = usize> {
        let plotted = self.show.plots.iter().flatten().filter_map(|plot| match plot {
            Plot::Mass(well) | Plot::Error(well) => Some(*well),
            _ => None,
        });
        let pointed = self.point_at.iter().filter_map(|pointer| match pointer {
            Pointer::Well { well, .. } => Some(*well),
            _ => None,
        });
        plotted.chain(pointed)
    }
}

fn check_show(card: &Card, scenario: &Scenario) -> Result<(), String> {
    let panels = scenario.panels.len();
    let panel = |n: usize| {
        if (1..=panels).contains(&n) {
            Ok(())
        } else {
            Err(format!(
                "there is no panel {n}: the scenario has {panels}, counted from 1"
            ))
        }
    };
    card.show.panels.iter().copied().try_for_each(panel)?;
    card.show.microscope.map_or(Ok(()), panel)?;
    if card.show.plots.as_ref().is_some_and(|plots| plots.len() > 3) {
        return Err("plots: expected at most three".to_owned());
    }
    match &card.point_at {
        Some(Pointer::Panel(n) | Pointer::Gauge(n) | Pointer::Verdict(n)) => panel(*n)?,
        Some(Pointer::Well { panel: n, .. } | Pointer::Place { panel: n, .. }) => panel(*n)?,
        Some(Pointer::Plot(n)) if !(1..=3).contains(n) => {
            return Err(format!("there is no plot {n}: expected 1, 2 or 3"));
        }
        Some(Pointer::Plot(_) | Pointer::Layer(_) | Pointer::Term(_) | Pointer::Control(_)) | None => {}
    }
    match card.question.as_ref().map(|question| &question.guess) {
        Some(Guess::Masses { panel }) if !scenario.panels.iter().any(|flow| flow.name == *panel) => {
            Err(no_panel(panel, scenario))
        }
        Some(Guess::Choice { among, right }) if *right == 0 || *right > among.len() => Err(format!(
            "right: {right}: expected the number of one of the {} answers, from 1",
            among.len()
        )),
        Some(Guess::Number { from, to, .. }) if !(from.is_finite() && to.is_finite() && from < to) => {
            Err(format!("from {from} to {to}: expected two numbers, the smaller first"))
        }
        _ => Ok(()),
    }
}
