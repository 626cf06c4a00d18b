//! Estimates of the density: against the sum of kernels, and what a kernel does to the law at rest.

use rand::RngExt as _;

use super::measure::{advance, blob, fixed, mixture, replicates, scenario};
use super::quadrature::runge_kutta;
use super::{Outcome, Progress, Stop};
use crate::density::{Estimator, GridDensity, KernelSum, Method, predicted_variance};
use crate::ensemble::Ensemble;
use crate::flow::Flow;
use crate::rng::{Purpose, Streams, normal_pair};
use crate::scenario::{Scenario, Start};
use crate::sim::Simulation;

/// Two clouds of particles with uneven weights.
fn clouds(n: usize) -> Result<Ensemble, Stop> {
    let mut rng = Streams::new(29).stream(0, Purpose::Start, 0);
    let points = (0..n).map(|i| {
        let (x, y) = normal_pair(&mut rng);
        (0.3 * x + if i % 5 == 0 { 1.0 } else { -1.0 }, 0.7 * y)
    });
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.unzip();
    let mut ensemble = Ensemble::new([xs, ys]);
    let logs: Vec<f64> = (0..n).map(|_| 2.0 * rng.random::<f64>()).collect();
    ensemble.reweight(|first, _, l| l.iter_mut().zip(&logs[first..]).for_each(|(l, a)| *l += a))?;
    Ok(ensemble)
}

/// log Σ w N(x; xⱼ, h²) at the particles: from its definition, by the fast sum, and on the grid.
pub(super) fn estimators(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let ensemble = clouds(2000)?;
    let [xs, ys] = ensemble.positions();
    for (k, h) in [0.05, 0.15, 0.6].into_iter().enumerate() {
        progress.at(k, 3)?;
        let norm = (std::f64::consts::TAU * h * h).ln();
        let direct = xs.iter().zip(ys).map(|(x, y)| {
            let others = xs.iter().zip(ys).zip(ensemble.weights());
            let sum: f64 = others
                .map(|((a, b), w)| w * (-((x - a).powi(2) + (y - b).powi(2)) / (2.0 * h * h)).exp())
                .sum();
            sum.ln() - norm
        });
        let direct: Vec<f64> = direct.collect();
        let (mut by_sum, mut by_grid) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
        let mut sum = KernelSum::default();
        sum.place([xs, ys], ensemble.log_weights(), h);
        sum.evaluate([xs, ys], &mut by_sum);
        let mut grid = GridDensity::default();
        grid.estimate(&ensemble, h);
        grid.log_density(xs, ys, &mut by_grid);
        let worst = |values: &[f64]| {
            values
                .iter()
                .zip(&direct)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max)
        };
        let squares = by_grid
            .iter()
            .zip(&direct)
            .map(|(a, b)| (a - b).exp_m1().powi(2))
            .sum::<f64>();
        out.absolute(
            format!("h = {h}: fast sum, largest error of log ρ"),
            worst(&by_sum),
            0.0,
            1e-11,
        );
        // Binning and interpolation are off by ½(t(1 − t) − 1/6)(.4)² for a particle at fraction t of a cell of .4 h, twice on each of
        // two axes: .16/√180 on average.
        out.at_most(
            format!("h = {h}: grid, mean relative error of ρ"),
            (squares / xs.len() as f64).sqrt(),
            0.16 / 180f64.sqrt(),
        );
    }
    Ok(out)
}

/// Where a Gaussian comes to rest when the reaction sees it through a kernel: the root of its moment equation, against the equation itself
/// run for a long time.
pub(super) fn kernel_bias(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let s = 0.8;
    for (alpha, beta, h) in [
        (0.5, 2.0, 0.2),
        (0.5, 2.0, 0.4),
        (0.5, 2.0, 0.8),
        (1.0, 1.0, 0.3),
        (0.0, 2.0, 0.4),
    ] {
        let rate = move |[c]: [f64; 1]| [2.0 * alpha * (1.0 - c / s) + beta * c * c * (1.0 / (c + h * h) - 1.0 / s)];
        let [rest] = runge_kutta([s], 60.0, 60_000, rate);
        out.absolute(
            format!("α = {alpha}, β = {beta}, h = {h}: C*"),
            predicted_variance(alpha, beta, s, h),
            rest,
            1e-10,
        );
    }
    out.absolute("α = 0: S − h²", predicted_variance(0.0, 1.0, s, 0.4), s - 0.16, 1e-12);
    out.absolute("β = 0: S", predicted_variance(1.0, 0.0, s, 0.4), s, 1e-12);
    Ok(out)
}

/// At rest under WFR with Euler–Maruyama steps of .2, S = .8, α = ½, β = 2: each estimator against the fixed point of its own maps.
/// Transition mixtures see the law as it is, C₁ = (1 − α dt/S)²C + 2α dt, 1/C = e^(−β dt)/C₁ + (1 − e^(−β dt))/S; a kernel of width
/// h sees C₁ + h², unless π is smoothed alike.
pub(super) fn at_rest(progress: &Progress) -> Result<Outcome, Stop> {
    let (s, alpha, beta, dt, h) = (0.8, 0.5, 2.0, 0.2, 0.4);
    let settings = [
        ("grid", Method::Grid, false),
        ("grid, debiased", Method::Grid, true),
        ("transition mixture", Method::Transition, false),
    ];
    let panel = |(name, method, debiased): (&str, Method, bool)| Flow {
        estimator: Some(Estimator {
            method,
            debiased,
            ..fixed(h)
        }),
        ..Flow::new(name, alpha, beta)
    };
    let phi = -(-beta * dt).exp_m1();
    // What the reaction divides by: the law through its eyes, and π through its eyes.
    let rest = |seen: &dyn Fn(f64) -> f64, target: f64| {
        (0..400).fold(s, |c, _| {
            let walked = (1.0_f64 - alpha * dt / s).powi(2) * c + 2.0 * alpha * dt;
            1.0 / (1.0 / walked - phi / seen(walked) + phi / target)
        })
    };
    let through = |c: f64| c + h * h;
    let expected = [rest(&through, s), rest(&through, s + h * h), rest(&|c| c, s)];
    let target = mixture(&[blob((0.0, 0.0), (s, s))])?;
    let start = Start::Gaussian(blob((0.0, 0.0), (s, s)));
    let steps = 16;
    let mut out = Outcome::default();
    for (setting, expected) in settings.into_iter().zip(expected) {
        // The mixture is a sum over pairs.
        let particles = if setting.1 == Method::Transition { 1000 } else { 20_000 };
        let run = |first: u64, count: u64, particles: usize| {
            let world = Scenario {
                particles,
                ..scenario(target.clone(), start.clone(), dt, vec![panel(setting)])
            };
            replicates(progress, (first, count), |seed| {
                let mut simulation = Simulation::new(Scenario { seed, ..world.clone() });
                advance(&mut simulation, steps)?;
                let (_, c) = simulation.ensemble(0).mean_and_covariance();
                Ok(vec![0.5 * (c.xx + c.yy)])
            })
        };
        // A particle's own kernel, and resampling, add a share of c/N: two sizes take it out.
        let (fine, coarse) = (run(1, 16, particles)?[0], run(1000, 32, particles / 2)?[0]);
        let limit = (2.0 * fine.0 - coarse.0, (2.0 * fine.1).hypot(coarse.1));
        out.measured(format!("{}: C at rest", setting.0), limit, expected);
    }
    out.absolute("what was found before: .817 for the mixture", expected[2], 0.817, 5e-4);
    Ok(out)
}
