//! What is measured of a run: moments, mass per basin, KL and its dissipation, distances to π, effective sample size, unreachable mass.

mod basins;
mod binning;
mod cells;
mod cover;
mod decay;
mod discrepancy;
mod energy;
mod excess;
mod ledger;
mod marginal;
mod observer;
mod profile;
mod quantity;
#[cfg(test)]
mod tests;
mod traffic;
mod valleys;

use serde::{Deserialize, Serialize};

use crate::space::{Point, Symmetric};

pub use basins::Basins;
pub use binning::histogram;
pub use cover::{Cover, Smoothed};
pub use decay::{Decay, decay};
pub use excess::Excess;
pub use ledger::{Cause, Ledger};
pub use marginal::{Axis, Marginal};
pub use observer::Observer;
pub use profile::{Law, Motion, Profile};
pub use quantity::{Named, Quantity, name_and_well};
pub use traffic::{Lane, MOST_BASINS, Moves, TIME_CONSTANT, Traffic};
pub(crate) use valleys::descend;

/// Everything measured of one panel at one time. Basins are numbered from left to right (ties: from bottom to top).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observables {
    /// Steps since the start.
    pub step: u64,
    /// Model time since the start.
    pub time: f64,
    /// The flow's own time ∫c dt, where its rates are driven by the factor c: see [`Pace`](crate::scenario::Pace).
    pub clock: f64,
    /// That factor c in the last step.
    pub factor: f64,
    /// Weighted mean (x, y).
    pub mean: Point,
    /// Weighted covariance.
    pub covariance: Symmetric,
    /// Effective sample size (Σw)²/Σw², between 1 and N.
    pub ess: f64,
    /// Perplexity exp(−Σ w log w), between 1 and N.
    pub perplexity: f64,
    /// Largest normalised weight.
    pub largest_weight: f64,
    /// KL(ρ|π), both laws binned and smoothed alike, so that it is zero at equilibrium but for sampling noise.
    pub kl: f64,
    /// Fisher information I = `E_ρ|∇log(ρ/π)|²` of the same smoothed laws.
    pub information: f64,
    /// `Var_ρ(log(ρ/π))` of the same smoothed laws.
    pub variance: f64,
    /// L1 distance ∫|ρ − π| of the same smoothed laws, what is beyond the measuring grid as one more cell: from 0 to 2, twice the total variation.
    #[serde(default)]
    pub l1: f64,
    /// Energy distance 2 E|X − Y| − E|X − X′| − E|Y − Y′| of the same smoothed laws within the measuring grid (length); 0 only where they
    /// agree.
    #[serde(default)]
    pub energy: f64,
    /// Wasserstein-1 distance between the marginals along x and y of the same smoothed laws within the measuring grid (length).
    pub wasserstein: Point,
    /// Maximum mean discrepancy of ρ and π under the Gaussian kernel exp(−½ (Δx²/a² + Δy²/b²)), √2 times as wide as the smoothing:
    /// a and b are 0.0286 of the width and of the height of the view. From 0 to √2; N particles drawn from π have about 1/√N.
    pub mmd: f64,
    /// Mass of each basin; sums to 1.
    pub basin_mass: Vec<f64>,
    /// Where the mass of each basin came from since the start, or since the basins last changed (an edit of target, temperature or view);
    /// empty where no ledger is kept.
    pub ledger: Vec<Account>,
    /// Share of the proposed moves that were accepted since the start, where moves may be refused.
    pub acceptance: Option<f64>,
    /// Effective number of parents whose transition density a particle feels, where that is the estimator; near 1 it is too few.
    pub neighbours: Option<f64>,
    /// Mass of π in places where no particle is near.
    pub unreachable: f64,
    /// Particles duplicated since the start.
    pub births: u64,
    /// Particles removed since the start; equals `births`, the number of slots being constant but for a brush.
    pub deaths: u64,
    /// Resampling events since the start.
    pub resamplings: u64,
    /// Original particles that still have descendants.
    pub families: usize,
    /// Particles whose weight was set to zero because a position or weight was not finite.
    pub lost: u64,
    /// log E[e^A], the running logarithm of the normaliser of the weights.
    pub log_normaliser: f64,
}

/// The mass that a basin has gained since its accounts began, by cause; losses are negative. All sum to the change of its mass, and each
/// cause to zero over the basins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// By particles that walked in, less those that walked out.
    pub walked: f64,
    /// By the reaction: weights that grew, or jumps, births and deaths.
    pub grown: f64,
    /// By the chance of resampling, and by particles lost: a reaction that loses a particle is booked here as a whole.
    pub resampled: f64,
    /// By hand: particles put in or taken out with a brush.
    pub brushed: f64,
}
