//! Two modes that do not overlap, of the right shape but with the wrong masses: only the reaction moves mass between them.
//!
//! # Equation
//!
//! With log(ρ/π) constant on each mode the WFR equation is a logistic law for the mass w of one mode, whose mass under π is w*:
//!
//! ```text
//! w' = −β w (1 − w) (logit w − logit w*),     so     logit w − logit w* decays exactly like e^{−βt}.
//! ```
//!
//! Known failure: it holds while both modes have the shape of the target and no mass walks over the barrier.

use crate::vectorize::{exp, ln};

/// The mass of one of two modes over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoModes {
    /// Mass of the mode at time 0, in (0, 1).
    pub start: f64,
    /// Mass of the mode under π, in (0, 1).
    pub target: f64,
}

impl TwoModes {
    /// The mass after the time for which this is β t.
    pub fn mass(self, amount: f64) -> f64 {
        let (start, target) = (logit(self.start), logit(self.target));
        1.0 / (1.0 + exp(-(target + exp(-amount) * (start - target))))
    }

    /// β t until the mass is this; `None` if it never is, before or after.
    pub fn time_to(self, mass: f64) -> Option<f64> {
        let target = logit(self.target);
        let (start, end) = (logit(self.start) - target, logit(mass) - target);
        let reached = end != 0.0 && start / end >= 1.0;
        reached.then(|| ln(start / end))
    }
}

fn logit(w: f64) -> f64 {
    ln(w / (1.0 - w))
}
