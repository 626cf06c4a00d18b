//! Regions of highest density: where a given share of a law stands most densely.

use super::contours::isolines;
use crate::space::{Field, Point};

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
/// has no regions. The borders are isolines of the logarithm, which is smooth where the density falls steeply, so they are good
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
    let logarithm = Field {
        grid: density.grid,
        values: density.values.iter().map(|v| v.max(f64::MIN_POSITIVE).ln()).collect(),
    };
    let logs: Vec<f64> = levels.iter().map(|level| level.ln()).collect();
    let found = isolines(&logarithm, &logs);
    let shares = shares.iter().copied();
    shares
        .zip(found)
        .map(|(share, line)| Region {
            share,
            lines: line.lines,
        })
        .collect()
}

/// The densities above which the given shares of the mass stand; `None` where there is no mass.
fn levels(density: &Field, shares: &[f64]) -> Option<Vec<f64>> {
    let mut values: Vec<f64> = density
        .values
        .iter()
        .copied()
        .filter(|v| *v > 0.0 && v.is_finite())
        .collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let total: f64 = values.iter().sum();
    let least = *values.last()?;
    let level = |share: f64| {
        let mut sum = 0.0;
        let reached = |v: &&f64| {
            sum += **v;
            sum >= share * total
        };
        values.iter().find(reached).copied().unwrap_or(least)
    };
    Some(shares.iter().map(|share| level(*share)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Grid, Rect};

    fn mixture(left: f64) -> Field {
        let grid = Grid::new(Rect::new(-3.0, 3.0, -2.0, 2.0), 240, 160);
        let blob = |p: Point, x: f64| (-0.5 * (p - Point::new(x, 0.0)).norm_squared() / 0.04).exp();
        grid.field(|p| left * blob(p, -1.0) + (1.0 - left) * blob(p, 1.0))
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
