//! Estimates of log ρ for the weighted law of the particles, at the particles themselves.
//!
//! The reaction rate needs log ρ, so the estimate is part of the method. Three there are ([`Method`]):
//!
//! * [`GridDensity`] and [`KernelSum`] convolve the law with an isotropic Gaussian kernel, on a grid or as it stands. So the reaction
//!   sees K ∗ ρ, and its stationary law is narrower than π ([`predicted_variance`]) unless π is smoothed as well
//!   ([`SmoothedTarget`], [`Estimator::debiased`]).
//! * The mixture of the transition densities of the last step from the [`Parents`], by the same [`KernelSum`]: the law after the
//!   step as it is, smoothed by nothing.
//!
//! A particle's own kernel is included, as it must be (without it an isolated particle would have density zero and an infinite
//! reaction rate); it lifts the density at a particle by w K(0), which is why few particles fill a far well more slowly
//! than the continuum does.

mod bias;
mod estimate;
mod exact;
mod grid;
mod smooth;
mod smoothed;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ensemble::Ensemble;
use crate::params::{self, Number, Parameters, Visitor};
use crate::vectorize::{exp, ln};

pub use bias::{local_variances, predicted_variance};
pub use estimate::{Density, Parents};
pub use exact::KernelSum;
pub use grid::GridDensity;
pub use smooth::{gaussian_taps, smooth};
pub use smoothed::SmoothedTarget;

/// How the density of the weighted law is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimator {
    /// How the estimate is computed.
    #[serde(default)]
    pub method: Method,
    /// The width of the Gaussian kernel.
    pub bandwidth: Bandwidth,
    /// Whether π is smoothed with the same kernel before the two laws are compared, so that the stationary law is π itself.
    /// Costs one look into a table per particle, and the table itself whenever the bandwidth changes: with Silverman's rule, in every step.
    /// Not with [`Method::Transition`], which smooths nothing that would have to be matched.
    #[serde(default)]
    pub debiased: bool,
}

impl Default for Estimator {
    fn default() -> Self {
        Self {
            method: Method::default(),
            bandwidth: Bandwidth::Fixed(BANDWIDTH.default),
            debiased: false,
        }
    }
}

/// How the density is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Binned on a grid, smoothed, interpolated: fast.
    #[default]
    Grid,
    /// The sum over all particles' kernels: right to 1e-12. The cost is that of the pairs within eight bandwidths: about 0.1 s of
    /// one core per step for 10⁴ particles of the default preset, 10 s for 10⁵.
    Exact,
    /// The mixture of the transition densities of the last transport step, ρ(x) = Σⱼ wⱼ N(x; yⱼ, 2α dt I) over the parents j, with
    /// their weights and their places drifted to yⱼ = xⱼ − α dt ∇V(xⱼ) (SMC-WFR, Crucinio and Pathiraja 2025): no bandwidth to choose,
    /// no smoothing to correct for. Needs Euler–Maruyama before the reaction and α > 0; where a live change takes that away,
    /// the grid with the bandwidth given takes its place. Known failure: as α dt → 0 at fixed N every particle sees its own
    /// parent only, and the reaction dies out; watch [`Observables::neighbours`](crate::observe::Observables::neighbours).
    Transition,
}

/// The width of the kernel: its standard deviation on each axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bandwidth {
    /// The same at all times (length).
    Fixed(#[serde(deserialize_with = "read_bandwidth")] f64),
    /// The factor times Silverman's rule on the weighted law: n^(−1/6) times its smaller standard deviation, n the
    /// effective sample size.
    Silverman(#[serde(deserialize_with = "read_factor")] f64),
}

/// A fixed bandwidth.
pub const BANDWIDTH: Number = Number::log(
    0.005,
    2.0,
    0.08,
    "length",
    "width of the kernel of the density estimate",
);
/// The factor before Silverman's rule.
pub const SILVERMAN: Number = Number::log(0.05, 3.0, 0.5, "× rule", "multiple of Silverman's bandwidth");

fn read_bandwidth<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "Fixed bandwidth", &BANDWIDTH)
}

fn read_factor<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "Silverman factor", &SILVERMAN)
}

impl Parameters for Estimator {
    fn visit(&mut self, v: &mut dyn Visitor) {
        match &mut self.bandwidth {
            Bandwidth::Fixed(h) => v.number("bandwidth", h, &BANDWIDTH),
            Bandwidth::Silverman(factor) => v.number("factor", factor, &SILVERMAN),
        }
    }
}

/// The bandwidth for this law.
pub fn bandwidth(rule: Bandwidth, ensemble: &Ensemble) -> f64 {
    match rule {
        Bandwidth::Fixed(h) => h,
        Bandwidth::Silverman(factor) => {
            let covariance = ensemble.mean_and_covariance().1;
            let spread = covariance.xx.min(covariance.yy).max(0.0).sqrt();
            // In two dimensions Silverman's constant (4/(d + 2))^(1/(d + 4)) is 1.
            let h = factor * spread * exp(ln(ensemble.summary().ess) * (-1.0 / 6.0));
            h.max(1e-6)
        }
    }
}
