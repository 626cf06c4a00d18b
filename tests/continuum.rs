//! The WFR equation on a grid against what is known about it.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use wfr_lab::continuum::{Continuum, Rates};
use wfr_lab::landscape::Landscape;
use wfr_lab::space::{Grid, Point, Rect};
use wfr_lab::target::{DoubleWell, Shape};

/// The common problem of the benchmarks on n × n cells.
fn common(n: usize) -> Continuum {
    let landscape = Landscape {
        shape: Shape::DoubleWell(DoubleWell {
            barrier: 6.0,
            tilt: 0.0,
        }),
        temperature: 1.0,
    };
    let grid = Grid::new(Rect::new(-2.56, 2.56, -5.12, 5.12), n, n);
    let blob =
        |w: f64, p: Point, x: f64, y: f64| w * (-0.5 * (((p.x - x) / 0.15).powi(2) + ((p.y - y) / 0.6).powi(2))).exp();
    let start = grid.field(|p| blob(0.95, p, -1.0, -0.8) + blob(0.05, p, 1.0, 0.8));
    Continuum::new(&landscape, &start)
}

/// The mass where x > 0.
fn right(continuum: &Continuum) -> f64 {
    let grid = continuum.grid();
    let rows = continuum.mass().chunks(grid.nx);
    rows.flat_map(|row| &row[grid.nx / 2..]).sum()
}

#[test]
fn the_right_well_fills_as_it_should() {
    let rates = Rates { alpha: 1.0, beta: 0.5 };
    for dt in [0.05, 0.02] {
        let mut law = common(256);
        for (span, exact) in [(1.0, 0.1551565), (1.0, 0.2701455), (3.0, 0.4489162)] {
            law.advance(rates, span, dt);
            let error = right(&law) - exact;
            println!("dt {dt}: mass on the right {:.7}, error {error:.1e}", right(&law));
            assert!(error.abs() < 2e-5);
        }
    }
}
