//! How fine is fine enough.

use super::*;
use crate::continuum::{Continuum, Rates};
use crate::observe::Observer;
use crate::scenario::presets;
use crate::space::Grid;

#[test]
fn measure_convergence() {
    for name in [
        "double-well",
        "shallow-well",
        "muller-brown",
        "ten-mixture",
        "himmelblau",
        "four-wells",
    ] {
        let scenario = presets().iter().find(|p| p.name == name).unwrap().scenario();
        let landscape = scenario.landscape();
        let mut observer = Observer::new(&landscape, scenario.view());
        let grid = frame::choose(&landscape, observer.grid(), scenario.view(), start::extent(&scenario)).unwrap();
        let finer = |k: usize| Grid::new(grid.rect, k * grid.nx, k * grid.ny);
        for flow in &scenario.panels {
            let rates = Rates {
                alpha: flow.alpha,
                beta: flow.beta,
            };
            let mut run = |grid: Grid, step: f64| -> Vec<Vec<f64>> {
                let masses = start::masses(&scenario, grid);
                let mut law = Continuum::new(&landscape, &masses);
                (0..10)
                    .map(|_| {
                        law.advance(rates, 0.2, step);
                        let o = observer.observe_cells(&Field {
                            grid,
                            values: law.mass().to_vec(),
                        });
                        let mut all = o.basin_mass.clone();
                        all.extend([o.mean.x, o.mean.y, o.kl]);
                        all
                    })
                    .collect()
            };
            let finest = run(finer(2), 0.0025);
            let off = |a: &[Vec<f64>]| {
                let n = a[0].len() - 3;
                let d = |i: usize| {
                    a.iter()
                        .zip(&finest)
                        .map(|(a, b)| (a[i] - b[i]).abs())
                        .fold(0.0, f64::max)
                };
                ((0..n).map(d).fold(0.0, f64::max), d(n), d(n + 1), d(n + 2))
            };
            for (what, g, step) in [
                ("step .02", finer(2), 0.02),
                ("step .01", finer(2), 0.01),
                ("grid", grid, 0.0025),
                ("both", grid, 0.02),
            ] {
                eprintln!("{name} {} {what}: {:?}", flow.name, off(&run(g, step)));
            }
        }
    }
}
