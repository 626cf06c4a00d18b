//! What the integration tests share: scenarios in few words, independent replicates, z-scores from their own standard errors.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test is a crate of its own and uses a part of this"
)]

pub mod gauss;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use wfr_lab::density::{Bandwidth, Estimator};
use wfr_lab::engine::{Engine, Report};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::Flow;
use wfr_lab::scenario::{Blob, Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::{Point, Symmetric};
use wfr_lab::target::{Component, Mixture, Shape};

/// Standard errors that a measurement may be off. With fixed seeds a test either holds or not; this is the chance, below
/// 1e-4 for 20 replicates, that a right program had to be given another seed.
pub const LIMIT: f64 = 5.0;

/// A scenario with the defaults of a file in everything but these.
pub fn scenario(target: Shape, start: Start, panels: Vec<Flow>) -> Scenario {
    Scenario {
        particles: 1000,
        dt: 0.01,
        ..Scenario::new(target, start, panels)
    }
}

/// A kernel of fixed width.
pub fn fixed(h: f64) -> Estimator {
    Estimator {
        bandwidth: Bandwidth::Fixed(h),
        ..Estimator::default()
    }
}

/// A Gaussian without correlation, as a blob of particles.
pub fn blob(weight: f64, mean: (f64, f64), variance: (f64, f64)) -> Blob {
    let covariance = Symmetric::new(variance.0, 0.0, variance.1);
    Blob {
        weight,
        mean: Point::new(mean.0, mean.1),
        covariance,
    }
}

/// A target that is a sum of such Gaussians.
pub fn mixture(blobs: &[Blob]) -> Shape {
    let components = blobs
        .iter()
        .map(|b| Component::new(b.weight, b.mean, b.covariance))
        .collect();
    Shape::Mixture(Mixture::new(components).unwrap())
}

/// Two wells out of balance, and a start out of balance the other way: every mechanism has something to do.
pub fn unbalanced(panels: Vec<Flow>) -> Scenario {
    let target = mixture(&[blob(0.3, (-1.0, 0.0), (0.1, 0.5)), blob(0.7, (1.0, 0.3), (0.2, 0.3))]);
    let start = Start::Mixture(vec![
        blob(0.8, (-1.0, 0.0), (0.2, 0.4)),
        blob(0.2, (1.2, 0.0), (0.1, 0.2)),
    ]);
    scenario(target, start, panels)
}

/// A run whose errors of first order are so many times as large: in the step, in the squared bandwidth (a fixed one), and in 1/√N.
pub fn coarser_run(base: &Scenario, seed: u64, times: f64) -> Scenario {
    let Bandwidth::Fixed(h) = base.estimator.bandwidth else {
        panic!("a fixed bandwidth was expected")
    };
    Scenario {
        seed,
        particles: base.particles / (times * times) as usize,
        dt: base.dt * times,
        estimator: Estimator {
            bandwidth: Bandwidth::Fixed(h * times.sqrt()),
            ..base.estimator
        },
        ..base.clone()
    }
}

/// Everything that evolves, as bits.
pub fn bits(simulation: &Simulation) -> Vec<u64> {
    let panels = 0..simulation.scenario().panels.len();
    let mut bits: Vec<u64> = vec![simulation.steps(), simulation.time().to_bits()];
    for ensemble in panels.map(|p| simulation.ensemble(p)) {
        let [xs, ys] = ensemble.positions();
        for values in [
            xs,
            ys,
            ensemble.weights(),
            ensemble.log_weights(),
            &[ensemble.log_normaliser()],
        ] {
            bits.extend(values.iter().map(|v| v.to_bits()));
        }
        bits.extend(ensemble.ancestors().iter().map(|a| u64::from(*a)));
        for values in ensemble.carried().iter().flat_map(|(_, vectors)| vectors) {
            bits.extend(values.iter().map(|v| v.to_bits()));
        }
    }
    bits
}

/// Does something on so many threads.
pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

/// Steps without measuring.
pub fn advance(simulation: &mut Simulation, steps: usize) {
    for _ in 0..steps {
        simulation.step().unwrap();
    }
}

/// Mean and variance along x, then along y, then the covariance.
pub fn moments(ensemble: &Ensemble) -> [f64; 5] {
    let (mean, covariance) = ensemble.mean_and_covariance();
    [mean.x, covariance.xx, mean.y, covariance.yy, covariance.xy]
}

/// Runs a measurement with `count` seeds; one list of values per thing measured.
pub fn replicates(first: u64, count: u64, measure: impl Fn(u64) -> Vec<f64> + Sync) -> Vec<Estimate> {
    let runs: Vec<Vec<f64>> = (first..first + count).into_par_iter().map(&measure).collect();
    (0..runs[0].len())
        .map(|k| Estimate::of(&runs.iter().map(|run| run[k]).collect::<Vec<_>>()))
        .collect()
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    pub mean: f64,
    pub error: f64,
}

impl Estimate {
    /// From independent values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Self {
            mean,
            error: (variance / n).sqrt(),
        }
    }

    /// a self + b other, for independent estimates.
    pub fn combine(self, a: f64, other: Self, b: f64) -> Self {
        Self {
            mean: a * self.mean + b * other.mean,
            error: (a * self.error).hypot(b * other.error),
        }
    }

    pub fn z(self, expected: f64) -> f64 {
        (self.mean - expected) / self.error
    }

    /// Asserts that the measurement is as expected; prints z.
    #[track_caller]
    pub fn agrees(self, what: &str, expected: f64) {
        let z = self.z(expected);
        println!(
            "{what}: {:.6} ± {:.6}, expected {expected:.6}, z = {z:.2}",
            self.mean, self.error
        );
        assert!(z.abs() < LIMIT, "{what}: {self:?}, expected {expected}: z = {z:.2}");
    }

    /// Asserts that the measurement can tell itself from a wrong law; prints z.
    #[track_caller]
    pub fn differs(self, what: &str, wrong: f64) {
        let z = self.z(wrong);
        println!(
            "{what}: {:.6} ± {:.6}, not {wrong:.6}, z = {z:.2}",
            self.mean, self.error
        );
        assert!(
            z.abs() > LIMIT,
            "{what}: {self:?} cannot be told from {wrong}: z = {z:.2}"
        );
    }
}

/// Waits for a report of which this holds.
#[allow(clippy::disallowed_methods, reason = "gives up on an engine that does not answer")]
pub fn wait(engine: &Engine, holds: impl Fn(&Report) -> bool) -> Arc<Report> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(report) = engine.latest().filter(|report| holds(report)) {
            return report;
        }
        assert!(Instant::now() < deadline, "the engine does not answer");
        std::thread::sleep(Duration::from_millis(2));
    }
}
