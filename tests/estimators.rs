//! The density estimates behind the reaction: held against naive sums, closed forms, and recursions for Gaussians.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::f64::consts::TAU;

use common::gauss::{LIE, Law, START, TARGET, towards_target};
use common::{Estimate, advance, blob, fixed, mixture, moments, replicates, scenario};
use wfr_lab::density::{Bandwidth, Estimator, KernelSum, Method, SmoothedTarget, local_variances, predicted_variance};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, StepContext, Transport, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::params;
use wfr_lab::resample::Resampling;
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::{Grid, Point, Symmetric};
use wfr_lab::target::{Component, Mixture, Shape};

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

/// −log ∫ N(z; x, h²) e^(−V(z)) dz by the trapezoidal rule, in logarithms.
fn smoothed(landscape: &Landscape, at: Point, h: f64, spacing: f64) -> f64 {
    let n = (9.0 * h / spacing).ceil() as i32;
    let axis: Vec<f64> = (-n..=n).map(|i| f64::from(i) * spacing).collect();
    let mut logs = Vec::new();
    for dx in &axis {
        for dy in &axis {
            let v = landscape.potential(at + Point::new(*dx, *dy));
            logs.push(-v - (dx * dx + dy * dy) / (2.0 * h * h));
        }
    }
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|l| (l - most).exp()).sum();
    -(most + (sum * spacing * spacing / (TAU * h * h)).ln())
}

#[test]
fn a_smoothed_gaussian_is_a_wider_gaussian() {
    let (mean, covariance) = (Point::new(0.4, -1.0), Symmetric::new(0.8, 0.3, 0.5));
    let component = Component::new(1.0, mean, covariance);
    let shape = Shape::Mixture(Mixture::new(vec![component]).unwrap());
    let landscape = Landscape {
        shape,
        temperature: 1.0,
    };
    let place = |i: i32| Point::new(2.2 * (f64::from(i) * 0.7).sin(), 2.0 * (f64::from(i) * 1.3).cos());
    let (xs, ys): (Vec<f64>, Vec<f64>) = (0..400).map(|i| mean + place(i)).map(|p| (p.x, p.y)).unzip();
    let mut table = SmoothedTarget::default();
    let mut seen = vec![0.0; xs.len()];
    for h in [0.005, 0.03, 0.1, 0.4, 1.0, 2.0] {
        let wide = covariance.plus(Symmetric::new(h * h, 0.0, h * h));
        table.prepare(&landscape, h, [&xs, &ys]);
        table.potential_into(&landscape, &xs, &ys, &mut seen);
        let (mut worst, mut change) = (0.0f64, 0.0f64);
        for ((&x, &y), seen) in xs.iter().zip(&ys).zip(&seen) {
            let d = Point::new(x, y) - mean;
            let expected = 0.5 * d.dot(wide.inverse().apply(d)) + 0.5 * (TAU * TAU * wide.determinant()).ln();
            worst = worst.max((seen - expected).abs());
            change = change.max((landscape.potential(Point::new(x, y)) - expected).abs());
        }
        println!("h {h}: F off by {worst:.1e}, of a correction of {change:.1e}");
        // Nodes resolve the kernel, or stand a tenth of a standard deviation apart and carry its variance only.
        assert!(worst < if h < 0.05 { 0.01 * change } else { 1e-12 });
    }
}

#[test]
fn a_smoothed_target_is_the_integral() {
    for mut shape in Shape::all() {
        if shape.name() == "Ring" {
            params::set(shape.parameters(), "width", 0.07).unwrap();
        }
        let landscape = Landscape {
            shape,
            temperature: 1.0,
        };
        let view = landscape.target().view();
        let lowest = landscape.field(Grid::new(view, 200, 200)).range().unwrap().0;
        let somewhere = |k: i32| {
            let share = |by: f64| (f64::from(k) * by).fract();
            view.min
                + Point::new(
                    view.width() * share(0.754_877_666),
                    view.height() * share(0.569_840_291),
                )
        };
        let points: Vec<Point> = (1..)
            .map(somewhere)
            .filter(|p| landscape.potential(*p) < lowest + 8.0)
            .take(20)
            .collect();
        let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
        let mut table = SmoothedTarget::default();
        for h in [0.02, 0.06, 0.2, 0.7, 1.7] {
            table.prepare(&landscape, h, [&xs, &ys]);
            let mut seen = vec![0.0; points.len()];
            table.potential_into(&landscape, &xs, &ys, &mut seen);
            let (mut worst, mut change) = (0.0f64, 0.0f64);
            for (p, seen) in points.iter().zip(&seen) {
                let expected = smoothed(&landscape, *p, h, (h / 5.0).min(0.04));
                worst = worst.max((seen - expected).abs());
                change = change.max((landscape.potential(*p) - expected).abs());
            }
            println!("{} h {h}: off by {worst:.1e}, of {change:.1e}", landscape.shape.name());
            assert!(worst < 1e-3 && worst < 0.01 * change);
            // The table does not depend on what it was before.
            let mut fresh = SmoothedTarget::default();
            fresh.prepare(&landscape, h, [&xs[..5], &ys[..5]]);
            let mut again = vec![0.0; 5];
            fresh.potential_into(&landscape, &xs[..5], &ys[..5], &mut again);
            assert_eq!(again, seen[..5]);
        }
    }
}

#[test]
fn beyond_its_table_a_smoothed_target_is_the_target() {
    let landscape = Landscape {
        shape: Shape::all().remove(0),
        temperature: 1.0,
    };
    let (near, far) = (vec![0.3; 4], vec![1e3, -1e9, 1e150, 60.0]);
    let mut table = SmoothedTarget::default();
    table.prepare(&landscape, 0.1, [&near, &near]);
    let before = {
        let mut out = vec![0.0; 4];
        table.potential_into(&landscape, &near, &near, &mut out);
        out
    };
    for ys in [&near, &far] {
        table.prepare(&landscape, 0.1, [&far, ys]);
        let (mut seen, mut plain) = (vec![0.0; 4], vec![0.0; 4]);
        table.potential_into(&landscape, &far, ys, &mut seen);
        landscape.potential_into(&far, ys, &mut plain);
        assert_eq!(seen, plain);
    }
    let mut after = vec![0.0; 4];
    table.potential_into(&landscape, &near, &near, &mut after);
    assert_eq!(after, before, "a wider table says the same");
}

#[test]
fn predicted_variances_are_those_of_the_flow() {
    // mathematics.md §7: C* for α = ½, β = 2, S = 0.8.
    for (h, expected) in [(0.2, 0.776), (0.4, 0.714), (0.8, 0.575)] {
        let predicted = predicted_variance(0.5, 2.0, 0.8, h);
        let law = Law {
            alpha: 0.5,
            beta: 2.0,
            dt: 0.0,
            h,
            splitting: LIE,
        };
        let flow = law.flow(25.0).c;
        println!("h {h}: C* {predicted:.6}, flow {flow:.6}, table {expected}");
        assert!((predicted - flow).abs() < 1e-10, "TARGET has variance 0.8");
        assert!((predicted - expected).abs() < 5e-4);
    }
    assert_eq!(predicted_variance(1.0, 0.0, 0.3, 0.5), 0.3);
    assert_eq!(predicted_variance(0.0, 1.0, 0.5, 0.5), 0.25);
    assert_eq!(predicted_variance(0.0, 1.0, 0.2, 0.5), 0.0);
    assert!((predicted_variance(1e-9, 1.0, 0.5, 0.5) - 0.25).abs() < 1e-6);
    assert!(predicted_variance(1e-3, 4.0, 0.018, 2.0) > 0.0);
}

#[test]
fn local_variances_are_those_of_the_well() {
    let mut well = Shape::all().remove(0);
    params::set(well.parameters(), "barrier", 7.0).unwrap();
    let landscape = |shape: Shape, temperature: f64| Landscape { shape, temperature };
    let seen = local_variances(&landscape(well.clone(), 2.0), Point::new(-1.0, 0.0));
    assert!(
        (seen[0] - 2.0 / 56.0).abs() < 1e-8 && (seen[1] - 2.0).abs() < 1e-8,
        "{seen:?}"
    );
    // The eigenvalues of [[1, 0.6], [0.6, 0.9]].
    let tilted = Component::new(1.0, Point::new(3.0, 4.0), Symmetric::new(1.0, 0.6, 0.9));
    let shape = Shape::Mixture(Mixture::new(vec![tilted]).unwrap());
    let seen = local_variances(&landscape(shape, 1.0), Point::new(3.0, 4.0));
    let (mean, spread) = (0.95, (0.05f64 * 0.05 + 0.36).sqrt());
    assert!(
        (seen[0] - (mean - spread)).abs() < 1e-7 && (seen[1] - (mean + spread)).abs() < 1e-7,
        "{seen:?}"
    );
    // Around a ring nothing rises, and on top of a barrier it falls.
    let ring = Shape::all().into_iter().find(|s| s.name() == "Ring").unwrap();
    let seen = local_variances(&landscape(ring, 1.0), Point::new(0.0, 1.5));
    assert!((seen[0] - 0.045).abs() < 1e-8 && seen[1] == f64::INFINITY, "{seen:?}");
    assert_eq!(
        local_variances(&landscape(well, 1.0), Point::new(0.0, 0.0))[1],
        f64::INFINITY
    );
}

/// A flow step by step on particles of our own.
fn context<'a>(landscape: &'a Landscape, estimator: Estimator, dt: f64, step: u64) -> StepContext<'a> {
    StepContext {
        landscape,
        estimator,
        resampling: Resampling {
            threshold: 0.0,
            ..Resampling::default()
        },
        dt,
        step,
        streams: Streams::new(7),
        basins: None,
        given: None,
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
    let landscape = Landscape {
        shape: mixture(&blobs),
        temperature: 1.3,
    };
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
            let g = landscape.target().gradient(Point::new(x, y));
            Point::new(x, y) - (flow.alpha * dt / landscape.temperature) * g
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
    let landscape = Landscape {
        shape: mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]),
        temperature: 1.0,
    };
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
            let landscape = Landscape {
                shape: shape.clone(),
                temperature,
            };
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

/// The double well 4 (x² − 1)² on a line of cells.
struct Line {
    xs: Vec<f64>,
    law: Vec<f64>,
    target: Vec<f64>,
}

const CELL: f64 = 0.02;

impl Line {
    /// A Gaussian in the left well, and some of it in the right.
    fn new(variance: f64, seeded: f64) -> Self {
        let xs: Vec<f64> = (0..260).map(|i| (f64::from(i) - 129.5) * CELL).collect();
        let normal = |m: f64, x: f64| (-(x - m).powi(2) / (2.0 * variance)).exp();
        let mut line = Self {
            law: xs
                .iter()
                .map(|x| (1.0 - seeded) * normal(-1.0, *x) + seeded * normal(1.0, *x))
                .collect(),
            target: xs.iter().map(|x| (-4.0 * (x * x - 1.0).powi(2)).exp()).collect(),
            xs,
        };
        normalise(&mut line.law);
        normalise(&mut line.target);
        line
    }

    /// The matrix of Gaussian kernels about these places, normalised for each.
    fn kernels(&self, places: &[f64], variance: f64) -> Vec<Vec<f64>> {
        let column = |y: &f64| {
            let mut column: Vec<f64> = self
                .xs
                .iter()
                .map(|x| (-(x - y).powi(2) / (2.0 * variance)).exp())
                .collect();
            normalise(&mut column);
            column
        };
        places.iter().map(column).collect()
    }

    /// P(x > 0) at t = 1, 2, 4 under steps of Euler–Maruyama and a reaction that sees K ∗ ρ, with β = 1: exact, or what births and
    /// deaths make of it.
    fn run(mut self, dt: f64, h: f64, reaction: Reaction) -> [f64; 3] {
        let drifted: Vec<f64> = self.xs.iter().map(|x| x - dt * 16.0 * x * (x * x - 1.0)).collect();
        let walk = self.kernels(&drifted, 2.0 * dt);
        let see = (h > 0.0).then(|| self.kernels(&self.xs.clone(), h * h));
        let apply = |kernels: &[Vec<f64>], law: &[f64]| {
            let mut out = vec![0.0; law.len()];
            for (column, mass) in kernels.iter().zip(law) {
                out.iter_mut().zip(column).for_each(|(o, k)| *o += k * mass);
            }
            out
        };
        let phi = 1.0 - (-dt).exp();
        let mut seen = Vec::new();
        for step in 1..=(4.0 / dt).round() as usize {
            self.law = apply(&walk, &self.law);
            let density = see
                .as_ref()
                .map_or_else(|| self.law.clone(), |see| apply(see, &self.law));
            let ratios = self.target.iter().zip(&density).zip(&self.law);
            let growth: Vec<f64> = ratios
                .map(|((t, d), m)| if *m > 0.0 { phi * (t / d).ln() } else { 0.0 })
                .collect();
            let factors = match reaction {
                Reaction::BirthDeath => births_and_deaths(&self.law, &growth),
                _ => growth.iter().map(|g| g.exp()).collect(),
            };
            self.law.iter_mut().zip(factors).for_each(|(m, f)| *m *= f);
            normalise(&mut self.law);
            if [1.0, 2.0, 4.0].iter().any(|t: &f64| (t / dt).round() as usize == step) {
                seen.push(
                    self.law
                        .iter()
                        .zip(&self.xs)
                        .filter(|(_, x)| **x > 0.0)
                        .map(|(m, _)| m)
                        .sum(),
                );
            }
        }
        [seen[0], seen[1], seen[2]]
    }
}

/// By what births and deaths multiply a law of infinitely many particles (derived here). With r the growth less its mean, a share
/// p = 1 − e^(−|r|) is due, in random order, and acts unless it has been overwritten. After a share u of the order the share S of
/// slots not overwritten obeys S' = −P₊ S², P± the due mass of either sign; what the slots hold obeys c' = S [(P₋ − P₊) c ± p ρ].
fn births_and_deaths(law: &[f64], growth: &[f64]) -> Vec<f64> {
    let mean: f64 = law.iter().zip(growth).map(|(m, g)| m * g).sum();
    let due = |g: &f64| (1.0 - (-(g - mean).abs()).exp()).copysign(g - mean);
    let [births, deaths] = [1.0, -1.0].map(|sign| {
        let all = law.iter().zip(growth).map(|(m, g)| m * (sign * due(g)).max(0.0));
        all.sum::<f64>()
    });
    let time = births.ln_1p() / births;
    let drift = deaths - births;
    let reach = if drift.abs() > 1e-12 {
        (drift * time).exp_m1() / drift
    } else {
        time
    };
    growth.iter().map(|g| (drift * time).exp() + due(g) * reach).collect()
}

fn normalise(mass: &mut [f64]) {
    let sum: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|m| *m /= sum);
}

/// Panels, and the number of steps after which each is looked at, over some sizes: 2 fine − coarse has no error of 1/N. `measure` turns a
/// run into numbers.
fn without_size(
    scenario: &Scenario,
    (many, runs): (usize, u64),
    steps: &[usize],
    measure: impl Fn(&Simulation) -> Vec<f64> + Sync,
) -> Vec<(Estimate, Estimate)> {
    let run = |first: u64, count: u64, particles: usize| {
        replicates(first, count, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                particles,
                ..scenario.clone()
            });
            let mut out = Vec::new();
            for &steps in steps {
                let missing = steps - simulation.steps() as usize;
                advance(&mut simulation, missing);
                out.extend(measure(&simulation));
            }
            out
        })
    };
    let (fine, coarse) = (run(1, runs, many), run(1000, 2 * runs, many / 2));
    let pairs = fine.into_iter().zip(coarse);
    pairs
        .map(|(fine, coarse)| (fine.combine(2.0, coarse, -1.0), fine.combine(1.0, coarse, -1.0)))
        .collect()
}

/// The variance after so many steps of a flow in N(0, S) that sees its law through a kernel of width h and its target through one of
/// width g, from N(0, C).
fn variance_after(steps: usize, law: Law, g: f64, (c, s): (f64, f64)) -> f64 {
    let phi = 1.0 - (-law.beta * law.dt).exp();
    (0..steps).fold(c, |c, _| {
        let walked = (1.0 - law.alpha * law.dt / s).powi(2) * c + 2.0 * law.alpha * law.dt;
        1.0 / (1.0 / walked - phi / (walked + law.h * law.h) + phi / (s + g * g))
    })
}

/// The mean of the variances along both axes, of every panel.
fn variances(simulation: &Simulation) -> Vec<f64> {
    let panels = 0..simulation.scenario().panels.len();
    panels
        .map(|p| {
            let [_, x, _, y, _] = moments(simulation.ensemble(p));
            0.5 * (x + y)
        })
        .collect()
}

#[test]
fn a_debiased_reaction_rests_at_the_target() {
    let (s, dt, steps) = (0.8, 0.1, 30);
    // The narrower the kernel, the more particles it takes until what is left of their number is 1/N.
    for (h, size) in [(0.2, (40_000, 8)), (0.4, (8000, 16)), (0.8, (8000, 16))] {
        let panel = |debiased: bool| Flow {
            estimator: Some(Estimator { debiased, ..fixed(h) }),
            ..Flow::new(&format!("debiased {debiased}"), 0.5, 2.0)
        };
        // Neither where it should end nor where it must not.
        let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.7, 0.7)));
        let target = mixture(&[blob(1.0, (0.0, 0.0), (s, s))]);
        let scenario = Scenario {
            dt,
            ..scenario(target, start, [false, true].map(panel).to_vec())
        };
        let law = Law {
            alpha: 0.5,
            beta: 2.0,
            dt,
            h,
            splitting: LIE,
        };
        let expected = [0.0, h].map(|g| variance_after(steps, law, g, (0.7, s)));
        // In continuous time the law rests at C*, or at S.
        let rests = [0.0, h].map(|g| variance_after(100_000, Law { dt: 1e-4, ..law }, g, (0.7, s)));
        assert!((rests[0] - predicted_variance(0.5, 2.0, s, h)).abs() < 1e-4 && (rests[1] - s).abs() < 1e-4);
        for (i, (seen, size)) in without_size(&scenario, size, &[steps], variances)
            .into_iter()
            .enumerate()
        {
            let name = &scenario.panels[i].name;
            let what = format!("h {h} {name}, at rest {:.4}, size {:.4}; var", rests[i], size.mean);
            seen.agrees(&what, expected[i]);
            seen.differs(&what, expected[1 - i]);
        }
    }
}

#[test]
fn the_transition_mixture_makes_the_split_flow_exact() {
    // Both substeps are exact maps of Gaussians: ULA, then Fisher–Rao with nothing smoothed.
    let law = |alpha: f64, beta: f64, dt: f64| Law {
        alpha,
        beta,
        dt,
        h: 0.0,
        splitting: LIE,
    };
    let rest = |alpha, beta| variance_after(2000, law(alpha, beta, 0.2), 0.0, (0.8, 0.8));
    println!(
        "rest at dt 0.2: {:.4} with α ½, β 2; {:.4} with α 1, β 1",
        rest(0.5, 2.0),
        rest(1.0, 1.0)
    );
    assert!((rest(0.5, 2.0) - 0.817).abs() < 5e-4 && (rest(1.0, 1.0) - 0.873).abs() < 5e-4);
    let panel = |alpha: f64, beta: f64| Flow {
        estimator: Some(TRANSITION),
        ..Flow::new(&format!("{alpha} {beta}"), alpha, beta)
    };
    let rates = [(0.5, 2.0), (1.0, 1.0)];
    let panels: Vec<Flow> = rates.map(|(a, b)| panel(a, b)).to_vec();
    let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.6, 0.6)));
    let target = mixture(&[blob(1.0, (0.0, 0.0), (0.8, 0.8))]);
    let resting = Scenario {
        dt: 0.2,
        ..scenario(target, start, panels.clone())
    };
    let seen = without_size(&resting, (800, 30), &[15], variances);
    for ((alpha, beta), (seen, size)) in rates.into_iter().zip(seen) {
        let what = format!("at rest, α {alpha} β {beta}, size {:.4}: var", size.mean);
        seen.agrees(&what, variance_after(15, law(alpha, beta, 0.2), 0.0, (0.6, 0.8)));
    }
    // On the way, from table A: mean and variance along x.
    let moving = towards_target(0.1, panels);
    let along = |simulation: &Simulation| {
        (0..2)
            .flat_map(|p| moments(simulation.ensemble(p))[..2].to_vec())
            .collect()
    };
    let seen = without_size(&moving, (800, 30), &[3, 10], along);
    for (i, (seen, size)) in seen.into_iter().enumerate() {
        let (steps, (alpha, beta)) = ([3, 10][i / 4], rates[i / 2 % 2]);
        let expected = law(alpha, beta, 0.1).after(steps, START, TARGET);
        let what = format!("on the way, α {alpha} β {beta}, step {steps}, size {:.4}", size.mean);
        if i % 2 == 0 {
            seen.agrees(&format!("{what}: mean"), expected.m);
        } else {
            seen.agrees(&format!("{what}: var"), expected.c);
        }
    }
}

#[test]
fn wells_fill_as_in_the_continuum() {
    // Table of mathematics.md §7, whose start is N(−1, 0.04).
    for (seeded, table) in [(0.0, [0.175, 0.378, 0.487]), (0.01, [0.220, 0.399, 0.489])] {
        let flow = Line::new(0.04, seeded).run(0.0025, 0.0, Reaction::Weights);
        println!("seeded {seeded}: {flow:.4?}, table {table:?}");
        assert!(flow.iter().zip(table).all(|(a, b)| (a - b).abs() < 6e-4));
    }
    let right = |simulation: &Simulation| -> Vec<f64> {
        let e = simulation.ensemble(0);
        let on_the_right = e.positions()[0].iter().zip(e.weights()).filter(|(x, _)| **x > 0.0);
        vec![on_the_right.map(|(_, w)| w).sum()]
    };
    let mut target = Shape::all().remove(0);
    params::set(target.parameters(), "barrier", 4.0).unwrap();
    let smc = Flow {
        estimator: Some(TRANSITION),
        ..Flow::new("SMC-WFR", 1.0, 1.0)
    };
    let h = 0.15;
    let jumps = Flow {
        estimator: Some(fixed(h)),
        reaction: Reaction::BirthDeath,
        ..Flow::new("BDLS", 1.0, 1.0)
    };
    let dt = 0.02;
    for (panel, h, size) in [(smc, 0.0, (800, 16)), (jumps, h, (4000, 24))] {
        for seeded in [0.0, 0.01] {
            let blobs = [(1.0 - seeded, -1.0), (seeded, 1.0)].map(|(w, x)| blob(w, (x, 0.0), (0.04, 1.0)));
            let start = Start::Mixture(if seeded > 0.0 {
                blobs.to_vec()
            } else {
                blobs[..1].to_vec()
            });
            let scenario = Scenario {
                dt,
                ..scenario(target.clone(), start, vec![panel.clone()])
            };
            let steps = [1.0, 2.0, 4.0].map(|t: f64| (t / dt).round() as usize);
            let seen = without_size(&scenario, size, &steps, right);
            let expected = Line::new(0.04, seeded).run(dt, h, panel.reaction);
            for (i, (seen, size)) in seen.into_iter().enumerate() {
                let size = format!("size {:.4} ± {:.4}", size.mean, size.error);
                seen.agrees(
                    &format!("{} seeded {seeded} t {} {size}", panel.name, [1, 2, 4][i]),
                    expected[i],
                );
            }
        }
    }
}
