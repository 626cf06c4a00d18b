//! How high and how long things are drawn: the same in all panels.

use super::board::Board;
use crate::observe::{Marginal, Profile};

/// The longest arrow (points); less in small pictures.
pub(super) const LONGEST: f32 = 62.0;
/// An arrow this many standard errors long is one.
pub(super) const CERTAIN: f64 = 2.0;
/// Where the density is below this share of the band, no arrow sets the time of all.
const HIGH: f64 = 0.05;
/// The longest time of the arrows.
const LONGEST_TIME: f64 = 0.5;

/// What an axis ends at, and what arrows stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) struct Scale {
    /// The density at the upper edge of its band (per length).
    pub(super) density: f64,
    /// The potential at the upper edge of its band (kT).
    pub(super) potential: f64,
    /// The error at either edge of its band (per length).
    pub(super) excess: f64,
    /// The time within which arrows happen.
    pub(super) time: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            density: 1.0,
            potential: 8.0,
            excess: 1.0,
            time: 0.0,
        }
    }
}

impl Scale {
    /// Fitted to what is to be drawn. The time of the arrows stays as it was while they can be seen.
    pub(super) fn fitted(self, profiles: &[&Profile], exacts: &[&[f64]], board: &Board) -> Self {
        let Some(first) = profiles.first() else { return self };
        let highest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let laws = profiles.iter().map(|p| highest(&p.density));
        let highest = laws
            .chain(exacts.iter().map(|law| highest(law)))
            .fold(highest(&first.target.density), f64::max);
        let scale = Self {
            density: round_up(1.12 * highest.max(1e-12)),
            potential: potential(&first.target),
            excess: excess(profiles),
            time: self.time,
        };
        let board = board.scaled(scale);
        let longest = profiles.iter().map(|p| longest(p, &board)).fold(0.0, f64::max);
        Self {
            time: time(self.time, longest, f64::from(LONGEST.min(0.2 * board.picture.width()))),
            ..scale
        }
    }
}

/// The longest arrow of a panel (points per unit of time).
fn longest(profile: &Profile, board: &Board) -> f64 {
    let (low, high) = board.ends();
    let (per_length, per_density) = (
        board.per_length(),
        f64::from(board.density.height()) / board.scale.density,
    );
    let arrow = |k: usize| {
        let density = profile.density[k];
        let at = profile.target.place(k);
        if density < HIGH * board.scale.density || at < low || at > high {
            return 0.0;
        }
        let certain = |value: f64, error: f64| {
            if value.abs() > CERTAIN * error {
                value.abs()
            } else {
                0.0
            }
        };
        let along = per_length * certain(profile.velocity[k], profile.velocity_error[k]);
        let up = per_density * density * certain(profile.rate[k], profile.rate_error[k]);
        f64::max(along, up)
    };
    (0..profile.density.len()).map(arrow).fold(0.0, f64::max)
}

/// A round time in which the longest arrow has at most so many points; the last one while it is neither much longer nor much shorter.
fn time(last: f64, longest: f64, points: f64) -> f64 {
    if last > 0.0 && (longest == 0.0 || (0.3 * points..1.2 * points).contains(&(last * longest))) {
        return last;
    }
    if longest <= 0.0 {
        return 0.1;
    }
    let most = points / longest;
    let power = 10f64.powf(most.log10().floor());
    let round = [5.0, 2.0, 1.0].map(|m| m * power).into_iter().find(|t| *t <= most);
    round.unwrap_or(power).min(LONGEST_TIME)
}

/// Half the height of the band of the errors: all bars are in it, and the band of chance.
fn excess(profiles: &[&Profile]) -> f64 {
    let of = |profile: &&Profile| {
        let pairs = profile.excess.density.iter().zip(&profile.excess.error);
        pairs.map(|(e, s)| e.abs().max(1.5 * CERTAIN * s)).fold(0.0, f64::max)
    };
    round_up(1.05 * profiles.iter().map(of).fold(1e-12, f64::max))
}

/// The height of the band of the potential: all passes are in it, and something of the cliffs.
fn potential(target: &Marginal) -> f64 {
    let v = &target.potential;
    let passes = (1..v.len() - 1).filter(|&k| v[k] > v[k - 1] && v[k] >= v[k + 1]);
    // Where next to no mass ever is, a pass is no pass.
    let highest = passes.map(|k| v[k]).filter(|v| *v < 60.0).fold(0.0, f64::max);
    if highest < 0.5 {
        8.0
    } else {
        round_up((1.3 * highest).max(3.0))
    }
}

/// The next number above that reads well at the end of an axis.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let round = steps
        .map(|m| m * power)
        .into_iter()
        .find(|v| *v >= value * (1.0 - 1e-9));
    round.unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(round_up(0.9), 1.0);
        assert_eq!(round_up(1.01), 1.2);
        assert!((round_up(0.071) - 0.08).abs() < 1e-12);
        assert_eq!(round_up(40.0), 40.0);
    }

    #[test]
    fn the_time_of_the_arrows_is_round_and_does_not_flicker() {
        assert_eq!(time(0.0, 600.0, 60.0), 0.1);
        assert!((time(0.0, 100.0, 60.0) - 0.5).abs() < 1e-12);
        assert_eq!(time(0.0, 1.0, 60.0), LONGEST_TIME);
        // Held until arrows are much too short or too long.
        assert_eq!(time(0.1, 300.0, 60.0), 0.1);
        assert_eq!(time(0.1, 700.0, 60.0), 0.1);
        assert_eq!(time(0.1, 900.0, 60.0), 0.05);
        assert_eq!(time(0.1, 100.0, 60.0), 0.5);
        assert_eq!(time(0.1, 0.0, 60.0), 0.1);
    }
}
