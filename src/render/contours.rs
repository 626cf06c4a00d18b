//! Isolines of a field, by marching squares.

use contour::ContourBuilder;

use crate::space::{Field, Grid, Point, Rect};

/// Most places for one label.
const MOST_PLACES: usize = 24;

/// The lines on which a field has one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Isoline {
    /// The value.
    pub level: f64,
    /// The lines, each as its corners.
    pub lines: Vec<Vec<Point>>,
}

impl Isoline {
    /// Good places for the label, the best first: the highest points of the lines inside `within`, so far apart from one another.
    pub fn label_places(&self, within: Rect, apart: f64) -> Vec<Point> {
        let lines = self.lines.iter().filter(|line| line.len() >= 12);
        let mut points: Vec<Point> = lines.flatten().filter(|p| within.contains(**p)).copied().collect();
        points.sort_by(|p, q| q.y.total_cmp(&p.y));
        let mut places: Vec<Point> = Vec::new();
        for p in points {
            if places.iter().all(|q| (p - *q).norm() >= apart) {
                places.push(p);
            }
            if places.len() == MOST_PLACES {
                break;
            }
        }
        places
    }
}

/// The isolines of a field at the given levels, in the field's own coordinates.
///
/// ```
/// use wfr_lab::render::contours::isolines;
/// use wfr_lab::space::{Grid, Rect};
/// let field = Grid::new(Rect::new(-2.0, 2.0, -2.0, 2.0), 80, 80).field(|p| p.norm_squared());
/// let circle = &isolines(&field, &[1.0])[0];
/// assert_eq!(circle.lines.len(), 1);
/// assert!(circle.lines[0].iter().all(|p| (p.norm() - 1.0).abs() < 0.01));
/// ```
pub fn isolines(field: &Field, levels: &[f64]) -> Vec<Isoline> {
    let grid = field.grid;
    // Marching squares has no place for infinity; anything this high is far above every level.
    let cap = 1e3 * levels.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    let values: Vec<f64> = field
        .values
        .iter()
        .map(|v| if v.is_nan() { cap } else { v.clamp(-cap, cap) })
        .collect();
    let builder = ContourBuilder::new(grid.nx, grid.ny, true)
        .x_origin(grid.rect.min.x)
        .y_origin(grid.rect.min.y)
        .x_step(grid.dx())
        .y_step(grid.dy());
    let Ok(found) = builder.lines(&values, levels) else {
        return Vec::new();
    };
    let mut isolines = Vec::with_capacity(found.len());
    for line in found {
        let (lines, level) = line.into_inner();
        let rings = lines
            .0
            .into_iter()
            .map(|ring| ring.0.into_iter().map(|c| Point::new(c.x, c.y)).collect::<Vec<_>>());
        let lines = rings.flat_map(|ring| inner_parts(&ring, &grid)).collect();
        isolines.push(Isoline { level, lines });
    }
    isolines
}

/// The parts of a ring that do not run along the border of the grid: there marching squares only closes what lies outside.
fn inner_parts(ring: &[Point], grid: &Grid) -> Vec<Vec<Point>> {
    let inner = grid.rect.scaled(1.0 - 1e-9);
    let Some(first) = ring.iter().position(|p| !inner.contains(*p)) else {
        return vec![ring.to_vec()];
    };
    // The last point of a ring repeats the first.
    let n = ring.len().saturating_sub(1).max(1);
    let turned: Vec<Point> = (0..n).map(|k| ring[(first + k) % n]).collect();
    turned
        .split(|p| !inner.contains(*p))
        .filter(|part| part.len() > 1)
        .map(<[Point]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_for_a_label_are_on_the_line_apart_and_from_the_top() {
        let rect = Rect::new(-2.0, 2.0, -2.0, 2.0);
        let field = Grid::new(rect, 80, 80).field(|p| p.norm_squared());
        let places = isolines(&field, &[1.0])[0].label_places(Rect::new(-2.0, 2.0, -2.0, 0.9), 0.4);
        // The circle has 2 (π − 2 asin √0.19) of arc below 0.9, and places stand at most twice 0.4 apart.
        assert!((6..=14).contains(&places.len()), "{}", places.len());
        assert!(places.is_sorted_by(|p, q| p.y >= q.y) && places[0].y > 0.8);
        for (k, p) in places.iter().enumerate() {
            assert!((p.norm() - 1.0).abs() < 0.01 && p.y <= 0.9);
            assert!(places[..k].iter().all(|q| (*p - *q).norm() >= 0.4));
        }
    }
}
