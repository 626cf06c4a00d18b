//! What SMC-WFR remembers of a step: where its particles would be without noise, and their weights before it.

use rayon::prelude::*;

use super::{Flow, Rate, Splitting, StepContext, Transport};
use crate::chunks::{BLOCK, CHUNK};
use crate::density::{Estimator, Method, Parents};
use crate::ensemble::Ensemble;
use crate::vectorize::wide;

impl Flow {
    /// Whether this flow can use an estimator, else a sentence that says what it lacks.
    pub fn suits(&self, estimator: Estimator) -> Result<(), String> {
        if estimator.method != Method::Transition || !self.estimates() {
            return Ok(());
        }
        let lacks = if self.transport != Transport::EulerMaruyama {
            "transport: EulerMaruyama, whose transition density is known"
        } else if self.splitting != Splitting::TransportReaction {
            "splitting: TransportReaction, so that a transport has just happened"
        } else if self.alpha == 0.0 {
            "alpha above 0, since particles that stay have no transition density"
        } else if estimator.debiased {
            "debiased: false, since the mixture smooths nothing that π would have to match"
        } else {
            return Ok(());
        };
        Err(format!(
            "the Transition estimator does not suit panel {:?}: expected {lacks}",
            self.name
        ))
    }

    /// Whether the reaction asks for a density at all.
    fn estimates(&self) -> bool {
        self.beta > 0.0 && self.rate == Rate::FisherRao
    }

    /// Notes the parents of the step about to happen if its reaction will ask for them.
    pub(super) fn note_parents(&self, ensemble: &Ensemble, context: &StepContext<'_>, parents: &mut Parents) {
        let drift = self.alpha * context.dt;
        if context.estimator.method != Method::Transition
            || !self.estimates()
            || context.given.is_some()
            || drift == 0.0
            || self.transport != Transport::EulerMaruyama
        {
            return;
        }
        parents.bandwidth = (2.0 * drift).sqrt();
        parents.log_weights.extend_from_slice(ensemble.log_weights());
        let positions = ensemble.positions();
        let [px, py] = &mut parents.positions;
        for (parents, values) in [&mut *px, &mut *py].into_iter().zip(positions) {
            parents.extend_from_slice(values);
        }
        px.par_chunks_mut(CHUNK)
            .zip(py.par_chunks_mut(CHUNK))
            .for_each(|(xs, ys)| {
                let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
                for (xs, ys) in xs.chunks_mut(BLOCK).zip(ys.chunks_mut(BLOCK)) {
                    let (gx, gy) = (&mut gx[..xs.len()], &mut gy[..xs.len()]);
                    context.landscape.gradient_into(xs, ys, gx, gy);
                    wide(
                        #[inline(always)]
                        || {
                            xs.iter_mut().zip(&*gx).for_each(|(x, g)| *x -= drift * g);
                            ys.iter_mut().zip(&*gy).for_each(|(y, g)| *y -= drift * g);
                        },
                    );
                }
            });
    }
}
