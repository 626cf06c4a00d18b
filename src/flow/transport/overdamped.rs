//! Overdamped Langevin without refusals: Euler–Maruyama and Leimkuhler–Matthews.
//!
//! Continuous: dX = −∇V dt + √2 dW on a clock of speed α. Steps of h = α dt, ξₙ standard normal:
//!
//! ```text
//! Euler–Maruyama        x ← x − h∇V(x) + √(2h) ξₙ
//! Leimkuhler–Matthews   x ← x − h∇V(x) + √(2h) (ξₙ₋₁ + ξₙ)/2
//! ```
//!
//! Weights are not touched. For V = kx²/2 the stationary variance of Euler–Maruyama is (1/k)/(1 − kh/2) instead of 1/k: weak order
//! one. That of Leimkuhler–Matthews is 1/k exactly, and its stationary law is off by O(h²) for any V. Before equilibrium it is of
//! first order like the other, but that part of the error dies out like the law's own distance from equilibrium. The noise ξₙ
//! belongs to the particle and goes with it when the particle is duplicated.
//!
//! Leimkuhler, Matthews and Tretyakov, On the long-time integration of stochastic gradient systems (2014).
//!
//! Known failure: for h times the largest curvature near 2 both are unstable and particles fly off. Two steps of
//! Leimkuhler–Matthews share a noise, so its increments are correlated: what takes a step for a Gaussian around its drift (the
//! transition estimate of the density) needs Euler–Maruyama.

use super::super::StepContext;
use super::{Block, Walk, over_blocks};
use crate::chunks::BLOCK;
use crate::ensemble::{Ensemble, FAR};
use crate::landscape::Landscape;
use crate::rng::{Normals, Purpose};
use crate::vectorize::wide;

/// Euler–Maruyama.
pub(super) fn euler_maruyama(ensemble: &mut Ensemble, context: &StepContext<'_>, h: f64) -> Walk {
    let (landscape, noise) = (context.landscape, (2.0 * h).sqrt());
    let normals = |chunk| context.streams.normals(context.step, Purpose::Transport, chunk);
    over_blocks(ensemble.positions_mut(), normals, |normals, block, walk| {
        let Block {
            first,
            values: [xs, ys],
        } = block;
        let n = xs.len();
        let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
        landscape.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
        let near = wide(
            #[inline(always)]
            || {
                let (mut nx, mut ny) = ([0.0; BLOCK], [0.0; BLOCK]);
                normals.fill(&mut nx[..n], &mut ny[..n]);
                let mut check = [0.0; 8];
                for (((g, z), x), i) in gx.iter_mut().zip(&nx).zip(&*xs).zip(0..) {
                    *g = x - h * *g + noise * z;
                    check[i % 8] += *g * *g;
                }
                for (((g, z), y), i) in gy.iter_mut().zip(&ny).zip(&*ys).zip(0..) {
                    *g = y - h * *g + noise * z;
                    check[i % 8] += *g * *g;
                }
                check.iter().sum::<f64>() < FAR * FAR // false for NaN, too
            },
        );
        if near {
            xs.copy_from_slice(&gx[..n]);
            ys.copy_from_slice(&gy[..n]);
            return;
        }
        for (i, (x, y)) in xs.iter_mut().zip(ys).enumerate() {
            if gx[i].abs() < FAR && gy[i].abs() < FAR {
                (*x, *y) = (gx[i], gy[i]);
            } else {
                walk.bad.push(first + i as u32);
            }
        }
    })
}

/// Leimkuhler–Matthews; particles carry their last noise.
pub(super) fn leimkuhler_matthews(ensemble: &mut Ensemble, context: &StepContext<'_>, h: f64) -> Walk {
    let Some([[xs, ys], [us, vs]]) = ensemble.walkers_mut() else {
        return Walk::default();
    };
    let step = LeimkuhlerMatthews {
        landscape: context.landscape,
        drift: h,
        noise: (0.5 * h).sqrt(),
    };
    let normals = |chunk| context.streams.normals(context.step, Purpose::Transport, chunk);
    over_blocks([xs, ys, us, vs], normals, |normals, block, walk| {
        step.apply(block, normals, walk);
    })
}

struct LeimkuhlerMatthews<'a> {
    landscape: &'a Landscape,
    drift: f64,
    noise: f64,
}

impl LeimkuhlerMatthews<'_> {
    fn apply(&self, block: Block<'_, 4>, normals: &mut Normals, walk: &mut Walk) {
        let Block {
            first,
            values: [xs, ys, us, vs],
        } = block;
        let n = xs.len();
        let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (mut nx, mut ny) = ([0.0; BLOCK], [0.0; BLOCK]);
        self.landscape.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
        wide(
            #[inline(always)]
            || {
                normals.fill(&mut nx[..n], &mut ny[..n]);
                for (((g, z), x), u) in gx.iter_mut().zip(&nx).zip(&*xs).zip(&*us) {
                    *g = x - self.drift * *g + self.noise * (u + z);
                }
                for (((g, z), y), v) in gy.iter_mut().zip(&ny).zip(&*ys).zip(&*vs) {
                    *g = y - self.drift * *g + self.noise * (v + z);
                }
            },
        );
        super::settle([xs, ys, us, vs], [&gx, &gy, &nx, &ny], first, walk);
    }
}
