//! L1 and energy distances between laws and targets: Gaussians against closed forms and quadratures of another kind, exact draws against
//! the floors that sampling is said to have, and the same bits on any number of threads.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{blob, mixture, on_threads, replicates};
use rand::RngExt as _;
use wfr_lab::density::gaussian_taps;
use wfr_lab::ensemble::Ensemble;
use wfr_lab::landscape::Landscape;
use wfr_lab::observe::Observer;
use wfr_lab::rng::{Purpose, Stream, Streams};
use wfr_lab::scenario::Blob;
use wfr_lab::space::{Field, Grid, Point, Rect, Symmetric};
use wfr_lab::target::{DoubleWell, Shape, TripleWell};

/// Not square, and nor are its cells.
const VIEW: Rect = Rect::new(-5.0, 6.0, -4.0, 4.0);

fn gauss(mean: (f64, f64), (xx, xy, yy): (f64, f64, f64)) -> Blob {
    Blob {
        covariance: Symmetric::new(xx, xy, yy),
        ..blob(1.0, mean, (1.0, 1.0))
    }
}

/// As the observer smooths: the taps as they are, cut off at four widths.
fn smoothed(law: Blob) -> Blob {
    let taps = gaussian_taps(2.56 * 2.56 + 1.0 / 6.0);
    let variance: f64 = 2.0 * taps.iter().enumerate().map(|(k, t)| (k * k) as f64 * t).sum::<f64>();
    let cells = |length: f64| variance * (1.5 * length / 192.0).powi(2);
    let wider = Symmetric::new(cells(VIEW.width()), 0.0, cells(VIEW.height()));
    Blob {
        covariance: law.covariance.plus(wider),
        ..law
    }
}

fn density(law: Blob) -> impl Fn(Point) -> f64 {
    let (precision, scale) = (
        law.covariance.inverse(),
        (law.covariance.determinant().sqrt() * std::f64::consts::TAU).recip(),
    );
    move |p: Point| {
        let d = p - law.mean;
        scale * (-0.5 * d.dot(precision.apply(d))).exp()
    }
}

fn masses(law: Blob) -> Field {
    let mut field = Grid::new(VIEW.scaled(1.5), 256, 256).field(density(law));
    let total: f64 = field.values.iter().sum();
    field.values.iter_mut().for_each(|v| *v /= total);
    field
}

fn observer(shape: Shape) -> Observer {
    Observer::new(&Landscape::new(shape, 1.0), VIEW)
}

#[track_caller]
fn close(what: &str, seen: f64, expected: f64, relative: f64) {
    let off = seen / expected - 1.0;
    println!("{what}: {seen:.8}, expected {expected:.8}, off by {off:.1e} of it");
    assert!(off.abs() < relative, "{what}: {seen} and not {expected}");
}

/// E|Z| of a normal vector, from |z| = ∫ (1 − e^(−s|z|²)) s^(−3/2) ds / (2√π) and E e^(−s|Z|²), which is known.
fn mean_length(mean: Point, covariance: Symmetric) -> f64 {
    let term = |u: f64| {
        let s = u.exp();
        let wide = Symmetric::new(
            1.0 + 2.0 * s * covariance.xx,
            2.0 * s * covariance.xy,
            1.0 + 2.0 * s * covariance.yy,
        );
        let kept = (-s * mean.dot(wide.inverse().apply(mean))).exp() / wide.determinant().sqrt();
        // Of small s the difference is s E|Z|², which subtraction would lose.
        let lost = if s < 1e-9 {
            s * (mean.norm_squared() + covariance.xx + covariance.yy)
        } else {
            1.0 - kept
        };
        lost / s.sqrt()
    };
    const STEP: f64 = 0.02;
    let sum: f64 = (-4000..4000).map(|k| term(f64::from(k) * STEP)).sum();
    0.5 * STEP * sum / std::f64::consts::PI.sqrt()
}

#[test]
fn the_energy_distance_of_gaussians_is_that_of_another_integral() {
    // The mean length of a standard normal vector in the plane is √(π/2).
    close(
        "E|Z|",
        mean_length(Point::default(), Symmetric::new(1.0, 0.0, 1.0)),
        (0.5 * std::f64::consts::PI).sqrt(),
        1e-9,
    );
    let goal = gauss((0.5, -0.2), (0.8, 0.3, 0.7));
    for (what, law) in [
        ("another", gauss((-0.4, 0.3), (0.5, -0.1, 0.6))),
        ("shifted", gauss((1.1, -0.9), (0.8, 0.3, 0.7))),
        ("far away", gauss((-3.0, 2.0), (0.1, 0.0, 0.1))),
        ("narrower", gauss((0.5, -0.2), (0.4, 0.1, 0.3))),
        ("almost the same", gauss((0.52, -0.2), (0.8, 0.3, 0.7))),
    ] {
        let seen = observer(mixture(&[goal])).observe_cells(&masses(law));
        let (p, q) = (smoothed(law), smoothed(goal));
        let twice = |c: Symmetric| mean_length(Point::default(), c.plus(c));
        let between = mean_length(p.mean - q.mean, p.covariance.plus(q.covariance));
        let expected = 2.0 * between - twice(p.covariance) - twice(q.covariance);
        close(&format!("energy distance of {what}"), seen.energy, expected, 1e-4);
    }
}

#[test]
fn the_l1_distance_of_gaussians_is_known() {
    let goal = gauss((0.5, -0.2), (0.8, 0.3, 0.7));
    let narrow = gauss((0.5, 0.0), (0.05, 0.0, 0.02));
    // A shift: the laws cross where they are equally far, so that each has Φ(δ/2) on its own side, δ in widths.
    for (goal, by) in [
        (goal, (0.6, -0.7)),
        (goal, (-2.0, 0.5)),
        (goal, (0.02, 0.01)),
        (narrow, (0.3, 0.1)),
    ] {
        let law = Blob {
            mean: goal.mean + Point::new(by.0, by.1),
            ..goal
        };
        let seen = observer(mixture(&[goal])).observe_cells(&masses(law)).l1;
        let distance = |c: Symmetric| {
            let e = law.mean - goal.mean;
            let z = 0.5 * e.dot(c.inverse().apply(e)).sqrt();
            // 2 (2Φ(z) − 1) by Simpson's rule.
            const N: usize = 2000;
            let phi = |k: usize| (-0.5 * (z * k as f64 / N as f64).powi(2)).exp();
            let odd: f64 = (1..N).step_by(2).map(phi).sum();
            let even: f64 = (2..N).step_by(2).map(phi).sum();
            4.0 * z / (3 * N) as f64 * (phi(0) + phi(N) + 4.0 * odd + 2.0 * even) / std::f64::consts::TAU.sqrt()
        };
        close(
            &format!("L1 of a shift by {by:?}"),
            seen,
            distance(smoothed(goal).covariance),
            1e-3,
        );
        assert!(seen < distance(goal.covariance), "smoothing brings laws nearer");
    }
    // Any other law: ∫|p − q| on a grid much finer than that of the measurement.
    let law = gauss((-0.4, 0.3), (0.5, -0.1, 0.2));
    let seen = observer(mixture(&[goal])).observe_cells(&masses(law)).l1;
    let fine = Grid::new(VIEW.scaled(1.5), 1500, 1300);
    let (p, q) = (density(smoothed(law)), density(smoothed(goal)));
    let sum: f64 = fine.field(|at| (p(at) - q(at)).abs()).values.iter().sum();
    close("L1 of another", seen, sum * fine.dx() * fine.dy(), 1e-3);
    // Apart, and beyond the grid: nothing is in common.
    for place in [Point::new(-4.5, -3.5), Point::new(1e4, 0.0)] {
        let seen = observer(mixture(&[narrow])).observe(&Ensemble::new([vec![place.x; 3], vec![place.y; 3]]));
        assert!((seen.l1 - 2.0).abs() < 1e-9, "{}", seen.l1);
        assert!(seen.energy > 3.0, "{}", seen.energy);
    }
}

/// Draws of π.
fn draws(shape: &Shape, n: usize, rng: &mut Stream) -> [Vec<f64>; 2] {
    (0..n)
        .map(|_| shape.target().sample(1.0, rng).unwrap())
        .map(|p| (p.x, p.y))
        .unzip::<f64, f64, Vec<_>, Vec<_>>()
        .into()
}

#[test]
fn exact_draws_stand_at_the_floor() {
    let shapes = [
        Shape::DoubleWell(DoubleWell::default()),
        Shape::TripleWell(TripleWell::default()),
        mixture(&[blob(0.3, (-2.0, 0.0), (0.05, 0.4)), blob(0.7, (2.0, 0.5), (0.2, 0.3))]),
    ];
    for (shape, n, weighted) in shapes.iter().flat_map(|s| {
        [
            (s, 30, false),
            (s, 300, false),
            (s, 3000, false),
            (s, 3000, true),
            (s, 30_000, false),
        ]
    }) {
        let observer = observer(shape.clone());
        // What is seen, less the floor of each: the effective sample size is another in each.
        let each = replicates(n as u64, if n < 30_000 { 250 } else { 40 }, |seed| {
            let mut rng = Streams::new(seed).stream(0, Purpose::Start, 0);
            let mut ensemble = Ensemble::new(draws(shape, n, &mut rng));
            if weighted {
                // Weights that know nothing of the places: e^(1.2 u) for even u of either sign.
                let log: Vec<f64> = (0..n).map(|_| 1.2 * rng.random_range(-1.7..1.7)).collect();
                ensemble
                    .reweight(|first, _, l| l.iter_mut().zip(&log[first..]).for_each(|(l, w)| *l = *w))
                    .unwrap();
            }
            let seen = observer.clone().observe(&ensemble);
            let (energy, l1) = (observer.energy_floor(seen.ess), observer.l1_floor(seen.ess));
            vec![seen.energy / energy, seen.l1 / l1, seen.ess / n as f64]
        });
        let what = format!("{} with {n} draws", shape.name());
        if weighted {
            assert!(each[2].mean < 0.6, "{what}: the weights do something, {:?}", each[2]);
        }
        each[0].agrees(&format!("{what}: energy over its floor"), 1.0);
        println!("{what}: L1 over its floor {:.4} ± {:.4}", each[1].mean, each[1].error);
        assert!((each[1].mean - 1.0).abs() < 0.1, "{what}: {:?}", each[1]);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let shape = Shape::DoubleWell(DoubleWell::default());
    let mut rng = Streams::new(3).stream(0, Purpose::Start, 0);
    let ensemble = Ensemble::new(draws(&shape, 50_000, &mut rng));
    let seen = [1, 3].map(|threads| {
        on_threads(threads, || {
            let mut observer = observer(shape.clone());
            let seen = observer.observe(&ensemble);
            let floors = [observer.l1_floor(seen.ess), observer.energy_floor(seen.ess)];
            [seen.l1, seen.energy, floors[0], floors[1]].map(f64::to_bits)
        })
    });
    assert_eq!(seen[0], seen[1]);
}
