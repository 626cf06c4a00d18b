//! Underdamped Langevin by BAOAB: particles have velocities.
//!
//! Continuous, at unit mass and unit temperature (V = U/T is in units of the temperature), on a clock of speed α:
//!
//! ```text
//! dX = v dt,     dv = −∇V dt − γ v dt + √(2γ) dW,     with the stationary law π(x) N(v; 0, 1).
//! ```
//!
//! Step of h = α dt with c = e^(−γh), each part solved exactly:
//!
//! ```text
//! B  v ← v − (h/2) ∇V(x)     A  x ← x + (h/2) v     O  v ← c v + √(1 − c²) ξ     then A and B again
//! ```
//!
//! Weights are not touched. The step is symmetric and so of weak order two, before equilibrium too. For V = kx²/2 the stationary
//! variance of x is 1/k exactly and that of v is 1 − kh²/4. Without friction it is the leapfrog (velocity Verlet), which conserves
//! phase-space volume. Leimkuhler and Matthews, Rational construction of stochastic numerical methods for molecular sampling (2013).
//!
//! Known failure: unstable, and particles fly off, for h times the root of the largest curvature beyond 2. Much friction is slow:
//! positions diffuse like overdamped ones on a clock slower by γ; little friction forgets the energy slowly. The flow of KL in
//! the Wasserstein–Fisher–Rao metric is the overdamped one; here the reaction acts on the marginal law of the positions.

use super::super::StepContext;
use super::{Block, Walk, over_blocks, settle};
use crate::chunks::BLOCK;
use crate::ensemble::Ensemble;
use crate::landscape::Landscape;
use crate::rng::{Normals, Purpose};
use crate::vectorize::{exp, exp_m1, wide};

/// Moves every particle; they carry their velocities.
pub(super) fn walk(ensemble: &mut Ensemble, context: &StepContext<'_>, h: f64, friction: f64) -> Walk {
    let Some([[xs, ys], [us, vs]]) = ensemble.walkers_mut() else {
        return Walk::default();
    };
    let step = Baoab {
        landscape: context.landscape,
        half: 0.5 * h,
        keep: exp(-friction * h),
        noise: (-exp_m1(-2.0 * friction * h)).sqrt(),
    };
    let normals = |chunk| context.streams.normals(context.step, Purpose::Transport, chunk);
    over_blocks([xs, ys, us, vs], normals, |normals, block, walk| {
        step.apply(block, normals, walk);
    })
}

struct Baoab<'a> {
    landscape: &'a Landscape,
    half: f64,
    keep: f64,
    noise: f64,
}

impl Baoab<'_> {
    fn apply(&self, block: Block<'_, 4>, normals: &mut Normals, walk: &mut Walk) {
        let Block {
            first,
            values: [xs, ys, us, vs],
        } = block;
        let n = xs.len();
        let [mut gx, mut gy, mut nx, mut ny] = [[0.0; BLOCK]; 4];
        let [mut px, mut py, mut pu, mut pv] = [[0.0; BLOCK]; 4];
        self.landscape.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
        wide(
            #[inline(always)]
            || {
                normals.fill(&mut nx[..n], &mut ny[..n]);
                self.to_the_last_kick([&mut px, &mut pu], [xs, us], &gx, &nx);
                self.to_the_last_kick([&mut py, &mut pv], [ys, vs], &gy, &ny);
            },
        );
        // The gradient is not kept for the next step: resampling would have to copy it, and an edit of the landscape outdates it.
        self.landscape
            .gradient_into(&px[..n], &py[..n], &mut gx[..n], &mut gy[..n]);
        wide(
            #[inline(always)]
            || {
                for (v, g) in pu.iter_mut().zip(&gx) {
                    *v -= self.half * g;
                }
                for (v, g) in pv.iter_mut().zip(&gy) {
                    *v -= self.half * g;
                }
            },
        );
        settle([xs, ys, us, vs], [&px, &py, &pu, &pv], first, walk);
    }

    /// B, A, O and A along one axis: from positions and velocities `from`, with gradients and normals, to `to`.
    #[inline(always)]
    fn to_the_last_kick(&self, to: [&mut [f64]; 2], from: [&[f64]; 2], gradient: &[f64], normal: &[f64]) {
        let ([to_x, to_v], [xs, vs]) = (to, from);
        for (((((p, w), x), v), g), z) in to_x.iter_mut().zip(to_v).zip(xs).zip(vs).zip(gradient).zip(normal) {
            let kicked = v - self.half * g;
            let thermal = self.keep * kicked + self.noise * z;
            (*p, *w) = (x + self.half * kicked + self.half * thermal, thermal);
        }
    }
}
