//! Regions of highest density: where a given share of a law stands most densely.

use super::contours::isolines;
use crate::space::{Field, Grid, Point, Rect};

/// A field with more cells than this is coarsened before lines are sought, if the law in it is wide enough.
const MANY: usize = 40_000;
/// Densities that differ by less than this (relative) are alike.
const FLAT: f64 = 1e-6;
/// A plateau has more cells than this.
const PLATEAU_CELLS: usize = 64;
/// And more than this share of the mass.
const PLATEAU_MASS: f64 = 1e-3;

/// The smallest region that holds a share of a law.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// The share of the mass inside.
    pub share: f64,
    /// Its border, each part as its corners.
    pub lines: Vec<Vec<Point>>,
}

/// The borders of the regions of highest density that hold the given shares of a law, in their order.
///
/// `density` is the law on a grid, up to a factor. Cells that are not finite or below zero count as empty; a law without mass
/// has no regions. Where the border of a region would run across a plateau, as that of evenly spread particles, it could be anywhere
/// on it: such a region has no lines. The borders are isolines of the logarithm, which is smooth where the density falls steeply, so they are good
/// to a fraction of a cell; mass outside the grid is unknown here.
///
/// ```
/// use wfr_lab::render::regions::regions;
/// use wfr_lab::space::{Grid, Rect};
/// let normal = Grid::new(Rect::new(-6.0, 6.0, -6.0, 6.0), 200, 200).field(|p| (-0.5 * p.norm_squared()).exp());
/// let half = &regions(&normal, &[0.5])[0];
/// // Half of a plane normal law stands within √(2 ln 2) of its middle.
/// assert!(half.lines[0].iter().all(|p| (p.norm() - 1.1774).abs() < 0.02));
/// ```
pub fn regions(density: &Field, shares: &[f64]) -> Vec<Region> {
    let Some(levels) = levels(density, shares) else {
        return Vec::new();
    };
    if levels.iter().all(Option::is_none) {
        let none = |&share| Region {
            share,
            lines: Vec::new(),
        };
        return shares.iter().map(none).collect();
    }
    let least = levels.iter().flatten().fold(f64::INFINITY, |m, l| m.min(*l));
    let mut part = part_above(density, 0.5 * least);
    if part.grid.len() > MANY
        && inner_cells(density, levels.iter().flatten().fold(0.0, |m: f64, l| m.max(*l))) > MANY / 40
    {
        part = coarsened(&part);
    }
    let logarithm = Field {
        values: part.values.iter().map(|v| v.max(f64::MIN_POSITIVE).ln()).collect(),
        ..part
    };
    let logs: Vec<f64> = levels.iter().flatten().map(|level| level.ln()).collect();
    let mut found = isolines(&logarithm, &logs).into_iter();
    let regions = shares.iter().zip(levels).map(|(&share, level)| Region {
        share,
        lines: level.and_then(|_| found.next()).map_or(Vec::new(), |line| line.lines),
    });
    regions.collect()
}

/// The part of a field that holds all cells above a level, and a few more around them: lines are sought nowhere else.
fn part_above(field: &Field, level: f64) -> Field {
    const AROUND: usize = 3;
    let Grid { rect, nx, ny } = field.grid;
    let (mut left, mut right, mut low, mut high) = (nx, 0, ny, 0);
    for (k, _) in field.values.iter().enumerate().filter(|(_, v)| **v >= level) {
        (left, right) = (left.min(k % nx), right.max(k % nx));
        (low, high) = (low.min(k / nx), high.max(k / nx));
    }
    let (left, low) = (left.saturating_sub(AROUND), low.saturating_sub(AROUND));
    let (right, high) = ((right + AROUND).min(nx - 1), (high + AROUND).min(ny - 1));
    let corner = |i: usize, j: usize| {
        Point::new(
            rect.min.x + i as f64 * field.grid.dx(),
            rect.min.y + j as f64 * field.grid.dy(),
        )
    };
    let part = Rect {
        min: corner(left, low),
        max: corner(right + 1, high + 1),
    };
    let rows = field.values.chunks_exact(nx).skip(low).take(high + 1 - low);
    Field {
        grid: Grid::new(part, right + 1 - left, high + 1 - low),
        values: rows.flat_map(|row| &row[left..=right]).copied().collect(),
    }
}

/// How many cells are above a level.
fn inner_cells(field: &Field, level: f64) -> usize {
    field.values.iter().filter(|v| **v >= level).count()
}

/// The means of two by two cells; a last row or column without a partner is left out.
fn coarsened(field: &Field) -> Field {
    let Grid { rect, nx, ny } = field.grid;
    let (half_x, half_y) = (nx / 2, ny / 2);
    let max = Point::new(
        rect.min.x + 2.0 * half_x as f64 * field.grid.dx(),
        rect.min.y + 2.0 * half_y as f64 * field.grid.dy(),
    );
    let mean = |k: usize| {
        let at = 2 * (k / half_x) * nx + 2 * (k % half_x);
        let v = &field.values;
        0.25 * (v[at] + v[at + 1] + v[at + nx] + v[at + nx + 1])
    };
    Field {
        grid: Grid::new(Rect { min: rect.min, max }, half_x, half_y),
        values: (0..half_x * half_y).map(mean).collect(),
    }
}

/// The densities above which the given shares of the mass stand, `None` for one on a plateau; `None` where there is no mass.
fn levels(density: &Field, shares: &[f64]) -> Option<Vec<Option<f64>>> {
    let (_, peak) = density.range()?;
    let counts = |v: &f64| *v > 0.0 && v.is_finite();
    let total: f64 = density.values.iter().copied().filter(counts).sum();
    let most = shares.iter().fold(0.0, |m: f64, s| m.max(*s)).min(1.0) * total;
    // The few dense cells are sorted first: mostly they hold all that is asked for.
    let mut values = Vec::new();
    for faint in [1e-3, 1e-6, 0.0] {
        let dense = |v: &f64| counts(v) && *v > faint * peak;
        values = density.values.iter().copied().filter(dense).collect();
        if values.iter().sum::<f64>() >= most {
            break;
        }
    }
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = *values.last()?;
    // Cells that mirror each other are alike as well, but they are few.
    let is_plateau = |level: &f64| {
        let above = values.partition_point(|v| *v > level * (1.0 + FLAT));
        let below = values.partition_point(|v| *v >= level * (1.0 - FLAT));
        let alike = values.get(above..below).unwrap_or_default();
        alike.len() > PLATEAU_CELLS && alike.iter().sum::<f64>() > PLATEAU_MASS * total
    };
    let level = |share: f64| {
        let mut sum = 0.0;
        let reached = |v: &&f64| {
            sum += **v;
            sum >= share * total
        };
        values.iter().find(reached).copied().unwrap_or(least)
    };
    let one = |share: &f64| Some(level(*share)).filter(|level| !is_plateau(level));
    Some(shares.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixture(left: f64) -> Field {
        let grid = Grid::new(Rect::new(-3.0, 3.0, -2.0, 2.0), 240, 160);
        let blob = |p: Point, x: f64| (-0.5 * (p - Point::new(x, 0.0)).norm_squared() / 0.04).exp();
        grid.field(|p| left * blob(p, -1.0) + (1.0 - left) * blob(p, 1.0))
    }

    #[test]
    fn no_border_runs_across_a_plateau() {
        // A narrow normal law with 98 % of the mass, the rest spread evenly: where the 99 % end could be anywhere.
        let grid = Grid::new(Rect::new(-3.0, 3.0, -2.0, 2.0), 240, 160);
        let normal = |p: Point| (-0.5 * p.norm_squared() / 0.04).exp() / (0.04 * std::f64::consts::TAU);
        let law = grid.field(|p| 0.98 * normal(p) + 0.02 / 24.0);
        let found = regions(&law, &[0.5, 0.9, 0.99]);
        assert_eq!(found.iter().map(|r| r.lines.len()).collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(found[2].share, 0.99);
        let even = grid.field(|_| 1.0);
        assert!(regions(&even, &[0.5]).iter().all(|r| r.lines.is_empty()));
    }

    /// The area inside a closed line.
    fn area(line: &[Point]) -> f64 {
        let pairs = line.iter().zip(line.iter().cycle().skip(1));
        0.5 * pairs.map(|(p, q)| p.x * q.y - q.x * p.y).sum::<f64>().abs()
    }

    #[test]
    fn regions_of_a_normal_law_are_its_discs() {
        let sigma = 0.2_f64;
        let density = mixture(1.0);
        for region in regions(&density, &[0.5, 0.9, 0.99]) {
            // P(|X| < r) = 1 − exp(−r²/2σ²), so the disc of a share has the area −2πσ² ln(1 − share).
            let exact = -2.0 * std::f64::consts::PI * sigma * sigma * (1.0 - region.share).ln();
            assert_eq!(region.lines.len(), 1);
            let found = area(&region.lines[0]);
            assert!(
                (found / exact - 1.0).abs() < 0.02,
                "{}: {found} for {exact}",
                region.share
            );
        }
    }

    #[test]
    fn a_fine_grid_gives_the_same_regions() {
        let law = |p: Point| (-0.5 * p.norm_squared()).exp();
        for cells in [100, 541] {
            let density = Grid::new(Rect::new(-6.0, 6.0, -6.0, 6.0), cells, cells).field(law);
            for region in regions(&density, &[0.5, 0.9, 0.99]) {
                let exact = (-2.0 * (1.0 - region.share).ln()).sqrt();
                let worst = region.lines[0]
                    .iter()
                    .map(|p| (p.norm() - exact).abs())
                    .fold(0.0, f64::max);
                assert!(worst < 0.03, "{cells} cells, {}: off by {worst}", region.share);
            }
        }
    }

    #[test]
    fn a_thin_second_well_shows_only_in_the_outer_region() {
        let found = regions(&mixture(0.97), &[0.5, 0.9, 0.99]);
        let parts: Vec<usize> = found.iter().map(|r| r.lines.len()).collect();
        assert_eq!(parts, [1, 1, 2]);
    }

    #[test]
    fn a_law_without_mass_has_no_regions() {
        let mut empty = Field::zeros(Grid::new(Rect::new(0.0, 1.0, 0.0, 1.0), 8, 8));
        assert!(regions(&empty, &[0.5]).is_empty());
        empty.values[3] = f64::NAN;
        assert!(regions(&empty, &[0.5]).is_empty());
    }
}
