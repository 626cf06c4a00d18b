//! The target seen through the kernel, and the variances that a kernel leaves: closed forms and quadrature.

use std::f64::consts::TAU;

use wfr_lab::density::{SmoothedTarget, local_variances, predicted_variance};
use wfr_lab::landscape::Landscape;
use wfr_lab::params;
use wfr_lab::space::{Grid, Point, Symmetric};
use wfr_lab::target::{Component, Mixture, Shape};

use super::common::gauss::{LIE, Law};

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
    let landscape = Landscape::new(shape, 1.0);
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
        let landscape = Landscape::new(shape, 1.0);
        let view = landscape.view();
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
    let landscape = Landscape::new(Shape::all().remove(0), 1.0);
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
    let landscape = |shape: Shape, temperature: f64| Landscape::new(shape, temperature);
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
