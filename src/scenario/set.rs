//! Changing one thing of a scenario by its name, as `--set key=value` does.

use ron::Deserializer as Reader;
use ron::error::{Error as RonError, SpannedResult};
use serde::Deserialize;

use super::file::{self, explain, options};
use super::place::Places;
use super::{Pace, Scenario, Start};
use crate::density::{BANDWIDTH, Bandwidth, Estimator, Method, SILVERMAN};
use crate::flow::{Flow, Rate, Reaction, Splitting, Transport};
use crate::landscape::{self, Relief};
use crate::params::{self, Parameters, RangeError};
use crate::resample::{Order, Resampling, Scheme};
use crate::reverse::{self, Densities, Drift, STEPS, Weights};
use crate::score::Divergence;
use crate::space::Rect;
use crate::target::{FormulaError, Own, Scores, Shape};

/// Why something could not be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SetError {
    /// There is nothing of that name.
    #[error("there is no `{key}` to set{hint}: expected one of {}", known.join(", "))]
    Key {
        /// What was asked for.
        key: String,
        /// The closest name there is, as half a sentence.
        hint: String,
        /// What can be set.
        known: Vec<String>,
    },
    /// The number is out of range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The value cannot be read.
    #[error("{key}={value}: {reason}")]
    Value {
        /// What was to be set.
        key: String,
        /// The value as given.
        value: String,
        /// What was found and what was expected.
        reason: String,
    },
}

impl Scenario {
    /// Sets one thing by its name; [`Scenario::keys`] lists the names. Numbers are checked against their ranges, other
    /// values are RON as in a scenario file. What concerns a flow is set in every panel, or in one of them if the name of
    /// the panel (`WFR.beta`) or its number from the left (`panels.2.beta`, from 0) stands before it. When there is an
    /// error nothing has changed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SetError> {
        let mut edited = self.clone();
        edited.set_in_place(key.trim(), value.trim())?;
        *self = edited;
        Ok(())
    }

    fn set_in_place(&mut self, key: &str, value: &str) -> Result<(), SetError> {
        match key {
            "title" => self.title = text(key, value)?,
            "seed" => self.seed = ron(key, value, |d| u64::deserialize(d))?,
            "steps" if self.is_reverse() => {
                self.set_steps(STEPS.check(key, number(key, value)?)? as usize);
            }
            "pace" => self.pace = ron(key, value, |d| Pace::deserialize(d))?,
            "target" => self.target = shape(key, value)?,
            "start" => self.start = ron(key, value, |d| Start::deserialize(d))?,
            "view" => self.view = ron(key, value, |d| file::read_view(d))?,
            "target.u" | "target.parameters" | "target.view" if matches!(self.target, Shape::Formula(_)) => {
                set_formula(&mut self.target, key, value)?;
            }
            _ if is_part(key, "target") => {
                number_of(self.target.parameters(), key, after_dot(key), value)?;
            }
            _ if is_part(key, "relief") => set_relief(&mut self.relief, key, value)?,
            _ if is_part(key, "estimator") => set_estimator(&mut self.estimator, key, value)?,
            _ if is_part(key, "resampling") => set_resampling(&mut self.resampling, key, value)?,
            // A number that only some flows have is set in those.
            _ if self.panels.iter().any(|flow| has(flow, key)) => {
                for panel in 0..self.panels.len() {
                    if has(&self.panels[panel], key) {
                        self.set_in_panel(panel, key, key, value)?;
                    }
                }
            }
            _ if FLOW_KEYS.contains(&key) || (self.is_reverse() && REVERSE_KEYS.contains(&key)) => {
                for panel in 0..self.panels.len() {
                    self.set_in_panel(panel, key, key, value)?;
                }
            }
            _ => match self.panel_of(key) {
                Some((panel, rest)) => self.set_in_panel(panel, key, rest, value)?,
                None if params::list(self).iter().any(|(name, ..)| *name == key) => {
                    number_of(self, key, key, value)?;
                }
                None => {
                    // Close names are sought everywhere, but what is in the panels is told only once.
                    let hint = hint(key, self.keys().iter().map(String::as_str));
                    let mut known = self.shared_keys();
                    known.push("PANEL.KEY".to_owned());
                    return Err(SetError::Key {
                        key: key.to_owned(),
                        hint,
                        known,
                    });
                }
            },
        }
        Ok(())
    }

    /// Sets something of one panel; `rest` is the key without the panel.
    fn set_in_panel(&mut self, panel: usize, key: &str, rest: &str, value: &str) -> Result<(), SetError> {
        let mut own_estimator = self.estimator(panel);
        let mut own_resampling = self.resampling(panel);
        let flow = &mut self.panels[panel];
        match rest {
            "name" => flow.name = text(key, value)?,
            "rate" => flow.rate = ron(key, value, |d| Rate::deserialize(d))?,
            "reaction" => flow.reaction = ron(key, value, |d| Reaction::deserialize(d))?,
            "splitting" => flow.splitting = ron(key, value, |d| Splitting::deserialize(d))?,
            "transport" => flow.transport = ron(key, value, |d| Transport::deserialize(d))?,
            "scores" if flow.reverse.is_some() => flow.scores = ron(key, value, |d| Scores::deserialize(d))?,
            _ if REVERSE_KEYS.contains(&rest)
                && let Some(method) = &mut flow.reverse =>
            {
                set_method(method, key, rest, value)?;
            }
            _ if has(flow, rest) => number_of(flow, key, rest, value)?,
            _ if is_part(rest, "estimator") => {
                set_estimator(&mut own_estimator, rest, value)?;
                flow.estimator = Some(own_estimator);
            }
            _ if is_part(rest, "resampling") => {
                set_resampling(&mut own_resampling, rest, value)?;
                flow.resampling = Some(own_resampling);
            }
            _ => {
                return Err(unknown(key, panel_keys(flow)));
            }
        }
        let mut others = self.panels.clone();
        let flow = others.remove(panel);
        file::check_panel(&flow, &others).map_err(|reason| bad(key, value, reason))
    }

    /// The panel that a key names, and the rest of the key. A panel is named by its number or by its name, where case and
    /// signs do not count, so that `Fisher–Rao` can be typed as `fisher-rao` or `FisherRao`.
    fn panel_of<'a>(&self, key: &'a str) -> Option<(usize, &'a str)> {
        if let Some((number, rest)) = key.strip_prefix("panels.").and_then(|k| k.split_once('.')) {
            let panel: usize = number.parse().ok()?;
            return (panel < self.panels.len()).then_some((panel, rest));
        }
        key.match_indices('.').find_map(|(dot, _)| {
            let named = |flow: &Flow| letters(&flow.name) == letters(&key[..dot]);
            let panel = self.panels.iter().position(named)?;
            Some((panel, &key[dot + 1..]))
        })
    }

    /// Everything that [`Scenario::set`] knows for this scenario.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = self.shared_keys();
        keys.extend(self.panels.iter().flat_map(panel_keys));
        keys
    }

    /// What can be set without naming a panel.
    fn shared_keys(&self) -> Vec<String> {
        let mut copy = self.clone();
        let mut keys = vec!["seed".to_owned()];
        keys.extend(params::list(&mut copy).iter().map(|(name, ..)| name.clone()));
        keys.extend(["title", "pace", "view", "start", "target"].map(str::to_owned));
        let numbers = params::list(copy.target.parameters());
        keys.extend(numbers.iter().map(|(name, ..)| format!("target.{name}")));
        if matches!(copy.target, Shape::Formula(_)) {
            keys.extend(["target.u", "target.parameters", "target.view"].map(str::to_owned));
        }
        if self.is_reverse() {
            keys.push("steps".to_owned());
            keys.extend(REVERSE_KEYS.map(str::to_owned));
        }
        keys.extend(RELIEF_KEYS.map(str::to_owned));
        keys.extend(SHARED_KEYS.map(str::to_owned));
        for name in self.panels.iter().flat_map(flow_numbers) {
            if !keys.contains(&name) {
                keys.push(name);
            }
        }
        keys.extend(FLOW_KEYS.map(str::to_owned));
        keys
    }
}

/// What lies over the target.
const RELIEF_KEYS: [&str; 4] = ["relief", "relief.shift", "relief.tilt", "relief.wells"];
/// What the scenario and each panel have.
const SHARED_KEYS: [&str; 9] = [
    "estimator",
    "estimator.method",
    "estimator.bandwidth",
    "estimator.factor",
    "estimator.debiased",
    "resampling",
    "resampling.scheme",
    "resampling.order",
    "resampling.threshold",
];
/// What panels have that go from noise to data.
const REVERSE_KEYS: [&str; 5] = ["scores", "weights", "drift", "densities", "divergence"];
/// What every panel has.
const FLOW_KEYS: [&str; 4] = ["transport", "rate", "reaction", "splitting"];

fn panel_keys(flow: &Flow) -> Vec<String> {
    let reverse = REVERSE_KEYS.iter().filter(|_| flow.reverse.is_some());
    let keys = FLOW_KEYS.iter().chain(reverse).chain(&SHARED_KEYS).chain(&["name"]);
    let numbers = flow_numbers(flow);
    numbers
        .iter()
        .map(String::as_str)
        .chain(keys.copied())
        .map(|key| format!("{}.{key}", flow.name))
        .collect()
}

/// The numbers of a flow: some flows have more than others.
fn flow_numbers(flow: &Flow) -> Vec<String> {
    let numbers = params::list(&mut flow.clone());
    numbers.into_iter().map(|(name, ..)| name).collect()
}

/// Whether a flow has a number of that name.
fn has(flow: &Flow, name: &str) -> bool {
    flow_numbers(flow).iter().any(|known| known == name)
}

/// `weights=Rate`, `drift=Fixed([0.5, 0.5])`, `densities=Ito` or `divergence=Hutchinson(probes: 4, directions: Gaussian)`.
fn set_method(method: &mut reverse::Method, key: &str, part: &str, value: &str) -> Result<(), SetError> {
    match part {
        "weights" => method.weights = ron(key, value, |d| Weights::deserialize(d))?,
        "drift" => method.drift = ron(key, value, |d| Drift::deserialize(d))?,
        "densities" => method.densities = ron(key, value, |d| Densities::deserialize(d))?,
        _ => method.divergence = ron(key, value, |d| Divergence::deserialize(d))?,
    }
    Ok(())
}

/// `estimator=0.1`, `estimator=Silverman(0.5)`, `estimator=(method: Exact, bandwidth: Fixed(0.1))`, `estimator.method=Exact`,
/// `estimator.bandwidth=0.1`, `estimator.factor=0.5` or `estimator.debiased=true`.
fn set_estimator(estimator: &mut Estimator, key: &str, value: &str) -> Result<(), SetError> {
    let fixed = || Ok::<_, SetError>(Bandwidth::Fixed(BANDWIDTH.check(key, number(key, value)?)?));
    match key {
        "estimator" if value.starts_with('(') => *estimator = ron(key, value, |d| Estimator::deserialize(d))?,
        "estimator" if value.parse::<f64>().is_err() => {
            estimator.bandwidth = ron(key, value, |d| Bandwidth::deserialize(d))?;
        }
        "estimator" | "estimator.bandwidth" => estimator.bandwidth = fixed()?,
        "estimator.factor" => estimator.bandwidth = Bandwidth::Silverman(SILVERMAN.check(key, number(key, value)?)?),
        "estimator.method" => estimator.method = ron(key, value, |d| Method::deserialize(d))?,
        "estimator.debiased" => estimator.debiased = ron(key, value, |d| bool::deserialize(d))?,
        _ => return Err(unknown_part(key, "estimator")),
    }
    Ok(())
}

/// `relief=(tilt: (0.5, 0))`, `relief.shift=(1, 0)`, `relief.tilt=(0.5, 0)` or `relief.wells=[(center: (0, 1), depth: 3)]`.
fn set_relief(relief: &mut Relief, key: &str, value: &str) -> Result<(), SetError> {
    match after_dot(key) {
        "" => *relief = ron(key, value, |d| Relief::deserialize(d))?,
        "shift" => relief.shift = ron(key, value, |d| landscape::read_shift(d))?,
        "tilt" => relief.tilt = ron(key, value, |d| landscape::read_tilt(d))?,
        "wells" => relief.wells = ron(key, value, |d| landscape::read_wells(d))?,
        _ => return Err(unknown_part(key, "relief")),
    }
    Ok(())
}

/// `resampling=(scheme: Residual, threshold: 0.3)`, `resampling.scheme=Residual`, `resampling.order=Slots` or `resampling.threshold=0.3`.
fn set_resampling(resampling: &mut Resampling, key: &str, value: &str) -> Result<(), SetError> {
    match key {
        "resampling" => *resampling = ron(key, value, |d| Resampling::deserialize(d))?,
        "resampling.scheme" => resampling.scheme = ron(key, value, |d| Scheme::deserialize(d))?,
        "resampling.order" => resampling.order = ron(key, value, |d| Order::deserialize(d))?,
        "resampling.threshold" => number_of(resampling, key, after_dot(key), value)?,
        _ => return Err(unknown_part(key, "resampling")),
    }
    Ok(())
}

/// `target.u=a*x^2 + y^2`, `target.parameters=["a = 1 in [0, 3]"]` or `target.view=((-2, 2), (-3, 3))`.
fn set_formula(target: &mut Shape, key: &str, value: &str) -> Result<(), SetError> {
    let Shape::Formula(formula) = target else {
        return Err(unknown_part(key, "target"));
    };
    let wrong = |error: FormulaError| bad(key, value, error.to_string());
    *formula = match after_dot(key) {
        "u" => formula.with_text(value).map_err(wrong)?,
        "parameters" => formula
            .with_parameters(ron(key, value, |d| Vec::<Own>::deserialize(d))?)
            .map_err(wrong)?,
        _ => match ron(key, value, |d| file::read_view(d))? {
            Some(((x0, x1), (y0, y1))) => formula.with_view(Rect::new(x0, x1, y0, y1)),
            None => formula.clone(),
        },
    };
    Ok(())
}

/// A target by its name alone, with its defaults, or with parameters as in a file.
fn shape(key: &str, value: &str) -> Result<Shape, SetError> {
    match Shape::all().into_iter().find(|shape| shape.name() == value) {
        Some(shape) => Ok(shape),
        None => ron(key, value, |d| Shape::deserialize(d)),
    }
}

/// Sets a number of a struct and calls it by the whole key in messages.
fn number_of(numbers: &mut dyn Parameters, key: &str, name: &str, value: &str) -> Result<(), SetError> {
    let entries = params::list(numbers);
    let Some((_, _, info)) = entries.iter().find(|(known, ..)| *known == name) else {
        let prefix = key.strip_suffix(name).unwrap_or_default();
        let known = entries.iter().map(|(known, ..)| format!("{prefix}{known}"));
        return Err(unknown(key, known.collect()));
    };
    let checked = info.check(key, number(key, value)?)?;
    params::set(numbers, name, checked).map_err(|error| bad(key, value, error.to_string()))
}

fn number(key: &str, value: &str) -> Result<f64, SetError> {
    let number = value.replace('_', "").parse();
    number.map_err(|_| bad(key, value, "expected a number, such as 0.5 or 1e5".to_owned()))
}

fn text(key: &str, value: &str) -> Result<String, SetError> {
    if value.is_empty() {
        return Err(bad(
            key,
            value,
            "the text is empty: expected at least one letter".to_owned(),
        ));
    }
    Ok(value.to_owned())
}

/// Reads a value as it would stand in a scenario file.
fn ron<'a, T>(
    key: &str,
    value: &'a str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, RonError>,
) -> Result<T, SetError> {
    let parsed: SpannedResult<T> = Reader::from_str_with_options(value, &options()).and_then(|mut reader| {
        let result = read(&mut reader).and_then(|parsed| reader.end().map(|()| parsed));
        result.map_err(|error| reader.span_error(error))
    });
    parsed.map_err(|error| bad(key, value, explain(&error, &Places::of(value)).1))
}

fn bad(key: &str, value: &str, reason: String) -> SetError {
    SetError::Value {
        key: key.to_owned(),
        value: value.to_owned(),
        reason,
    }
}

fn unknown_part(key: &str, whole: &str) -> SetError {
    let parts = RELIEF_KEYS.iter().chain(&SHARED_KEYS).filter(|k| is_part(k, whole));
    unknown(key, parts.map(|k| (*k).to_owned()).collect())
}

fn unknown(key: &str, known: Vec<String>) -> SetError {
    SetError::Key {
        key: key.to_owned(),
        hint: hint(key, known.iter().map(String::as_str)),
        known,
    }
}

/// How to come closer to what was meant, as half a sentence.
fn hint<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    if is_part(key, "friction") || key.ends_with(".friction") {
        " (only an underdamped transport has friction: set transport=Underdamped(1) first)".to_owned()
    } else {
        file::did_you_mean(key, known)
    }
}

/// Whether a key is `whole` or something in it.
fn is_part(key: &str, whole: &str) -> bool {
    key.strip_prefix(whole)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn after_dot(key: &str) -> &str {
    key.split_once('.').map_or("", |(_, rest)| rest)
}

fn letters(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
