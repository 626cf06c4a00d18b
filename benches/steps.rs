//! Cost of a step, beside the floors that it cannot go below in the same run.
//!
//! `cargo bench --bench steps`; throughput is in particle-steps per second. Each workload first checks a moment of its result.

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::{ByHand, SIZES, advance, check, scenario, simulation};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;
use wfr_lab::chunks::{BLOCK, CHUNK};
use wfr_lab::density::GridDensity;
use wfr_lab::flow::Transport;
use wfr_lab::observe::Observer;
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Preset, presets};
use wfr_lab::sim::Simulation;
use wfr_lab::snapshot::Probe;
use wfr_lab::target::{DoubleWell, MullerBrown, Shape};
use wfr_lab::vectorize::wide;

/// W1: transport only.
fn langevin(c: &mut Criterion) {
    let mut group = group(c, "W1 Langevin step");
    for n in SIZES {
        let sim = simulation(n, 1.0, 0.0, 2500);
        let [xs, ys] = sim.ensemble(0).positions();
        let mean = |f: &dyn Fn(f64) -> f64, v: &[f64]| v.iter().map(|&x| f(x)).sum::<f64>() / n as f64;
        // Stationary moments of the discrete chain; their standard deviations are about .26, 1.4 and .53. The start, not
        // quite forgotten at t = 5, adds about e^(−10).
        let error = 5.0 / (n as f64).sqrt();
        check("E x²", mean(&|x| x * x, xs), 0.9473, 0.26 * error + 1e-4);
        check("E x⁴", mean(&|x| x.powi(4), xs), 0.9909, 0.53 * error + 1e-4);
        check("E y²", mean(&|y| y * y, ys), 1.001, 1.42 * error + 1e-4);
        let mut by_hand = ByHand::new(&sim);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| by_hand.step()));
    }
}

/// W1 again by every integrator, at 10⁵ particles.
fn integrators(c: &mut Criterion) {
    let mut group = group(c, "W1 by integrator");
    let n = SIZES[1];
    for transport in Transport::ALL {
        let mut scenario = scenario(n, 1.0, 0.0, 1);
        scenario.panels[0].transport = transport;
        // Wells are alike, so that E x² does not care which of them holds how much; Euler–Maruyama has its own.
        let exact = scenario
            .target
            .target()
            .moments(1.0)
            .map_or(f64::NAN, |m| m.covariance.xx);
        let expected = if transport == Transport::EulerMaruyama {
            0.9473
        } else {
            exact
        };
        let mut sim = Simulation::new(scenario);
        advance(&mut sim, 2500);
        let seen = sim.ensemble(0).positions()[0].iter().map(|x| x * x).sum::<f64>() / n as f64;
        check("E x²", seen, expected, 5.0 * 0.26 / (n as f64).sqrt() + 1e-3);
        let mut by_hand = ByHand::new(&sim);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{transport:?}")), |b| {
            b.iter(|| by_hand.step());
        });
    }
}

/// W2: transport, density estimate, log-weights, normalisation and systematic resampling, all in every step.
fn wfr(c: &mut Criterion) {
    let mut group = group(c, "W2 WFR step");
    for n in SIZES {
        let mut sim = simulation(n, 1.0, 0.5, 500);
        // Mass of the right well at t = 1: .15516 in the continuum. One run of N particles scatters by about 1.35/√N and lags
        // behind because a particle's own kernel lifts its density, by about .6/√N.
        let scale = 1.0 / (n as f64).sqrt();
        check(
            "mass on the right",
            sim.observe(0).basin_mass[1],
            0.155_16 - 0.6 * scale,
            5.0 * 1.35 * scale + 2e-4,
        );
        let mut by_hand = ByHand::new(&sim);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| by_hand.step()));
    }
    group.finish();
    let mut group = self::group(c, "W2 with the ledger of mass");
    for n in SIZES {
        let mut sim = simulation(n, 1.0, 0.5, 500);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| advance(&mut sim, 1)));
    }
}

/// W1 and W2 with built-in potentials and with the formulas of the same, at 10⁵ particles.
fn formula(c: &mut Criterion) {
    let n = SIZES[1];
    for built_in in [
        Shape::DoubleWell(DoubleWell::default()),
        Shape::MullerBrown(MullerBrown::default()),
    ] {
        let twin = built_in.formula().map(Shape::Formula).expect("it has a formula");
        for (step, beta) in [("Langevin", 0.0), ("WFR", 0.5)] {
            let mut group = group(c, &format!("formula: {step} step in {}", built_in.name()));
            let mut sums = Vec::new();
            for (name, shape) in [("built in", &built_in), ("formula", &twin)] {
                let mut scenario = scenario(n, 1.0, beta, 1);
                scenario.target = shape.clone();
                // Where its wells are: far outside, the built-in Müller–Brown is bounded and its formula is not.
                let mut all = presets().iter().map(Preset::scenario);
                if let Some(own) = all.find(|s| s.target.name() == built_in.name()) {
                    (scenario.start, scenario.dt, scenario.temperature) = (own.start, own.dt, own.temperature);
                }
                let mut sim = Simulation::new(scenario);
                advance(&mut sim, 20);
                sums.push(sim.ensemble(0).positions()[0].iter().sum::<f64>() / n as f64);
                let mut by_hand = ByHand::new(&sim);
                group.throughput(Throughput::Elements(n as u64));
                group.bench_function(name, |b| b.iter(|| by_hand.step()));
            }
            // Rounding apart the walks are the same; resampling, once it differs in one particle, is another draw.
            let tolerance = if beta == 0.0 { 1e-6 } else { 0.02 };
            check("mean of x, from one and the other", sums[1], sums[0], tolerance);
        }
    }
}

/// The density estimate alone: binning and smoothing on the grid, then interpolation at every particle.
fn density(c: &mut Criterion) {
    let mut group = group(c, "grid density");
    for n in SIZES {
        let sim = simulation(n, 1.0, 0.0, 500);
        let mut grid = GridDensity::default();
        let mut log = vec![0.0; n];
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter(|| {
                let ensemble = sim.ensemble(0);
                grid.estimate(ensemble, 0.06);
                let [xs, ys] = ensemble.positions();
                log.par_chunks_mut(CHUNK)
                    .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
                    .for_each(|(out, (xs, ys))| grid.log_density(xs, ys, out));
            });
        });
        assert!(log.iter().all(|l| l.is_finite()));
    }
}

/// What no step can beat: the noise it needs, and reading and writing every position once.
fn floors(c: &mut Criterion) {
    let mut group = group(c, "floor: normals");
    for n in SIZES {
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        let mut step = 0;
        let mut draw = || {
            step += 1;
            let streams = Streams::new(1);
            a.par_chunks_mut(CHUNK)
                .zip(b.par_chunks_mut(CHUNK))
                .enumerate()
                .for_each(|(chunk, (a, b))| {
                    let mut normals = streams.normals(step, Purpose::Transport, chunk);
                    for (a, b) in a.chunks_mut(BLOCK).zip(b.chunks_mut(BLOCK)) {
                        wide(
                            #[inline(always)]
                            || normals.fill(a, b),
                        );
                    }
                });
        };
        draw();
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |bench| bench.iter(&mut draw));
        let variance = a.iter().map(|z| z * z).sum::<f64>() / n as f64;
        check("variance of the noise", variance, 1.0, 5.0 * (2.0 / n as f64).sqrt());
    }
    group.finish();
    let mut group = self::group(c, "floor: copy");
    for n in SIZES {
        let (from, mut to) = (vec![1.5; 2 * n], vec![1.5; 2 * n]);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter(|| {
                to.par_chunks_mut(2 * CHUNK)
                    .zip(from.par_chunks(2 * CHUNK))
                    .for_each(|(t, f)| t.copy_from_slice(f));
            });
        });
        assert_eq!(black_box(&to)[n], 1.5);
    }
}

/// What the engine pays to show a state: measuring, and copying what is drawn.
fn snapshot(c: &mut Criterion) {
    let mut group = group(c, "snapshot of three panels");
    for n in SIZES {
        let mut sim = Simulation::new(scenario(n, 1.0, 0.5, 3));
        advance(&mut sim, 10);
        let probe = Probe {
            max_dots: 10_000,
            picture: Some((sim.scenario().view(), [400, 400])),
            ..Probe::default()
        };
        group.throughput(Throughput::Elements(3 * n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter(|| black_box(sim.snapshot(&probe)));
        });
    }
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group
}

/// All that is measured of a panel, and what is worked out beforehand for a target.
fn observe(c: &mut Criterion) {
    let mut group = group(c, "measurements of a panel");
    for n in SIZES {
        let sim = simulation(n, 1.0, 0.5, 100);
        let (landscape, view) = (sim.scenario().landscape(), sim.scenario().view());
        let mut observer = Observer::new(&landscape, view);
        let seen = observer.observe(sim.ensemble(0));
        check(
            "mass on the right",
            seen.basin_mass[1],
            sim.ensemble(0)
                .weights()
                .iter()
                .zip(sim.ensemble(0).positions()[0])
                .filter(|(_, x)| **x > 0.0)
                .map(|(w, _)| w)
                .sum(),
            1e-3,
        );
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter(|| black_box(observer.observe(sim.ensemble(0))));
        });
        if n == SIZES[0] {
            group.bench_function("target", |b| b.iter(|| Observer::new(&landscape, view)));
        }
    }
}

criterion_group!(
    benches,
    formula,
    langevin,
    integrators,
    wfr,
    density,
    observe,
    floors,
    snapshot
);
criterion_main!(benches);
