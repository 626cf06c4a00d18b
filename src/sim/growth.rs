//! How the weights of the dots grow at this moment.

use rayon::prelude::*;

use super::Simulation;
use super::panel::sample;
use crate::chunks::CHUNK;
use crate::flow::Reaction;
use crate::snapshot::{Dot, Probe, SUMMED};

impl Simulation {
    /// Writes β(g − E g) into the dots of a panel, from the state as it is: the same after a step and after a way back to it. It changes
    /// nothing that evolves.
    pub(super) fn grow(&mut self, index: usize, probe: &Probe, dots: &mut [Dot]) {
        let (panel, flow) = (&self.panels[index], &self.driven[index]);
        if flow.beta == 0.0 || flow.reaction != Reaction::Weights || flow.reverse.is_some() {
            return;
        }
        let (landscape, density) = (&self.landscape, &mut self.probing);
        let ([xs, ys], weights) = (panel.ensemble.positions(), panel.ensemble.weights());
        let mut slots = sample(panel.ensemble.len(), probe.max_dots);
        let at = |slots: &[usize]| -> [Vec<f64>; 2] {
            let of = |values: &[f64]| slots.iter().map(|slot| values[*slot]).collect();
            [of(xs), of(ys)]
        };
        let [mut px, mut py] = at(&slots);
        let mut rates = vec![0.0; slots.len()];
        if !flow.given_rate(landscape, [&px, &py], &mut rates) {
            let estimator = self.running.estimator(index);
            if density.place(estimator, &panel.ensemble, &panel.work.parents, landscape) {
                slots.truncate(SUMMED);
                [px, py] = at(&slots);
                rates.truncate(SUMMED);
            }
            let mut potential = [0.0; CHUNK];
            for ((xs, ys), out) in px.chunks(CHUNK).zip(py.chunks(CHUNK)).zip(rates.chunks_mut(CHUNK)) {
                let potential = &mut potential[..out.len()];
                density.anywhere(landscape, [xs, ys], out, potential);
                out.iter_mut().zip(&*potential).for_each(|(o, v)| *o = -(*o + v));
            }
        }
        // Who has no weight may be where there is no density.
        let weighed = || {
            slots
                .iter()
                .map(|slot| weights[*slot])
                .zip(&rates)
                .filter(|(w, _)| *w > 0.0)
        };
        let (sum, total) = weighed().fold((0.0, 0.0), |(sum, total), (w, rate)| (sum + w * rate, total + w));
        if total <= 0.0 {
            return;
        }
        let mean = sum / total;
        dots.par_iter_mut()
            .with_min_len(CHUNK)
            .zip(&rates)
            .filter(|(dot, _)| dot.weight > 0.0)
            .for_each(|(dot, rate)| dot.growth = (flow.beta * (rate - mean)) as f32);
    }
}
