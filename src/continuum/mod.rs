//! The continuum: solutions of the WFR equation itself, to hold particles against.
//!
//! ```text
//! ∂ρ/∂t = α ∇·(ρ ∇ log(ρ/π)) − β ρ ( log(ρ/π) − E_ρ log(ρ/π) ),     π ∝ e^{−V}
//! ```
//!
//! [`Continuum`] solves it on a grid, for any potential and any start. Where there is a closed form it is here too: [`Gaussian`] from
//! Gaussian to Gaussian, [`TwoModes`] for modes that do not overlap, [`FisherRao`] for the reaction alone.
//! [`enclosure()`] says whether a view holds π, and whether there is a law π at all.

mod enclosure;
mod fisher_rao;
mod gaussian;
mod kramers;
mod rates;
mod solver;
mod spectrum;
mod sweep;
mod two_modes;

pub use enclosure::{Enclosure, Verdict, enclosure};
pub use fisher_rao::FisherRao;
pub use gaussian::{Gaussian, Gaussian1d};
pub use kramers::{Kramers, Pass, kramers};
pub use solver::{Continuum, Growth};
pub use spectrum::{Spectrum, SpectrumError, corrected, spectrum, spectrum_with_growth};
pub use two_modes::TwoModes;

/// Transport and reaction rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Transport rate α.
    pub alpha: f64,
    /// Reaction rate β.
    pub beta: f64,
}

impl Rates {
    /// αλ₁ + β: how fast the law of the WFR flow converges near equilibrium, where Langevin alone converges at the rate `gap` = λ₁. KL, which is
    /// quadratic there, decays at twice this rate.
    pub fn decay(self, gap: f64) -> f64 {
        self.alpha * gap + self.beta
    }
}

/// What a law ρ is worth against π: the divergence and the two parts of its dissipation, −d KL/dt = α I + β Var.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Functionals {
    /// KL(ρ|π) = ∫ ρ log(ρ/π).
    pub kl: f64,
    /// Fisher information I = ∫ ρ |∇log(ρ/π)|².
    pub information: f64,
    /// Variance of log(ρ/π) under ρ.
    pub variance: f64,
}

impl Functionals {
    /// −d KL/dt = α I + β Var.
    pub fn dissipation(&self, rates: Rates) -> f64 {
        rates.alpha * self.information + rates.beta * self.variance
    }
}
