//! The law at time 0, as masses of cells.

use rayon::prelude::*;

use crate::observe::histogram;
use crate::scenario::{Blob, Scenario, Start};
use crate::space::{Field, Grid, Point, Rect, Symmetric};
use crate::vectorize::exp;

use super::disc;

/// Standard deviations of a blob that count as its extent.
const REACH: f64 = 6.0;

/// Where nearly all of the law is.
pub(super) fn extent(scenario: &Scenario) -> Rect {
    let around = |low: Point, high: Point| Rect { min: low, max: high };
    let blob = |blob: &Blob| {
        let reach = REACH * Point::new(blob.covariance.xx.sqrt(), blob.covariance.yy.sqrt());
        around(blob.mean - reach, blob.mean + reach)
    };
    let start = match &scenario.start {
        Start::Gaussian(one) => blob(one),
        Start::Mixture(blobs) => blobs
            .iter()
            .map(blob)
            .reduce(|a, b| a.hull(b))
            .unwrap_or(scenario.view()),
        &Start::Uniform((x0, x1), (y0, y1)) => Rect::new(x0, x1, y0, y1),
        Start::Points(points) => {
            let all = points.iter().map(|&p| around(p, p)).reduce(|a, b| a.hull(b));
            // A point is spread over the cells around it.
            let spare = 0.02 * (scenario.view().max - scenario.view().min);
            all.map_or(scenario.view(), |r| around(r.min - spare, r.max + spare))
        }
        Start::Painted(discs) => {
            let all = discs
                .iter()
                .map(|d| disc::bounds(d.center, d.radius))
                .reduce(|a, b| a.hull(b));
            all.unwrap_or(scenario.view())
        }
        Start::Noise => blob(&noise(scenario)),
    };
    if scenario.scouts > 0.0 {
        start.hull(scenario.view())
    } else {
        start
    }
}

/// The masses of the cells: integrals of the density over each, so that the narrowest blob has all of its mass. Shares are those
/// that the scenario asks for, to which whole particles only come close.
pub(super) fn masses(scenario: &Scenario, grid: Grid) -> Field {
    let mut field = Field::zeros(grid);
    let share = 1.0 - scenario.scouts;
    match &scenario.start {
        Start::Gaussian(blob) => add_blob(&mut field, blob, share),
        Start::Mixture(blobs) => {
            let total: f64 = blobs.iter().map(|b| b.weight).sum();
            for blob in blobs {
                add_blob(&mut field, blob, share * blob.weight / total);
            }
        }
        &Start::Uniform((x0, x1), (y0, y1)) => add_even(&mut field, Rect::new(x0, x1, y0, y1), share),
        Start::Points(points) => {
            let [xs, ys]: [Vec<f64>; 2] = <[_; 2]>::from(points.iter().map(|p| (p.x, p.y)).unzip());
            let binned = histogram([&xs, &ys], &vec![1.0 / xs.len() as f64; xs.len()], grid);
            for (mass, m) in field.values.iter_mut().zip(binned.values) {
                *mass += share * m;
            }
        }
        Start::Painted(discs) => {
            let total: f64 = discs.iter().map(|d| d.weight).sum();
            for d in discs {
                disc::add_disc(&mut field, (d.center, d.radius), share * d.weight / total);
            }
        }
        Start::Noise => add_blob(&mut field, &noise(scenario), share),
    }
    if scenario.scouts > 0.0 {
        add_even(&mut field, scenario.view(), scenario.scouts);
    }
    field
}

/// The law of the noise.
fn noise(scenario: &Scenario) -> Blob {
    let exponents = scenario.mixture().map_or(1.0, |blend| blend.law().exponents());
    let variance = if exponents > 0.0 { 1.0 / exponents } else { 1.0 };
    Blob::new(1.0, Point::default(), Symmetric::new(variance, 0.0, variance))
}

/// Adds an even law over a rectangle.
fn add_even(field: &mut Field, rect: Rect, share: f64) {
    let grid = field.grid;
    let along = |count: usize, low: f64, size: f64, from: f64, to: f64| -> Vec<f64> {
        let cell = |k: usize| (low + k as f64 * size, low + (k + 1) as f64 * size);
        (0..count)
            .map(|k| (cell(k).1.min(to) - cell(k).0.max(from)).max(0.0) / (to - from))
            .collect()
    };
    let x = along(grid.nx, grid.rect.min.x, grid.dx(), rect.min.x, rect.max.x);
    let y = along(grid.ny, grid.rect.min.y, grid.dy(), rect.min.y, rect.max.y);
    for (row, y) in field.values.chunks_exact_mut(grid.nx).zip(y) {
        row.iter_mut().zip(&x).for_each(|(mass, x)| *mass += share * x * y);
    }
}

/// Adds a Gaussian: the integral over x is exact; that over y given x too, at a few places of x in each column where the two are
/// correlated.
fn add_blob(field: &mut Field, blob: &Blob, share: f64) {
    let grid = field.grid;
    let covariance = blob.covariance;
    let slope = covariance.xy / covariance.xx;
    let deviation = covariance.xx.sqrt();
    let given = (covariance.yy - slope * covariance.xy).max(0.0).sqrt();
    // Strips across which the mean of y moves by less than half of its deviation, or half a cell: within one the law of y is that
    // at its middle, and what the mean varies by there, a twelfth of a square, is added to the variance.
    let strips = if slope == 0.0 {
        1
    } else {
        let shift = slope.abs() * grid.dx() / (0.5 * given.max(grid.dy()));
        (shift.ceil() as usize).clamp(8, 64)
    };
    let width = grid.dx() / strips as f64;
    let deviation_y = (given * given + (slope * width).powi(2) / 12.0).sqrt();
    let columns: Vec<Vec<f64>> = (0..grid.nx)
        .into_par_iter()
        .map(|i| {
            let mut column = vec![0.0; grid.ny];
            for strip in 0..strips {
                let low = grid.rect.min.x + i as f64 * grid.dx() + strip as f64 * width;
                let mass = share * normal_mass((low - blob.mean.x) / deviation, width / deviation);
                let mean = blob.mean.y + slope * (low + 0.5 * width - blob.mean.x);
                if mass > 0.0 {
                    for (j, cell) in column.iter_mut().enumerate() {
                        let low = grid.rect.min.y + j as f64 * grid.dy();
                        *cell += mass * normal_mass((low - mean) / deviation_y, grid.dy() / deviation_y);
                    }
                }
            }
            column
        })
        .collect();
    for (j, row) in field.values.chunks_exact_mut(grid.nx).enumerate() {
        row.iter_mut()
            .zip(&columns)
            .for_each(|(mass, column)| *mass += column[j]);
    }
}

/// P(low < Z < low + width) of a standard normal Z, with all its digits in the tails too.
fn normal_mass(low: f64, width: f64) -> f64 {
    let high = low + width;
    if low >= 0.0 {
        // Where the density hardly changes across the interval the difference of two tails would lose digits.
        (tail(low) - tail(high)).max(0.0)
    } else if high <= 0.0 {
        (tail(-high) - tail(-low)).max(0.0)
    } else {
        1.0 - tail(-low) - tail(high)
    }
}

/// P(Z > z) for z ≥ 0.
fn tail(z: f64) -> f64 {
    const NORM: f64 = 0.398_942_280_401_432_7; // 1/√(2π)
    let density = NORM * exp(-0.5 * z * z);
    if z < 2.5 {
        // P(0 < Z < z) = φ(z)(z + z³/3 + z⁵/15 + …): all terms are positive.
        let (mut term, mut sum, mut k) = (z, z, 1.0);
        while term > 1e-17 * sum {
            k += 2.0;
            term *= z * z / k;
            sum += term;
        }
        0.5 - density * sum
    } else {
        // Laplace's continued fraction φ(z)/(z + 1/(z + 2/(z + …))), from far enough out.
        let fraction = (1..=60).rev().fold(z, |below, k| z + f64::from(k) / below);
        density / fraction
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Symmetric;
    use crate::target::{Component, DoubleWell, Shape};

    #[test]
    fn tails_of_the_normal_law() {
        // Abramowitz & Stegun, tables 26.1 and 26.2.
        for (z, q) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (2.0, 0.022_750_131_948_179_21),
            (3.0, 1.349_898_031_630_094_6e-3),
            (5.0, 2.866_515_718_791_939e-7),
            (10.0, 7.619_853_024_160_527e-24),
            (20.0, 2.753_624_118_606_233_7e-89),
        ] {
            assert!((tail(z) / q - 1.0).abs() < 1e-12, "{z}: {:e}", tail(z));
        }
        // The two formulas meet.
        let (below, above) = (tail(2.5 - 1e-9), tail(2.5 + 1e-9));
        assert!(((below - above) / (2e-9 * 0.017_528_300_493_568_54) - 1.0).abs() < 1e-5);
        assert!((normal_mass(-1.0, 2.0) - 0.682_689_492_137_085_9).abs() < 1e-14);
    }

    fn scenario(start: Start, scouts: f64) -> Scenario {
        let shape = Shape::DoubleWell(DoubleWell::default());
        Scenario {
            scouts,
            ..Scenario::new(shape, start, vec![crate::flow::Flow::wfr()])
        }
    }

    fn check(field: &Field, total: f64, mean: Point, covariance: Symmetric, slack: f64) {
        let grid = field.grid;
        let mut sums = [0.0; 6];
        for (k, m) in field.values.iter().enumerate() {
            let p = grid.center(k % grid.nx, k / grid.nx);
            for (s, v) in sums.iter_mut().zip([1.0, p.x, p.y, p.x * p.x, p.x * p.y, p.y * p.y]) {
                *s += m * v;
            }
        }
        let [mass, x, y, xx, xy, yy] = sums;
        let cells = (grid.dx().powi(2) / 12.0, grid.dy().powi(2) / 12.0);
        let seen = [mass, x, y, xx - x * x, xy - x * y, yy - y * y];
        let expected = [
            total,
            mean.x,
            mean.y,
            // Sheppard: cells widen a law by h²/12.
            covariance.xx + cells.0,
            covariance.xy,
            covariance.yy + cells.1,
        ];
        for (seen, expected) in seen.iter().zip(expected) {
            assert!(
                (seen - expected).abs() < slack,
                "{seen} and not {expected} of {expected:?}"
            );
        }
    }

    #[test]
    fn every_start_has_its_mass_its_mean_and_its_covariance() {
        let grid = Grid::new(Rect::new(-6.0, 6.0, -7.0, 7.0), 256, 256);
        let h = grid.dy();
        let mean = Point::new(0.31, -0.77);
        for covariance in [
            Symmetric::new(0.3, 0.0, 0.5),
            Symmetric::new(0.3, 0.25, 0.5),
            Symmetric::new(0.5, -0.4997, 0.5),
            Symmetric::new(1e-6, 0.0, 1e-6),
            Symmetric::new(1e-5, 0.9e-5, 1e-5),
        ] {
            let start = Start::Gaussian(Component::new(1.0, mean, covariance));
            let field = masses(&scenario(start, 0.0), grid);
            let total: f64 = field.values.iter().sum();
            assert!((total - 1.0).abs() < 1e-12, "{covariance:?}: {total}");
            // A law within a cell is wherever the centre of that is.
            let narrow = covariance.xx.min(covariance.yy) < h * h;
            let slack = if narrow { 0.6 * h } else { 1e-5 };
            check(
                &field,
                1.0,
                mean,
                covariance,
                slack.max(if covariance.xy.abs() > 0.49 { 2e-4 } else { 0.0 }),
            );
        }
        let two = vec![
            Component::new(3.0, Point::new(-1.0, 0.0), Symmetric::new(0.3, 0.0, 0.3)),
            Component::new(1.0, Point::new(1.0, 2.0), Symmetric::new(0.3, 0.0, 0.3)),
        ];
        let field = masses(&scenario(Start::Mixture(two), 0.0), grid);
        check(
            &field,
            1.0,
            Point::new(-0.5, 0.5),
            Symmetric::new(1.05, 0.75, 1.05),
            1e-9,
        );
        let even = Start::Uniform((-1.013, 2.3), (0.4, 0.9));
        let (a, b) = (3.313f64, 0.5f64);
        let spread = Symmetric::new(a * a / 12.0, 0.0, b * b / 12.0);
        let field = masses(&scenario(even, 0.0), grid);
        // The ends of an interval need not be those of cells.
        check(&field, 1.0, Point::new(0.6435, 0.65), spread, 2.0 * h * h);
        let points = Start::Points(vec![Point::new(0.1, 0.2), Point::new(-0.5, 0.8)]);
        let field = masses(&scenario(points, 0.0), grid);
        check(
            &field,
            1.0,
            Point::new(-0.2, 0.5),
            Symmetric::new(0.09, -0.09, 0.09),
            h * h,
        );
    }

    #[test]
    fn scouts_are_even_over_the_view() {
        let start = Start::Gaussian(Component::new(
            1.0,
            Point::new(-1.0, 0.0),
            Symmetric::new(0.02, 0.0, 0.02),
        ));
        let scenario = scenario(start, 0.25);
        let view = scenario.view();
        let grid = Grid::new(view.scaled(1.5), 192, 192);
        let field = masses(&scenario, grid);
        let right = |(k, m): (usize, &f64)| if grid.center(k % 192, k / 192).x > 0.0 { *m } else { 0.0 };
        let mass: f64 = field.values.iter().enumerate().map(right).sum();
        let expected = 0.25 * view.max.x / view.width();
        assert!((mass - expected).abs() < 1e-12, "{mass} and not {expected}");
    }

    #[test]
    fn the_extent_holds_the_law() {
        let start = Start::Gaussian(Component::new(
            1.0,
            Point::new(9.0, 0.0),
            Symmetric::new(4.0, 0.0, 0.25),
        ));
        assert_eq!(extent(&scenario(start.clone(), 0.0)), Rect::new(-3.0, 21.0, -3.0, 3.0));
        let with_scouts = extent(&scenario(start, 0.1));
        assert!(with_scouts.min.y <= scenario(Start::Points(vec![]), 0.0).view().min.y);
    }
}
