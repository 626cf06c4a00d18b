//! The reaction substep: particles gain and lose weight, or die and are duplicated.
//!
//! Continuous: dA = d log w = β g dt, with g = −(log ρ + V) for Fisher–Rao, whose exact solution over dt for a fixed law is
//! ρ ← ρ^s π^(1−s)/Z with s = e^(−β dt): so log w grows by (1 − s)(−log ρ − V), not by β dt times it. A given g is integrated as
//! it stands. Positions do not move. Known failure: where there is no particle, no weight can grow.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::{Flow, GivenRate, Rate, Reaction, StepContext, Workspace};
use crate::chunks::CHUNK;
use crate::density::{self, GridDensity};
use crate::ensemble::{Collapse, Ensemble, Replacement};
use crate::landscape::Landscape;
use crate::rng::{Purpose, Streams};
use crate::space::Point;
use crate::target::Target;
use crate::vectorize::{exp, exp_m1, wide};

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
            let bandwidth = density::bandwidth(context.estimator.bandwidth, ensemble);
            work.density.estimate(ensemble, bandwidth);
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
        (None, Rate::Corrected(_)) => unimplemented!("helper F"),
        (None, Rate::Potential(shape)) => Growth::Potential {
            target: shape.target(),
            scale: -flow.beta * dt,
        },
    };
    match flow.reaction {
        Reaction::Weights => ensemble.reweight(|_, [xs, ys], log_weights| {
            let mut increments = [0.0; CHUNK];
            let increments = &mut increments[..xs.len()];
            growth.fill(xs, ys, increments);
            wide(
                #[inline(always)]
                || log_weights.iter_mut().zip(&*increments).for_each(|(l, i)| *l += i),
            );
        }),
        Reaction::Jump => unimplemented!("helper C"),
        Reaction::BirthDeath => {
            let [xs, ys] = ensemble.positions();
            work.growth.resize(ensemble.len(), 0.0);
            work.growth
                .par_chunks_mut(CHUNK)
                .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
                .for_each(|(out, (xs, ys))| growth.fill(xs, ys, out));
            birth_death(ensemble, context.streams, 2 * context.step + half, work)
        }
    }
}

/// By how much log-weights grow in a substep, up to a constant.
enum Growth<'a> {
    FisherRao {
        density: &'a GridDensity,
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
    Function {
        rate: &'a GivenRate<'a>,
        scale: f64,
    },
}

impl Growth<'_> {
    /// Writes the growth at the points of one chunk.
    fn fill(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        match *self {
            Self::FisherRao {
                density,
                landscape,
                factor,
            } => {
                let mut potential = [0.0; CHUNK];
                let potential = &mut potential[..xs.len()];
                landscape.potential_into(xs, ys, potential);
                density.log_density(xs, ys, out);
                wide(
                    #[inline(always)]
                    || {
                        for (o, v) in out.iter_mut().zip(&*potential) {
                            *o = -factor * (*o + v);
                        }
                    },
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
            Self::Function { rate, scale } => {
                for ((o, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
                    *o = scale * rate(Point::new(x, y));
                }
            }
        }
    }
}

/// The birth–death realisation (Lu, Lu, Nolen 2019): with r the growth minus its mean, a particle is due with
/// probability 1 − e^(−|r|). If r < 0 it dies and becomes a copy of a uniformly chosen other; if r > 0 it is duplicated over
/// a uniformly chosen other. Due particles act in random order; one that was replaced meanwhile does not act. A particle whose
/// growth is no number, or +∞, dies; the number of these is returned.
fn birth_death(ensemble: &mut Ensemble, streams: Streams, address: u64, work: &mut Workspace) -> Result<u64, Collapse> {
    let growth = &work.growth;
    let n = growth.len();
    let sums: Vec<(f64, f64)> = growth
        .par_chunks(CHUNK)
        .map(|c| {
            c.iter()
                .filter(|g| g.is_finite())
                .fold((0.0, 0.0), |(sum, count), g| (sum + g, count + 1.0))
        })
        .collect();
    let (sum, count) = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    if count == 0.0 {
        return Err(Collapse);
    }
    let mean = sum / count;
    let lost = growth
        .par_chunks(CHUNK)
        .map(|c| c.iter().filter(|g| !is_growth(**g)).count() as u64);
    let lost = lost.collect::<Vec<_>>().iter().sum();
    if n < 2 {
        return Ok(lost);
    }
    let due: Vec<Vec<(u32, bool)>> = growth
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, growth)| {
            let mut rng = streams.stream(address, Purpose::BirthDeath, chunk + 1);
            let due = growth.iter().enumerate().filter_map(|(i, g)| {
                let r = if is_growth(*g) { g - mean } else { f64::NEG_INFINITY };
                let survives = exp(-r.abs());
                let acts = rng.random::<f64>() >= survives;
                acts.then_some(((chunk * CHUNK + i) as u32, r < 0.0))
            });
            due.collect()
        })
        .collect();
    let mut due = due.concat();
    let mut rng = streams.stream(address, Purpose::BirthDeath, 0);
    due.shuffle(&mut rng);
    let mut gone = vec![false; if due.is_empty() { 0 } else { n }];
    for (particle, dies) in due {
        if gone[particle as usize] {
            continue;
        }
        let other = (particle as usize + rng.random_range(1..n)) % n;
        let (slot, source) = if dies {
            (particle, other as u32)
        } else {
            (other as u32, particle)
        };
        gone[slot as usize] = true;
        work.replace(ensemble, Replacement { slot, source });
    }
    Ok(lost)
}

/// Whether a particle can grow by this much; −∞ is certain death.
fn is_growth(growth: f64) -> bool {
    growth < f64::INFINITY // false for NaN too
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::Estimator;
    use crate::resample::Resampling;
    use crate::target::{Component, Mixture, Shape};

    #[test]
    fn a_growth_that_is_no_number_is_death_however_the_reaction_is_realised() {
        let landscape = Landscape {
            shape: Shape::all().remove(0),
            temperature: 1.0,
        };
        for reaction in [Reaction::Weights, Reaction::BirthDeath] {
            let react = |bad: f64, n: usize, beyond: f64| {
                let mut ensemble = Ensemble::new([(0..n).map(|i| i as f64).collect(), vec![0.0; n]]);
                let rate = move |p: Point| if p.x > beyond { bad } else { 0.0 };
                let context = StepContext {
                    landscape: &landscape,
                    estimator: Estimator::default(),
                    resampling: Resampling::default(),
                    dt: 0.01,
                    step: 0,
                    streams: Streams::new(1),
                    given: Some(&rate),
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
        let landscape = Landscape {
            shape: shape.clone(),
            temperature: 1.0,
        };
        let function = |p: Point| -0.5 * p.norm_squared() - std::f64::consts::TAU.ln();
        let weigh = |rate: Rate, given: Option<&GivenRate<'_>>| {
            let coordinate = |k: f64| (0..100).map(|i| (f64::from(i) * k).sin() * 2.0).collect();
            let mut ensemble = Ensemble::new([coordinate(0.7), coordinate(1.3)]);
            let context = StepContext {
                landscape: &landscape,
                estimator: Estimator::default(),
                resampling: Resampling {
                    threshold: 0.0,
                    ..Resampling::default()
                },
                dt: 0.4,
                step: 0,
                streams: Streams::new(1),
                given,
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
        ] {
            let (others, other_normaliser) = weigh(rate, None);
            for (a, b) in weights.iter().zip(&others) {
                assert!((a / b - 1.0).abs() < 1e-13);
            }
            assert!((normaliser - (other_normaliser - shift)).abs() < 1e-13);
        }
    }
}
