//! Going down a potential: from a point, and within the cells of a grid.

use rayon::prelude::*;

use crate::landscape::Landscape;
use crate::space::{Field, Point};

/// Goes down the potential by steps along the gradient that shrink until they lead down and grow while they do.
pub(crate) fn descend(landscape: &Landscape, mut p: Point) -> Point {
    const STEPS: usize = 3000;
    let mut value = landscape.potential(p);
    let mut step = 1e-3;
    for _ in 0..STEPS {
        let (mut gx, mut gy) = ([0.0], [0.0]);
        landscape.gradient_into(&[p.x], &[p.y], &mut gx, &mut gy);
        let next = p - step * Point::new(gx[0], gy[0]);
        let lower = landscape.potential(next);
        if lower < value {
            (p, value) = (next, lower);
            step *= 1.5;
        } else if step > 1e-12 {
            step *= 0.5;
        } else {
            break;
        }
    }
    p
}

/// About the lowest potential within each cell, at the end of one Newton step down the slope from its centre that stays inside. So a valley
/// narrower than a cell is as deep in every cell that it passes through.
pub(super) fn valleys(landscape: &Landscape, potential: &Field) -> Field {
    let grid = potential.grid;
    let (half, nudge) = (
        Point::new(0.5 * grid.dx(), 0.5 * grid.dy()),
        1e-3 * grid.dx().min(grid.dy()),
    );
    let mut lowest = potential.clone();
    let work = || [(); 6].map(|()| vec![0.0; grid.nx]);
    let rows = lowest.values.par_chunks_exact_mut(grid.nx).enumerate();
    rows.for_each_init(work, |[xs, ys, gx, gy, hx, hy], (j, row)| {
        for i in 0..grid.nx {
            (xs[i], ys[i]) = grid.center(i, j).into();
        }
        landscape.gradient_into(xs, ys, gx, gy);
        let down = |i: usize, gx: &[f64], gy: &[f64]| {
            let g = Point::new(gx[i], gy[i]);
            (-1.0 / g.norm().max(f64::MIN_POSITIVE)) * g
        };
        for i in 0..grid.nx {
            let p = Point::new(xs[i], ys[i]) + nudge * down(i, gx, gy);
            (xs[i], ys[i]) = p.into();
        }
        landscape.gradient_into(xs, ys, hx, hy);
        for i in 0..grid.nx {
            let (n, g) = (down(i, gx, gy), Point::new(gx[i], gy[i]));
            let border = (half.x / n.x.abs()).min(half.y / n.y.abs());
            let slope = g.norm();
            let flattening = (slope + n.dot(Point::new(hx[i], hy[i]))) / nudge; // the curvature along the way
            let way = if flattening > 0.0 {
                (slope / flattening).min(border)
            } else {
                border
            };
            let p = grid.center(i, j) + if way.is_finite() { way * n } else { Point::default() };
            (xs[i], ys[i]) = p.into();
        }
        landscape.potential_into(xs, ys, gx);
        for (low, v) in row.iter_mut().zip(&*gx) {
            *low = if v < low { *v } else { *low };
        }
    });
    lowest
}
