//! The reaction substep: particles gain and lose weight, or jump.
//!
//! Continuous: dA = d log w = β g dt, with g = −(log ρ + V) for Fisher–Rao, whose exact solution over dt for a fixed law is
//! ρ ← ρ^s π^(1−s)/Z with s = e^(−β dt): so log w grows by (1 − s)(−log ρ − V), not by β dt times it. A given g is integrated as
//! it stands. Positions do not move. Known failure: where there is no particle, no weight can grow.

use rayon::prelude::*;

use super::{Flow, GivenRate, Rate, Reaction, StepContext, Workspace, jumps};
use crate::chunks::CHUNK;
use crate::density::Density;
use crate::ensemble::{Collapse, Ensemble};
use crate::landscape::Landscape;
use crate::space::Point;
use crate::target::Target;
use crate::vectorize::{exp_m1, wide};

/// Reacts for a time `dt`; `half` tells the substeps of one step apart. Returns how many particles were lost.
pub(super) fn react(
    ensemble: &mut Ensemble,
    context: &StepContext<'_>,
    flow: &Flow,
    (half, dt): (u64, f64),
    work: &mut Workspace,
) -> Result<u64, Collapse> {
    let growth = match (context.given, &flow.rate) {
        (Some(rate), _) => Growth::Function {
            rate,
            scale: flow.beta * dt,
        },
        (None, Rate::FisherRao) => {
            work.density
                .estimate(context.estimator, ensemble, &work.parents, context.landscape);
            let factor = -exp_m1(-flow.beta * dt);
            Growth::FisherRao {
                density: &work.density,
                landscape: context.landscape,
                factor,
            }
        }
        (None, Rate::Quadratic(x, y)) => Growth::Quadratic {
            x: -0.5 * flow.beta * dt * x,
            y: -0.5 * flow.beta * dt * y,
        },
        (None, Rate::Corrected(theta)) => Growth::Corrected {
            landscape: context.landscape,
            theta: flow.beta * dt * theta,
        },
        (None, Rate::Potential(shape)) => Growth::Potential {
            target: shape.target(),
            scale: -flow.beta * dt,
        },
    };
    match flow.reaction {
        Reaction::Weights => ensemble.reweight(|first, positions, log_weights| {
            let mut increments = [0.0; CHUNK];
            let increments = &mut increments[..log_weights.len()];
            growth.fill(first, positions, increments);
            wide(
                #[inline(always)]
                || log_weights.iter_mut().zip(&*increments).for_each(|(l, i)| *l += i),
            );
        }),
        Reaction::Jump | Reaction::BirthDeath => {
            let [xs, ys] = ensemble.positions();
            work.growth.resize(ensemble.len(), 0.0);
            work.growth
                .par_chunks_mut(CHUNK)
                .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
                .enumerate()
                .for_each(|(chunk, (out, (xs, ys)))| growth.fill(chunk * CHUNK, [xs, ys], out));
            let rule = match flow.reaction {
                Reaction::BirthDeath => jumps::birth_death,
                _ => jumps::jump,
            };
            rule(ensemble, context.streams, 2 * context.step + half, work)
        }
    }
}

/// Writes the rate g of a flow whose rate is given, per unit of β; false if it needs ρ.
pub(super) fn given_rate(rate: &Rate, landscape: &Landscape, positions: [&[f64]; 2], out: &mut [f64]) -> bool {
    let growth = match rate {
        Rate::FisherRao => return false,
        Rate::Quadratic(x, y) => Growth::Quadratic {
            x: -0.5 * x,
            y: -0.5 * y,
        },
        Rate::Corrected(theta) => Growth::Corrected {
            landscape,
            theta: *theta,
        },
        Rate::Potential(shape) => Growth::Potential {
            target: shape.target(),
            scale: -1.0,
        },
    };
    growth.fill(0, positions, out);
    true
}

/// By how much log-weights grow in a substep, up to a constant.
enum Growth<'a> {
    FisherRao {
        density: &'a Density,
        landscape: &'a Landscape,
        factor: f64,
    },
    Quadratic {
        x: f64,
        y: f64,
    },
    Potential {
        target: &'a dyn Target,
        scale: f64,
    },
    Corrected {
        landscape: &'a Landscape,
        theta: f64,
    },
    Function {
        rate: &'a GivenRate<'a>,
        scale: f64,
    },
}

impl Growth<'_> {
    /// Writes the growth of one chunk of particles, of which `first` is the number of the first.
    fn fill(&self, first: usize, [xs, ys]: [&[f64]; 2], out: &mut [f64]) {
        match *self {
            Self::FisherRao {
                density,
                landscape,
                factor,
            } => {
                density.log_ratio(landscape, first, [xs, ys], out);
                wide(
                    #[inline(always)]
                    || out.iter_mut().for_each(|o| *o *= -factor),
                );
            }
            Self::Quadratic { x: cx, y: cy } => wide(
                #[inline(always)]
                || {
                    for ((o, x), y) in out.iter_mut().zip(xs).zip(ys) {
                        *o = cx * x * x + cy * y * y;
                    }
                },
            ),
            Self::Potential { target, scale } => {
                target.energy_into(xs, ys, out);
                out.iter_mut().for_each(|o| *o *= scale);
            }
            Self::Corrected { landscape, theta } => landscape.correction_into(theta, xs, ys, out),
            Self::Function { rate, scale } => {
                for ((o, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
                    *o = scale * rate(Point::new(x, y));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::Resampling;
    use crate::rng::Streams;
    use crate::target::{Component, Mixture, Shape};

    #[test]
    fn a_growth_that_is_no_number_is_death_however_the_reaction_is_realised() {
        let landscape = Landscape::new(Shape::all().remove(0), 1.0);
        for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
            let react = |bad: f64, n: usize, beyond: f64| {
                let mut ensemble = Ensemble::new([(0..n).map(|i| i as f64).collect(), vec![0.0; n]]);
                let rate = move |p: Point| if p.x > beyond { bad } else { 0.0 };
                let context = StepContext {
                    given: Some(&rate),
                    ..StepContext::new(&landscape, 0.01, 0, Streams::new(1))
                };
                let flow = Flow {
                    reaction,
                    ..Flow::new("test", 0.0, 1.0)
                };
                let info = flow.step(&mut ensemble, &context, &mut Workspace::default());
                let left = ensemble.positions()[0].iter().zip(ensemble.weights());
                (
                    info.map(|i| i.lost),
                    left.filter(|(x, w)| **x > beyond && **w > 0.0).count(),
                )
            };
            for bad in [f64::NAN, f64::INFINITY] {
                // A copy of another that dies too is possible, but not with these random numbers.
                assert_eq!(react(bad, 1000, 994.5), (Ok(5), 0), "{reaction:?} {bad}");
                assert_eq!(react(bad, 1000, -1.0).0, Err(Collapse), "{reaction:?} {bad}");
                assert_eq!(react(bad, 1, -1.0).0, Err(Collapse), "{reaction:?} {bad}");
            }
            assert_eq!(react(f64::NEG_INFINITY, 1000, 994.5), (Ok(0), 0), "{reaction:?}");
        }
    }

    /// A reaction of a hundred particles under the same g = −½ |x|² − log 2π, given in three ways.
    #[test]
    fn a_rate_is_the_same_however_it_is_given() {
        let normal = Component::new(1.0, Point::new(0.0, 0.0), crate::space::Symmetric::new(1.0, 0.0, 1.0));
        let shape = Shape::Mixture(Mixture::new(vec![normal]).unwrap());
        let landscape = Landscape::new(shape.clone(), 1.0);
        let function = |p: Point| -0.5 * p.norm_squared() - std::f64::consts::TAU.ln();
        let weigh = |rate: Rate, given: Option<&GivenRate<'_>>| {
            let coordinate = |k: f64| (0..100).map(|i| (f64::from(i) * k).sin() * 2.0).collect();
            let mut ensemble = Ensemble::new([coordinate(0.7), coordinate(1.3)]);
            let context = StepContext {
                resampling: Resampling {
                    threshold: 0.0,
                    ..Resampling::default()
                },
                given,
                ..StepContext::new(&landscape, 0.4, 0, Streams::new(1))
            };
            let flow = Flow {
                rate,
                ..Flow::new("test", 0.0, 2.0)
            };
            flow.step(&mut ensemble, &context, &mut Workspace::default()).unwrap();
            (ensemble.weights().to_vec(), ensemble.log_normaliser())
        };
        let (weights, normaliser) = weigh(Rate::FisherRao, Some(&function));
        assert!(weights[3] / weights[0] - 1.0 < -0.1, "the rate acts");
        let shift = 0.8 * std::f64::consts::TAU.ln();
        for (rate, shift) in [
            (Rate::Potential(Box::new(shape.clone())), 0.0),
            (Rate::Quadratic(1.0, 1.0), shift),
            // θ(|∇V|² − ΔV) = −½(|x|² − 2) at θ = −½.
            (Rate::Corrected(-0.5), shift + 0.8),
        ] {
            let (others, other_normaliser) = weigh(rate, None);
            for (a, b) in weights.iter().zip(&others) {
                assert!((a / b - 1.0).abs() < 1e-13);
            }
            assert!((normaliser - (other_normaliser - shift)).abs() < 1e-13);
        }
    }
}
