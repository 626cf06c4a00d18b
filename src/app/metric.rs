//! What the plots can show, with the range, the marks and the words of each.

use egui_plot::GridMark;

use super::layers::well_name;
use super::widgets::{percent, short};
use crate::observe::Observables;
use crate::reference::ExactEntry;
use crate::render::camera::{nice_step, ticks};
use crate::snapshot::Snapshot;
use crate::target::Moments;
use crate::words::t;

/// Distances below this are drawn at it: they are nothing but sampling noise.
const FLOOR: f64 = 1e-4;
/// The same for the energy distance, which is the square of what the others are.
const SMALLEST: f64 = 1e-6;

/// A number that is measured over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Metric {
    /// The mass of a well.
    Mass { well: usize },
    /// The weighted mean of x.
    MeanX,
    /// The weighted mean of y.
    MeanY,
    /// The mass of a well, less that of the exact solution.
    Error { well: usize },
    /// Equilibrium mass where no particle is near.
    Unreachable,
    /// Distance from equilibrium.
    Kl,
    /// Effective sample size over N.
    Ess,
    /// Wasserstein-1 distance of the marginals.
    Wasserstein,
    /// Maximum mean discrepancy.
    Mmd,
    /// L1 distance.
    L1,
    /// Energy distance.
    Energy,
    /// The logarithm of the normaliser of the law, as the weights estimate it.
    LogNormaliser,
}

impl Metric {
    /// Every number there is, in the order of the menu; `way` is that from noise to data.
    pub(super) fn choices(wells: usize, way: bool) -> Vec<Self> {
        let wells = || (0..wells).filter(move |_| wells > 1);
        let masses = wells().map(|well| Self::Mass { well });
        let errors = wells().map(|well| Self::Error { well });
        let others = [
            Self::MeanX,
            Self::MeanY,
            Self::Kl,
            Self::L1,
            Self::Energy,
            Self::Wasserstein,
            Self::Mmd,
            Self::Ess,
            Self::Unreachable,
        ];
        let all = masses.chain(errors).chain(others);
        if way {
            // What matters there comes first, and particles come from everywhere.
            let first = [Self::Kl, Self::L1, Self::Energy, Self::Ess, Self::LogNormaliser];
            let rest = all.filter(|metric| !first.contains(metric) && *metric != Self::Unreachable);
            first.into_iter().chain(rest).collect()
        } else {
            all.collect()
        }
    }

    /// What tells most about a run with a single well, whose mass says nothing: the coordinate that starts farthest off.
    pub(super) fn farthest_mean(snapshot: &Snapshot, moments: Option<&Moments>) -> Self {
        let exact = moments.map(|m| m.mean).unwrap_or_default();
        let first = snapshot.panels.first().and_then(|p| p.history.first());
        let off = first.map(|o| o.mean + -exact).unwrap_or_default();
        if off.y.abs() > off.x.abs() {
            Self::MeanY
        } else {
            Self::MeanX
        }
    }

    /// What it is called, among `wells` wells.
    pub(super) fn name(self, wells: usize) -> String {
        match self {
            Self::Mass { well } if (2..=3).contains(&wells) => {
                t!("Mass in the {well} well", well = well_name(well, wells))
            }
            Self::Mass { well } => t!("Mass in {well}", well = well_name(well, wells)),
            Self::Error { well } if (2..=3).contains(&wells) => {
                t!("Error of the mass, {well} well", well = well_name(well, wells))
            }
            Self::Error { well } => t!("Error of the mass, {well}", well = well_name(well, wells)),
            Self::MeanX => t!("Mean of x").to_owned(),
            Self::MeanY => t!("Mean of y").to_owned(),
            Self::Wasserstein => t!("Wasserstein-1 of the marginals").to_owned(),
            Self::Mmd => t!("Kernel distance, MMD(ρ, π)").to_owned(),
            Self::L1 => t!("L1 distance, ∫|ρ − π|").to_owned(),
            Self::Energy => t!("Energy distance (length)").to_owned(),
            Self::Unreachable => t!("Unreachable mass").to_owned(),
            Self::Kl => t!("Distance from equilibrium, KL(ρ|π)").to_owned(),
            Self::Ess => t!("Effective sample size / N").to_owned(),
            Self::LogNormaliser => t!("Normaliser, log Z").to_owned(),
        }
    }

    /// What it is called where there is little room.
    pub(super) fn short_name(self, wells: usize) -> String {
        match self {
            Self::Mass { well } => t!("Mass, {well}", well = well_name(well, wells)),
            Self::Error { well } => t!("Mass error, {well}", well = well_name(well, wells)),
            Self::Wasserstein => t!("Wasserstein-1").to_owned(),
            Self::Mmd => "MMD(ρ, π)".to_owned(),
            Self::L1 => "L1(ρ, π)".to_owned(),
            Self::Energy => t!("Energy distance").to_owned(),
            Self::Kl => "KL(ρ|π)".to_owned(),
            Self::Ess => "ESS / N".to_owned(),
            Self::LogNormaliser => "log Z".to_owned(),
            Self::MeanX | Self::MeanY | Self::Unreachable => self.name(wells),
        }
    }

    /// What it means.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Mass { .. } => {
                t!(
                    "The share of the mass in one well, with a band of two standard errors √(m(1 − m)/ESS). Broken line: exact."
                )
            }
            Self::Error { .. } => {
                t!(
                    "Mass in the well, particles less exact solution, with a band of two standard errors √(m(1 − m)/ESS): \
                     zero lies in the band where the particles are right."
                )
            }
            Self::MeanX | Self::MeanY => t!("The weighted mean of one coordinate. Broken line: exact."),
            Self::Unreachable => {
                t!("Equilibrium mass in places where no particle is near: reweighting alone cannot fill them.")
            }
            Self::Kl => {
                t!(
                    "Both laws smoothed alike, so that it is zero at equilibrium but for sampling noise. Logarithmic. Broken \
                     line: the exact law, smoothed likewise."
                )
            }
            Self::Ess => t!("(Σw)² / Σw² over N: 100 % when all weights are equal."),
            Self::Wasserstein => {
                t!(
                    "How far mass must be carried along x and along y, on average, to turn the marginals of ρ into those of π: \
                     the sum of both (length). Logarithmic."
                )
            }
            Self::Mmd => t!("Maximum mean discrepancy of ρ and π under a Gaussian kernel. Logarithmic."),
            Self::L1 => t!(
                "How much mass is in the wrong place, counted twice: from 0 to 2. Both laws smoothed alike. Logarithmic. Broken line: the \
                 exact law, smoothed likewise."
            ),
            Self::Energy => t!(
                "2 E|X − Y| − E|X − X′| − E|Y − Y′| for X from ρ and Y from π (length): zero only where both agree. Logarithmic. Broken \
                 line: the exact law."
            ),
            Self::LogNormaliser => {
                t!(
                    "log ∫ρ of the law that is wanted under the noise of now, as the weights estimate it: the logarithm of their mean. Flows without weights have none. Broken line: exact."
                )
            }
        }
    }

    /// Where a measurement lies on the y axis; `exact` is the exact solution at the same time. `None` where it cannot be told.
    pub(super) fn value(self, o: &Observables, exact: Option<&ExactEntry>, particles: usize) -> Option<f64> {
        let mass = |o: &Observables, well: usize| o.basin_mass.get(well).copied();
        let value = match self {
            Self::Mass { well } => mass(o, well)?,
            Self::Error { well } => mass(o, well)? - mass(&exact?.observed, well)?,
            Self::MeanX => o.mean.x,
            Self::MeanY => o.mean.y,
            Self::Unreachable => o.unreachable,
            Self::Kl => o.kl.max(FLOOR).log10(),
            Self::Ess => o.ess / particles.max(1) as f64,
            Self::Wasserstein => (o.wasserstein.x + o.wasserstein.y).max(FLOOR).log10(),
            Self::Mmd => o.mmd.max(FLOOR).log10(),
            Self::L1 => o.l1.max(FLOOR).log10(),
            Self::Energy => o.energy.max(SMALLEST).log10(),
            Self::LogNormaliser => o.log_normaliser,
        };
        value.is_finite().then_some(value)
    }

    /// The standard error of a measurement of independent particles, where there is a formula.
    pub(super) fn standard_error(self, o: &Observables) -> Option<f64> {
        match self {
            Self::Mass { well } | Self::Error { well } => {
                let m = o.basin_mass.get(well)?.clamp(0.0, 1.0);
                Some((m * (1.0 - m) / o.ess.max(1.0)).sqrt())
            }
            _ => None,
        }
    }

    /// Whether only flows with weights have it.
    pub(super) const fn needs_weights(self) -> bool {
        matches!(self, Self::LogNormaliser)
    }

    /// Whether it is a distance from the target, which is nothing for a law that is the target.
    pub(super) const fn is_distance(self) -> bool {
        matches!(self, Self::Kl | Self::Wasserstein | Self::Mmd | Self::L1 | Self::Energy)
    }

    /// Whether an exact solution has this number too.
    pub(super) const fn has_exact(self) -> bool {
        !matches!(self, Self::Ess | Self::Unreachable | Self::Error { .. })
    }

    /// Whether the y axis is logarithmic.
    const fn is_logarithmic(self) -> bool {
        matches!(self, Self::Kl | Self::Wasserstein | Self::Mmd | Self::L1 | Self::Energy)
    }

    /// The value at equilibrium, where it is known and worth a line.
    pub(super) fn exact(self, snapshot: &Snapshot, moments: Option<&Moments>) -> Option<f64> {
        match self {
            Self::Mass { well } => snapshot.basins.share.get(well).copied(),
            Self::MeanX => moments.map(|m| m.mean.x),
            Self::MeanY => moments.map(|m| m.mean.y),
            Self::Error { .. } => Some(0.0),
            Self::Unreachable
            | Self::Kl
            | Self::Ess
            | Self::Wasserstein
            | Self::Mmd
            | Self::L1
            | Self::Energy
            | Self::LogNormaliser => None,
        }
    }

    /// A place of the y axis as text.
    pub(super) fn text(self, y: f64) -> String {
        match self {
            Self::Mass { .. } | Self::Unreachable | Self::Ess => percent(y),
            Self::Error { .. } => format!("{} %", short((1e4 * y).round() / 1e2 + 0.0)),
            Self::MeanX | Self::MeanY | Self::LogNormaliser => short((1e3 * y).round() / 1e3 + 0.0),
            Self::Kl | Self::Wasserstein | Self::Mmd | Self::L1 | Self::Energy => short(10f64.powf(y)),
        }
    }

    /// The stretch of the y axis that shows all of `values`.
    pub(super) fn range(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        match self {
            Self::Mass { .. } | Self::Unreachable | Self::Ess => (-0.03, 1.06),
            Self::MeanX | Self::MeanY | Self::Error { .. } | Self::LogNormaliser if low <= high => {
                let margin = (0.08 * (high - low)).max(0.02);
                (low - margin, high + margin)
            }
            Self::MeanX | Self::MeanY | Self::Error { .. } | Self::LogNormaliser => (-1.0, 1.0),
            Self::Kl | Self::Wasserstein | Self::Mmd | Self::L1 | Self::Energy => {
                let least = if self == Self::Energy { SMALLEST } else { FLOOR };
                let low = low.floor().clamp(least.log10(), 0.0);
                (low - 0.05, high.ceil().clamp(low + 1.0, 6.0) + 0.1)
            }
        }
    }

    /// The marks of the y axis.
    pub(super) fn marks(self, (low, high): (f64, f64)) -> Vec<GridMark> {
        if self.is_logarithmic() {
            let decades = (low.ceil() as i32)..=(high.floor() as i32);
            return decades
                .map(|k| GridMark {
                    value: f64::from(k),
                    step_size: 1.0,
                })
                .collect();
        }
        match self {
            Self::Mass { .. } | Self::Unreachable | Self::Ess => (0..=4)
                .map(|k| GridMark {
                    value: 0.25 * f64::from(k),
                    step_size: if k % 2 == 0 { 0.5 } else { 0.25 },
                })
                .collect(),
            _ => round_marks((low, high)),
        }
    }

    /// The text of a mark of the y axis.
    pub(super) fn mark_text(self, value: f64) -> String {
        self.text(if self.is_logarithmic() { value.round() } else { value })
    }
}

/// A handful of round numbers.
pub(super) fn round_marks((low, high): (f64, f64)) -> Vec<GridMark> {
    let step_size = nice_step((high - low) / 5.0);
    let values = ticks(low, high, 5).into_iter();
    values.map(|(value, _)| GridMark { value, step_size }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_well_has_no_mass_to_choose() {
        assert_eq!(Metric::choices(1, false)[0], Metric::MeanX);
        assert_eq!(Metric::choices(2, false).len(), 13);
    }

    #[test]
    fn ranges_hold_their_values() {
        let (low, high) = Metric::MeanX.range([3.0, 3.0].into_iter());
        assert!(low < 3.0 && 3.0 < high);
        let (low, high) = Metric::Kl.range([-2.5, 0.3].into_iter());
        assert!(low < -2.5 && 0.3 < high);
        let (low, high) = Metric::Kl.range(std::iter::empty());
        assert!(low < high);
    }
}
