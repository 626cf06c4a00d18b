//! How large the terms of the particles' equation are.

use rayon::prelude::*;

use super::Simulation;
use crate::chunks::{self, BLOCK, CHUNK};
use crate::flow::Transport;
use crate::snapshot::Terms;
use crate::vectorize::wide;

impl Simulation {
    /// Measures the terms of a panel. It changes nothing that evolves.
    pub(super) fn terms(&self, index: usize) -> Terms {
        let (ensemble, flow) = (&self.panels[index].ensemble, &self.running.panels[index]);
        let ([xs, ys], weights) = (ensemble.positions(), ensemble.weights());
        let squares = |[us, vs]: [&[f64]; 2], weights: &[f64]| {
            wide(
                #[inline(always)]
                || {
                    let pairs = us.iter().zip(vs).zip(weights);
                    // Who has no weight may be anywhere.
                    pairs.fold(
                        0.0,
                        |sum, ((u, v), w)| if *w > 0.0 { sum + w * (u * u + v * v) } else { sum },
                    )
                },
            )
        };
        // E|∇V + γv|², of velocities or of none.
        let pushed = |velocities: Option<[&[f64]; 2]>, friction: f64| {
            let sums: Vec<f64> = (0..chunks::count(xs.len()))
                .into_par_iter()
                .map(|chunk| {
                    let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
                    let chunk = chunk * CHUNK..xs.len().min((chunk + 1) * CHUNK);
                    chunk.clone().step_by(BLOCK).fold(0.0, |sum, first| {
                        let block = first..chunk.end.min(first + BLOCK);
                        let (gx, gy) = (&mut gx[..block.len()], &mut gy[..block.len()]);
                        self.landscape
                            .gradient_into(&xs[block.clone()], &ys[block.clone()], gx, gy);
                        if let Some([us, vs]) = velocities {
                            gx.iter_mut()
                                .zip(&us[block.clone()])
                                .for_each(|(g, v)| *g += friction * v);
                            gy.iter_mut()
                                .zip(&vs[block.clone()])
                                .for_each(|(g, v)| *g += friction * v);
                        }
                        sum + squares([gx, gy], &weights[block])
                    })
                })
                .collect();
            sums.iter().sum::<f64>().sqrt()
        };
        let mut rates = vec![0.0; xs.len()];
        let given = flow.given_rate(&self.landscape, [xs, ys], &mut rates);
        let rate = given.then(|| {
            let mean = |f: &dyn Fn(f64) -> f64| {
                let weighed = rates.iter().zip(weights).filter(|(_, w)| **w > 0.0);
                weighed.fold(0.0, |sum, (g, w)| sum + w * f(*g))
            };
            let center = mean(&|g| g);
            mean(&|g| (g - center) * (g - center)).sqrt()
        });
        let kinetic = match (flow.transport, ensemble.velocities()) {
            (Transport::Underdamped(friction), Some([us, vs])) => {
                let speeds = us.chunks(CHUNK).zip(vs.chunks(CHUNK)).zip(weights.chunks(CHUNK));
                let speed: f64 = speeds.map(|((us, vs), weights)| squares([us, vs], weights)).sum();
                Some([speed.sqrt(), pushed(Some([us, vs]), friction)])
            }
            _ => None,
        };
        Terms {
            slope: pushed(None, 0.0),
            rate,
            kinetic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Flow, Rate, Transport};
    use crate::scenario::{Blob, Scenario, Start, presets};
    use crate::space::{Point, Symmetric};
    use crate::target::{Component, Mixture, Shape};

    /// A bowl V = ½ xᵀ S⁻¹ x / T with S = diag(½, 2), particles beside its bottom, unequal weights after a few steps.
    fn bowl(flow: Flow) -> Simulation {
        let bowl = Component::new(1.0, Point::new(0.0, 0.0), Symmetric::new(0.5, 0.0, 2.0));
        let scenario = Scenario {
            particles: 3000,
            temperature: 2.0,
            target: Shape::Mixture(Mixture::new(vec![bowl]).unwrap()),
            start: Start::Gaussian(Blob {
                weight: 1.0,
                mean: Point::new(1.0, -0.5),
                covariance: Symmetric::new(0.3, 0.1, 0.2),
            }),
            panels: vec![flow],
            ..presets()[0].scenario()
        };
        let mut run = Simulation::new(scenario);
        for _ in 0..5 {
            run.step().unwrap();
        }
        run
    }

    #[test]
    fn in_a_bowl_the_terms_follow_from_the_moments() {
        let run = bowl(Flow::wfr());
        let ensemble = run.ensemble(0);
        assert!(!ensemble.summary().uniform, "the weights differ");
        let (mean, covariance) = ensemble.mean_and_covariance();
        // ∇V = (x/(½ T), y/(2 T)): E|∇V|² = E x² + E y²/16 at T = 2.
        let slope = covariance.xx + mean.x * mean.x + (covariance.yy + mean.y * mean.y) / 16.0;
        let terms = run.terms(0);
        assert!((terms.slope / slope.sqrt() - 1.0).abs() < 1e-12, "{terms:?} {slope}");
        assert_eq!((terms.rate, terms.kinetic), (None, None));
    }

    #[test]
    fn a_given_rate_and_velocities_are_measured_too() {
        let flow = Flow {
            rate: Rate::Quadratic(2.0, 1.0),
            transport: Transport::Underdamped(1.5),
            ..Flow::wfr()
        };
        let run = bowl(flow);
        let ensemble = run.ensemble(0);
        let ([xs, ys], weights) = (ensemble.positions(), ensemble.weights());
        let [us, vs] = ensemble.velocities().unwrap();
        let mean = |f: &dyn Fn(usize) -> f64| (0..xs.len()).map(|i| weights[i] * f(i)).sum::<f64>();
        let rate = |i: usize| -xs[i] * xs[i] - 0.5 * ys[i] * ys[i];
        let variance = mean(&|i| rate(i).powi(2)) - mean(&rate).powi(2);
        let terms = run.terms(0);
        let speed = mean(&|i| us[i] * us[i] + vs[i] * vs[i]).sqrt();
        assert!(
            (terms.rate.unwrap() / variance.sqrt() - 1.0).abs() < 1e-10,
            "{terms:?} {variance}"
        );
        // ∇V + γv = (x + 1.5 u, y/4 + 1.5 v).
        let push = |i: usize| (xs[i] + 1.5 * us[i]).powi(2) + (0.25 * ys[i] + 1.5 * vs[i]).powi(2);
        let force = mean(&push).sqrt();
        for (measured, expected) in terms.kinetic.unwrap().into_iter().zip([speed, force]) {
            assert!((measured / expected - 1.0).abs() < 1e-12, "{terms:?} {speed} {force}");
        }
    }
}
