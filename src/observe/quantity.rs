//! The names of what is measured, for conditions and claims: `t`, `kl`, `mass(2)`.

use std::fmt;
use std::str::FromStr;

use super::Observables;

/// A number of one measurement. Wells are counted from 0 here and from 1 in texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `t`: model time.
    Time,
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
    /// `kl`: KL(ρ|π) of the smoothed laws.
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
    /// `births`: particles duplicated since the start.
    Births,
    /// `resamplings`: resampling events since the start.
    Resamplings,
    /// `missed`: the mass of π where no particle is near.
    Missed,
    /// `l1`: the L1 distance ∫|ρ − π| of the smoothed laws.
    L1,
    /// `energy`: the energy distance of the smoothed laws (length).
    Energy,
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
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Named<Q> {
    /// A number of the whole law.
    Whole(Q),
    /// A number of each well.
    OfWell(fn(usize) -> Q),
}

/// Every name.
const NAMES: [(&str, Named<Quantity>); 22] = [
    ("t", Named::Whole(Quantity::Time)),
    ("mass", Named::OfWell(Quantity::Mass)),
    ("se", Named::OfWell(Quantity::StandardError)),
    ("walked", Named::OfWell(Quantity::Walked)),
    ("grown", Named::OfWell(Quantity::Grown)),
    ("resampled", Named::OfWell(Quantity::Resampled)),
    ("kl", Named::Whole(Quantity::Kl)),
    ("fisher", Named::Whole(Quantity::Fisher)),
    ("var", Named::Whole(Quantity::Variance)),
    ("ess", Named::Whole(Quantity::Ess)),
    ("largest", Named::Whole(Quantity::Largest)),
    ("families", Named::Whole(Quantity::Families)),
    ("births", Named::Whole(Quantity::Births)),
    ("resamplings", Named::Whole(Quantity::Resamplings)),
    ("missed", Named::Whole(Quantity::Missed)),
    ("l1", Named::Whole(Quantity::L1)),
    ("energy", Named::Whole(Quantity::Energy)),
    ("mmd", Named::Whole(Quantity::Mmd)),
    ("mean_x", Named::Whole(Quantity::MeanX)),
    ("mean_y", Named::Whole(Quantity::MeanY)),
    ("var_x", Named::Whole(Quantity::VarianceX)),
    ("var_y", Named::Whole(Quantity::VarianceY)),
];

impl Quantity {
    /// Every name, without the number of a well.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// What a name stands for.
    pub fn named(name: &str) -> Option<Named<Self>> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, named)| *named)
    }

    /// The well that it is about.
    pub const fn well(self) -> Option<usize> {
        match self {
            Self::Mass(well)
            | Self::StandardError(well)
            | Self::Walked(well)
            | Self::Grown(well)
            | Self::Resampled(well) => Some(well),
            _ => None,
        }
    }

    /// Its value in a measurement of so many particles; nothing where that has none, since there is no such well.
    pub fn of(self, observed: &Observables, particles: usize) -> Option<f64> {
        let mass = |well: usize| observed.basin_mass.get(well).copied();
        let account = |well: usize| observed.ledger.get(well);
        Some(match self {
            Self::Time => observed.time,
            Self::Mass(well) => mass(well)?,
            Self::StandardError(well) => (mass(well)? * (1.0 - mass(well)?) / observed.ess).sqrt(),
            Self::Walked(well) => account(well)?.walked,
            Self::Grown(well) => account(well)?.grown,
            Self::Resampled(well) => account(well)?.resampled,
            Self::Kl => observed.kl,
            Self::Fisher => observed.information,
            Self::Variance => observed.variance,
            Self::Ess => observed.ess / particles as f64,
            Self::Largest => observed.largest_weight,
            Self::Families => observed.families as f64,
            Self::Births => observed.births as f64,
            Self::Resamplings => observed.resamplings as f64,
            Self::Missed => observed.unreachable,
            Self::L1 => observed.l1,
            Self::Energy => observed.energy,
            Self::Mmd => observed.mmd,
            Self::MeanX => observed.mean.x,
            Self::MeanY => observed.mean.y,
            Self::VarianceX => observed.covariance.xx,
            Self::VarianceY => observed.covariance.yy,
        })
    }
}

/// Cuts `mass(1)` into its name and the well, counted from 0; a name alone has none.
///
/// # Errors
///
/// Half a sentence, where the brackets hold no number of a well.
pub fn name_and_well(text: &str) -> Result<(&str, Option<usize>), String> {
    let Some((name, number)) = text.split_once('(') else {
        return Ok((text, None));
    };
    let number = number.strip_suffix(')').and_then(|n| n.trim().parse::<usize>().ok());
    let well = number.and_then(|n| n.checked_sub(1));
    let well = well.ok_or_else(|| format!("`{text}`: expected the number of a well, as in mass(1)"))?;
    Ok((name.trim(), Some(well)))
}

impl<Q> Named<Q> {
    /// The quantity of this name for a well, or for none.
    ///
    /// # Errors
    ///
    /// Half a sentence, where a well is missing or is one too many.
    pub fn with(self, name: &str, well: Option<usize>) -> Result<Q, String> {
        match (self, well) {
            (Self::Whole(quantity), None) => Ok(quantity),
            (Self::OfWell(quantity), Some(well)) => Ok(quantity(well)),
            (Self::Whole(_), Some(_)) => Err(format!("`{name}` belongs to no well: expected no brackets")),
            (Self::OfWell(_), None) => Err(format!(
                "`{name}` belongs to a well: expected its number, as in {name}(1)"
            )),
        }
    }
}

impl FromStr for Quantity {
    /// Half a sentence.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, well) = name_and_well(text.trim())?;
        let named = Self::named(name).ok_or_else(|| {
            let names: Vec<&str> = Self::names().collect();
            format!("`{name}` is not measured: expected one of {}", names.join(", "))
        })?;
        named.with(name, well)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let well = self.well();
        let same = |named: &Named<Self>| named.with("", well).is_ok_and(|quantity| quantity == *self);
        let name = NAMES.iter().find(|(_, named)| same(named)).map_or("", |(name, _)| name);
        f.write_str(name)?;
        well.map_or(Ok(()), |well| write!(f, "({})", well + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written() {
        for (name, named) in NAMES {
            let text = match named {
                Named::Whole(_) => name.to_owned(),
                Named::OfWell(_) => format!("{name}(3)"),
            };
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), text);
        }
        for (text, part) in [
            ("masss(1)", "expected one of t, mass"),
            ("mass", "its number, as in mass(1)"),
            ("mass(0)", "the number of a well"),
            ("kl(1)", "no brackets"),
        ] {
            let error = text.parse::<Quantity>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_well_that_is_not_there_has_no_number() {
        let observed = Observables {
            ess: 24.0,
            basin_mass: vec![0.4, 0.6],
            ..Observables::default()
        };
        assert_eq!(Quantity::Mass(1).of(&observed, 50), Some(0.6));
        assert_eq!(Quantity::StandardError(1).of(&observed, 50), Some(0.1));
        assert_eq!(Quantity::Mass(2).of(&observed, 50), None);
        assert_eq!(Quantity::Walked(0).of(&observed, 50), None, "no ledger was kept");
        assert_eq!(Quantity::Ess.of(&observed, 50), Some(0.48));
    }
}
