//! The probe: what a panel is like at one place.

use super::Simulation;
use crate::chunks::CHUNK;
use crate::snapshot::Probed;
use crate::space::Point;

/// Particles asked for the mean of the rate where every one costs a sum over its neighbours.
const SAMPLE: usize = 4096;
/// The logarithm of what counts as no density at all.
const FAINT: f64 = -700.0;

/// Writes values at places.
type Write<'a> = &'a mut dyn FnMut([&[f64]; 2], &mut [f64]);

impl Simulation {
    /// Reads a panel at one place. It changes nothing that evolves.
    pub(super) fn probe(&mut self, index: usize, at: Point) -> Probed {
        let (panel, flow) = (&self.panels[index], &self.running.panels[index]);
        let (landscape, density) = (&self.landscape, &mut self.probing);
        let (estimator, log_partition) = (self.running.estimator(index), self.observer.log_partition());
        let summed = density.place(estimator, &panel.ensemble, &panel.work.parents, landscape);
        let (here, mut log, mut smoothed) = ([&[at.x][..], &[at.y]], [0.0], [0.0]);
        density.anywhere(landscape, here, &mut log, &mut smoothed);
        let log_density = Some(log[0]).filter(|log| *log > FAINT);
        let log_ratio = log_density.map(|log| log + smoothed[0] + log_partition);

        let [xs, ys] = panel.ensemble.positions();
        let stride = if summed { xs.len().div_ceil(SAMPLE) } else { 1 };
        let mean = |write: Write<'_>| {
            let chosen = |values: &[f64]| values.iter().step_by(stride).copied().collect::<Vec<f64>>();
            let (xs, ys, weights) = (chosen(xs), chosen(ys), chosen(panel.ensemble.weights()));
            let mut values = vec![0.0; xs.len()];
            let places = xs.chunks(CHUNK).zip(ys.chunks(CHUNK));
            places
                .zip(values.chunks_mut(CHUNK))
                .for_each(|((xs, ys), out)| write([xs, ys], out));
            // Who has no weight may be where there is no density.
            let weighed = weights.iter().zip(&values).filter(|(w, _)| **w > 0.0);
            let (sum, total) = weighed.fold((0.0, 0.0), |(s, t), (w, v)| (s + w * v, t + w));
            sum / total
        };
        let mut given = [0.0];
        let rate = if flow.beta == 0.0 {
            Some(0.0)
        } else if flow.reverse.is_some() {
            // What a weight gains is a matter of the step, and not of the place alone.
            None
        } else if flow.given_rate(landscape, here, &mut given) {
            let mean = mean(&mut |positions, out| {
                flow.given_rate(landscape, positions, out);
            });
            Some(flow.beta * (given[0] - mean))
        } else {
            let mean = log_density.map(|_| {
                let mut potential = [0.0; CHUNK];
                mean(&mut |positions, out| {
                    let potential = &mut potential[..out.len()];
                    density.anywhere(landscape, positions, out, potential);
                    out.iter_mut().zip(potential).for_each(|(o, v)| *o += *v);
                })
            });
            mean.zip(log_density)
                .map(|(mean, log)| flow.beta * (mean - log - smoothed[0]))
        };
        let (mut gx, mut gy) = ([0.0], [0.0]);
        landscape.gradient_into(here[0], here[1], &mut gx, &mut gy);
        let potential = landscape.potential(at);
        Probed {
            at,
            potential,
            slope: Point::new(gx[0], gy[0]).norm(),
            log_target: -potential - log_partition,
            log_density,
            log_ratio,
            rate,
            bandwidth: density.bandwidth(),
        }
    }
}
