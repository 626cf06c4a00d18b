//! What a claim may speak of: `[WFR.mass(2)]`, `[exact WFR.kl @ 1.5]`, `[rise smooth WFR.kl]`, `[gap]`.

use std::fmt;

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
    /// `t`: model time.
    Time,
    /// `gap`: the spectral gap λ₁ of Langevin in the present landscape, per unit of α.
    Gap,
    /// `share(w)`: the share of π in a well.
    Share(usize),
    /// `mass(w)`: the mass of a well.
    Mass(usize),
    /// `se(w)`: the standard error √(m(1 − m)/ESS) of the mass of a well.
    StandardError(usize),
    /// `walked(w)`: what a well has gained by particles that walked.
    Walked(usize),
    /// `grown(w)`: what a well has gained by the reaction.
    Grown(usize),
    /// `resampled(w)`: what a well has gained by the chance of resampling.
    Resampled(usize),
    /// `kl`: KL(ρ|π).
    Kl,
    /// `fisher`: the Fisher information I.
    Fisher,
    /// `var`: the variance of log(ρ/π).
    Variance,
    /// `ess`: the effective sample size, as a share of the particles.
    Ess,
    /// `largest`: the largest normalised weight.
    Largest,
    /// `families`: ancestors that still have descendants.
    Families,
    /// `particles`: particles that have a weight.
    Particles,
    /// `births`: particles duplicated since the start.
    Births,
    /// `resamplings`: resampling events since the start.
    Resamplings,
    /// `missed`: the mass of π where no particle is near.
    Missed,
    /// `mmd`: the maximum mean discrepancy.
    Mmd,
    /// `mean_x`.
    MeanX,
    /// `mean_y`.
    MeanY,
    /// `var_x`: the variance of x.
    VarianceX,
    /// `var_y`: the variance of y.
    VarianceY,
    /// `alpha`: the transport rate.
    Alpha,
    /// `beta`: the reaction rate.
    Beta,
}

/// Every name, what it is for a well, and what it is else.
const NAMES: [(&str, Kind); 25] = [
    ("t", Kind::Alone(What::Time)),
    ("gap", Kind::Alone(What::Gap)),
    ("share", Kind::AloneOfWell(What::Share)),
    ("mass", Kind::OfWell(What::Mass)),
    ("se", Kind::OfWell(What::StandardError)),
    ("walked", Kind::OfWell(What::Walked)),
    ("grown", Kind::OfWell(What::Grown)),
    ("resampled", Kind::OfWell(What::Resampled)),
    ("kl", Kind::Of(What::Kl)),
    ("fisher", Kind::Of(What::Fisher)),
    ("var", Kind::Of(What::Variance)),
    ("ess", Kind::Of(What::Ess)),
    ("largest", Kind::Of(What::Largest)),
    ("families", Kind::Of(What::Families)),
    ("particles", Kind::Of(What::Particles)),
    ("births", Kind::Of(What::Births)),
    ("resamplings", Kind::Of(What::Resamplings)),
    ("missed", Kind::Of(What::Missed)),
    ("mmd", Kind::Of(What::Mmd)),
    ("mean_x", Kind::Of(What::MeanX)),
    ("mean_y", Kind::Of(What::MeanY)),
    ("var_x", Kind::Of(What::VarianceX)),
    ("var_y", Kind::Of(What::VarianceY)),
    ("alpha", Kind::Of(What::Alpha)),
    ("beta", Kind::Of(What::Beta)),
];

#[derive(Clone, Copy)]
enum Kind {
    /// Belongs to no panel.
    Alone(What),
    /// Belongs to a well, whatever the panel.
    AloneOfWell(fn(usize) -> What),
    /// Belongs to a panel.
    Of(What),
    /// Belongs to a well in a panel.
    OfWell(fn(usize) -> What),
}

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
            What::Share(well)
            | What::Mass(well)
            | What::StandardError(well)
            | What::Walked(well)
            | What::Grown(well)
            | What::Resampled(well) => Some(well),
            _ => None,
        }
    }
}

fn what(text: &str, of_panel: bool) -> Result<What, String> {
    let (name, well) = match text.split_once('(') {
        None => (text, None),
        Some((name, number)) => {
            let number = number.strip_suffix(')').and_then(|n| n.trim().parse::<usize>().ok());
            let number = number.filter(|n| *n > 0);
            let number = number.ok_or_else(|| format!("`{text}`: expected the number of a well, as in mass(1)"))?;
            (name.trim(), Some(number - 1))
        }
    };
    let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) else {
        let names = NAMES.map(|(known, _)| known);
        let hint = did_you_mean(name, names);
        return Err(format!(
            "`{name}` is not measured{hint}: expected one of {}",
            names.join(", ")
        ));
    };
    let panel = || format!("`{name}` belongs to a panel: expected its caption and a dot before it, as in [WFR.{name}]");
    let alone = || format!("`{name}` belongs to no panel: expected it alone, as [{name}]");
    match (kind, of_panel, well) {
        (Kind::Alone(what), false, None) | (Kind::Of(what), true, None) => Ok(*what),
        (Kind::AloneOfWell(what), false, Some(well)) | (Kind::OfWell(what), true, Some(well)) => Ok(what(well)),
        (Kind::Alone(_) | Kind::AloneOfWell(_), true, _) => Err(alone()),
        (Kind::Of(_) | Kind::OfWell(_), false, _) => Err(panel()),
        (Kind::Alone(_) | Kind::Of(_), _, Some(_)) => Err(format!("`{name}` belongs to no well: expected no brackets")),
        (Kind::AloneOfWell(_) | Kind::OfWell(_), _, None) => Err(format!(
            "`{name}` belongs to a well: expected its number, as in {name}(1)"
        )),
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
        let same = |kind: &Kind| match kind {
            Kind::Alone(what) | Kind::Of(what) => *what == self.what,
            Kind::AloneOfWell(what) | Kind::OfWell(what) => self.well().is_some_and(|well| what(well) == self.what),
        };
        let name = NAMES.iter().find(|(_, kind)| same(kind)).map_or("", |(name, _)| name);
        f.write_str(name)?;
        if let Some(well) = self.well() {
            write!(f, "({})", well + 1)?;
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
        for (name, kind) in NAMES {
            let text = match kind {
                Kind::Alone(_) => name.to_owned(),
                Kind::AloneOfWell(_) => format!("{name}(3)"),
                Kind::Of(_) => format!("rise exact Fisher–Rao.{name}"),
                Kind::OfWell(_) => format!("smooth my flow 2.{name}(1) @ 1.5"),
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
