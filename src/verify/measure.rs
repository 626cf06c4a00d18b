//! What the checks share: small scenarios, independent replicates with their standard error.

use rayon::prelude::*;

use super::{Progress, Stop};
use crate::density::{Bandwidth, Estimator};
use crate::ensemble::Ensemble;
use crate::flow::Flow;
use crate::scenario::{Blob, Scenario, Start};
use crate::sim::Simulation;
use crate::space::{Point, Symmetric};
use crate::target::{Mixture, Shape};

/// A mean and its standard error.
pub(super) type Estimate = (f64, f64);

/// Mean and standard error of independent values.
pub(super) fn estimate(values: impl IntoIterator<Item = f64>) -> Estimate {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        n += 1.0;
        let step = value - mean;
        mean += step / n;
        squares += step * (value - mean);
    }
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Repeats a measurement with `count` seeds; one estimate per thing measured.
pub(super) fn replicates(
    progress: &Progress,
    (first, count): (u64, u64),
    measure: impl Fn(u64) -> Result<Vec<f64>, Stop> + Sync,
) -> Result<Vec<Estimate>, Stop> {
    // A few at a time, so that one can be told to stop.
    let at_once = rayon::current_num_threads().max(1);
    let seeds: Vec<u64> = (first..first + count).collect();
    let mut runs: Vec<Vec<f64>> = Vec::with_capacity(seeds.len());
    for some in seeds.chunks(at_once) {
        progress.at(runs.len(), seeds.len())?;
        let more: Result<Vec<_>, Stop> = some.par_iter().map(|seed| measure(*seed)).collect();
        runs.extend(more?);
    }
    let things = runs.first().map_or(0, Vec::len);
    Ok((0..things).map(|k| estimate(runs.iter().map(|run| run[k]))).collect())
}

/// A scenario with the defaults of a file in everything but these.
pub(super) fn scenario(target: Shape, start: Start, dt: f64, panels: Vec<Flow>) -> Scenario {
    Scenario {
        dt,
        ..Scenario::new(target, start, panels)
    }
}

/// A kernel of fixed width.
pub(super) fn fixed(h: f64) -> Estimator {
    Estimator {
        bandwidth: Bandwidth::Fixed(h),
        ..Estimator::default()
    }
}

/// A Gaussian without correlation, with weight 1.
pub(super) fn blob(mean: (f64, f64), variance: (f64, f64)) -> Blob {
    Blob {
        weight: 1.0,
        mean: Point::new(mean.0, mean.1),
        covariance: Symmetric::new(variance.0, 0.0, variance.1),
    }
}

/// A target that is a sum of Gaussians.
pub(super) fn mixture(blobs: &[Blob]) -> Result<Shape, Stop> {
    let mixture = Mixture::new(blobs.to_vec()).map_err(|error| Stop::Failed(error.to_string()))?;
    Ok(Shape::Mixture(mixture))
}

/// Steps without measuring.
pub(super) fn advance(simulation: &mut Simulation, steps: usize) -> Result<(), Stop> {
    for _ in 0..steps {
        simulation.step()?;
    }
    Ok(())
}

/// Mean and variance along x.
pub(super) fn along_x(ensemble: &Ensemble) -> [f64; 2] {
    let (mean, covariance) = ensemble.mean_and_covariance();
    [mean.x, covariance.xx]
}
