//! The transport substep: overdamped Langevin by Euler–Maruyama.
//!
//! Continuous: dX = −α∇V dt + √(2α) dW. Step: x ← x − α dt ∇V(x) + √(2α dt) ξ with ξ standard normal, addressed by seed, step
//! and slot. Weak order one: for V = kx²/2 the stationary variance is (1/k)/(1 − α k dt/2) instead of 1/k. Weights are not
//! touched. Known failure: for α dt times the largest curvature near 2 the step is unstable and particles fly off.

use rayon::prelude::*;

use super::StepContext;
use crate::chunks::{BLOCK, CHUNK};
use crate::ensemble::{Ensemble, FAR};
use crate::landscape::Landscape;
use crate::rng::{Normals, Purpose};
use crate::vectorize::wide;

/// Moves every particle by `alpha · dt`. A particle whose new position is beyond [`FAR`], or no
/// number, stays where it is and its slot is returned.
pub(super) fn langevin(ensemble: &mut Ensemble, context: &StepContext<'_>, alpha: f64, dt: f64) -> Vec<u32> {
    let step = Step {
        landscape: context.landscape,
        drift: alpha * dt,
        noise: (2.0 * alpha * dt).sqrt(),
    };
    let [xs, ys] = ensemble.positions_mut();
    let bad: Vec<Vec<u32>> = xs
        .par_chunks_mut(CHUNK)
        .zip(ys.par_chunks_mut(CHUNK))
        .enumerate()
        .map(|(chunk, (xs, ys))| {
            let mut normals = context.streams.normals(context.step, Purpose::Transport, chunk);
            let mut bad = Vec::new(); // allocates only when there is something to report
            for (block, (xs, ys)) in xs.chunks_mut(BLOCK).zip(ys.chunks_mut(BLOCK)).enumerate() {
                step.apply(xs, ys, &mut normals, (chunk * CHUNK + block * BLOCK) as u32, &mut bad);
            }
            bad
        })
        .collect();
    bad.concat()
}

struct Step<'a> {
    landscape: &'a Landscape,
    drift: f64,
    noise: f64,
}

impl Step<'_> {
    /// Moves one block, whose first particle has number `first`.
    fn apply(&self, xs: &mut [f64], ys: &mut [f64], normals: &mut Normals, first: u32, bad: &mut Vec<u32>) {
        let n = xs.len();
        let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
        self.landscape.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
        let near = wide(
            #[inline(always)]
            || {
                let (mut nx, mut ny) = ([0.0; BLOCK], [0.0; BLOCK]);
                normals.fill(&mut nx[..n], &mut ny[..n]);
                let mut check = [0.0; 8];
                for (((g, z), x), i) in gx.iter_mut().zip(&nx).zip(&*xs).zip(0..) {
                    *g = x - self.drift * *g + self.noise * z;
                    check[i % 8] += *g * *g;
                }
                for (((g, z), y), i) in gy.iter_mut().zip(&ny).zip(&*ys).zip(0..) {
                    *g = y - self.drift * *g + self.noise * z;
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
                bad.push(first + i as u32);
            }
        }
    }
}
