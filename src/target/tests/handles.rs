//! Handles: pure, continuous, and where they were dragged to.

use super::*;

/// Lengths of a kT as they are on screens, from far away to near.
const KT: [f64; 3] = [0.01, 0.05, 0.3];

fn same_places(a: &[Handle], b: &[Handle], what: &str) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        let size = 1.0 + a.at.norm();
        assert!(
            (a.at - b.at).norm() < 1e-9 * size,
            "{what}: {} at {:?}, {:?}",
            a.name,
            a.at,
            b.at
        );
    }
}

#[test]
fn a_handle_that_stays_changes_nothing() {
    for shape in variants() {
        for kt in KT {
            let before = shape.target().handles(kt);
            for (k, handle) in before.iter().enumerate() {
                let mut dragged = shape.clone();
                dragged.target_mut().drag(k, handle.at, kt);
                let what = format!("{} {k} {:?}", shape.name(), handle);
                same_places(&dragged.target().handles(kt), &before, &what);
            }
        }
    }
}

#[test]
fn a_handle_goes_where_it_is_dragged_and_comes_back() {
    let mut rng = Stream::seed_from_u64(3);
    for shape in variants() {
        let (target, kt) = (shape.target(), 0.05);
        let (before, view) = (target.handles(kt), target.view());
        for (k, handle) in before.iter().enumerate() {
            // Not across the middle, where a weight or a width would be at the end of its range.
            let by = Point::new(rng.random_range(-0.05..0.05), rng.random_range(-0.05..0.05));
            let to = handle.at + Point::new(by.x * view.width(), by.y * view.height());
            let mut dragged = shape.clone();
            dragged.target_mut().drag(k, to, kt);
            let moved = dragged.target().handles(kt);
            let what = format!("{} {k} {handle:?} to {to:?}", shape.name());
            // The first of two axes is the one nearer to x: a turn may swap them.
            let mates = |h: &&Handle| h.part == handle.part && h.grip == handle.grip;
            let nearest = |all: &[Handle]| {
                let far = |h: &&Handle| (h.at - to).norm();
                let found = all
                    .iter()
                    .filter(mates)
                    .min_by(|a, b| far(a).total_cmp(&far(b)))
                    .copied();
                found.expect("it is still there")
            };
            let now = if handle.part.is_some() {
                nearest(&moved)
            } else {
                moved[k]
            };
            // Along a curve the nearest place is not asked for.
            if handle.name != "squeeze" {
                let (was, is) = ((handle.at - to).norm(), (now.at - to).norm());
                assert!(is <= was + 1e-9, "{what}: at {:?}", now.at);
            }
            let free = handle.part.is_some() && handle.grip != Grip::Level;
            if free && within_reach(&dragged) {
                assert!(
                    (now.at - to).norm() < 1e-9 * (1.0 + to.norm()),
                    "{what}: at {:?}",
                    now.at
                );
            }
            let index = moved.iter().position(|h| *h == now).expect("it is one of them");
            dragged.target_mut().drag(index, handle.at, kt);
            if within_reach(&dragged) {
                let back = dragged.target().handles(kt);
                let mut missing = before
                    .iter()
                    .filter(|h| !back.iter().any(|b| (b.at - h.at).norm() < 1e-7 * (1.0 + h.at.norm())));
                assert!(missing.next().is_none(), "{what} and back");
            }
        }
    }
}

/// Whether no component is as slender as a drag can make it: there a handle does not follow all the way.
fn within_reach(shape: &Shape) -> bool {
    let Shape::Mixture(mixture) = shape else { return true };
    let widths = mixture.components().iter().map(|c| c.covariance.axes().1);
    widths
        .into_iter()
        .all(|(a, b)| a.min(b) > 1.01e-3 && a.max(b) < 999.0 * a.min(b))
}

#[test]
fn drags_stay_in_the_ranges() {
    for shape in Shape::all() {
        for k in 0..shape.target().handles(0.05).len() {
            for to in [(1e9, 1e9), (-1e9, -1e9), (0.0, 0.0), (f64::NAN, 1.0), (1e300, -1e300)] {
                let mut dragged = shape.clone();
                dragged.target_mut().drag(k, to.into(), 0.05);
                let text = ron::to_string(&dragged).unwrap();
                assert_eq!(ron::from_str::<Shape>(&text).as_ref(), Ok(&dragged), "{text}");
            }
        }
    }
}

#[test]
fn handles_for_energies_stand_at_the_energies() {
    let near = |shape: Shape, name: &str, energy: f64| {
        let handles = shape.target().handles(0.5);
        let handle = handles.iter().find(|h| h.name == name).unwrap();
        let seen = (handle.at.y - handle.foot.y) / 0.5;
        assert!(
            (seen - energy).abs() < 2e-3 * (1.0 + energy.abs()),
            "{name} of {}: {seen} for {energy}",
            shape.name()
        );
        handle.foot
    };
    let double = DoubleWell {
        barrier: 6.0,
        tilt: 0.7,
    };
    for (name, at) in [("left well", -1.0), ("right well", 1.0)] {
        near(
            Shape::DoubleWell(double.clone()),
            name,
            double.energy(Point::new(at, 0.0)),
        );
    }
    near(Shape::DoubleWell(double), "barrier", 6.0);
    let textbook = TextbookWell { stiffness: 20.0 };
    near(Shape::TextbookWell(textbook), "barrier", 5.0);
    let triple = TripleWell {
        barrier: 5.0,
        middle: -2.0,
    };
    near(
        Shape::TripleWell(triple.clone()),
        "middle well",
        triple.energy(Point::default()),
    );
    // At the passes the slope vanishes, and the height is the one over the well below.
    let level = TripleWell {
        barrier: 5.0,
        middle: 0.0,
    };
    let foot = near(Shape::TripleWell(level.clone()), "barrier", 5.0);
    assert!(level.gradient(foot).norm() < 1e-9 && (level.energy(foot) - 5.0).abs() < 1e-9);
    let grid = WellGrid::default();
    let foot = near(Shape::WellGrid(grid.clone()), "barrier", grid.barrier);
    assert!(grid.gradient(foot).norm() < 1e-9 && (grid.energy(foot) - grid.barrier).abs() < 1e-9);
    let himmelblau = Himmelblau::default();
    let height = himmelblau.energy(near(
        Shape::Himmelblau(himmelblau.clone()),
        "lowest barrier",
        13.3119 * himmelblau.scale,
    ));
    assert!((height - 13.3119 * himmelblau.scale).abs() < 1e-4, "{height}");
    let brown = MullerBrown::default();
    let pass = near(Shape::MullerBrown(brown.clone()), "barrier", 106.04 * brown.scale);
    let rise = brown.energy(pass) - brown.energy(Point::new(-0.558, 1.442));
    assert!((rise - 106.04 * brown.scale).abs() < 1e-2, "{rise}");
}

#[test]
fn axes_of_matrices_are_taken_apart_and_put_together() {
    let mut rng = Stream::seed_from_u64(5);
    for _ in 0..1000 {
        let (a, b): (f64, f64) = (rng.random_range(0.1..3.0), rng.random_range(0.1..3.0));
        let (sin, cos) = rng.random_range(0.0..std::f64::consts::TAU).sin_cos();
        let matrix = Symmetric::of_axes(Point::new(cos, sin), (a, b));
        let (first, widths) = matrix.axes();
        assert!(first.x.abs() >= first.y.abs() - 1e-9 && (first.norm() - 1.0).abs() < 1e-12);
        let mut sorted = [widths.0, widths.1];
        sorted.sort_by(f64::total_cmp);
        assert!((sorted[0] - a.min(b)).abs() + (sorted[1] - a.max(b)).abs() < 1e-9);
        let again = Symmetric::of_axes(first, widths);
        assert!((again.xx - matrix.xx).abs() + (again.xy - matrix.xy).abs() + (again.yy - matrix.yy).abs() < 1e-9);
    }
    assert_eq!(Symmetric::new(4.0, 0.0, 4.0).axes(), (Point::new(1.0, 0.0), (2.0, 2.0)));
}
