//! Barriers, by flooding a grid: water that rises from one well must reach the other at the energy of the pass.

use super::*;
use crate::space::Symmetric;

/// The lowest energy at which a path from `a` to `b` exists on a grid over the view: above the true pass by a term of
/// second order in the size of the cells.
fn pass(target: &dyn Target, a: Point, b: Point) -> f64 {
    let grid = Grid::new(target.view(), 401, 401);
    let field = grid.field(|p| target.energy(p));
    let mut order: Vec<usize> = (0..grid.len()).collect();
    order.sort_by(|&i, &j| field.values[i].total_cmp(&field.values[j]));
    // Union–find over the cells below the water.
    let mut parent = vec![usize::MAX; grid.len()];
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    let (a, b) = (grid.nearest(a), grid.nearest(b));
    for cell in order {
        parent[cell] = cell;
        let (i, j) = (cell % grid.nx, cell / grid.nx);
        let neighbours = [
            (i > 0).then(|| cell - 1),
            (i + 1 < grid.nx).then(|| cell + 1),
            (j > 0).then(|| cell - grid.nx),
            (j + 1 < grid.ny).then(|| cell + grid.nx),
        ];
        for next in neighbours.into_iter().flatten().filter(|&n| n != cell) {
            if parent[next] != usize::MAX {
                let (r, s) = (root(&mut parent, cell), root(&mut parent, next));
                parent[r] = s;
            }
        }
        if parent[a] != usize::MAX && parent[b] != usize::MAX && root(&mut parent, a) == root(&mut parent, b) {
            return field.values[cell];
        }
    }
    unreachable!("all cells are flooded at last");
}

fn assert_pass(target: &dyn Target, a: (f64, f64), b: (f64, f64), expected: f64) {
    let found = pass(target, a.into(), b.into());
    let tolerance = 0.01 * expected.abs().max(0.1);
    assert!(
        (found - expected).abs() < tolerance,
        "{target:?} from {a:?} to {b:?}: pass at {found}, not {expected}"
    );
}

#[test]
fn barriers_are_what_they_are_called() {
    for barrier in [0.5, 7.0, 20.0] {
        assert_pass(&DoubleWell { barrier, tilt: 0.0 }, (-1.0, 0.0), (1.0, 0.0), barrier);
        let textbook = TextbookWell {
            stiffness: 4.0 * barrier,
        };
        let lowest = textbook.energy(Point::new(1.0, 0.0));
        assert_eq!(lowest, -barrier);
        assert_pass(&textbook, (-1.0, 0.0), (1.0, 0.0), 0.0);
    }
    for barrier in [2.0, 6.0, 20.0] {
        let triple = TripleWell { barrier, middle: 0.0 };
        assert_pass(&triple, (-2.0, 0.0), (0.0, 0.0), barrier);
        assert_pass(&triple, (-2.0, 0.0), (2.0, 0.0), barrier);
        assert_eq!(triple.energy(Point::new(2.0, 0.0)), 0.0);
        for count in [2.0, 5.0] {
            let grid = WellGrid {
                count,
                spacing: 1.5,
                barrier,
            };
            let edge = 0.75 * (count - 1.0);
            assert_eq!(grid.energy(Point::new(edge, -edge)), 0.0);
            assert_pass(&grid, (edge, edge), (edge - 1.5, edge), barrier);
            assert_pass(&grid, (-edge, -edge), (edge, edge), barrier);
        }
    }
}

#[test]
fn the_middle_well_of_three_is_as_deep_as_it_is_called() {
    for (barrier, middle) in [(6.0, 2.0), (6.0, -3.0), (2.0, 5.0), (2.0, -5.0), (20.0, 5.0)] {
        let triple = TripleWell { barrier, middle };
        assert_eq!(triple.energy(Point::default()), middle);
        assert_eq!(triple.energy(Point::new(2.0, 0.0)), 0.0);
        let top = barrier * (1.0 + 4.0 / 27.0 * middle / barrier).powi(3);
        assert_pass(&triple, (-2.0, 0.0), (2.0, 0.0), top);
        // Both kinds of wells are wells over the whole range.
        for well in [0.0, 2.0] {
            let u = |x: f64| triple.energy(Point::new(x, 0.0));
            assert!(
                u(well + 0.05) > u(well) && u(well - 0.05) > u(well),
                "{triple:?} at {well}"
            );
        }
    }
}

#[test]
fn the_passes_of_himmelblau_and_muller_brown_are_where_they_are_said_to_be() {
    let four = Himmelblau { scale: 1.0 };
    assert_pass(&four, (3.0, 2.0), (3.584, -1.848), 13.31);
    assert_pass(&four, (3.0, 2.0), (-2.805, 3.131), 67.72);
    assert_pass(&four, (-2.805, 3.131), (-3.779, -3.283), 104.02);
    let surface = MullerBrown { scale: 0.1 };
    assert_pass(&surface, (-0.558, 1.442), (-0.050, 0.467), -4.066_5);
    assert_pass(&surface, (0.623, 0.028), (-0.050, 0.467), -7.224_9);
}

#[test]
fn default_barriers_are_worth_looking_at() {
    // Towards a kT less and the wells merge; much higher and plain Langevin dynamics looks frozen rather than slow.
    let himmelblau = Himmelblau::default();
    let lowest = pass(&himmelblau, Point::new(3.0, 2.0), Point::new(3.584, -1.848));
    assert!((5.0..8.0).contains(&lowest), "{lowest}");
    let brown = MullerBrown::default();
    let deep = Point::new(-0.558, 1.442);
    let barrier = pass(&brown, deep, Point::new(0.623, 0.028)) - brown.energy(deep);
    assert!((5.0..8.0).contains(&barrier), "{barrier}");
    let mixture = Mixture::default();
    let means: Vec<Point> = mixture.components().iter().map(|c| c.mean).collect();
    for (a, b) in [(0, 1), (1, 2), (2, 0)] {
        let top = pass(&mixture, means[a], means[b]);
        let climb = top - mixture.energy(means[a]).max(mixture.energy(means[b]));
        assert!((2.0..8.0).contains(&climb), "{a} to {b}: {climb}");
    }
}

#[test]
fn mixtures_are_lowest_near_their_means() {
    let ring = Mixture::ring_of(10, 3.0, 0.3);
    assert_eq!(ring.components().len(), 10);
    for c in ring.components() {
        assert!((c.mean.norm() - 3.0).abs() < 1e-8);
        assert_eq!(c.covariance, Symmetric::new(0.09, 0.0, 0.09));
        assert!(ring.gradient(c.mean).norm() < 0.1);
    }
    assert_eq!(Mixture::ring_of(0, 3.0, 0.3).components().len(), 1);
}
