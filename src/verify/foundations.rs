//! What everything stands on: elementary functions, noise, the same bits on any number of threads.

use rand::RngExt as _;

use super::measure::{advance, estimate, replicates};
use super::quadrature::{integral, normal};
use super::{Outcome, Progress, Stop};
use crate::rng::{Purpose, Streams, normal_pair};
use crate::scenario::{Scenario, presets};
use crate::sim::Simulation;
use crate::vectorize;

/// Our own e^x, ln x and e^x − 1 against those of the C library, over all sizes.
pub(super) fn elementary_functions(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let points = || (-70_000..70_000).map(|i| f64::from(i) * 0.010_013);
    let worst = |errors: &mut dyn Iterator<Item = f64>| errors.fold(0.0, f64::max);
    let exp = worst(&mut points().map(|x| (vectorize::exp(x) / x.exp() - 1.0).abs()));
    let ln = worst(&mut points().map(|x| {
        let (y, truth) = (x.exp(), x.exp().ln());
        (vectorize::ln(y) - truth).abs() / truth.abs().max(1e-3)
    }));
    let small = || points().map(|x| x.signum() * (-x.abs() / 20.0).exp());
    let exp_m1 = worst(&mut small().map(|x| (vectorize::exp_m1(x) / x.exp_m1() - 1.0).abs()));
    let inverse = worst(&mut points().map(|x| (vectorize::ln(vectorize::exp(x)) - x).abs() / x.abs().max(1.0)));
    out.absolute("largest relative error of e^x", exp, 0.0, 6e-16);
    out.absolute("largest relative error of ln x", ln, 0.0, 6e-16);
    out.absolute("largest relative error of e^x − 1", exp_m1, 0.0, 2e-15);
    out.absolute("ln e^x − x", inverse, 0.0, 4e-16);
    Ok(out)
}

/// A million normals from the hot path.
fn normals(seed: u64) -> (Vec<f64>, Vec<f64>) {
    const N: usize = 1_000_000;
    let (mut a, mut b) = (vec![0.0; N], vec![0.0; N]);
    for (chunk, (a, b)) in a.chunks_mut(1024).zip(b.chunks_mut(1024)).enumerate() {
        let mut source = Streams::new(seed).normals(3, Purpose::Transport, chunk);
        vectorize::wide(
            #[inline(always)]
            || source.fill(a, b),
        );
    }
    (a, b)
}

/// Moments of both sources of normals: E ξ^2k = (2k − 1)!!, odd moments vanish, pairs are independent.
pub(super) fn normal_moments(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let mut rng = Streams::new(41).stream(0, Purpose::Start, 0);
    let rare: (Vec<f64>, Vec<f64>) = (0..500_000).map(|_| normal_pair(&mut rng)).unzip();
    for (source, (a, b)) in [("in bulk", normals(41)), ("in pairs", rare)] {
        for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
            let moment = estimate(a.iter().map(|v| v.powi(power)));
            out.measured(format!("{source}: E ξ^{power}"), moment, expected);
        }
        let products = a.iter().zip(&b);
        out.measured(
            format!("{source}: E ξη"),
            estimate(products.clone().map(|(a, b)| a * b)),
            0.0,
        );
        out.measured(
            format!("{source}: E ξ²η²"),
            estimate(products.map(|(a, b)| a * a * b * b)),
            1.0,
        );
    }
    Ok(out)
}

/// Shares beyond thresholds, against the integral of the density.
pub(super) fn normal_tails(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (a, b) = normals(42);
    for threshold in [0.0, 0.5, 1.0, 2.0, 3.0, 4.0] {
        // Gauss's bell is not flat at the threshold, so the trapezoidal rule is only of second order there: many intervals.
        let tail = integral(threshold, 12.0, 200_000, |x| normal(x, 0.0, 1.0));
        let beyond = |values: &[f64], sign: f64| {
            let share = values.iter().map(|v| f64::from(u8::from(sign * v > threshold)));
            estimate(share)
        };
        out.measured(format!("P(ξ > {threshold})"), beyond(&a, 1.0), tail);
        out.measured(format!("P(η < −{threshold})"), beyond(&b, -1.0), tail);
    }
    Ok(out)
}

/// Noise is a function of its address: the same address gives the same numbers, and neighbouring ones are independent.
pub(super) fn addressed_noise(_: &Progress) -> Result<Outcome, Stop> {
    const N: usize = 100_000;
    let mut out = Outcome::default();
    let draw = |seed: u64, step: u64, purpose: Purpose, chunk: usize| -> Vec<f64> {
        let (mut a, mut b) = (vec![0.0; N], vec![0.0; N]);
        Streams::new(seed).normals(step, purpose, chunk).fill(&mut a, &mut b);
        a
    };
    let here = draw(7, 11, Purpose::Transport, 2);
    let again = draw(7, 11, Purpose::Transport, 2);
    let differing = here.iter().zip(&again).filter(|(a, b)| a.to_bits() != b.to_bits());
    out.absolute(
        "numbers that differ at the same address",
        differing.count() as f64,
        0.0,
        0.0,
    );
    for (what, other) in [
        ("seed", draw(8, 11, Purpose::Transport, 2)),
        ("step", draw(7, 12, Purpose::Transport, 2)),
        ("purpose", draw(7, 11, Purpose::Resample, 2)),
        ("chunk", draw(7, 11, Purpose::Transport, 3)),
    ] {
        let product = estimate(here.iter().zip(&other).map(|(a, b)| a * b));
        out.measured(format!("correlation with the next {what}"), product, 0.0);
    }
    let mut rng = Streams::new(7).stream(11, Purpose::Resample, 2);
    let uniform: Vec<f64> = (0..N).map(|_| rng.random()).collect();
    out.measured("E u of a uniform", estimate(uniform.iter().copied()), 0.5);
    out.measured("E u² of a uniform", estimate(uniform.iter().map(|u| u * u)), 1.0 / 3.0);
    Ok(out)
}

/// A short run of the default scenario on one thread and on several: every bit of every particle.
pub(super) fn threads(progress: &Progress) -> Result<Outcome, Stop> {
    let scenario = Scenario {
        particles: 20_000,
        ..presets()[0].scenario()
    };
    let bits = |threads: usize| -> Result<Vec<u64>, Stop> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Stop::Failed(error.to_string()))?;
        pool.install(|| {
            let mut simulation = Simulation::new(scenario.clone());
            for step in 0..6 {
                progress.at(step, 24)?;
                advance(&mut simulation, 20)?;
            }
            let panels = (0..scenario.panels.len()).map(|p| simulation.ensemble(p));
            let bits = panels.flat_map(|e| {
                let [xs, ys] = e.positions();
                let numbers = [xs, ys, e.weights()].concat();
                numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            });
            Ok(bits.collect())
        })
    };
    let mut out = Outcome::default();
    let one = bits(1)?;
    for threads in [2, 3, 8] {
        let differing = one.iter().zip(bits(threads)?).filter(|(a, b)| **a != *b).count();
        out.absolute(
            format!("numbers of {} that differ on {threads} threads", one.len()),
            differing as f64,
            0.0,
            0.0,
        );
    }
    Ok(out)
}

/// Panels share start and noise: two panels with the same flow stay the same, whatever stands beside them.
pub(super) fn twins(progress: &Progress) -> Result<Outcome, Stop> {
    let scenario = presets()[0].scenario();
    let mut twin = scenario.clone();
    let mut copy = scenario.panels[2].clone();
    copy.name = "twin".to_owned();
    twin.particles = 4000;
    twin.panels = vec![copy, scenario.panels[0].clone(), scenario.panels[2].clone()];
    let mut out = Outcome::default();
    let differing = replicates(progress, (1, 4), |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..twin.clone() });
        advance(&mut simulation, 100)?;
        let (a, b) = (simulation.ensemble(0), simulation.ensemble(2));
        let pairs = a.positions()[0].iter().zip(b.positions()[0]);
        Ok(vec![pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count() as f64])
    })?;
    out.absolute(
        "particles of 4000 that differ after 100 steps",
        differing[0].0,
        0.0,
        0.0,
    );
    Ok(out)
}
