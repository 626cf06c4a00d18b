//! What a claim may speak of: `[WFR.mass(2)]`, `[exact WFR.kl @ 1.5]`, `[rise smooth WFR.kl]`, `[gap]`.

use std::fmt;

use crate::observe::{self, Named};
use crate::scenario::did_you_mean;

/// A measured number, written in square brackets as `[WHEN] [SOURCE] PANEL.WHAT(WELL) [@ TIME]`; the panel is named as its caption says,
/// wells are counted from 1. What belongs to no panel stands alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// When.
    pub when: When,
    /// In what.
    pub source: Source,
    /// The caption of the panel; none for what belongs to no panel.
    pub panel: Option<String>,
    /// What is measured.
    pub what: What,
}

/// When a quantity is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// Now.
    Now,
    /// `@ TIME`: at this model time, which must have been recorded.
    At(f64),
    /// `most`: the largest value recorded.
    Most,
    /// `least`: the smallest value recorded.
    Least,
    /// `rise`: how much it has risen most from one recorded time to the next; 0 where it never rose.
    Rise,
    /// `fall`: how much it has fallen most from one recorded time to the next; 0 where it never fell.
    Fall,
}

/// Where a quantity is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The particles.
    Particles,
    /// `exact`: the exact solution.
    Exact,
    /// `smooth`: the exact solution, binned and smoothed as the particles are before KL and its like are measured.
    Smooth,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A number of a measurement. Time belongs to no panel, all others to one.
    Measured(observe::Quantity),
    /// `gap`: the spectral gap λ₁ of Langevin in the present landscape, per unit of α. It belongs to no panel.
    Gap,
    /// `share(w)`: the share of π in a well. It belongs to no panel.
    Share(usize),
    /// `particles`: particles that have a weight.
    Particles,
    /// `alpha`: the transport rate.
    Alpha,
    /// `beta`: the reaction rate.
    Beta,
}

/// What is known beside measurements.
const OWN: [(&str, Named<What>); 5] = [
    ("gap", Named::Whole(What::Gap)),
    ("share", Named::OfWell(What::Share)),
    ("particles", Named::Whole(What::Particles)),
    ("alpha", Named::Whole(What::Alpha)),
    ("beta", Named::Whole(What::Beta)),
];

impl Quantity {
    /// Reads what stands between the brackets.
    ///
    /// # Errors
    ///
    /// A sentence without a place.
    pub fn read(text: &str) -> Result<Self, String> {
        let (mut rest, mut when) = (text.trim(), When::Now);
        if let Some((before, time)) = rest.rsplit_once('@') {
            let time = time.trim();
            let number = time.parse::<f64>().ok().filter(|t| t.is_finite() && *t >= 0.0);
            when = When::At(number.ok_or_else(|| format!("`{time}` after @: expected a model time, such as 1.5"))?);
            rest = before.trim();
        }
        let words = [
            ("most ", When::Most),
            ("least ", When::Least),
            ("rise ", When::Rise),
            ("fall ", When::Fall),
        ];
        for (word, then) in words {
            if let Some(after) = rest.strip_prefix(word) {
                if when != When::Now {
                    return Err(format!("`{}` and a time: expected one of them", word.trim()));
                }
                (when, rest) = (then, after.trim_start());
            }
        }
        let mut source = Source::Particles;
        for (word, from) in [("exact ", Source::Exact), ("smooth ", Source::Smooth)] {
            if let Some(after) = rest.strip_prefix(word) {
                (source, rest) = (from, after.trim_start());
            }
        }
        let (panel, name) = match rest.rsplit_once('.') {
            Some((panel, name)) => (Some(panel.trim().to_owned()), name.trim()),
            None => (None, rest),
        };
        let what = what(name, panel.is_some())?;
        if panel.is_none() && (source != Source::Particles || when != When::Now) {
            return Err(format!("`{name}` belongs to no panel: expected it alone, as [{name}]"));
        }
        Ok(Self {
            when,
            source,
            panel,
            what,
        })
    }

    /// The well that it is about, from 0.
    pub(super) const fn well(&self) -> Option<usize> {
        match self.what {
            What::Measured(quantity) => quantity.well(),
            What::Share(well) => Some(well),
            What::Gap | What::Particles | What::Alpha | What::Beta => None,
        }
    }
}

impl What {
    /// Whether it belongs to no panel.
    const fn stands_alone(self) -> bool {
        matches!(
            self,
            Self::Gap | Self::Share(_) | Self::Measured(observe::Quantity::Time)
        )
    }
}

fn what(text: &str, of_panel: bool) -> Result<What, String> {
    let (name, well) = observe::name_and_well(text)?;
    let own = OWN.iter().find(|(known, _)| *known == name);
    let what = match (own, observe::Quantity::named(name)) {
        (Some((_, own)), _) => own.with(name, well)?,
        (None, Some(measured)) => What::Measured(measured.with(name, well)?),
        (None, None) => {
            let names: Vec<&str> = observe::Quantity::names().chain(OWN.map(|(known, _)| known)).collect();
            let hint = did_you_mean(name, names.iter().copied());
            let names = names.join(", ");
            return Err(format!("`{name}` is not measured{hint}: expected one of {names}"));
        }
    };
    match (what.stands_alone(), of_panel) {
        (true, true) => Err(format!("`{name}` belongs to no panel: expected it alone, as [{name}]")),
        (false, false) => Err(format!(
            "`{name}` belongs to a panel: expected its caption and a dot before it, as in [WFR.{name}]"
        )),
        _ => Ok(what),
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.when {
            When::Now | When::At(_) => "",
            When::Most => "most ",
            When::Least => "least ",
            When::Rise => "rise ",
            When::Fall => "fall ",
        })?;
        f.write_str(match self.source {
            Source::Particles => "",
            Source::Exact => "exact ",
            Source::Smooth => "smooth ",
        })?;
        if let Some(panel) = &self.panel {
            write!(f, "{panel}.")?;
        }
        match self.what {
            What::Measured(quantity) => write!(f, "{quantity}")?,
            What::Gap => f.write_str("gap")?,
            What::Share(well) => write!(f, "share({})", well + 1)?,
            What::Particles => f.write_str("particles")?,
            What::Alpha => f.write_str("alpha")?,
            What::Beta => f.write_str("beta")?,
        }
        match self.when {
            When::At(time) => write!(f, " @ {time}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written() {
        let own = OWN.map(|(name, _)| name);
        for name in observe::Quantity::names().chain(own) {
            let of_well = ["mass", "se", "walked", "grown", "resampled", "share"].contains(&name);
            let text = match (name, of_well) {
                ("share", _) => "share(3)".to_owned(),
                ("t" | "gap", _) => name.to_owned(),
                (_, true) => format!("smooth my flow 2.{name}(1) @ 1.5"),
                (_, false) => format!("rise exact Fisher–Rao.{name}"),
            };
            let quantity = Quantity::read(&text).unwrap();
            assert_eq!(quantity.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("WFR.masss(1)", "did you mean `mass`?"),
            ("WFR.mass", "the number, as in mass(1)"),
            ("WFR.mass(0)", "the number of a well"),
            ("kl", "as in [WFR.kl]"),
            ("WFR.t", "as [t]"),
            ("WFR.kl @ soon", "expected a model time"),
            ("most WFR.kl @ 1", "expected one of them"),
            ("", "is not measured"),
        ] {
            let error = Quantity::read(text).unwrap_err();
            let part = part.replace("the number, as", "its number, as");
            assert!(error.contains(&part), "{text}: {error}");
        }
    }
}
