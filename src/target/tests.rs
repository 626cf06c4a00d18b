//! Conformance: everything that must hold for every target, run over the list that registers them.

mod files;
mod handles;
mod known;
mod landscapes;
mod laws;

use rand::{RngExt, SeedableRng};

use super::*;
use crate::params::{self, Entry};
use crate::space::Grid;

/// Every target: with its defaults, with all numbers at the ends of their ranges, and with random ones.
fn variants() -> Vec<Shape> {
    let mut all = Shape::all();
    all.push(Shape::Mixture(Mixture::four_modes()));
    all.push(Shape::Mixture(Mixture::ring_of(10, 3.0, 0.3)));
    all.push(Shape::Mixture(Mixture::ring_of(64, 3.0, 1e-4)));
    let mut rng = Stream::seed_from_u64(11);
    for shape in Shape::all() {
        let numbers = params::list(shape.clone().parameters());
        if numbers.is_empty() {
            continue;
        }
        for corner in 0..1 << numbers.len() {
            let end = |k: usize, n: &Entry| if corner >> k & 1 == 0 { n.2.min } else { n.2.max };
            all.push(with_numbers(&shape, &numbers, end));
        }
        for _ in 0..8 {
            let within = |_: usize, (_, _, info): &Entry| match info.scale {
                params::Scale::Linear => rng.random_range(info.min..=info.max),
                params::Scale::Log => (info.min.ln() + rng.random::<f64>() * (info.max / info.min).ln()).exp(),
                params::Scale::Whole => rng.random_range(info.min..=info.max).round(),
            };
            all.push(with_numbers(&shape, &numbers, within));
        }
    }
    all
}

fn with_numbers(shape: &Shape, numbers: &[Entry], mut value: impl FnMut(usize, &Entry) -> f64) -> Shape {
    let mut shape = shape.clone();
    for k in 0..numbers.len() {
        // The range of one number may depend on those before it.
        let entry = params::list(shape.parameters()).swap_remove(k);
        params::set(shape.parameters(), &entry.0, value(k, &entry)).unwrap();
    }
    shape
}

/// Random points: half of them in the view, half in five times the view.
fn points(target: &dyn Target, n: usize) -> Vec<Point> {
    let mut rng = Stream::seed_from_u64(7);
    let mut point = |r: Rect| Point::new(rng.random_range(r.min.x..r.max.x), rng.random_range(r.min.y..r.max.y));
    let view = target.view();
    (0..n)
        .map(|i| point(if i % 2 == 0 { view } else { view.scaled(5.0) }))
        .collect()
}

#[test]
fn gradients_are_the_slopes_of_the_energies() {
    for shape in variants() {
        let target = shape.target();
        let points = points(target, 400);
        let finite: Vec<f64> = points.iter().map(|&p| target.gradient(p).norm()).collect();
        // What counts as a typical slope where the target is looked at; a slope of 0 cannot be met relatively.
        let typical = finite.iter().step_by(2).sum::<f64>() / (0.5 * points.len() as f64);
        let h = 1e-5 * target.view().width();
        for &p in &points {
            let along = |d: Point| {
                let u = |k: f64| target.energy(p + k * d);
                (8.0 * (u(h) - u(-h)) - (u(2.0 * h) - u(-2.0 * h))) / (12.0 * h)
            };
            let difference = Point::new(along(Point::new(1.0, 0.0)), along(Point::new(0.0, 1.0)));
            let gradient = target.gradient(p);
            // Rounding of the four energies, and what the formula of order 4 leaves.
            let tolerance = 4e-16 * target.energy(p).abs() / h + 1e-5 * typical + 1e-6 * gradient.norm();
            assert!(
                (difference - gradient).norm() < tolerance,
                "{shape:?} at {p:?}: gradient {gradient:?}, differences {difference:?}, tolerance {tolerance:e}"
            );
        }
    }
}

#[test]
fn laplacians_are_the_divergences_of_the_gradients() {
    for shape in variants() {
        let target = shape.target();
        let points = points(target, 400);
        let sizes = points.iter().step_by(2).map(|&p| target.laplacian(p).abs());
        let typical = sizes.sum::<f64>() / (0.5 * points.len() as f64);
        let mut default: f64 = 0.0;
        for &p in &points {
            let h = 1e-5 * target.view().width();
            let along = |d: Point| {
                let slope = |k: f64| target.gradient(p + k * d).dot(d);
                (8.0 * (slope(h) - slope(-h)) - (slope(2.0 * h) - slope(-2.0 * h))) / (12.0 * h)
            };
            let differences = along(Point::new(1.0, 0.0)) + along(Point::new(0.0, 1.0));
            let laplacian = target.laplacian(p);
            let tolerance = 1e-15 * target.gradient(p).norm() / h + 1e-5 * typical + 1e-5 * laplacian.abs();
            assert!(
                (differences - laplacian).abs() < tolerance,
                "{shape:?} at {p:?}: ΔU = {laplacian}, differences {differences}, tolerance {tolerance:e}"
            );
            let error = (laplacian_by_differences(target, p) - laplacian).abs();
            default = default.max((error - tolerance) / (typical + laplacian.abs()));
        }
        // The default is of second order only: components of 1e-4 in a view of 6 are too fine for it.
        let fine = matches!(&shape, Shape::Mixture(m) if m.components()[0].covariance.xx < 1e-6);
        assert!(fine || default < 1e-4, "{shape:?}: the default is off by {default:e}");
    }
}

#[test]
fn energies_are_finite_far_beyond_the_view() {
    for shape in variants() {
        let target = shape.target();
        let view = target.view();
        assert!(view.width() > 0.0 && view.height() > 0.0, "{shape:?}: {view:?}");
        let far = view.scaled(5.0);
        let corners = [
            far.min,
            far.max,
            Point::new(far.min.x, far.max.y),
            Point::new(far.max.x, far.min.y),
        ];
        let special = [Point::default(), view.center(), view.min, view.max];
        for p in points(target, 2000).into_iter().chain(corners).chain(special) {
            let (u, g) = (target.energy(p), target.gradient(p));
            assert!(
                u.is_finite() && g.is_finite(),
                "{shape:?} at {p:?}: U = {u}, gradient {g:?}"
            );
        }
    }
}

#[test]
fn targets_confine() {
    for shape in variants() {
        let target = shape.target();
        let view = target.view();
        let lowest = Grid::new(view, 100, 100).field(|p| target.energy(p)).range().unwrap().0;
        // Far outside, all around, it costs energy to be there and the force points inwards.
        for k in 0..360 {
            let (sin, cos) = (f64::from(k).to_radians()).sin_cos();
            let out = Point::new(cos * view.width(), sin * view.height());
            let p = view.center() + 20.0 * out;
            assert!(target.energy(p) > lowest + 10.0, "{shape:?} at {p:?}");
            // Inside the parabola, and beside the funnel, the way down is not straight inwards.
            let exempt = matches!(shape, Shape::Banana(_) | Shape::Funnel(_));
            assert!(exempt || target.gradient(p).dot(out) > 0.0, "{shape:?} at {p:?}");
        }
    }
}

#[test]
fn many_points_at_once_give_the_bits_of_single_points() {
    for shape in variants() {
        let target = shape.target();
        let points = points(target, 777); // no multiple of any vector or block length
        let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
        let mut u = vec![f64::NAN; points.len()];
        let (mut gx, mut gy) = (u.clone(), u.clone());
        target.energy_into(&xs, &ys, &mut u);
        target.gradient_into(&xs, &ys, &mut gx, &mut gy);
        let mut laplacians = u.clone();
        target.laplacian_into(&xs, &ys, &mut laplacians);
        for (k, &p) in points.iter().enumerate() {
            assert_eq!(u[k].to_bits(), target.energy(p).to_bits(), "{shape:?} at {p:?}");
            assert_eq!(
                laplacians[k].to_bits(),
                target.laplacian(p).to_bits(),
                "{shape:?} at {p:?}"
            );
            let g = target.gradient(p);
            assert_eq!((gx[k], gy[k]), (g.x, g.y), "{shape:?} at {p:?}");
        }
    }
}
