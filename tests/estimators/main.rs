//! The density estimates behind the reaction: held against naive sums; any law, any target, any number of threads.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

#[path = "../common/mod.rs"]
mod common;
mod flows;
mod smoothed;

use std::f64::consts::TAU;

use common::{advance, blob, fixed, mixture, scenario};
use wfr_lab::density::{Bandwidth, Estimator, KernelSum, Method, SmoothedTarget};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, StepContext, Transport, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::resample::Resampling;
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::Point;
use wfr_lab::target::Shape;

/// log Σⱼ wⱼ N(x; yⱼ, h²), and 1/Σ r², by the definition.
fn naive(at: (f64, f64), [ys, zs]: [&[f64]; 2], log_weights: &[f64], h: f64) -> (f64, f64) {
    let log = |j: usize| log_weights[j] - ((at.0 - ys[j]).powi(2) + (at.1 - zs[j]).powi(2)) / (2.0 * h * h);
    let logs: Vec<f64> = (0..ys.len()).map(log).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|l| (l - most).exp()).sum();
    let squares: f64 = logs.iter().map(|l| (2.0 * (l - most)).exp()).sum();
    (most + sum.ln() - (TAU * h * h).ln(), sum * sum / squares)
}

/// Two clouds, one wide and one narrow, with uneven weights.
fn clouds(n: usize) -> Ensemble {
    let (mut x, mut y) = (vec![0.0; n], vec![0.0; n]);
    Streams::new(4).normals(0, Purpose::Start, 0).fill(&mut x, &mut y);
    for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
        *x = if i % 5 == 0 { 3.0 + 0.1 * *x } else { -1.0 + *x };
        *y *= if i % 5 == 0 { 0.02 } else { 0.7 };
    }
    let mut e = Ensemble::new([x, y]);
    e.reweight(|first, _, l| {
        for (i, l) in l.iter_mut().enumerate() {
            *l += 3.0 * ((first + i) as f64 * 0.61).sin();
        }
    })
    .unwrap();
    e
}

/// The worst relative error of density and neighbours at these points.
fn worst(sources: [&[f64]; 2], log_weights: &[f64], points: [&[f64]; 2], h: f64) -> (f64, f64) {
    let n = points[0].len();
    let (mut sum, mut log, mut neighbours) = (KernelSum::default(), vec![0.0; n], vec![0.0; n]);
    sum.place(sources, log_weights, h);
    sum.evaluate(points, &mut log);
    sum.neighbours(points, &mut neighbours);
    (0..n).fold((0.0, 0.0), |(a, b): (f64, f64), i| {
        let (expected, felt) = naive((points[0][i], points[1][i]), sources, log_weights, h);
        (
            a.max((log[i] - expected).abs()),
            b.max((neighbours[i] / felt - 1.0).abs()),
        )
    })
}

#[test]
fn the_exact_sum_is_the_naive_one() {
    let e = clouds(3000);
    for h in [0.001, 0.01, 0.06, 0.2, 1.0, 5.0] {
        let (density, neighbours) = worst(e.positions(), e.log_weights(), e.positions(), h);
        println!("h {h}: log density off by {density:.1e}, neighbours by {neighbours:.1e}");
        assert!(density < 1e-12 && neighbours < 1e-12);
        // Points that are no sources: far from all, and in between.
        let line: Vec<f64> = (-60..60).map(|i| f64::from(i) * 0.2).collect();
        let (density, neighbours) = worst(e.positions(), e.log_weights(), [&line, &line], h);
        let far = 1e-15 * (12.0f64 / h).powi(2); // the rounding of a squared distance
        println!("h {h}: elsewhere {density:.1e}, {neighbours:.1e}");
        assert!(density < 1e-12 + far && neighbours < 1e-12 + 4.0 * far);
    }
}
/// A flow step by step on particles of our own.
fn context<'a>(landscape: &'a Landscape, estimator: Estimator, dt: f64, step: u64) -> StepContext<'a> {
    StepContext {
        estimator,
        resampling: Resampling {
            threshold: 0.0,
            ..Resampling::default()
        },
        ..StepContext::new(landscape, dt, step, Streams::new(7))
    }
}

const TRANSITION: Estimator = Estimator {
    method: Method::Transition,
    bandwidth: Bandwidth::Fixed(0.1),
    debiased: false,
};

#[test]
fn the_transition_mixture_sums_over_parents_with_their_weights() {
    let blobs = [blob(1.0, (-1.5, 0.3), (0.2, 0.6)), blob(3.0, (1.0, -0.5), (0.5, 0.1))];
    let landscape = Landscape::new(mixture(&blobs), 1.3);
    let (n, dt) = (250, 0.08);
    let flow = Flow::new("SMC-WFR", 0.7, 1.3);
    let mut e = clouds(n);
    let mut work = Workspace::default();
    for step in 0..2 {
        let before = e.clone();
        let context = context(&landscape, TRANSITION, dt, step);
        flow.step(&mut e, &context, &mut work).unwrap();
        let [px, py] = before.positions();
        let drift = |x: f64, y: f64| {
            let g = landscape.gradient(Point::new(x, y));
            Point::new(x, y) - (flow.alpha * dt) * g
        };
        let (ys, zs): (Vec<f64>, Vec<f64>) = px
            .iter()
            .zip(py)
            .map(|(x, y)| drift(*x, *y))
            .map(|p| (p.x, p.y))
            .unzip();
        let h = (2.0 * flow.alpha * dt).sqrt();
        let [xs, zx] = e.positions();
        let felt: Vec<(f64, f64)> = (0..n)
            .map(|i| naive((xs[i], zx[i]), [&ys, &zs], before.log_weights(), h))
            .collect();
        let grown = |density: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let factor = 1.0 - (-flow.beta * dt).exp();
            let raw: Vec<f64> = (0..n)
                .map(|i| {
                    let v = landscape.potential(Point::new(xs[i], zx[i]));
                    before.log_weights()[i] - factor * (density(i) + v)
                })
                .collect();
            let norm = raw.iter().map(|l| l.exp()).sum::<f64>().ln();
            raw.iter().map(|l| l - norm).collect()
        };
        let off = |expected: &[f64]| {
            let pairs = expected.iter().zip(e.log_weights());
            pairs.fold(0.0f64, |m, (a, b)| m.max((a - b).abs()))
        };
        let right = off(&grown(&|i| felt[i].0));
        // The same matrix of kernels, summed along the wrong axis or with the weights of the wrong step.
        let transposed = off(&grown(&|i| naive((ys[i], zs[i]), [xs, zx], before.log_weights(), h).0));
        let after = off(&grown(&|i| naive((xs[i], zx[i]), [&ys, &zs], e.log_weights(), h).0));
        let undrifted = off(&grown(&|i| naive((xs[i], zx[i]), [px, py], before.log_weights(), h).0));
        println!(
            "off by {right:.1e}; transposed {transposed:.1e}, later weights {after:.1e}, no drift {undrifted:.1e}"
        );
        assert!(right < 1e-12);
        assert!(transposed > 1e-3 && after > 1e-3 && undrifted > 1e-3);
        let mean: f64 = before.weights().iter().zip(&felt).map(|(w, (_, n))| w * n).sum();
        let seen = work.density.neighbours().unwrap();
        println!("neighbours {seen:.3}, expected {mean:.3}");
        assert!((seen / mean - 1.0).abs() < 1e-12 && mean > 3.0 && mean < 0.5 * n as f64);
        assert_eq!(work.density.bandwidth(), h);
    }
}

#[test]
fn without_parents_the_grid_serves() {
    let landscape = Landscape::new(mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]), 1.0);
    let (mut work, mut plain) = (Workspace::default(), Workspace::default());
    let mut e = clouds(400);
    Flow::wfr()
        .step(&mut e, &context(&landscape, TRANSITION, 0.05, 0), &mut work)
        .unwrap();
    assert!(work.density.neighbours().is_some());
    for (step, flow) in (1..).zip([
        Flow::fisher_rao(),
        Flow {
            splitting: Splitting::Strang,
            ..Flow::wfr()
        },
        Flow {
            splitting: Splitting::ReactionTransport,
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::Mala,
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::LeimkuhlerMatthews,
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::Underdamped(1.0),
            ..Flow::wfr()
        },
    ]) {
        let mut other = e.clone();
        flow.step(&mut e, &context(&landscape, TRANSITION, 0.05, step), &mut work)
            .unwrap();
        flow.step(&mut other, &context(&landscape, fixed(0.1), 0.05, step), &mut plain)
            .unwrap();
        assert_eq!(e, other, "{}", flow.name);
        assert_eq!((work.density.neighbours(), work.density.bandwidth()), (None, 0.1));
    }
    // Nothing to estimate, nothing to count.
    let mut counted = |flow: &Flow, step| {
        flow.step(&mut e.clone(), &context(&landscape, TRANSITION, 0.05, step), &mut work)
            .unwrap();
        work.density.neighbours().is_some()
    };
    let given = Flow {
        rate: Rate::Quadratic(1.0, 1.0),
        ..Flow::wfr()
    };
    assert_eq!(
        [&Flow::wfr(), &Flow::langevin(), &Flow::wfr(), &given].map(|f| counted(f, 8)),
        [true, false, true, false]
    );
    // A rate on its way to zero passes here: everybody is alone with its own parent.
    let crawl = Flow::new("crawl", 1e-9, 1.0);
    crawl
        .step(&mut e, &context(&landscape, TRANSITION, 1e-5, 9), &mut work)
        .unwrap();
    assert!((work.density.neighbours().unwrap() - 1.0).abs() < 1e-6);
}

/// Every estimator that is not the plain grid.
fn estimators(bandwidth: Bandwidth) -> Vec<Estimator> {
    [
        (Method::Grid, true),
        (Method::Exact, false),
        (Method::Exact, true),
        (Method::Transition, false),
    ]
    .map(|(method, debiased)| Estimator {
        method,
        bandwidth,
        debiased,
    })
    .to_vec()
}

/// One panel for each of these.
fn panels(estimators: Vec<Estimator>) -> Vec<Flow> {
    let panel = |(i, estimator)| Flow {
        estimator: Some(estimator),
        reaction: if i % 2 == 0 {
            Reaction::Weights
        } else {
            Reaction::BirthDeath
        },
        ..Flow::new(&format!("{i}"), 0.8, 1.1)
    };
    estimators.into_iter().enumerate().map(panel).collect()
}

#[test]
fn estimates_do_not_depend_on_threads() {
    for (particles, bandwidth) in [
        (1, Bandwidth::Fixed(0.1)),
        (2, Bandwidth::Fixed(0.1)),
        (1025, Bandwidth::Silverman(0.7)),
        (3000, Bandwidth::Fixed(0.1)),
    ] {
        let target = mixture(&[blob(0.3, (-1.0, 0.0), (0.1, 0.5)), blob(0.7, (1.0, 0.3), (0.2, 0.3))]);
        let start = Start::Gaussian(blob(1.0, (-1.0, 0.0), (0.2, 0.4)));
        let base = scenario(target, start, panels(estimators(bandwidth)));
        let scenario = Scenario {
            particles,
            scouts: 0.3,
            dt: 0.03,
            ..base
        };
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut simulation = Simulation::new(scenario.clone());
                advance(&mut simulation, 3);
                (0..4)
                    .map(|p| (simulation.ensemble(p).clone(), simulation.observe(p)))
                    .collect::<Vec<_>>()
            })
        };
        let alone = run(1);
        assert!(alone == run(2) && alone == run(4), "{particles} particles");
        let felt = alone
            .iter()
            .map(|(_, seen)| seen.neighbours.is_some())
            .collect::<Vec<_>>();
        assert_eq!(felt, [false, false, false, true], "only the mixture has parents");
    }
}

#[test]
fn any_law_and_any_bandwidth_will_do() {
    let wide = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let starts = [
        Start::Points(vec![Point::new(1e6, -1e6)]),
        Start::Points(vec![Point::new(1e6, 1e6), Point::new(-1e6, -1e6), Point::new(0.0, 0.1)]),
        Start::Gaussian(blob(1.0, (0.0, 0.0), (1e-12, 1e-12))),
        Start::Uniform((-1e6, 1e6), (0.0, 1e-9)),
        Start::Uniform((-5.0, 5.0), (-5.0, 5.0)),
    ];
    for start in starts {
        for bandwidth in [0.005, 2.0]
            .map(Bandwidth::Fixed)
            .into_iter()
            .chain([Bandwidth::Silverman(0.05)])
        {
            let mut flows = panels(estimators(bandwidth));
            // Weights that run through all orders of magnitude and are never levelled.
            flows[1].reaction = Reaction::Weights;
            flows[1].resampling = Some(Resampling {
                threshold: 0.0,
                ..Resampling::default()
            });
            (flows[1].alpha, flows[1].beta) = (0.0, 4.0);
            let base = scenario(wide.clone(), start.clone(), flows);
            let mut simulation = Simulation::new(Scenario {
                particles: 300,
                dt: 0.4,
                ..base
            });
            advance(&mut simulation, 6);
            for p in 0..4 {
                let e = simulation.ensemble(p);
                let what = format!("{start:?} {bandwidth:?} panel {p}");
                assert!((e.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9, "{what}");
                assert!(e.positions().into_iter().flatten().all(|x| x.is_finite()), "{what}");
                assert_eq!(simulation.observe(p).lost, 0, "{what}");
            }
        }
    }
}

#[test]
fn any_target_can_be_smoothed() {
    for shape in Shape::all() {
        for (temperature, h) in [(0.05, 2.0), (0.05, 0.005), (20.0, 2.0), (20.0, 0.005)] {
            let landscape = Landscape::new(shape.clone(), temperature);
            let mut table = SmoothedTarget::default();
            let place: Vec<f64> = (-50..50).map(|i| f64::from(i) * 0.2).collect();
            table.prepare(&landscape, h, [&place, &place]);
            let mut seen = vec![0.0; place.len()];
            table.potential_into(&landscape, &place, &place, &mut seen);
            assert!(
                seen.iter().all(|v| v.is_finite()),
                "{} at {temperature}, h {h}: {seen:?}",
                shape.name()
            );
        }
    }
}
