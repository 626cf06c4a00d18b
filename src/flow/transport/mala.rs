//! Overdamped Langevin with refusals: the Metropolis-adjusted Langevin algorithm.
//!
//! Continuous: dX = −∇V dt + √2 dW on a clock of speed α. Step: Euler–Maruyama proposes y = x − h∇V(x) + √(2h) ξ with h = α dt, and
//! the particle moves there with probability min(1, r), else it stays. With s = √(h/2) (∇V(x) + ∇V(y)),
//!
//! ```text
//! log r = V(x) − V(y) + log q(y→x) − log q(x→y) = V(x) − V(y) + s·ξ − |s|²/2,     log q(x→y) = −|y − x + h∇V(x)|²/4h.
//! ```
//!
//! It conserves π exactly, at any h; weights are not touched. A proposal that is no number, or too far away, is refused: nobody is
//! lost. Besag (1994); Roberts and Tweedie, Exponential convergence of Langevin distributions (1996).
//!
//! Known failure: where the gradient is steep for h every proposal is refused and particles stand still, as they do for ever
//! where V or its gradient is no number. Before equilibrium refusals slow the law down: it is no better than first order in h.

use super::super::StepContext;
use super::{Block, Walk, over_blocks};
use crate::chunks::BLOCK;
use crate::ensemble::{Ensemble, FAR};
use crate::landscape::Landscape;
use crate::rng::{Normals, Purpose};
use crate::vectorize::{exp, wide};

/// Proposes a move to every particle.
pub(super) fn walk(ensemble: &mut Ensemble, context: &StepContext<'_>, h: f64) -> Walk {
    let step = Mala {
        landscape: context.landscape,
        drift: h,
        noise: (2.0 * h).sqrt(),
        half: (0.5 * h).sqrt(),
    };
    let normals = |purpose, chunk| context.streams.normals(context.step, purpose, chunk);
    let streams = |chunk| [Purpose::Transport, Purpose::Accept].map(|purpose| normals(purpose, chunk));
    over_blocks(ensemble.positions_mut(), streams, |streams, block, walk| {
        step.apply(block, streams, walk);
    })
}

struct Mala<'a> {
    landscape: &'a Landscape,
    drift: f64,
    noise: f64,
    half: f64,
}

impl Mala<'_> {
    fn apply(&self, block: Block<'_, 2>, [normals, uniforms]: &mut [Normals; 2], walk: &mut Walk) {
        let Block { values: [xs, ys], .. } = block;
        let n = xs.len();
        // Gradients at both ends, proposals, noise, potentials at both ends: a block of each stays in the first-level cache.
        let [mut gx, mut gy, mut hx, mut hy, mut px, mut py] = [[0.0; BLOCK]; 6];
        let [mut nx, mut ny, mut before, mut after, mut uniform] = [[0.0; BLOCK]; 5];
        self.landscape.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
        self.landscape.potential_into(xs, ys, &mut before[..n]);
        wide(
            #[inline(always)]
            || {
                normals.fill(&mut nx[..n], &mut ny[..n]);
                uniforms.fill_uniform(&mut uniform[..n]);
                for (((p, g), z), x) in px.iter_mut().zip(&gx).zip(&nx).zip(&*xs) {
                    *p = x - self.drift * g + self.noise * z;
                }
                for (((p, g), z), y) in py.iter_mut().zip(&gy).zip(&ny).zip(&*ys) {
                    *p = y - self.drift * g + self.noise * z;
                }
            },
        );
        self.landscape
            .gradient_into(&px[..n], &py[..n], &mut hx[..n], &mut hy[..n]);
        self.landscape.potential_into(&px[..n], &py[..n], &mut after[..n]);
        let accepted = wide(
            #[inline(always)]
            || {
                // A part of log r at a time, in `before`; each loop vectorises.
                for (l, v) in before.iter_mut().zip(&after) {
                    *l -= v;
                }
                for (((l, g), h), z) in before.iter_mut().zip(&gx).zip(&hx).zip(&nx) {
                    let s = self.half * (g + h);
                    *l += s * (z - 0.5 * s);
                }
                for (((l, g), h), z) in before.iter_mut().zip(&gy).zip(&hy).zip(&ny) {
                    let s = self.half * (g + h);
                    *l += s * (z - 0.5 * s);
                }
                for (((u, l), p), q) in uniform.iter_mut().zip(&before).zip(&px).zip(&py) {
                    // All three are false where something is no number.
                    let accept = (*u < exp(*l)) & (p.abs() < FAR) & (q.abs() < FAR);
                    *u = if accept { 1.0 } else { 0.0 };
                }
                for ((x, p), u) in xs.iter_mut().zip(&px).zip(&uniform) {
                    *x = if *u > 0.0 { *p } else { *x };
                }
                for ((y, q), u) in ys.iter_mut().zip(&py).zip(&uniform) {
                    *y = if *u > 0.0 { *q } else { *y };
                }
                uniform[..n].iter().filter(|u| **u > 0.0).count()
            },
        );
        walk.proposed += n as u64;
        walk.accepted += accepted as u64;
    }
}
