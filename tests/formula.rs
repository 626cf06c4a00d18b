//! Formulas: what is typed means what mathematicians mean by it, and its derivatives are exact.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use wfr_lab::params;
use wfr_lab::space::{Grid, Point, Rect};
use wfr_lab::target::{Formula, FormulaError, Own, Shape, Target};

const VIEW: Rect = Rect::new(-2.0, 2.0, -2.0, 2.0);

fn read(text: &str) -> Result<Formula, FormulaError> {
    Formula::new(text, Vec::new(), VIEW)
}

fn with(text: &str, own: &[&str]) -> Formula {
    let own = own.iter().map(|o| Own::read(o).unwrap()).collect();
    Formula::new(text, own, VIEW).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn twins_of_built_in_targets_agree_to_1e_12() {
    let mut twins = 0;
    for shape in Shape::all() {
        let Some(twin) = shape.formula() else { continue };
        twins += 1;
        let target = shape.target();
        let mut worst = [0.0_f64; 3];
        let grid = Grid::new(target.view(), 72, 54);
        let points: Vec<Point> = (0..grid.nx * grid.ny)
            .map(|k| grid.center(k % grid.nx, k / grid.nx))
            .collect();
        // Relative to what is typical: near its zeros a sum of large terms has only their digits.
        let scale = |f: &dyn Fn(Point) -> f64| 1e-3 * points.iter().map(|&p| f(p).abs()).fold(0.0, f64::max);
        let typical = [
            scale(&|p| target.energy(p)),
            scale(&|p| target.gradient(p).norm()),
            scale(&|p| target.laplacian(p)),
        ];
        for &p in &points {
            let (u, g, l) = (target.energy(p), target.gradient(p), target.laplacian(p));
            let errors = [
                (twin.energy(p) - u).abs() / (u.abs() + typical[0]),
                (twin.gradient(p) - g).norm() / (g.norm() + typical[1]),
                (twin.laplacian(p) - l).abs() / (l.abs() + typical[2]),
            ];
            for (worst, error) in worst.iter_mut().zip(errors) {
                *worst = worst.max(error);
            }
        }
        println!("{}: {worst:?}, steps {:?}", shape.name(), twin.steps());
        assert!(worst.iter().all(|&w| w < 1e-12), "{}: {worst:?}", shape.name());
        assert_eq!(
            params::list(shape.clone().parameters()).len(),
            params::list(&mut twin.clone()).len().min(9)
        );
    }
    assert!(twins >= 8, "{twins}");
}
