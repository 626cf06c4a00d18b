//! The density estimates behind the reaction: held against naive sums, closed forms, and recursions for Gaussians.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::f64::consts::TAU;

use common::gauss::{LIE, Law};
use common::{blob, fixed, mixture};
use wfr_lab::density::{Bandwidth, Estimator, KernelSum, Method, SmoothedTarget, local_variances, predicted_variance};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Splitting, StepContext, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::params;
use wfr_lab::resample::Resampling;
use wfr_lab::rng::{Purpose, Streams};
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
            .take(30)
            .collect();
        let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
        let mut table = SmoothedTarget::default();
        for h in [0.02, 0.06, 0.2, 0.7] {
            table.prepare(&landscape, h, [&xs, &ys]);
            let mut seen = vec![0.0; points.len()];
            table.potential_into(&landscape, &xs, &ys, &mut seen);
            let (mut worst, mut change) = (0.0f64, 0.0f64);
            for (p, seen) in points.iter().zip(&seen) {
                let expected = smoothed(&landscape, *p, h, (h / 5.0).min(0.025));
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
    for (h, expected) in [(0.2, 0.7759), (0.4, 0.7131), (0.8, 0.5729)] {
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
        assert!((predicted - expected).abs() < 3e-3);
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
    let (n, dt) = (600, 0.08);
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
        assert!((seen / mean - 1.0).abs() < 1e-12 && mean > 5.0 && mean < 0.5 * n as f64);
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
    ]) {
        let mut other = e.clone();
        flow.step(&mut e, &context(&landscape, TRANSITION, 0.05, step), &mut work)
            .unwrap();
        flow.step(&mut other, &context(&landscape, fixed(0.1), 0.05, step), &mut plain)
            .unwrap();
        assert_eq!(e, other, "{}", flow.name);
        assert_eq!((work.density.neighbours(), work.density.bandwidth()), (None, 0.1));
    }
    // A rate on its way to zero passes here: everybody is alone with its own parent.
    let crawl = Flow::new("crawl", 1e-9, 1.0);
    crawl
        .step(&mut e, &context(&landscape, TRANSITION, 1e-5, 9), &mut work)
        .unwrap();
    assert!((work.density.neighbours().unwrap() - 1.0).abs() < 1e-6);
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

    /// P(x > 0) at t = 1, 2, 4 under steps of Euler–Maruyama and an exact reaction that sees K_h ∗ ρ.
    fn run(mut self, beta: f64, dt: f64, h: f64) -> [f64; 3] {
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
        let phi = 1.0 - (-beta * dt).exp();
        let mut seen = Vec::new();
        for step in 1..=(4.0 / dt).round() as usize {
            self.law = apply(&walk, &self.law);
            let density = see
                .as_ref()
                .map_or_else(|| self.law.clone(), |see| apply(see, &self.law));
            for ((mass, target), density) in self.law.iter_mut().zip(&self.target).zip(density) {
                *mass *= if *mass > 0.0 { (target / density).powf(phi) } else { 1.0 };
            }
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

fn normalise(mass: &mut [f64]) {
    let sum: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|m| *m /= sum);
}

#[test]
fn wells_of_the_continuum() {
    for v in [1.0 / 32.0, 0.02, 0.05, 0.1, 0.0025, 0.04, 0.01] {
        println!(
            "{v}: {:?} {:?} {:?}",
            Line::new(v, 0.0).run(1.0, 0.005, 0.0),
            Line::new(v, 0.0).run(0.0, 0.005, 0.0),
            Line::new(v, 0.01).run(1.0, 0.005, 0.0)
        );
    }
    println!("{:?}", Line::new(0.04, 0.0).run(1.0, 0.02, 0.0));
    println!("{:?}", Line::new(0.04, 0.0).run(1.0, 0.01, 0.0));
    println!("{:?}", Line::new(0.04, 0.0).run(1.0, 0.0025, 0.0));
    println!("{:?}", Line::new(0.04, 0.0).run(1.0, 0.01, 0.1));
}
