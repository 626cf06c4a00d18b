//! The potential as a landscape: heights in kT, passes between wells, the filled map.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::camera::nice_step;
use super::palette::Ramp;
use crate::landscape::Landscape;
use crate::space::{Field, Grid, Point};

/// Cells along an edge of the grid on which heights and passes are measured.
const CELLS: usize = 192;

/// What does not depend on the camera: where height 0 is and which levels are worth a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Heights {
    /// The lowest V (kT) in the view of the landscape: heights are V − floor.
    pub floor: f64,
    /// The height (kT) at which the map has half of its shade.
    pub half_shade: f64,
    /// Heights (kT) of the isolines, rising.
    pub levels: Vec<f64>,
}

impl Heights {
    /// Measures a landscape.
    pub fn of(landscape: &Landscape) -> Self {
        let field = landscape.field(Grid::new(landscape.view(), CELLS, CELLS));
        let (floor, _) = field.range().unwrap_or((0.0, 1.0));
        let mut heights: Vec<f64> = field
            .values
            .iter()
            .map(|v| v - floor)
            .filter(|h| h.is_finite())
            .collect();
        heights.sort_by(f64::total_cmp);
        // The lower part of the view is where particles are; the cliffs at the border would wash it out.
        let interesting = heights
            .get(heights.len() * 2 / 5)
            .copied()
            .unwrap_or(1.0)
            .clamp(1.0, 8.0);
        let step = nice_step(interesting / 6.0);
        let levels = (1..=10).map(|k| k as f64 * step).collect();
        Self {
            floor,
            half_shade: interesting,
            levels,
        }
    }

    /// The same levels and shade over a landscape that changes in time, counted from its own lowest place.
    ///
    /// The floor is sought on half as fine a grid as that of [`Heights::of`]: it is a little too high where a well is narrower than two cells.
    #[must_use]
    pub fn of_another(&self, landscape: &Landscape) -> Self {
        let field = landscape.field(Grid::new(landscape.view(), CELLS / 2, CELLS / 2));
        Self {
            floor: field.range().map_or(0.0, |(floor, _)| floor),
            ..self.clone()
        }
    }

    /// Height (kT) of the landscape at a point.
    pub fn height(&self, landscape: &Landscape, p: Point) -> f64 {
        landscape.potential(p) - self.floor
    }

    /// Heights (kT) over a grid.
    pub fn over(&self, landscape: &Landscape, grid: Grid) -> Field {
        let mut field = landscape.field(grid);
        field.values.iter_mut().for_each(|v| *v -= self.floor);
        field
    }

    /// The filled map of a field of heights (kT), as RGBA bytes row by row from the top.
    pub fn map(&self, heights: &Field, ramp: &Ramp) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 * heights.values.len());
        for row in heights.values.chunks_exact(heights.grid.nx).rev() {
            for &height in row {
                // The shade rises evenly near the wells and levels off on the cliffs.
                let [r, g, b] = ramp.at(1.0 - 0.5f64.powf(height / self.half_shade));
                bytes.extend_from_slice(&[r, g, b, 255]);
            }
        }
        bytes
    }

    /// Height (kT) of the lowest pass on the way from one point to another, counted from the first.
    ///
    /// ```
    /// use wfr_lab::landscape::Landscape;
    /// use wfr_lab::render::landscape::Heights;
    /// use wfr_lab::space::Point;
    /// use wfr_lab::target::{DoubleWell, Shape};
    /// let well = Landscape::new(Shape::DoubleWell(DoubleWell { barrier: 7.0, tilt: 0.0 }), 0.5);
    /// let barrier = Heights::of(&well).barrier(&well, Point::new(-1.0, 0.0), Point::new(1.0, 0.0));
    /// assert!((barrier - 14.0).abs() < 0.05);
    /// ```
    pub fn barrier(&self, landscape: &Landscape, from: Point, to: Point) -> f64 {
        let grid = Grid::new(landscape.view(), CELLS, CELLS);
        let field = self.over(landscape, grid);
        lowest_pass(&field, grid.nearest(from), grid.nearest(to)) - self.height(landscape, from)
    }
}

/// A cell that the rising water has reached.
#[derive(PartialEq)]
struct Reached {
    level: f64,
    cell: usize,
}

impl Eq for Reached {}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its largest first; the lowest water level is wanted.
        other.level.total_cmp(&self.level)
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The level to which water must rise to flow from one cell to another.
fn lowest_pass(field: &Field, from: usize, to: usize) -> f64 {
    let (nx, ny) = (field.grid.nx, field.grid.ny);
    let mut seen = vec![false; field.values.len()];
    let mut heap = BinaryHeap::from([Reached {
        level: field.values[from],
        cell: from,
    }]);
    seen[from] = true;
    while let Some(Reached { level, cell }) = heap.pop() {
        if cell == to {
            return level;
        }
        let (i, j) = (cell % nx, cell / nx);
        for jj in j.saturating_sub(1)..(j + 2).min(ny) {
            for ii in i.saturating_sub(1)..(i + 2).min(nx) {
                let next = jj * nx + ii;
                if !seen[next] {
                    seen[next] = true;
                    heap.push(Reached {
                        level: level.max(field.values[next]),
                        cell: next,
                    });
                }
            }
        }
    }
    f64::INFINITY
}
