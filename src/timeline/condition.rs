//! Conditions on what is measured: `kl < 0.01`, `WFR.ess < 0.2`, `t >= 5`.

use std::fmt;
use std::str::FromStr;

use crate::observe::{Observables, Quantity};

/// When to hold a run. Written as `[PANEL.]QUANTITY SIGN NUMBER`, where the panel is named as its caption says, any of them where none
/// is; see [`Quantity`] for the quantities, and the signs are `<`, `<=`, `>` and `>=`.
///
/// ```
/// # use wfr_lab::timeline::Condition;
/// let condition: Condition = "WFR.ess < 0.2".parse()?;
/// assert_eq!(condition.to_string(), "WFR.ess < 0.2");
/// # Ok::<(), wfr_lab::timeline::ConditionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The caption of a panel; any panel where there is none.
    pub panel: Option<String>,
    /// What is looked at.
    pub quantity: Quantity,
    /// How it compares.
    pub sign: Sign,
    /// With what.
    pub value: f64,
}

/// How a number compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// What is wrong with the text of a condition, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (column {column})")]
pub struct ConditionError {
    /// The first character that is wrong, counted from 1.
    pub column: usize,
    /// What was expected.
    pub message: String,
}

/// A condition that came to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    /// The condition.
    pub condition: Condition,
    /// The caption of the panel where it holds; none for the time.
    pub panel: Option<String>,
    /// The value that was measured.
    pub measured: f64,
    /// When.
    pub time: f64,
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            condition,
            panel,
            measured,
            time,
        } = self;
        write!(f, "{condition} at t = {time:.4}")?;
        match panel {
            Some(panel) => write!(f, ": {measured:.4} in {panel}"),
            None => Ok(()),
        }
    }
}

impl Sign {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Below),
        (">", Self::Above),
    ];

    pub(crate) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Below => a < b,
            Self::AtMost => a <= b,
            Self::Above => a > b,
            Self::AtLeast => a >= b,
        }
    }
}

impl Condition {
    /// Where it holds: the first panel of which it does, of these captions, particles and measurements.
    pub fn met<'a>(&self, panels: impl Iterator<Item = (&'a str, usize, &'a Observables)>) -> Option<Met> {
        panels
            .filter(|(name, ..)| self.panel.as_deref().is_none_or(|panel| panel == *name))
            .find_map(|(name, particles, observed)| {
                let measured = self.quantity.of(observed, particles)?;
                self.sign.holds(measured, self.value).then(|| Met {
                    condition: self.clone(),
                    panel: (self.quantity != Quantity::Time).then(|| name.to_owned()),
                    measured,
                    time: observed.time,
                })
            })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(panel) = &self.panel {
            write!(f, "{panel}.")?;
        }
        write!(f, "{} {} {}", self.quantity, self.sign, self.value)
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Self::ALL.iter().find(|(_, sign)| sign == self);
        f.write_str(text.map_or("", |(text, _)| text))
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let wrong = |byte: usize, message: &str| ConditionError {
            column: text[..byte].chars().count() + 1,
            message: message.to_owned(),
        };
        let end = text.trim_end().len();
        // A caption may hold anything, signs too: the last sign is the one.
        let Some(at) = text.rfind(['<', '>']) else {
            return Err(wrong(end, "expected <, <=, > or >="));
        };
        let Some((sign, meaning)) = Sign::ALL.into_iter().find(|(sign, _)| text[at..].starts_with(sign)) else {
            return Err(wrong(at, "expected <, <=, > or >="));
        };
        let rest = &text[at + sign.len()..];
        let number = at + sign.len() + (rest.len() - rest.trim_start().len());
        let value = rest.trim().parse().ok().filter(|value: &f64| value.is_finite());
        let Some(value) = value else {
            return Err(wrong(number.min(end), "expected a number"));
        };
        let left = &text[..at];
        // A caption may hold points: the last one is the one.
        let (panel, what) = match left.rfind('.') {
            Some(point) => (Some(left[..point].trim()), point + 1),
            None => (None, 0),
        };
        if panel.is_some_and(str::is_empty) {
            return Err(wrong(0, "expected the caption of a panel before the point"));
        }
        let name = left[what..].trim();
        let place = what + (left[what..].len() - left[what..].trim_start().len());
        let quantity = name.parse().map_err(|message: String| wrong(place, &message))?;
        Ok(Self {
            panel: panel.map(str::to_owned),
            quantity,
            sign: meaning,
            value,
        })
    }
}

/// Conditions, each of which speaks once until it has not held for once.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    conditions: Vec<(Condition, bool)>,
}

impl Watch {
    /// Watches these. Those that were watched before keep silent as they did.
    pub fn set(&mut self, conditions: Vec<Condition>) {
        let before = std::mem::take(&mut self.conditions);
        let silent = |c: &Condition| before.iter().any(|(known, silent)| known == c && *silent);
        self.conditions = conditions
            .into_iter()
            .map(|c| (silent(&c), c))
            .map(|(s, c)| (c, s))
            .collect();
    }

    /// Looks at what was measured; the first condition that has come to hold.
    pub fn look<'a>(&mut self, panels: impl Iterator<Item = (&'a str, usize, &'a Observables)> + Clone) -> Option<Met> {
        let mut first = None;
        // Nothing was measured: that is not to say that nothing holds.
        panels.clone().next()?;
        for (condition, silent) in &mut self.conditions {
            let met = condition.met(panels.clone());
            let news = met.is_some() && !*silent;
            *silent = met.is_some();
            if news && first.is_none() {
                first = met;
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        for text in [
            "kl < 0.01",
            "WFR.ess <= 0.2",
            "t >= 5",
            "Fisher–Rao 2.mass(3) > 0.5",
            "a.b.missed < 0.001",
            "a<b.mmd > -1",
            "WFR.var_x > 0.5",
        ] {
            let condition: Condition = text.parse().unwrap();
            assert_eq!(condition.to_string(), text);
        }
        let spaced: Condition = "  WFR . ess<0.2 ".parse().unwrap();
        assert_eq!(spaced, "WFR.ess < 0.2".parse().unwrap());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, column, part) in [
            ("", 1, "expected <"),
            ("kl", 3, "expected <"),
            ("kl = 3", 7, "expected <"),
            ("kl <", 5, "a number"),
            ("kl < x", 6, "a number"),
            ("kl < inf", 6, "a number"),
            ("kll < 1", 1, "expected one of t, mass"),
            ("Fisher–Rao.mass(0) < 1", 12, "mass("),
            (".kl < 1", 1, "caption"),
            ("ä. x < 1", 4, "expected one of t"),
        ] {
            let error = text.parse::<Condition>().unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    fn seen(kl: f64) -> Observables {
        Observables {
            time: 2.0,
            kl,
            ess: 30.0,
            basin_mass: vec![0.2, 0.8],
            ..Observables::default()
        }
    }

    fn look_with<'a>(watch: &'a mut Watch, conditions: &'a [Condition]) -> impl FnMut(f64, f64) -> Option<String> + 'a {
        move |a, b| {
            let (a, b) = (seen(a), seen(b));
            let met = watch.look([("a", 100, &a), ("b", 50, &b)].into_iter());
            watch.set(conditions.to_vec());
            met.map(|met| met.to_string())
        }
    }

    #[test]
    fn a_condition_speaks_once_until_it_has_been_false() {
        let mut watch = Watch::default();
        let conditions = vec!["kl < 0.1".parse().unwrap(), "b.ess < 0.4".parse().unwrap()];
        watch.set(conditions.clone());
        let mut look = look_with(&mut watch, &conditions);
        assert_eq!(look(1.0, 1.0), None);
        assert_eq!(look(1.0, 0.05).as_deref(), Some("kl < 0.1 at t = 2.0000: 0.0500 in b"));
        assert_eq!(look(0.02, 0.05), None);
        drop(look);
        assert!(watch.look(std::iter::empty::<(&str, usize, &Observables)>()).is_none());
        let mut look = look_with(&mut watch, &conditions);
        assert_eq!(look(0.02, 0.05), None, "a step without a measurement says nothing");
        assert_eq!(look(1.0, 1.0), None);
        assert_eq!(look(0.02, 1.0).as_deref(), Some("kl < 0.1 at t = 2.0000: 0.0200 in a"));
        let mass: Condition = "mass(2) >= 0.8".parse().unwrap();
        let (here, nowhere) = (seen(0.0), Observables::default());
        assert!(mass.met([("a", 1, &here)].into_iter()).is_some());
        assert!(
            mass.met([("a", 1, &nowhere)].into_iter()).is_none(),
            "there is no such well"
        );
    }
}
