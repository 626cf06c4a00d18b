//! Estimates of log ρ for the weighted law of the particles, at the particles themselves.
//!
//! The reaction rate needs log ρ, so the estimate is part of the method: both estimators here convolve the law with the same
//! isotropic Gaussian kernel. [`GridDensity`] is the fast one; [`exact`] is the O(N²) sum that tests hold it against. A
//! particle's own kernel is included, as it must be (without it an isolated particle would have density zero and an infinite
//! reaction rate); it lifts the density at a particle by w K(0), which is why few particles fill a far well more slowly
//! than the continuum does.

mod exact;
mod grid;
mod smooth;

use crate::ensemble::Ensemble;
use crate::flow::Bandwidth;

pub use exact::exact;
pub use grid::GridDensity;
pub use smooth::{gaussian_taps, smooth};

/// The bandwidth for this law.
pub fn bandwidth(rule: Bandwidth, ensemble: &Ensemble) -> f64 {
    match rule {
        Bandwidth::Fixed(h) => h,
        Bandwidth::Silverman(factor) => {
            let covariance = crate::observe::covariance(ensemble).1;
            let spread = covariance.xx.min(covariance.yy).max(0.0).sqrt();
            // In two dimensions Silverman's constant (4/(d + 2))^(1/(d + 4)) is 1.
            let h = factor * spread * ensemble.summary().ess.powf(-1.0 / 6.0);
            h.max(1e-6)
        }
    }
}
