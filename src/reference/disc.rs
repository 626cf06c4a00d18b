//! Even laws over discs, on the cells of a grid.

use crate::space::{Field, Grid, Point, Rect};

/// Strips along y into which a disc is cut at least: the area of a cell on its border is right to about a thousandth of a cell, and the mean and
/// the variances of the disc to a part in ten thousand.
const STRIPS: usize = 256;

/// The smallest rectangle that holds a disc.
pub(super) fn bounds(center: Point, radius: f64) -> Rect {
    let reach = Point::new(radius, radius);
    Rect {
        min: center - reach,
        max: center + reach,
    }
}

/// Calls `cell` with the number of each cell that a disc touches and the area of the disc inside, strip by strip; returns the area of all strips in the
/// rows of the grid, to the left and right of it too.
pub(super) fn over_disc(grid: Grid, (center, radius): (Point, f64), mut cell: impl FnMut(usize, f64)) -> f64 {
    let (dx, dy) = (grid.dx(), grid.dy());
    let row = |y: f64| (y - grid.rect.min.y) / dy;
    let rows = (row(center.y + radius).floor() - row(center.y - radius).floor()) + 1.0;
    // As many in each row, so that they end where rows end.
    let strips = (STRIPS as f64 / rows).ceil().max(2.0) as usize;
    let clamped = |y: f64| row(y).floor().clamp(0.0, grid.ny as f64);
    let (first, last) = (clamped(center.y - radius) as usize, clamped(center.y + radius) as usize);
    let mut total = 0.0;
    for j in first..(last + 1).min(grid.ny) {
        let low = (grid.rect.min.y + j as f64 * dy).max(center.y - radius);
        let high = (grid.rect.min.y + (j + 1) as f64 * dy).min(center.y + radius);
        let height = ((high - low) / strips as f64).max(0.0);
        for strip in 0..strips {
            let y = low + (strip as f64 + 0.5) * height - center.y;
            let half = (radius * radius - y * y).max(0.0).sqrt();
            total += 2.0 * half * height;
            let from = (center.x - half - grid.rect.min.x) / dx;
            let to = (center.x + half - grid.rect.min.x) / dx;
            let columns = (from.max(0.0) as usize)..(to.max(0.0).ceil() as usize).min(grid.nx);
            for i in columns {
                let width = to.min((i + 1) as f64) - from.max(i as f64);
                if width > 0.0 {
                    cell(j * grid.nx + i, width * dx * height);
                }
            }
        }
    }
    total
}

/// Adds so much mass, evenly over a disc; what is beyond the grid is lost.
pub(super) fn add_disc(field: &mut Field, disc: (Point, f64), mass: f64) {
    // The sum over strips, not πr²: the cells then have all of the mass, unless some rows of it are missing.
    let (rect, bounds) = (field.grid.rect, bounds(disc.0, disc.1));
    let area = if rect.min.y <= bounds.min.y && bounds.max.y <= rect.max.y {
        over_disc(field.grid, disc, |_, _| {})
    } else {
        std::f64::consts::PI * disc.1 * disc.1
    };
    if area > 0.0 {
        let values = &mut field.values;
        over_disc(field.grid, disc, |k, part| values[k] += mass * part / area);
    }
}

/// Takes away the mass inside a disc: of a cell on its border the part inside.
pub(super) fn erase_disc(field: &mut Field, disc: (Point, f64)) {
    let cell = field.grid.dx() * field.grid.dy();
    let mut covered = vec![0.0; field.values.len()];
    over_disc(field.grid, disc, |k, part| covered[k] += part);
    for (mass, covered) in field.values.iter_mut().zip(covered) {
        let left = 1.0 - covered / cell;
        *mass *= if left > 1e-12 { left } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn a_disc_on_a_grid_has_its_area_its_mean_and_its_variance() {
        let grid = Grid::new(Rect::new(-3.0, 3.0, -2.0, 4.0), 240, 200);
        for (center, radius) in [
            (Point::new(0.313, 0.7), 1.0),
            (Point::new(-1.0, 1.0), 0.3),
            (Point::new(1.217, 2.11), 0.031),
            (Point::new(0.4, 0.4), 1e-4),
            (Point::new(0.0, 1.0), 0.1 / 3.0),
        ] {
            let area = over_disc(grid, (center, radius), |_, _| {});
            assert!((area / (PI * radius * radius) - 1.0).abs() < 1e-3, "{radius}: {area}");
            let mut field = Field::zeros(grid);
            add_disc(&mut field, (center, radius), 0.7);
            let mut sums = [0.0; 5];
            for (k, m) in field.values.iter().enumerate() {
                let p = grid.center(k % grid.nx, k / grid.nx) - center;
                for (s, v) in sums.iter_mut().zip([1.0, p.x, p.y, p.x * p.x, p.y * p.y]) {
                    *s += m * v / 0.7;
                }
            }
            let [mass, x, y, xx, yy] = sums;
            assert!((0.7 * mass - 0.7).abs() < 1e-12);
            // Where whole cells are few, a mean is off by the place of its cell, and variances by what the cells widen.
            let h = grid.dy();
            let slack = if radius < h { 0.5 * h } else { 0.03 * h * h / radius };
            assert!(x.abs() < slack && y.abs() < slack, "{radius}: mean {x} {y}");
            if radius > h {
                // A disc of a few cells is seen as it happens to lie on them.
                let slack = if radius > 4.0 * h { 0.002 } else { 0.3 };
                for (seen, h) in [(xx, grid.dx()), (yy, grid.dy())] {
                    let expected = 0.25 * radius * radius + h * h / 12.0;
                    assert!((seen / expected - 1.0).abs() < slack, "{radius}: {seen} {expected}");
                }
            }
        }
    }

    #[test]
    fn what_is_erased_is_what_was_inside() {
        let grid = Grid::new(Rect::new(-4.0, 4.0, -4.0, 4.0), 256, 256);
        let gaussian = |p: Point| (-0.5 * p.norm_squared()).exp() / (2.0 * PI) * grid.dx() * grid.dy();
        for radius in [0.4, 1.0, 2.2] {
            let mut field = grid.field(gaussian);
            erase_disc(&mut field, (Point::default(), radius));
            let left: f64 = field.values.iter().sum();
            // e^{−r²/2}, but for 6e-5 of the mass beyond the grid.
            let expected = (-0.5 * radius * radius).exp();
            assert!((left - expected).abs() < 2e-4, "{radius}: {left} and not {expected}");
            assert_eq!(field.values[128 * 256 + 128], 0.0);
        }
        // Beyond the grid is nothing to take.
        let mut field = grid.field(gaussian);
        let before = field.clone();
        erase_disc(&mut field, (Point::new(9.0, 0.0), 2.0));
        assert_eq!(field, before);
        add_disc(&mut field, (Point::new(9.0, 0.0), 2.0), 1.0);
        assert_eq!(field, before);
    }
}
