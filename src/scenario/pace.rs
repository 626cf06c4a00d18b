//! How fast the clocks of the panels go, relative to each other.
//!
//! With both rates at 1, WFR does more per unit of time than Langevin or Fisher–Rao alone. To see what is left of the difference when the
//! work is the same, both rates of every flow can be multiplied by a factor c(t) so that all lose KL at one pace. That only makes
//! a flow run faster along its own path: after its own time τ = ∫c dt it is where its rates alone would have brought it.
//!
//! # The factor
//!
//! The dissipation of a flow is D = −dKL/dτ (αI + βVar, where it follows the gradient). The fastest flow sets the pace, at its own rates:
//!
//! ```text
//! c = (D* + s) / (D + s),   D* = max D over the panels,   s = ½ KL₀ / W
//! ```
//!
//! D is the slope of a line through KL over τ at the last ten recorded times, which span the time W, carried on from the middle of the
//! line to its end as if KL fell exponentially. Fisher information and
//! variance would give D at once, but of few particles they are nothing but noise; KL is a hundred times as quiet. KL₀ is what sampling adds
//! to the KL of N particles at equilibrium; s is a few standard errors of a slope, and lets all factors go to 1 when there is
//! nothing left to dissipate. No rate is driven beyond the range that anyone may set: a flow that is stuck in a well runs at its limit
//! and stays behind.
//!
//! What is measured of the particles sets the factors, and the exact solutions go by the clocks that come of it: a [`Tempo`](super::Tempo)
//! tells them. So both are at one time of their own, however noisy the slopes.
//!
//! # Known failures
//!
//! KL that does not fall exponentially is followed a little late. At the start, and after an edit of the landscape, factors are 1 until three times are
//! recorded; then the panels lose KL at one pace, from what they have then. Time steps must be short enough for the driven rates.

use serde::{Deserialize, Serialize};

use crate::flow::{ALPHA, BETA, Flow};
use crate::observe::Observables;
use crate::vectorize::exp;

/// Recorded times of which the slope of KL is taken.
const RECORDS: usize = 10;
/// Fewer tell nothing of a slope.
const FEWEST: usize = 3;

/// How fast the flows of a scenario run, relative to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// Each at its own rates.
    #[default]
    Rates,
    /// Rates are driven so that all lose KL as fast as the fastest does: the same work per time.
    EqualDissipation,
}

/// One recorded time of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Model time.
    pub time: f64,
    /// The flow's own time τ.
    pub clock: f64,
    /// KL, measured as that of particles is.
    pub kl: f64,
}

impl Reading {
    /// The last recorded times that count, oldest first: KL from up to `since` is the distance to another law.
    pub(crate) fn last<'a>(history: impl DoubleEndedIterator<Item = &'a Observables>, since: f64) -> Vec<Self> {
        let reading = |o: &Observables| Self {
            time: o.time,
            clock: o.clock,
            kl: o.kl,
        };
        let new = history.rev().take_while(|o| o.time > since);
        let mut last: Vec<Self> = new.take(RECORDS).map(reading).collect();
        last.reverse();
        last
    }
}

impl Pace {
    /// The factor of each flow from its readings, oldest first, of which the last count. `floor` is the KL that sampling alone makes.
    pub fn factors<'a>(self, flows: impl IntoIterator<Item = (&'a Flow, Vec<Reading>)>, floor: f64) -> Vec<f64> {
        let flows: Vec<_> = flows.into_iter().collect();
        if self == Self::Rates {
            return vec![1.0; flows.len()];
        }
        let falls: Vec<Option<Fall>> = flows.iter().map(|(_, readings)| Fall::of(readings, floor)).collect();
        let fastest = falls.iter().flatten().map(|fall| fall.rate).fold(0.0, f64::max);
        let factor = |((flow, _), fall): (&(&Flow, Vec<Reading>), &Option<Fall>)| {
            let Some(Fall { rate, slack }) = fall else { return 1.0 };
            let most = (ALPHA.max / flow.alpha).min(BETA.max / flow.beta);
            let factor = (fastest + slack) / (rate + slack);
            // A frozen flow has nothing to drive.
            if most.is_finite() {
                factor.min(most).max(1.0)
            } else {
                1.0
            }
        };
        flows.iter().zip(&falls).map(factor).collect()
    }
}

/// How fast KL falls on a flow's own clock, and how little of that is sure.
struct Fall {
    rate: f64,
    slack: f64,
}

impl Fall {
    fn of(readings: &[Reading], floor: f64) -> Option<Self> {
        let last = &readings[readings.len().saturating_sub(RECORDS)..];
        let (first, end) = (last.first()?, last.last()?);
        if last.len() < FEWEST {
            return None;
        }
        let n = last.len() as f64;
        let (clock, kl) = last
            .iter()
            .fold((0.0, 0.0), |(t, k), r| (t + r.clock / n, k + r.kl / n));
        let (square, product) = last.iter().fold((0.0, 0.0), |(tt, tk), r| {
            (tt + (r.clock - clock).powi(2), tk + (r.clock - clock) * (r.kl - kl))
        });
        let middle = (-product / square).max(0.0);
        // From the middle of the line to its end, as an exponential would.
        let late = exp(-middle * (end.clock - clock) / kl.max(f64::MIN_POSITIVE));
        let fall = Self {
            rate: middle * late,
            slack: 0.5 * floor / (end.time - first.time),
        };
        (fall.rate.is_finite() && fall.slack.is_finite() && fall.slack > 0.0).then_some(fall)
    }
}

impl Flow {
    /// The same flow with both rates multiplied.
    #[must_use]
    pub fn driven(&self, factor: f64) -> Self {
        Self {
            alpha: factor * self.alpha,
            beta: factor * self.beta,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KL = e^{−rτ} on a clock that goes by this factor.
    fn readings(rate: f64, factor: f64, count: i32) -> Vec<Reading> {
        let at = |k: i32| {
            let time = 0.02 * f64::from(k);
            let clock = factor * time;
            let kl = (-rate * clock).exp();
            Reading { time, clock, kl }
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn the_fastest_sets_the_pace() {
        let (slow, fast) = (Flow::langevin(), Flow::wfr());
        let panels = || [(&slow, readings(0.5, 1.0, 20)), (&fast, readings(1.0, 1.0, 20))];
        assert_eq!(Pace::Rates.factors(panels(), 1e-9), [1.0, 1.0]);
        let factors = Pace::EqualDissipation.factors(panels(), 1e-9);
        // At the last time, t = 0.38, the falls are 0.5 e^{−0.19} and e^{−0.38}.
        let expected = 2.0 * (-0.19f64).exp();
        assert!(
            (factors[0] / expected - 1.0).abs() < 2e-3,
            "{factors:?} and not {expected}"
        );
        assert_eq!(factors[1], 1.0);
    }

    #[test]
    fn a_factor_depends_on_the_path_and_not_on_how_fast_it_was_run() {
        let (slow, fast) = (Flow::langevin(), Flow::wfr());
        // Both at e^{−t}: the first is driven by 2 already.
        let panels = [(&slow, readings(0.5, 2.0, 20)), (&fast, readings(1.0, 1.0, 20))];
        let factors = Pace::EqualDissipation.factors(panels, 1e-9);
        assert!((factors[0] - 2.0).abs() < 1e-6, "{factors:?}");
    }

    #[test]
    fn what_is_stuck_has_a_limit_and_what_is_over_stays_at_its_rates() {
        let (stuck, fast, frozen) = (Flow::new("", 0.5, 0.0), Flow::wfr(), Flow::new("", 0.0, 0.0));
        let panels = [
            (&stuck, readings(0.0, 1.0, 20)),
            (&fast, readings(1.0, 1.0, 20)),
            (&frozen, readings(0.0, 1.0, 20)),
        ];
        assert_eq!(
            Pace::EqualDissipation.factors(panels, 1e-3),
            [8.0, 1.0, 1.0],
            "α = 4 is the most"
        );
        // KL is the floor of 0.005, give or take a tenth of it: nothing is known of any fall.
        let noisy = |phase: f64| {
            let at = |k: i32| Reading {
                time: 0.02 * f64::from(k),
                clock: 0.02 * f64::from(k),
                kl: 5e-3 * (1.0 + 0.1 * (phase + 2.0 * f64::from(k)).sin()),
            };
            (0..20).map(at).collect::<Vec<_>>()
        };
        let flows = [Flow::langevin(), Flow::fisher_rao(), Flow::wfr()];
        let panels = flows
            .iter()
            .zip([0.0, 1.0, 2.0])
            .map(|(flow, phase)| (flow, noisy(phase)));
        let factors = Pace::EqualDissipation.factors(panels, 5e-3);
        assert!(factors.iter().all(|c| (1.0..1.3).contains(c)), "{factors:?}");
        // Too few times to tell.
        let panels = [(&stuck, readings(0.0, 1.0, 2)), (&fast, readings(1.0, 1.0, 2))];
        assert_eq!(Pace::EqualDissipation.factors(panels, 1e-3), [1.0, 1.0]);
        assert_eq!(Pace::EqualDissipation.factors([(&fast, Vec::new())], 1e-3), [1.0]);
    }
}
