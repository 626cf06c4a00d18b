//! What an edit has changed, in a few words.

use std::cmp::Ordering;

use super::controls::readable;
use super::widgets::short;
use crate::landscape::Relief;
use crate::params::{self, Number};
use crate::scenario::Scenario;
use crate::target::Shape;
use crate::words::{said, t};

/// What was changed, in a few words: "barrier from 7 to 9".
pub(super) fn difference(before: &Scenario, after: &Scenario) -> String {
    if before.target.name() != after.target.name() {
        return t!("landscape {name}", name = said(&readable(after.target.name())));
    }
    let numbers = |scenario: &Scenario| {
        let mut scenario = scenario.clone();
        let mut all: Vec<(String, f64, Number)> = Vec::new();
        let mut add = |of: &str, entries: Vec<params::Entry>| {
            let named = |(name, value, info): params::Entry| (format!("{of}{}", said(&word(&name))), value, info);
            all.extend(entries.into_iter().map(named));
        };
        let steps = scenario.steps() as f64;
        let mut shared = params::list(&mut scenario);
        if scenario.is_reverse() {
            // There a time step is a matter of how many there are.
            let of_dt = shared.iter_mut().filter(|(name, ..)| name == "dt");
            of_dt.for_each(|entry| *entry = ("steps".to_owned(), steps, crate::reverse::STEPS));
        }
        add("", shared);
        add("", params::list(scenario.target.parameters()));
        for (k, panel) in scenario.panels.iter_mut().enumerate() {
            // Other rates may bring another name.
            let was = before
                .panels
                .get(k)
                .filter(|_| before.panels.len() == after.panels.len());
            let name = was.map_or(&panel.name, |was| &was.name).clone();
            add(&format!("{name}: "), params::list(panel));
        }
        all
    };
    let (old, new) = (numbers(before), numbers(after));
    let changed: Vec<String> = new
        .iter()
        .filter_map(|(name, value, info)| {
            let (_, was, _) = old.iter().find(|(other, ..)| other == name)?;
            let unit = if info.unit.is_empty() {
                String::new()
            } else {
                format!(" {}", said(info.unit))
            };
            (was != value).then(|| {
                t!(
                    "{name} from {old} to {new}{unit}",
                    name,
                    old = short(*was),
                    new = short(*value),
                    unit
                )
            })
        })
        .collect();
    match changed.as_slice() {
        [one] => one.clone(),
        [] => part(before, after).to_owned(),
        [first, .., _] if changed.len() == 2 => format!("{first}, {}", changed[1]),
        many => t!("{count} settings", count = many.len()),
    }
}

/// `well_depth` as words.
fn word(name: &str) -> String {
    name.replace('_', " ")
}

/// The part that differs, where it is no number.
fn part(before: &Scenario, after: &Scenario) -> &'static str {
    if before.seed != after.seed {
        t!("the seed")
    } else if before.start != after.start {
        t!("the start")
    } else if before.relief != after.relief {
        of_relief(&before.relief, &after.relief)
    } else if before.target != after.target {
        of_target(&before.target, &after.target)
    } else if before.panels.len() != after.panels.len() {
        t!("the number of panels")
    } else if before.pace != after.pace {
        t!("equal dissipation")
    } else if before.panels != after.panels {
        t!("how a flow is done")
    } else if before.estimator != after.estimator {
        t!("the density estimate")
    } else if before.resampling != after.resampling {
        t!("resampling")
    } else if before.view != after.view {
        t!("the view")
    } else {
        t!("a setting")
    }
}

/// What was done to a landscape by hand.
fn of_relief(before: &Relief, after: &Relief) -> &'static str {
    if after.wells.len() > before.wells.len() {
        t!("adding a well")
    } else if after.wells.len() < before.wells.len() {
        t!("deleting a well")
    } else if before.wells != after.wells {
        t!("changing a well")
    } else if before.tilt != after.tilt {
        t!("tilting the landscape")
    } else {
        t!("moving the landscape")
    }
}

/// What was done to a target where no number tells it.
fn of_target(before: &Shape, after: &Shape) -> &'static str {
    match (before, after) {
        (Shape::Formula(a), Shape::Formula(b)) if a.text() != b.text() => t!("the formula"),
        (Shape::Formula(_), Shape::Formula(_)) => t!("a parameter of the formula"),
        (Shape::Mixture(a), Shape::Mixture(b)) => of_components(a.components().len(), b.components().len()),
        (Shape::Blend(a), Shape::Blend(b)) if a.schedule() != b.schedule() => t!("the schedule of noise"),
        (Shape::Blend(a), Shape::Blend(b)) if a.law() != b.law() => t!("how the models are mixed"),
        (Shape::Blend(a), Shape::Blend(b)) => {
            let [before, after] = [a, b].map(|blend| {
                let models = blend.models().iter();
                models.map(|model| model.components.components().len()).sum::<usize>()
            });
            of_components(before, after)
        }
        _ => t!("the landscape"),
    }
}

fn of_components(before: usize, after: usize) -> &'static str {
    match before.cmp(&after) {
        Ordering::Less => t!("adding a component"),
        Ordering::Greater => t!("deleting a component"),
        Ordering::Equal => t!("changing a component"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;

    #[test]
    fn an_edit_of_a_mixture_is_told_in_a_few_words() {
        let before = presets()[0]
            .scenario()
            .with_target(Shape::Blend(crate::target::Blend::default()), None);
        let changed = |change: &dyn Fn(&mut Scenario)| {
            let mut after = before.clone();
            change(&mut after);
            difference(&before, &after)
        };
        assert_eq!(changed(&|s| s.set_steps(50)), "steps from 200 to 50 steps");
        assert_eq!(
            changed(&|s| s.set("target.beta", "0.7").unwrap()),
            "beta from 0.5 to 0.7"
        );
        let eta = |s: &mut Scenario| {
            if let Some(method) = &mut s.panels[1].reverse {
                method.eta = 2.0;
            }
        };
        assert_eq!(changed(&eta), "With weights: eta from 1 to 2");
    }

    #[test]
    fn an_edit_is_told_in_a_few_words() {
        let before = presets()[0].scenario();
        let changed = |key: &str, value: &str| {
            let mut after = before.clone();
            after.set(key, value).unwrap();
            difference(&before, &after)
        };
        assert_eq!(changed("target.barrier", "9"), "barrier from 7 to 9 kT");
        assert_eq!(changed("temperature", "2"), "temperature from 1 to 2");
        assert_eq!(changed("WFR.beta", "2.5"), "WFR: beta from 1 to 2.5 /time");
        let mut after = before.clone();
        after.panels[1].alpha = 1.0;
        after.panels[1].name = "WFR 2".to_owned();
        assert_eq!(difference(&before, &after), "Fisher–Rao: alpha from 0 to 1 /time");
        assert_eq!(changed("pace", "EqualDissipation"), "equal dissipation");
        assert_eq!(changed("seed", "7"), "the seed");
        assert_eq!(changed("target", "Ring()"), "landscape Ring");
        assert_eq!(changed("WFR.transport", "Mala"), "how a flow is done");
        assert_eq!(changed("relief", "(shift: (1, 0))"), "moving the landscape");
    }
}
