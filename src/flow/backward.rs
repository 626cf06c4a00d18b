//! One step of a flow that goes from noise to data: see [`reverse`](crate::reverse).

use super::{Event, Flow, StepContext, StepInfo, Workspace};
use crate::ensemble::{Collapse, Ensemble};
use crate::observe::Cause;
use crate::reverse::Walkers;
use crate::rng::Purpose;

impl Flow {
    /// One step towards the data: the walk, the weights that it calls for, and the resampling that these call for. The books are kept and the noise is
    /// addressed as in [`Flow::step`]; steps, noise and weights are those of a [`Reverse`](crate::reverse::Reverse) of the same sampler and seed.
    ///
    /// # Errors
    ///
    /// No particle has any weight left.
    pub fn step_back(
        &self,
        (ensemble, walkers): (&mut Ensemble, &mut Walkers<2>),
        context: &StepContext<'_>,
        work: &mut Workspace,
    ) -> Result<StepInfo, Collapse> {
        let mut info = StepInfo::default();
        work.begin(ensemble, context);
        walkers.walk(ensemble, context.step as usize, context.streams);
        if let Some(basins) = context.basins {
            work.ledger.moved(basins, ensemble, Cause::Walked);
        }
        info.lost = walkers.weigh(ensemble)?;
        work.book(ensemble, if info.lost == 0 { Cause::Grown } else { Cause::Resampled });
        let summary = ensemble.summary();
        let threshold = context.resampling.threshold;
        if !summary.uniform && summary.ess < threshold * ensemble.len() as f64 {
            let mut rng = context.streams.stream(context.step + 1, Purpose::Resample, 0);
            work.resample(ensemble, context.resampling, &mut rng);
            walkers.replaced(work.resampler.replacements());
            let scheme = context.resampling.scheme;
            work.note(ensemble, Event::Resampled { scheme });
            info.resamplings += 1;
        }
        Ok(info)
    }
}
